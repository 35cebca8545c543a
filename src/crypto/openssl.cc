// OpenSSL: the table of fetched algorithms.
#include "crypto/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/check.h"

namespace coffer::crypto {
namespace {

constexpr std::array<const char*, kHashCount> kDigestNames = {
    nullptr,    "SHA1",     "SHA2-224",     "SHA2-256",     "SHA2-384", "SHA2-512",  "SHA3-224",  "SHA3-256",
    "SHA3-384", "SHA3-512", "SHA2-512/224", "SHA2-512/256", "MD5",      "SHAKE-128", "SHAKE-256",
};

constexpr std::array<std::array<const char*, 3>, kAesModeCount> kCipherNames = {{
    {"AES-128-ECB", "AES-192-ECB", "AES-256-ECB"},
    {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"},
    {"AES-128-CTR", "AES-192-CTR", "AES-256-CTR"},
    {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"},
    {"AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP"},
    {"AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD"},
    {"AES-128-CCM", "AES-192-CCM", "AES-256-CCM"},
}};

Library fetch_all() {
  Library fetched;
  fetched.digest_names = kDigestNames;
  for (std::size_t i = 1; i < kHashCount; ++i) {
    fetched.digests[i] = EVP_MD_fetch(nullptr, kDigestNames[i], nullptr);
    CHECK(fetched.digests[i] != nullptr);
  }
  for (std::size_t mode = 0; mode < kAesModeCount; ++mode) {
    for (std::size_t size = 0; size < 3; ++size) {
      fetched.ciphers[mode][size] = EVP_CIPHER_fetch(nullptr, kCipherNames[mode][size], nullptr);
      CHECK(fetched.ciphers[mode][size] != nullptr);
    }
  }
  fetched.ed25519 = EVP_SIGNATURE_fetch(nullptr, "ED25519", nullptr);
  fetched.ed25519_context = EVP_SIGNATURE_fetch(nullptr, "ED25519ctx", nullptr);
  fetched.ed25519_prehashed = EVP_SIGNATURE_fetch(nullptr, "ED25519ph", nullptr);
  fetched.ed448 = EVP_SIGNATURE_fetch(nullptr, "ED448", nullptr);
  fetched.ed448_prehashed = EVP_SIGNATURE_fetch(nullptr, "ED448ph", nullptr);
  for (const ParameterSetFacts& facts : parameter_sets()) {
    if (facts.type == KeyType::ml_kem) continue;
    EVP_SIGNATURE* signature = EVP_SIGNATURE_fetch(nullptr, facts.name, nullptr);
    CHECK(signature != nullptr);
    fetched.signatures[static_cast<std::size_t>(facts.set)] = signature;
  }
  fetched.hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  fetched.cmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_CMAC, nullptr);
  fetched.hkdf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr);
  fetched.x963 = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_X963KDF, nullptr);
  fetched.one_step = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_SSKDF, nullptr);
  fetched.argon2id = EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr);
  fetched.gmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_GMAC, nullptr);
  fetched.pbkdf2 = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_PBKDF2, nullptr);
  fetched.tls_prf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr);
  fetched.xts = {EVP_CIPHER_fetch(nullptr, "AES-128-XTS", nullptr),
                 EVP_CIPHER_fetch(nullptr, "AES-256-XTS", nullptr)};
  fetched.des3 = {EVP_CIPHER_fetch(nullptr, "DES-EDE3-ECB", nullptr),
                  EVP_CIPHER_fetch(nullptr, "DES-EDE3-CBC", nullptr)};
  fetched.chacha20 = EVP_CIPHER_fetch(nullptr, "ChaCha20", nullptr);
  fetched.chacha20_poly1305 = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  CHECK(fetched.gmac != nullptr && fetched.pbkdf2 != nullptr && fetched.tls_prf != nullptr);
  CHECK(fetched.xts[0] != nullptr && fetched.xts[1] != nullptr);
  CHECK(fetched.des3[0] != nullptr && fetched.des3[1] != nullptr);
  CHECK(fetched.chacha20 != nullptr && fetched.chacha20_poly1305 != nullptr);
  CHECK(fetched.ed25519 != nullptr && fetched.hmac != nullptr && fetched.cmac != nullptr);
  CHECK(fetched.ed25519_context != nullptr && fetched.ed25519_prehashed != nullptr);
  CHECK(fetched.ed448 != nullptr && fetched.ed448_prehashed != nullptr && fetched.one_step != nullptr);
  CHECK(fetched.hkdf != nullptr && fetched.x963 != nullptr && fetched.argon2id != nullptr);
  return fetched;
}

}  // namespace

const Library& library() {
  static const Library fetched = fetch_all();
  return fetched;
}

Error library_failed() {
  ERR_clear_error();
  return Error{Code::internal, "OpenSSL failed"};
}

OSSL_PARAM text_parameter(const char* key, const char* value) {
  return OSSL_PARAM_construct_utf8_string(key, const_cast<char*>(value), 0);
}

OSSL_PARAM octet_parameter(const char* key, Bytes value) {
  // An empty view may carry a null pointer, which OpenSSL would take for a question about the size.
  static constexpr std::uint8_t kNothing = 0;
  const std::uint8_t* octets = value.empty() ? &kNothing : value.data();
  return OSSL_PARAM_construct_octet_string(key, const_cast<std::uint8_t*>(octets), value.size());
}

OwnedNumber number_from(Bytes octets) {
  OwnedNumber number(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  CHECK(number != nullptr);
  return number;
}

Buffer number_octets(const BIGNUM* number) {
  Buffer octets(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, octets.data());
  return octets;
}

}  // namespace coffer::crypto
