// OpenSSL: owned objects, the algorithms fetched once, and one way to turn its failures into errors.
//
// Only crypto/ includes this. Everything goes through the EVP interface of OpenSSL 3.5.
#pragma once

#include <array>
#include <cstdint>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "base/bytes.h"
#include "base/owned.h"
#include "base/result.h"
#include "crypto/mechanism.h"
#include "crypto/parameter_set.h"

namespace coffer::crypto {

using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedKeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using OwnedMacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using OwnedKdfContext = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedNumber = Owned<BIGNUM, BN_clear_free>;
using OwnedNumberContext = Owned<BN_CTX, BN_CTX_free>;
using OwnedParameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using OwnedParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;

// AesMode names a way to use AES; the values index Library::ciphers.
enum class AesMode : std::uint8_t { ecb, cbc, ctr, gcm, wrap, wrap_pad, ccm };
inline constexpr std::size_t kAesModeCount = 7;
inline constexpr std::size_t kHashCount = 15;

// Library holds what OpenSSL looks up by name. The objects live as long as the process.
struct Library {
  std::array<const EVP_MD*, kHashCount> digests{};                        // by Hash; none is null
  std::array<const char*, kHashCount> digest_names{};                     // by Hash
  std::array<std::array<const EVP_CIPHER*, 3>, kAesModeCount> ciphers{};  // by AesMode; 128, 192, 256
  EVP_SIGNATURE* ed25519 = nullptr;
  EVP_SIGNATURE* ed25519_context = nullptr;
  EVP_SIGNATURE* ed25519_prehashed = nullptr;
  EVP_SIGNATURE* ed448 = nullptr;
  EVP_SIGNATURE* ed448_prehashed = nullptr;
  std::array<EVP_SIGNATURE*, kParameterSetCount> signatures{};  // by ParameterSet; null for ML-KEM
  EVP_MAC* hmac = nullptr;
  EVP_MAC* cmac = nullptr;
  EVP_MAC* gmac = nullptr;
  EVP_KDF* hkdf = nullptr;
  EVP_KDF* x963 = nullptr;
  EVP_KDF* one_step = nullptr;
  EVP_KDF* argon2id = nullptr;
  EVP_KDF* pbkdf2 = nullptr;
  EVP_KDF* tls_prf = nullptr;
  std::array<const EVP_CIPHER*, 2> xts{};   // under two keys of 128 bits, of 256 bits
  std::array<const EVP_CIPHER*, 2> des3{};  // by AesMode: ECB, CBC
  const EVP_CIPHER* chacha20 = nullptr;
  const EVP_CIPHER* chacha20_poly1305 = nullptr;

  [[nodiscard]] const EVP_MD* digest(Hash hash) const { return digests[static_cast<std::size_t>(hash)]; }
  [[nodiscard]] const char* digest_name(Hash hash) const {
    return digest_names[static_cast<std::size_t>(hash)];
  }
  [[nodiscard]] EVP_SIGNATURE* signature(ParameterSet set) const {
    return signatures[static_cast<std::size_t>(set)];
  }
  // cipher gives the cipher for a key of 16, 24 or 32 octets.
  [[nodiscard]] const EVP_CIPHER* cipher(AesMode mode, std::size_t key_bytes) const {
    return ciphers[static_cast<std::size_t>(mode)][key_bytes / 8 - 2];
  }
};

// library fetches everything on the first call; an algorithm that is missing ends the process.
const Library& library();

// library_failed empties this thread's error queue and says that OpenSSL failed.
Error library_failed();

// kUpdateBytesMax is the most that one call of an EVP update function takes (its length is an int).
inline constexpr std::size_t kUpdateBytesMax = std::size_t{1} << 30U;

// text_parameter, octet_parameter and number_parameter describe values to OpenSSL. It only reads them, though
// its types say otherwise.
OSSL_PARAM text_parameter(const char* key, const char* value);
OSSL_PARAM octet_parameter(const char* key, Bytes value);
inline OSSL_PARAM number_parameter(const char* key, std::uint32_t& value) {
  return OSSL_PARAM_construct_uint32(key, &value);
}

// number_from makes a number from big-endian octets.
OwnedNumber number_from(Bytes octets);

// number_octets writes a number big-endian without leading zeros.
Buffer number_octets(const BIGNUM* number);

}  // namespace coffer::crypto
