// Mechanism table: every algorithm Coffer knows, as data. Doors look names and numbers up here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace coffer::crypto {

// KeyType is the family of a key.
enum class KeyType : std::uint8_t {
  none = 0,
  rsa = 1,
  ec = 2,
  edwards = 3,
  montgomery = 4,
  aes = 5,
  generic = 6,
  aes_xts = 7,
  chacha20 = 8,
  des3 = 9,
  ml_dsa = 16,
  ml_kem = 17,
  slh_dsa = 18
};

// Curve names an elliptic curve; key_type_of (crypto/key.h) says which KeyType its keys have.
enum class Curve : std::uint8_t {
  none = 0,
  p256 = 1,
  p384 = 2,
  p521 = 3,
  ed25519 = 4,
  x25519 = 5,
  secp256k1 = 6,
  brainpoolp256r1 = 7,
  brainpoolp384r1 = 8,
  brainpoolp512r1 = 9,
  ed448 = 10,
  x448 = 11,
};

// Hash names a digest algorithm.
enum class Hash : std::uint8_t {
  none = 0,
  sha1 = 1,
  sha224 = 2,
  sha256 = 3,
  sha384 = 4,
  sha512 = 5,
  sha3_224 = 6,
  sha3_256 = 7,
  sha3_384 = 8,
  sha3_512 = 9,
  sha512_224 = 10,
  sha512_256 = 11,
  md5 = 12,
  shake128 = 13,  // both only where a prehashed signature names them, with 32 and 64 octets
  shake256 = 14,
};

// is_secret tells the types of SecretKey from those of PrivateKey.
constexpr bool is_secret(KeyType type) {
  return type == KeyType::aes || type == KeyType::generic || type == KeyType::aes_xts ||
         type == KeyType::chacha20 || type == KeyType::des3;
}

// Family says which code runs a mechanism; the row's other columns are its parameters.
enum class Family : std::uint8_t {
  rsa_generate,
  rsa_pkcs1,
  rsa_raw,
  rsa_pss,
  rsa_oaep,
  rsa_aes_wrap,
  ec_generate,
  ecdsa,
  ecdh,
  ecdh_aes_wrap,
  edwards_generate,
  eddsa,
  montgomery_generate,
  ml_dsa_generate,
  ml_dsa_sign,
  ml_dsa_prehashed,
  ml_kem_generate,
  ml_kem_encapsulate,
  slh_dsa_generate,
  slh_dsa_sign,
  slh_dsa_prehashed,
  aes_generate,
  aes_ecb,
  aes_cbc,
  aes_cbc_pad,
  aes_ctr,
  aes_gcm,
  aes_cmac,
  aes_cmac_general,
  aes_gmac,
  aes_ccm,
  aes_kw,
  aes_kw_pkcs7,
  aes_kwp,
  aes_xts_generate,
  aes_xts,
  chacha20_generate,
  chacha20,
  chacha20_poly1305,
  des3_generate,
  des3_ecb,
  des3_cbc,
  des3_cbc_pad,
  des3_cmac,
  secret_generate,
  hmac,
  hmac_general,
  digest,
  hkdf,
  hkdf_data,
  sp800_108_counter,
  sp800_108_feedback,
  sp800_108_pipeline,
  pbkdf2,
  tls_master,
  tls_extended_master,
  tls_keys,
  tls_kdf,
  tls_mac,
  concatenate_key,
  concatenate_data,
  concatenate_before,
  xor_data,
  extract_bits,
  encrypt_data_ecb,
  encrypt_data_cbc,
  digest_key,
  public_half,
};

// Uses is a bit set of what a mechanism can do; the values equal PKCS#11's CKF_ flags of CK_MECHANISM_INFO.
namespace use {
inline constexpr std::uint32_t kEncrypt = 0x100;
inline constexpr std::uint32_t kDecrypt = 0x200;
inline constexpr std::uint32_t kDigest = 0x400;
inline constexpr std::uint32_t kSign = 0x800;
inline constexpr std::uint32_t kSignRecover = 0x1000;
inline constexpr std::uint32_t kVerify = 0x2000;
inline constexpr std::uint32_t kVerifyRecover = 0x4000;
inline constexpr std::uint32_t kGenerate = 0x8000;
inline constexpr std::uint32_t kGeneratePair = 0x10000;
inline constexpr std::uint32_t kWrap =
    0x20000;  // set where PKCS#11 lets it wrap keys; crypto/ itself encrypts
inline constexpr std::uint32_t kUnwrap = 0x40000;
inline constexpr std::uint32_t kDerive = 0x80000;
inline constexpr std::uint32_t kEncapsulate = 0x10000000;
inline constexpr std::uint32_t kDecapsulate = 0x20000000;
}  // namespace use

// Mechanism is one row. `number` is the CKM_ value, which is also the number on Coffer's wire.
struct Mechanism {
  std::uint32_t number;
  std::string_view name;  // Coffer's name, as the CLI and the audit log print it: "ecdsa-sha256"
  Family family;
  KeyType key;
  Hash hash;               // the digest it applies to the data first, or none
  std::uint32_t uses;      // bits of namespace use
  std::uint32_t size_min;  // key sizes as CK_MECHANISM_INFO wants them: bits for RSA, EC; bytes for AES,
                           // generic, and of a post-quantum public key
  std::uint32_t size_max;
  std::string_view specification;  // e.g. "FIPS 186-5, 6.4"
  std::uint32_t legacy = 0;        // the uses that need Parameters::legacy
};

// kMechanismCount is the number of rows.
inline constexpr std::size_t kMechanismCount = 176;

// mechanisms is the whole table, sorted by number.
std::span<const Mechanism> mechanisms();

// find_mechanism looks a number up; null when there is no such row.
const Mechanism* find_mechanism(std::uint32_t number);

// find_mechanism looks a name up; null when there is no such row.
const Mechanism* find_mechanism(std::string_view name);

// digest_bytes is the output size of a hash, 0 for none.
std::size_t digest_bytes(Hash hash);
// digest_block_bytes is the size of its blocks (FIPS 180-4, 1; FIPS 202, 7), 0 for none: HMAC takes the
// digest of a longer key for the key (RFC 2104, 2).
std::size_t digest_block_bytes(Hash hash);

// self_test runs the known-answer test of the mechanism's implementation the first time, and returns its
// verdict (self_test_failed) every time. Every operation calls it before use. Thread-safe, and one relaxed
// load when done.
Status self_test(const Mechanism& mechanism);

}  // namespace coffer::crypto
