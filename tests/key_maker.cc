// Makes key pairs from several threads while somebody kills the vault, and checks afterwards what is there.
//
// usage: key_maker MODULE PIN make THREADS COUNT LOG | key_maker MODULE PIN check LOG
// LOG gets one line a try: "ack LABEL" after C_GenerateKeyPair returned CKR_OK, "try LABEL" before it was
// called.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "tests/module.h"

namespace {

using namespace coffer::story;

// How long one key may take while the vault comes and goes, and how long a thread lets it come.
constexpr auto kKeyTimeMax = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(5);

// Log writes whole lines; what it has acknowledged is in the file even if this process is killed.
class Log {
 public:
  explicit Log(const char* path) : file_(open(path, O_WRONLY | O_CREAT | O_APPEND, 0600)) {
    if (file_ < 0) die("the log cannot be opened");
  }
  void write(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) die("the log is full");
  }

 private:
  int file_;
  std::mutex mutex_;
};

// make_key tries until the vault acknowledged one key pair, each time under a new label: a creation that was
// cut off may or may not have happened.
void make_key(const Module& module, CK_SESSION_HANDLE& session, const std::string& pin,
              const std::string& label, Log& log, std::atomic<int>& failures) {
  const auto end = std::chrono::steady_clock::now() + kKeyTimeMax;
  CK_RV value = CKR_OK;
  for (int attempt = 0; std::chrono::steady_clock::now() < end; ++attempt) {
    const std::string name = label + "." + std::to_string(attempt);
    log.write("try " + name + "\n");
    CK_OBJECT_HANDLE public_key = 0;
    CK_OBJECT_HANDLE private_key = 0;
    value = module.generate(session, name, public_key, private_key);
    if (value == CKR_OK) {
      log.write("ack " + name + "\n");
      return;
    }
    ++failures;
    if (value == CKR_USER_NOT_LOGGED_IN) module.login(session, pin);
    if (value == CKR_SESSION_HANDLE_INVALID) {
      session = module.session();
      module.login(session, pin);
    }
    std::this_thread::sleep_for(kPause);
  }
  die("a key could not be made however often it was tried: " + label, value);
}

void make(const Module& module, const std::string& pin, int thread_count, int key_count,
          const char* log_path) {
  Log log(log_path);
  std::atomic<int> next = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&] {
      CK_SESSION_HANDLE session = module.session();
      module.login(session, pin);
      for (int i = next++; i < key_count; i = next++) {
        make_key(module, session, pin, "key-" + std::to_string(i), log, failures);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d keys acknowledged, %d creations were cut off\n", key_count, failures.load());
}

void check(const Module& module, const std::string& pin, const char* log_path) {
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, pin);
  std::set<std::string> acknowledged;
  std::set<std::string> tried;
  std::ifstream log(log_path);
  for (std::string word, label; log >> word >> label;) (word == "ack" ? acknowledged : tried).insert(label);
  int unacknowledged = 0;
  for (const std::string& label : tried) {
    const auto public_keys = module.find(session, CKO_PUBLIC_KEY, label);
    const auto private_keys = module.find(session, CKO_PRIVATE_KEY, label);
    if (public_keys.size() != private_keys.size() || public_keys.size() > 1) die("half an object: " + label);
    if (public_keys.empty()) {
      if (acknowledged.contains(label)) die("an acknowledged key is gone: " + label);
      continue;
    }
    if (!acknowledged.contains(label)) ++unacknowledged;
    std::vector<CK_BYTE> signature;
    must("C_Sign with " + label, module.sign(session, private_keys[0], signature));
    must("C_Verify with " + label, module.verify(session, public_keys[0], signature));
  }
  std::printf("%zu acknowledged keys are there and usable; %d more were kept though the answer was lost\n",
              acknowledged.size(), unacknowledged);
}

}  // namespace

int main(int count, char** values) {
  if (count < 5) die("usage: key_maker MODULE PIN make THREADS COUNT LOG | check LOG");
  const Module module(values[1]);
  if (std::strcmp(values[3], "make") == 0 && count == 7) {
    make(module, values[2], std::atoi(values[4]), std::atoi(values[5]), values[6]);
  } else {
    check(module, values[2], values[4]);
  }
  return 0;
}
