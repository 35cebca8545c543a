// Uses a token from many threads for a time, and verifies every result: what a call answers must be right,
// and no call may fail, whatever happens to the vault meanwhile.
//
// usage: soak MODULE PIN NAME THREADS SECONDS
// Prints how often each step was done. Ends with code 1 when a call failed or a result was wrong.
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "tests/module.h"

namespace {

using namespace coffer::story;

using Octets = std::vector<CK_BYTE>;

// Keys are the ones that all threads of a process use.
struct Keys {
  CK_OBJECT_HANDLE verifying = 0;
  CK_OBJECT_HANDLE signing = 0;
  CK_OBJECT_HANDLE cipher = 0;
};

// Worker is one thread with its session. Each step gives the return value that was not expected, or CKR_OK; a
// wrong result ends the program.
class Worker {
 public:
  Worker(const Module& module, const Keys& keys, std::string name, unsigned seed)
      : module_(module), keys_(keys), name_(std::move(name)), random_(seed), session_(module.session()) {}

  CK_RV sign();
  CK_RV encrypt();
  CK_RV create();
  CK_RV find();
  CK_RV generate();
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }

 private:
  Octets some_octets(std::size_t count) {
    Octets octets(count);
    for (CK_BYTE& octet : octets) octet = static_cast<CK_BYTE>(random_());
    return octets;
  }
  std::string fresh_label() { return name_ + "-" + std::to_string(++made_); }
  CK_RV sign_with(CK_OBJECT_HANDLE signing, CK_OBJECT_HANDLE verifying);
  CK_RV find_all(CK_OBJECT_CLASS object_class, const std::string& label,
                 std::vector<CK_OBJECT_HANDLE>& found);
  CK_RV expect(CK_OBJECT_CLASS object_class, const std::string& label, std::size_t count);

  const Module& module_;
  const Keys& keys_;
  const std::string name_;
  std::mt19937 random_;
  CK_SESSION_HANDLE session_;
  unsigned made_ = 0;
};

// Gives what a call answered, when that was not CKR_OK.
#define EXPECT_OK(call)                                  \
  do {                                                   \
    if (const CK_RV answer = (call); answer != CKR_OK) { \
      return answer;                                     \
    }                                                    \
  } while (false)

CK_RV Worker::sign_with(CK_OBJECT_HANDLE signing, CK_OBJECT_HANDLE verifying) {
  CK_MECHANISM ecdsa{CKM_ECDSA, nullptr, 0};
  Octets digest = some_octets(32);
  Octets signature(64);
  CK_ULONG size = signature.size();
  EXPECT_OK(module_->C_SignInit(session_, &ecdsa, signing));
  EXPECT_OK(module_->C_Sign(session_, digest.data(), digest.size(), signature.data(), &size));
  EXPECT_OK(module_->C_VerifyInit(session_, &ecdsa, verifying));
  EXPECT_OK(module_->C_Verify(session_, digest.data(), digest.size(), signature.data(), size));
  digest[0] ^= 1;
  EXPECT_OK(module_->C_VerifyInit(session_, &ecdsa, verifying));
  const CK_RV other = module_->C_Verify(session_, digest.data(), digest.size(), signature.data(), size);
  if (other == CKR_OK) die("a signature verifies for what was not signed");
  return other == CKR_SIGNATURE_INVALID ? CKR_OK : other;
}

CK_RV Worker::sign() { return sign_with(keys_.signing, keys_.verifying); }

CK_RV Worker::encrypt() {
  Octets iv = some_octets(16);
  Octets plaintext = some_octets(1 + pick(4096));
  CK_MECHANISM cbc{CKM_AES_CBC_PAD, iv.data(), iv.size()};
  Octets ciphertext(plaintext.size() + 16);
  CK_ULONG size = ciphertext.size();
  EXPECT_OK(module_->C_EncryptInit(session_, &cbc, keys_.cipher));
  EXPECT_OK(module_->C_Encrypt(session_, plaintext.data(), plaintext.size(), ciphertext.data(), &size));
  Octets back(size);
  CK_ULONG back_size = back.size();
  EXPECT_OK(module_->C_DecryptInit(session_, &cbc, keys_.cipher));
  EXPECT_OK(module_->C_Decrypt(session_, ciphertext.data(), size, back.data(), &back_size));
  back.resize(back_size);
  if (back != plaintext) die("a decryption gives another plaintext");
  return CKR_OK;
}

CK_RV Worker::find_all(CK_OBJECT_CLASS object_class, const std::string& label,
                       std::vector<CK_OBJECT_HANDLE>& found) {
  CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &object_class, sizeof object_class},
                           {CKA_LABEL, Module::bytes(label), label.size()}};
  std::array<CK_OBJECT_HANDLE, 8> handles{};
  CK_ULONG count = 0;
  EXPECT_OK(module_->C_FindObjectsInit(session_, wanted, 2));
  const CK_RV value = module_->C_FindObjects(session_, handles.data(), handles.size(), &count);
  EXPECT_OK(module_->C_FindObjectsFinal(session_));
  found.assign(handles.begin(), handles.begin() + count);
  return value;
}

CK_RV Worker::expect(CK_OBJECT_CLASS object_class, const std::string& label, std::size_t count) {
  std::vector<CK_OBJECT_HANDLE> found;
  EXPECT_OK(find_all(object_class, label, found));
  if (found.size() != count) {
    die("there are " + std::to_string(found.size()) + " objects " + label + " instead of " +
        std::to_string(count));
  }
  return CKR_OK;
}

CK_RV Worker::create() {
  const std::string label = fresh_label();
  Octets value = some_octets(64);
  CK_OBJECT_CLASS data = CKO_DATA;
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &data, sizeof data},
                               {CKA_TOKEN, &yes, sizeof yes},
                               {CKA_LABEL, Module::bytes(label), label.size()},
                               {CKA_VALUE, value.data(), value.size()}};
  CK_OBJECT_HANDLE object = 0;
  EXPECT_OK(module_->C_CreateObject(session_, attributes, 4, &object));
  EXPECT_OK(expect(CKO_DATA, label, 1));
  Octets read(value.size());
  CK_ATTRIBUTE again{CKA_VALUE, read.data(), read.size()};
  EXPECT_OK(module_->C_GetAttributeValue(session_, object, &again, 1));
  if (read != value) die("an object has another value");
  EXPECT_OK(module_->C_DestroyObject(session_, object));
  return expect(CKO_DATA, label, 0);
}

CK_RV Worker::find() {
  const std::string label = name_.substr(0, name_.find('/')) + "/keys";
  EXPECT_OK(expect(CKO_PRIVATE_KEY, label, 1));
  return expect(CKO_PUBLIC_KEY, label, 1);
}

CK_RV Worker::generate() {
  const std::string label = fresh_label();
  CK_OBJECT_HANDLE verifying = 0;
  CK_OBJECT_HANDLE signing = 0;
  EXPECT_OK(module_.generate(session_, label, verifying, signing));
  EXPECT_OK(expect(CKO_PRIVATE_KEY, label, 1));
  EXPECT_OK(sign_with(signing, verifying));
  EXPECT_OK(module_->C_DestroyObject(session_, signing));
  EXPECT_OK(module_->C_DestroyObject(session_, verifying));
  return expect(CKO_PRIVATE_KEY, label, 0);
}

// What a worker does, and how often in relation to the others.
struct Step {
  const char* name;
  unsigned weight;
  CK_RV (Worker::*run)();
};
constexpr std::array<Step, 5> kSteps{{{"sign", 6, &Worker::sign},
                                      {"encrypt", 6, &Worker::encrypt},
                                      {"create", 2, &Worker::create},
                                      {"find", 4, &Worker::find},
                                      {"generate", 1, &Worker::generate}}};

const Step& choose(Worker& worker) {
  unsigned total = 0;
  for (const Step& step : kSteps) total += step.weight;
  unsigned at = worker.pick(total);
  const Step* chosen = kSteps.begin();
  while (at >= chosen->weight) at -= (chosen++)->weight;
  return *chosen;
}

Keys make_keys(const Module& module, CK_SESSION_HANDLE session, const std::string& name) {
  Keys keys;
  must("C_GenerateKeyPair", module.generate(session, name + "/keys", keys.verifying, keys.signing));
  CK_ULONG bytes = 32;
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE attributes[] = {{CKA_VALUE_LEN, &bytes, sizeof bytes},
                               {CKA_TOKEN, &yes, sizeof yes},
                               {CKA_ENCRYPT, &yes, sizeof yes},
                               {CKA_DECRYPT, &yes, sizeof yes}};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  must("C_GenerateKey", module->C_GenerateKey(session, &mechanism, attributes, 4, &keys.cipher));
  return keys;
}

// Totals counts what all threads of the process have done.
struct Totals {
  std::mutex mutex;
  std::map<std::string, std::uint64_t> done;
  std::map<std::string, std::uint64_t> failed;  // by step and value

  void add(const std::map<std::string, std::uint64_t>& steps) {
    const std::lock_guard lock(mutex);
    for (const auto& [name, count] : steps) done[name] += count;
  }
  void note(const char* step, CK_RV value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s answered 0x%lx", step, value);
    const std::lock_guard lock(mutex);
    ++failed[text.data()];
  }
};

}  // namespace

int main(int count, char** values) {
  if (count != 6) die("usage: soak MODULE PIN NAME THREADS SECONDS");
  const Module module(values[1]);
  const std::string name = values[3];
  const int thread_count = std::atoi(values[4]);
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, values[2]);
  const Keys keys = make_keys(module, session, name);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(values[5]));
  Totals totals;
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      Worker worker(module, keys, name + "/" + std::to_string(t), static_cast<unsigned>(t));
      std::map<std::string, std::uint64_t> done;
      while (std::chrono::steady_clock::now() < end) {
        const Step& step = choose(worker);
        const CK_RV value = (worker.*step.run)();
        if (value == CKR_OK) {
          ++done[step.name];
        } else {
          totals.note(step.name, value);
        }
      }
      totals.add(done);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%s:", name.c_str());
  for (const auto& [step, times] : totals.done)
    std::printf(" %lu %s", static_cast<unsigned long>(times), step.c_str());
  std::printf("; %zu kinds of failure\n", totals.failed.size());
  for (const auto& [what, times] : totals.failed)
    std::printf("%s: FAILED: %s, %lu times\n", name.c_str(), what.c_str(), static_cast<unsigned long>(times));
  return totals.failed.empty() ? 0 : 1;
}
