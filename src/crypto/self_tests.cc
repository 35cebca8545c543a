// Self-tests: which mechanism needs which component, and the verdicts.
#include "crypto/self_test.h"

#include <array>
#include <atomic>
#include <mutex>

#include "base/check.h"
#include "base/log.h"
#include "crypto/component_tests.h"
#include "crypto/primitives.h"
#include "crypto/random_check.h"

namespace coffer::crypto {
namespace {

enum class Verdict : std::uint8_t { unknown, passed, failed };

// The verdicts of this process, filled as things are first used.
struct Verdicts {
  std::array<std::atomic<Verdict>, kComponentCount> components{};
  std::array<std::atomic<Verdict>, kMechanismCount> mechanisms{};
  std::mutex running;  // One test at a time; a test calls nothing that is gated.

  void forget() {
    for (auto& verdict : components) verdict.store(Verdict::unknown);
    for (auto& verdict : mechanisms) verdict.store(Verdict::unknown);
  }
};

constinit Verdicts verdicts;

constexpr std::array<std::string_view, kComponentCount> kNames = {
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "sha512-224",
    "sha512-256",
    "md5",
    "hmac-sha1",
    "hmac-sha224",
    "hmac-sha256",
    "hmac-sha384",
    "hmac-sha512",
    "hmac-sha3-224",
    "hmac-sha3-256",
    "hmac-sha3-384",
    "hmac-sha3-512",
    "hmac-sha512-224",
    "hmac-sha512-256",
    "hmac-md5",
    "aes-ecb",
    "aes-cbc",
    "aes-cbc-pad",
    "aes-ctr",
    "aes-gcm",
    "aes-cmac",
    "aes-kw",
    "aes-kwp",
    "aes-kw-pkcs7",
    "aes-gmac",
    "aes-ccm",
    "aes-xts",
    "chacha20",
    "chacha20-poly1305",
    "rsa-pkcs1",
    "rsa-pss",
    "rsa-decryption",
    "ecdsa",
    "ecdh",
    "ed25519",
    "x25519",
    "x963",
    "hkdf",
    "sp800-108",
    "pbkdf2",
    "tls-prf",
    "argon2id",
    "random",
    "ed448",
    "x448",
    "ml-dsa",
    "ml-kem",
    "slh-dsa",
    "des3",
    "shake128",
    "shake256",
};

using Set = std::uint64_t;
static_assert(kComponentCount <= 64);

constexpr Set set_of(Component component) { return Set{1} << static_cast<unsigned>(component); }
// What parameters may name: MD5 is not among them.
constexpr Set kAllDigests = (Set{1} << (static_cast<unsigned>(Component::sha512_256) + 1)) - 1;

constexpr Set digest_of(Hash hash) {
  if (hash == Hash::shake128) return set_of(Component::shake128);
  if (hash == Hash::shake256) return set_of(Component::shake256);
  return hash == Hash::none ? kAllDigests : Set{1} << (static_cast<unsigned>(hash) - 1);
}

constexpr unsigned kFirstHmac =
    static_cast<unsigned>(Component::hmac_sha1) - static_cast<unsigned>(Hash::sha1);
constexpr Set hmac_of(Hash hash) { return Set{1} << (kFirstHmac + static_cast<unsigned>(hash)); }
constexpr Set kAllHmacs = kAllDigests << static_cast<unsigned>(Component::hmac_sha1);

// needs lists the components of a mechanism. Where the parameters choose the digest, it is all of them.
Set needs(const Mechanism& mechanism) {
  switch (mechanism.family) {
    case Family::rsa_generate: return set_of(Component::rsa_pkcs1) | set_of(Component::random);
    case Family::rsa_pkcs1: {
      const Set signing = set_of(Component::rsa_pkcs1);
      return mechanism.hash == Hash::none ? signing | set_of(Component::rsa_decryption)
                                          : signing | digest_of(mechanism.hash);
    }
    case Family::rsa_raw: return set_of(Component::rsa_pkcs1) | set_of(Component::rsa_decryption);
    case Family::rsa_pss:
      return set_of(Component::rsa_pss) | set_of(Component::random) | digest_of(mechanism.hash);
    case Family::rsa_oaep: return set_of(Component::rsa_decryption) | kAllDigests;
    case Family::rsa_aes_wrap:
      return set_of(Component::rsa_decryption) | set_of(Component::aes_kwp) | set_of(Component::random) |
             kAllDigests;
    case Family::ec_generate: return set_of(Component::ecdsa) | set_of(Component::random);
    case Family::ecdsa: {
      const Set digest = mechanism.hash == Hash::none ? Set{0} : digest_of(mechanism.hash);
      return set_of(Component::ecdsa) | set_of(Component::random) | digest;
    }
    case Family::ecdh:
      return set_of(Component::ecdh) | set_of(Component::x25519) | set_of(Component::x448) |
             set_of(Component::x963) | kAllDigests;
    case Family::ecdh_aes_wrap:
      return set_of(Component::ecdh) | set_of(Component::x25519) | set_of(Component::x448) |
             set_of(Component::x963) | set_of(Component::aes_kwp) | set_of(Component::random) | kAllDigests;
    case Family::edwards_generate:
      return set_of(Component::ed25519) | set_of(Component::ed448) | set_of(Component::random);
    case Family::eddsa: return set_of(Component::ed25519) | set_of(Component::ed448);
    case Family::montgomery_generate:
      return set_of(Component::x25519) | set_of(Component::x448) | set_of(Component::random);
    case Family::ml_dsa_generate:
    case Family::ml_dsa_sign: return set_of(Component::ml_dsa) | set_of(Component::random);
    case Family::ml_dsa_prehashed:
      return set_of(Component::ml_dsa) | set_of(Component::random) | digest_of(mechanism.hash);
    case Family::ml_kem_generate:
    case Family::ml_kem_encapsulate: return set_of(Component::ml_kem) | set_of(Component::random);
    case Family::slh_dsa_generate:
    case Family::slh_dsa_sign: return set_of(Component::slh_dsa) | set_of(Component::random);
    case Family::slh_dsa_prehashed:
      return set_of(Component::slh_dsa) | set_of(Component::random) | digest_of(mechanism.hash);
    case Family::aes_generate:
    case Family::aes_xts_generate:
    case Family::chacha20_generate:
    case Family::des3_generate:
    case Family::secret_generate: return set_of(Component::random);
    case Family::aes_ecb: return set_of(Component::aes_ecb);
    case Family::aes_cbc: return set_of(Component::aes_cbc);
    case Family::aes_cbc_pad: return set_of(Component::aes_cbc_pad);
    case Family::aes_ctr: return set_of(Component::aes_ctr);
    case Family::aes_gcm: return set_of(Component::aes_gcm);
    case Family::aes_cmac:
    case Family::aes_cmac_general: return set_of(Component::aes_cmac);
    case Family::aes_gmac: return set_of(Component::aes_gmac);
    case Family::aes_ccm: return set_of(Component::aes_ccm);
    case Family::aes_xts: return set_of(Component::aes_xts);
    case Family::aes_kw_pkcs7: return set_of(Component::aes_kw_pkcs7);
    case Family::chacha20: return set_of(Component::chacha20);
    case Family::chacha20_poly1305: return set_of(Component::chacha20_poly1305);
    case Family::des3_ecb:
    case Family::des3_cbc:
    case Family::des3_cbc_pad:
    case Family::des3_cmac: return set_of(Component::des3);
    case Family::aes_kw: return set_of(Component::aes_kw);
    case Family::aes_kwp: return set_of(Component::aes_kwp);
    case Family::hmac:
    case Family::hmac_general: return hmac_of(mechanism.hash);
    case Family::digest:
    case Family::digest_key: return digest_of(mechanism.hash);
    case Family::hkdf:
    case Family::hkdf_data: return set_of(Component::hkdf) | kAllDigests;
    case Family::sp800_108_counter:
    case Family::sp800_108_feedback:
    case Family::sp800_108_pipeline:
      return set_of(Component::sp800_108) | set_of(Component::aes_cmac) | kAllHmacs;
    case Family::pbkdf2: return set_of(Component::pbkdf2) | kAllDigests;
    case Family::tls_master:
    case Family::tls_extended_master:
    case Family::tls_keys:
    case Family::tls_kdf:
    case Family::tls_mac: return set_of(Component::tls_prf) | kAllDigests;
    case Family::concatenate_key:
    case Family::concatenate_data:
    case Family::concatenate_before:
    case Family::xor_data:
    case Family::extract_bits:
    case Family::public_half: return 0;  // no algorithm
    case Family::encrypt_data_ecb: return set_of(Component::aes_ecb);
    case Family::encrypt_data_cbc: return set_of(Component::aes_cbc);
  }
  return ~Set{0};
}

Error off() { return Error{Code::self_test_failed, "a known answer was wrong: this is off"}; }

Verdict run(Component component) {
  const std::scoped_lock lock(verdicts.running);
  std::atomic<Verdict>& verdict = verdicts.components[static_cast<std::size_t>(component)];
  if (verdict.load() == Verdict::unknown) {
    const bool passed = test_component(component);
    if (!passed) log_line("crypto", component_name(component));
    if (!passed) log_line("crypto", "the self-test above failed; what needs it is off");
    verdict.store(passed ? Verdict::passed : Verdict::failed);
  }
  return verdict.load();
}

}  // namespace

std::string_view component_name(Component component) { return kNames[static_cast<std::size_t>(component)]; }

Status self_test(Component component) {
  const std::atomic<Verdict>& verdict = verdicts.components[static_cast<std::size_t>(component)];
  Verdict found = verdict.load(std::memory_order_acquire);
  if (found == Verdict::unknown) found = run(component);
  return found == Verdict::passed ? Status{} : off();
}

Status self_test(const Mechanism& mechanism) {
  const auto index = static_cast<std::size_t>(&mechanism - mechanisms().data());
  CHECK(index < kMechanismCount);
  std::atomic<Verdict>& verdict = verdicts.mechanisms[index];
  Verdict found = verdict.load(std::memory_order_acquire);
  if (found == Verdict::unknown) {
    const Set needed = needs(mechanism);
    found = Verdict::passed;
    for (unsigned i = 0; i < kComponentCount; ++i) {
      if ((needed >> i & 1U) == 0) continue;
      if (!self_test(static_cast<Component>(i)).ok()) found = Verdict::failed;
    }
    verdict.store(found);
  }
  // Without good random numbers nothing is safe to run, whatever the answers were.
  return found == Verdict::passed && !random_is_broken() ? Status{} : off();
}

std::vector<std::string_view> disabled_mechanisms() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kMechanismCount; ++i) {
    if (random_is_broken() || verdicts.mechanisms[i].load() == Verdict::failed)
      names.push_back(mechanisms()[i].name);
  }
  return names;
}

SelfTestFault::SelfTestFault(Component component) {
  inject_fault(component);
  verdicts.forget();
}

SelfTestFault::~SelfTestFault() {
  inject_fault({});
  verdicts.forget();
}

}  // namespace coffer::crypto
