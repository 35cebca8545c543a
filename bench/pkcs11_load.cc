// Repeats one operation of a PKCS#11 module from several threads, each with a session of its own.
//
// usage: pkcs11_load --operation NAME [--module PATH] [--pin PIN] [--threads N] [--seconds S]
// Uses the first initialised token. Keys are token keys, made once and found again by their labels; every
// message that is encrypted with GCM has an IV of its own. Prints one line of JSON.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load.h"
#include "bench/options.h"
#include "pkcs11/pkcs11.h"
#include "tests/module.h"

namespace {

using namespace coffer::bench;
using coffer::story::die;
using coffer::story::Module;
using coffer::story::must;

constexpr std::size_t kIvBytes = 12;
constexpr std::size_t kOutputExtraBytes = 512;  // a tag, or the signature of a short message
constexpr std::size_t kSecretKeyBytes = 32;
constexpr std::size_t kModulusBits = 2048;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kDigestInfoBytes = 51;  // SHA-256 (RFC 8017, 9.2)

// Worker is what one thread works with.
struct Worker {
  const Module& module;
  CK_SESSION_HANDLE session = 0;
  CK_OBJECT_HANDLE key = 0;
  std::vector<CK_BYTE> input;
  std::vector<CK_BYTE> output;
  std::array<CK_BYTE, kIvBytes> iv{};
};

// ---- keys
// ------------------------------------------------------------------------------------------------------

CK_BBOOL yes = CK_TRUE;

template <typename T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof value};
}
CK_ATTRIBUTE label_of(const std::string& label) { return {CKA_LABEL, Module::bytes(label), label.size()}; }

CK_OBJECT_HANDLE make_secret(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
                             CK_ATTRIBUTE_TYPE use, const std::string& label) {
  CK_ULONG bytes = kSecretKeyBytes;
  std::array attributes{attribute(CKA_TOKEN, yes), attribute(CKA_SENSITIVE, yes), attribute(use, yes),
                        attribute(CKA_VALUE_LEN, bytes), label_of(label)};
  CK_MECHANISM mechanism{type, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  must("C_GenerateKey",
       module->C_GenerateKey(session, &mechanism, attributes.data(), attributes.size(), &key));
  return key;
}

CK_OBJECT_HANDLE make_aes(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  return make_secret(module, session, CKM_AES_KEY_GEN, CKA_ENCRYPT, label);
}

CK_OBJECT_HANDLE make_generic(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  return make_secret(module, session, CKM_GENERIC_SECRET_KEY_GEN, CKA_SIGN, label);
}

CK_OBJECT_HANDLE make_p256(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  must("C_GenerateKeyPair", module.generate(session, label, public_key, private_key));
  return private_key;
}

CK_OBJECT_HANDLE make_rsa(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  CK_ULONG bits = kModulusBits;
  std::array<CK_BYTE, 3> exponent{1, 0, 1};
  std::array public_attributes{attribute(CKA_TOKEN, yes), attribute(CKA_MODULUS_BITS, bits),
                               attribute(CKA_PUBLIC_EXPONENT, exponent), label_of(label)};
  std::array private_attributes{attribute(CKA_TOKEN, yes), attribute(CKA_SENSITIVE, yes),
                                attribute(CKA_SIGN, yes), label_of(label)};
  CK_MECHANISM mechanism{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  must("C_GenerateKeyPair", module->C_GenerateKeyPair(session, &mechanism, public_attributes.data(),
                                                      public_attributes.size(), private_attributes.data(),
                                                      private_attributes.size(), &public_key, &private_key));
  return private_key;
}

// KeyKind is a key that an operation uses: where to find it, and how it is made the first time.
struct KeyKind {
  std::string_view label;
  CK_OBJECT_CLASS object_class;
  CK_OBJECT_HANDLE (*make)(const Module&, CK_SESSION_HANDLE, const std::string& label);
};

constexpr KeyKind kP256{"bench-p256", CKO_PRIVATE_KEY, make_p256};
constexpr KeyKind kRsa{"bench-rsa2048", CKO_PRIVATE_KEY, make_rsa};
constexpr KeyKind kAes{"bench-aes256", CKO_SECRET_KEY, make_aes};
constexpr KeyKind kHmac{"bench-hmac", CKO_SECRET_KEY, make_generic};

CK_OBJECT_HANDLE find_or_make(const Module& module, CK_SESSION_HANDLE session, const KeyKind& kind) {
  const std::string label(kind.label);
  const auto found = module.find(session, kind.object_class, label);
  return found.empty() ? kind.make(module, session, label) : found.front();
}

// ---- operations
// ------------------------------------------------------------------------------------------------

template <CK_MECHANISM_TYPE kType>
void sign(Worker& worker) {
  CK_MECHANISM mechanism{kType, nullptr, 0};
  must("C_SignInit", worker.module->C_SignInit(worker.session, &mechanism, worker.key));
  CK_ULONG size = worker.output.size();
  must("C_Sign", worker.module->C_Sign(worker.session, worker.input.data(), worker.input.size(),
                                       worker.output.data(), &size));
}

void encrypt(Worker& worker) {
  for (CK_BYTE& octet : worker.iv) {
    if (++octet != 0) break;
  }
  constexpr CK_ULONG kTagBits = 128;
  CK_GCM_PARAMS parameters{};
  parameters.pIv = worker.iv.data();
  parameters.ulIvLen = worker.iv.size();
  parameters.ulIvBits = worker.iv.size() * 8;
  parameters.ulTagBits = kTagBits;
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
  must("C_EncryptInit", worker.module->C_EncryptInit(worker.session, &mechanism, worker.key));
  CK_ULONG size = worker.output.size();
  must("C_Encrypt", worker.module->C_Encrypt(worker.session, worker.input.data(), worker.input.size(),
                                             worker.output.data(), &size));
}

void draw(Worker& worker) {
  must("C_GenerateRandom",
       worker.module->C_GenerateRandom(worker.session, worker.output.data(), worker.input.size()));
}

void create_p256(Worker& worker) { make_p256(worker.module, worker.session, "bench-made"); }
void create_aes(Worker& worker) { make_aes(worker.module, worker.session, "bench-made"); }

struct Row {
  std::string_view name;
  const KeyKind* key;
  std::size_t input_bytes;
  void (*run)(Worker&);
};

constexpr auto kOperations = std::to_array<Row>({
    {"p256-sign", &kP256, kDigestBytes, sign<CKM_ECDSA>},
    {"rsa2048-sign", &kRsa, kDigestInfoBytes, sign<CKM_RSA_PKCS>},
    {"aes-gcm-1k", &kAes, 1024, encrypt},
    {"aes-gcm-16k", &kAes, 16384, encrypt},
    {"hmac-sha256-1k", &kHmac, 1024, sign<CKM_SHA256_HMAC>},
    {"random-32", nullptr, 32, draw},
    {"create-p256", nullptr, 0, create_p256},
    {"create-aes", nullptr, 0, create_aes},
});

const Row& find_operation(const std::string& name) {
  const auto found = std::ranges::find(kOperations, name, &Row::name);
  if (found != kOperations.end()) return *found;
  std::string names;
  for (const Row& row : kOperations) names += " " + std::string(row.name);
  fail("--operation is one of:" + names);
}

// random_iv starts a thread's IVs where no other thread and no earlier run has been.
std::array<CK_BYTE, kIvBytes> random_iv() {
  std::random_device device;
  std::array<CK_BYTE, kIvBytes> iv{};
  std::ranges::generate(iv, [&device] { return static_cast<CK_BYTE>(device()); });
  return iv;
}

// Entry is a session in which the user is logged in, and its slot.
struct Entry {
  CK_SLOT_ID slot = 0;
  CK_SESSION_HANDLE session = 0;
};

// enter logs in. SoftHSM overlooks its token, or that it has a PIN, or fails, while another process that logs
// in writes the token, so it is asked again.
Entry enter(const Module& module, const std::string& pin) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    const std::optional<CK_SLOT_ID> slot = module.find_slot();
    if (slot.has_value()) {
      const CK_SESSION_HANDLE session = module.session(*slot);
      const CK_RV value = module->C_Login(session, CKU_USER, Module::bytes(pin), pin.size());
      if (value == CKR_OK) return {.slot = *slot, .session = session};
      if (value != CKR_USER_PIN_NOT_INITIALIZED && value != CKR_GENERAL_ERROR) must("C_Login", value);
    }
    must("C_Finalize", module->C_Finalize(nullptr));
    module.initialize();
  }
  die("there is no token with a PIN");
}

}  // namespace

int main(int count, char** values) {
  const Options options(count, values,
                        {{"module", beside_program("../lib/libcoffer-pkcs11.so")},
                         {"pin", "1234"},
                         {"operation", ""},
                         {"threads", "1"},
                         {"seconds", "1"}});
  const Row& operation = find_operation(options.text("operation"));
  const Load load{.threads = options.number("threads"), .seconds = options.real("seconds")};

  const Module module(options.text("module"));
  const auto [slot, first] = enter(module, options.text("pin"));
  const CK_OBJECT_HANDLE key = operation.key != nullptr ? find_or_make(module, first, *operation.key) : 0;

  std::vector<Worker> workers;
  for (unsigned i = 0; i < load.threads; ++i) {
    workers.push_back({.module = module,
                       .session = module.session(slot),
                       .key = key,
                       .input = std::vector<CK_BYTE>(operation.input_bytes, CK_BYTE{7}),
                       .output = std::vector<CK_BYTE>(operation.input_bytes + kOutputExtraBytes),
                       .iv = random_iv()});
  }
  const Measured measured = run(load, [&](unsigned thread) -> Operation {
    Worker& worker = workers[thread];
    return [&worker, &operation] { operation.run(worker); };
  });
  print(operation.name, load, measured);
  return 0;
}
