// Mechanism table: the rows. The numbers are the CKM_ values of PKCS#11 3.2.
#include "crypto/mechanism.h"

#include <algorithm>
#include <array>
#include <functional>

#include "crypto/key.h"

namespace coffer::crypto {
namespace {

using enum Family;
using KeyType::aes;
using KeyType::ec;
using KeyType::edwards;
using KeyType::generic;
using KeyType::montgomery;
using KeyType::rsa;
namespace u = use;

constexpr std::uint32_t kCipher = u::kEncrypt | u::kDecrypt;
constexpr std::uint32_t kWrapping = u::kEncrypt | u::kDecrypt | u::kWrap | u::kUnwrap;
constexpr std::uint32_t kSigning = u::kSign | u::kVerify;
constexpr std::uint32_t kRecovering = u::kSignRecover | u::kVerifyRecover;

// One function a key type: what its rows have in common.
constexpr Mechanism rsa_row(std::uint32_t number, std::string_view name, Family family, Hash hash,
                            std::uint32_t uses, std::string_view specification) {
  return {number, name, family, rsa, hash, uses, kRsaBitsMin, kRsaBitsMax, specification};
}
constexpr Mechanism ecdsa_row(std::uint32_t number, std::string_view name, Hash hash) {
  return {number, name, ecdsa, ec, hash, kSigning, 256, 521, "FIPS 186-5, 6.4"};
}
constexpr Mechanism aes_row(std::uint32_t number, std::string_view name, Family family, std::uint32_t uses,
                            std::string_view specification) {
  return {number, name, family, aes, Hash::none, uses, 16, 32, specification};
}
constexpr Mechanism secret_row(std::uint32_t number, std::string_view name, Family family, Hash hash,
                               std::uint32_t uses, std::string_view specification) {
  return {number, name, family, generic, hash, uses, 1, kSecretBytesMax, specification};
}
// Sizes of post-quantum keys are octets of the public key (PKCS#11 3.2, 6.67 to 6.69).
constexpr Mechanism ml_kem_row(std::uint32_t number, std::string_view name, Family family, std::uint32_t uses,
                               std::string_view specification) {
  return {number, name, family, KeyType::ml_kem, Hash::none, uses, 800, 1568, specification};
}
constexpr Mechanism ml_dsa_row(std::uint32_t number, std::string_view name, Family family, Hash hash,
                               std::uint32_t uses, std::string_view specification) {
  return {number, name, family, KeyType::ml_dsa, hash, uses, 1312, 2592, specification};
}
constexpr Mechanism slh_dsa_row(std::uint32_t number, std::string_view name, Family family, Hash hash,
                                std::uint32_t uses, std::string_view specification) {
  return {number, name, family, KeyType::slh_dsa, hash, uses, 32, 64, specification};
}
constexpr Mechanism hmac_row(std::uint32_t number, std::string_view name, Hash hash) {
  return secret_row(number, name, hmac, hash, kSigning, "FIPS 198-1");
}
constexpr Mechanism short_hmac_row(std::uint32_t number, std::string_view name, Hash hash) {
  return secret_row(number, name, hmac_general, hash, kSigning, "FIPS 198-1; SP 800-107, 5.1");
}
constexpr Mechanism hmac_key_row(std::uint32_t number, std::string_view name) {
  return secret_row(number, name, secret_generate, Hash::none, u::kGenerate, "SP 800-133, 6.1");
}
// These derive from secret keys of every type.
constexpr Mechanism derive_row(std::uint32_t number, std::string_view name, Family family, Hash hash,
                               std::string_view specification) {
  return {number, name, family, KeyType::none, hash, u::kDerive, 1, kSecretBytesMax, specification};
}
constexpr Mechanism digest_key_row(std::uint32_t number, std::string_view name, Hash hash) {
  return derive_row(number, name, digest_key, hash, "PKCS#11 3.0, 2.20-2.29");
}
constexpr Mechanism tls_row(std::uint32_t number, std::string_view name, Family family, std::uint32_t uses,
                            std::string_view specification) {
  return secret_row(number, name, family, Hash::none, uses, specification);
}
constexpr Mechanism digest_row(std::uint32_t number, std::string_view name, Hash hash,
                               std::string_view specification) {
  return {number, name, digest, KeyType::none, hash, u::kDigest, 0, 0, specification};
}

constexpr Mechanism des3_row(std::uint32_t number, std::string_view name, Family family, std::uint32_t uses,
                             std::string_view specification) {
  return {number, name,          family,        KeyType::des3, Hash::none,
          uses,   kDes3KeyBytes, kDes3KeyBytes, specification, uses};
}
// legacy marks the uses of a row that a token must turn on. What was signed long ago stays readable without.
constexpr Mechanism legacy(Mechanism row, std::uint32_t uses) {
  row.legacy = uses;
  return row;
}

// CKM_AES_KEY_WRAP_PAD (0x210A) is left out on purpose: PKCS#11 3.0 reads it as PKCS#7 padding under RFC
// 3394, while older modules made it RFC 5649. CKM_AES_KEY_WRAP_KWP is RFC 5649 without doubt, and
// CKM_AES_KEY_WRAP_PKCS7 the other.
constexpr auto kMechanisms = std::to_array<Mechanism>({
    rsa_row(0x0000, "rsa-generate", rsa_generate, Hash::none, u::kGeneratePair, "FIPS 186-5, A.1"),
    rsa_row(0x0001, "rsa-pkcs", rsa_pkcs1, Hash::none, kSigning | kRecovering | kWrapping,
            "RFC 8017, 7.2, 8.2"),
    legacy(rsa_row(0x0003, "rsa-x509", rsa_raw, Hash::none, kCipher | kSigning | kRecovering, "RFC 8017, 5"),
           kCipher | kSigning | kRecovering),
    legacy(rsa_row(0x0006, "rsa-pkcs-sha1", rsa_pkcs1, Hash::sha1, kSigning, "RFC 8017, 8.2"), u::kSign),
    rsa_row(0x0009, "rsa-oaep", rsa_oaep, Hash::none, kWrapping, "RFC 8017, 7.1"),
    rsa_row(0x000D, "rsa-pss", rsa_pss, Hash::none, kSigning, "RFC 8017, 8.1"),
    legacy(rsa_row(0x000E, "rsa-pss-sha1", rsa_pss, Hash::sha1, kSigning, "RFC 8017, 8.1"), u::kSign),
    ml_kem_row(0x000F, "ml-kem-generate", ml_kem_generate, u::kGeneratePair, "FIPS 203, 7.1"),
    ml_kem_row(0x0017, "ml-kem", Family::ml_kem_encapsulate, u::kEncapsulate | u::kDecapsulate,
               "FIPS 203, 7.2, 7.3"),
    ml_dsa_row(0x001C, "ml-dsa-generate", ml_dsa_generate, Hash::none, u::kGeneratePair, "FIPS 204, 5.1"),
    ml_dsa_row(0x001D, "ml-dsa", Family::ml_dsa_sign, Hash::none, kSigning, "FIPS 204, 5.2"),
    ml_dsa_row(0x001F, "hash-ml-dsa", ml_dsa_prehashed, Hash::none, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0023, "hash-ml-dsa-sha224", ml_dsa_prehashed, Hash::sha224, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0024, "hash-ml-dsa-sha256", ml_dsa_prehashed, Hash::sha256, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0025, "hash-ml-dsa-sha384", ml_dsa_prehashed, Hash::sha384, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0026, "hash-ml-dsa-sha512", ml_dsa_prehashed, Hash::sha512, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0027, "hash-ml-dsa-sha3-224", ml_dsa_prehashed, Hash::sha3_224, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0028, "hash-ml-dsa-sha3-256", ml_dsa_prehashed, Hash::sha3_256, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x0029, "hash-ml-dsa-sha3-384", ml_dsa_prehashed, Hash::sha3_384, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x002A, "hash-ml-dsa-sha3-512", ml_dsa_prehashed, Hash::sha3_512, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x002B, "hash-ml-dsa-shake128", ml_dsa_prehashed, Hash::shake128, kSigning, "FIPS 204, 5.4"),
    ml_dsa_row(0x002C, "hash-ml-dsa-shake256", ml_dsa_prehashed, Hash::shake256, kSigning, "FIPS 204, 5.4"),
    slh_dsa_row(0x002D, "slh-dsa-generate", slh_dsa_generate, Hash::none, u::kGeneratePair, "FIPS 205, 10.1"),
    slh_dsa_row(0x002E, "slh-dsa", Family::slh_dsa_sign, Hash::none, kSigning, "FIPS 205, 10.2"),
    slh_dsa_row(0x0034, "hash-slh-dsa", slh_dsa_prehashed, Hash::none, kSigning, "FIPS 205, 10.2.2"),
    slh_dsa_row(0x0036, "hash-slh-dsa-sha224", slh_dsa_prehashed, Hash::sha224, kSigning, "FIPS 205, 10.2.2"),
    slh_dsa_row(0x0037, "hash-slh-dsa-sha256", slh_dsa_prehashed, Hash::sha256, kSigning, "FIPS 205, 10.2.2"),
    slh_dsa_row(0x0038, "hash-slh-dsa-sha384", slh_dsa_prehashed, Hash::sha384, kSigning, "FIPS 205, 10.2.2"),
    slh_dsa_row(0x0039, "hash-slh-dsa-sha512", slh_dsa_prehashed, Hash::sha512, kSigning, "FIPS 205, 10.2.2"),
    slh_dsa_row(0x003A, "hash-slh-dsa-sha3-224", slh_dsa_prehashed, Hash::sha3_224, kSigning,
                "FIPS 205, 10.2.2"),
    slh_dsa_row(0x003B, "hash-slh-dsa-sha3-256", slh_dsa_prehashed, Hash::sha3_256, kSigning,
                "FIPS 205, 10.2.2"),
    slh_dsa_row(0x003C, "hash-slh-dsa-sha3-384", slh_dsa_prehashed, Hash::sha3_384, kSigning,
                "FIPS 205, 10.2.2"),
    slh_dsa_row(0x003D, "hash-slh-dsa-sha3-512", slh_dsa_prehashed, Hash::sha3_512, kSigning,
                "FIPS 205, 10.2.2"),
    slh_dsa_row(0x003E, "hash-slh-dsa-shake128", slh_dsa_prehashed, Hash::shake128, kSigning,
                "FIPS 205, 10.2.2"),
    slh_dsa_row(0x003F, "hash-slh-dsa-shake256", slh_dsa_prehashed, Hash::shake256, kSigning,
                "FIPS 205, 10.2.2"),
    rsa_row(0x0040, "rsa-pkcs-sha256", rsa_pkcs1, Hash::sha256, kSigning, "RFC 8017, 8.2"),
    rsa_row(0x0041, "rsa-pkcs-sha384", rsa_pkcs1, Hash::sha384, kSigning, "RFC 8017, 8.2"),
    rsa_row(0x0042, "rsa-pkcs-sha512", rsa_pkcs1, Hash::sha512, kSigning, "RFC 8017, 8.2"),
    rsa_row(0x0043, "rsa-pss-sha256", rsa_pss, Hash::sha256, kSigning, "RFC 8017, 8.1"),
    rsa_row(0x0044, "rsa-pss-sha384", rsa_pss, Hash::sha384, kSigning, "RFC 8017, 8.1"),
    rsa_row(0x0045, "rsa-pss-sha512", rsa_pss, Hash::sha512, kSigning, "RFC 8017, 8.1"),
    rsa_row(0x0046, "rsa-pkcs-sha224", rsa_pkcs1, Hash::sha224, kSigning, "RFC 8017, 8.2"),
    rsa_row(0x0047, "rsa-pss-sha224", rsa_pss, Hash::sha224, kSigning, "RFC 8017, 8.1"),
    digest_row(0x0048, "sha512-224", Hash::sha512_224, "FIPS 180-4, 6.6"),
    hmac_row(0x0049, "hmac-sha512-224", Hash::sha512_224),
    short_hmac_row(0x004A, "hmac-sha512-224-general", Hash::sha512_224),
    digest_key_row(0x004B, "sha512-224-derive", Hash::sha512_224),
    digest_row(0x004C, "sha512-256", Hash::sha512_256, "FIPS 180-4, 6.7"),
    hmac_row(0x004D, "hmac-sha512-256", Hash::sha512_256),
    short_hmac_row(0x004E, "hmac-sha512-256-general", Hash::sha512_256),
    digest_key_row(0x004F, "sha512-256-derive", Hash::sha512_256),
    tls_row(0x0056, "tls12-extended-master", tls_extended_master, u::kDerive, "RFC 7627, 4"),
    tls_row(0x0057, "tls12-extended-master-dh", tls_extended_master, u::kDerive, "RFC 7627, 4"),
    rsa_row(0x0060, "rsa-pkcs-sha3-256", rsa_pkcs1, Hash::sha3_256, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0061, "rsa-pkcs-sha3-384", rsa_pkcs1, Hash::sha3_384, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0062, "rsa-pkcs-sha3-512", rsa_pkcs1, Hash::sha3_512, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0063, "rsa-pss-sha3-256", rsa_pss, Hash::sha3_256, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0064, "rsa-pss-sha3-384", rsa_pss, Hash::sha3_384, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0065, "rsa-pss-sha3-512", rsa_pss, Hash::sha3_512, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0066, "rsa-pkcs-sha3-224", rsa_pkcs1, Hash::sha3_224, kSigning, "FIPS 186-5, 5.4"),
    rsa_row(0x0067, "rsa-pss-sha3-224", rsa_pss, Hash::sha3_224, kSigning, "FIPS 186-5, 5.4"),
    des3_row(0x0131, "des3-generate", des3_generate, u::kGenerate, "SP 800-133, 6.1"),
    des3_row(0x0132, "des3-ecb", des3_ecb, kCipher, "SP 800-67; SP 800-38A, 6.1"),
    des3_row(0x0133, "des3-cbc", des3_cbc, kCipher, "SP 800-67; SP 800-38A, 6.2"),
    des3_row(0x0136, "des3-cbc-pad", des3_cbc_pad, kCipher, "SP 800-67; SP 800-38A, 6.2; RFC 5652, 6.3"),
    des3_row(0x0138, "des3-cmac", des3_cmac, kSigning, "SP 800-38B"),
    legacy(digest_row(0x0210, "md5", Hash::md5, "RFC 1321"), u::kDigest),
    legacy(hmac_row(0x0211, "hmac-md5", Hash::md5), kSigning),
    legacy(short_hmac_row(0x0212, "hmac-md5-general", Hash::md5), kSigning),
    digest_row(0x0220, "sha1", Hash::sha1, "FIPS 180-4, 6.1"),
    hmac_row(0x0221, "hmac-sha1", Hash::sha1),
    short_hmac_row(0x0222, "hmac-sha1-general", Hash::sha1),
    digest_row(0x0250, "sha256", Hash::sha256, "FIPS 180-4, 6.2"),
    hmac_row(0x0251, "hmac-sha256", Hash::sha256),
    short_hmac_row(0x0252, "hmac-sha256-general", Hash::sha256),
    digest_row(0x0255, "sha224", Hash::sha224, "FIPS 180-4, 6.3"),
    hmac_row(0x0256, "hmac-sha224", Hash::sha224),
    short_hmac_row(0x0257, "hmac-sha224-general", Hash::sha224),
    digest_row(0x0260, "sha384", Hash::sha384, "FIPS 180-4, 6.5"),
    hmac_row(0x0261, "hmac-sha384", Hash::sha384),
    short_hmac_row(0x0262, "hmac-sha384-general", Hash::sha384),
    digest_row(0x0270, "sha512", Hash::sha512, "FIPS 180-4, 6.4"),
    hmac_row(0x0271, "hmac-sha512", Hash::sha512),
    short_hmac_row(0x0272, "hmac-sha512-general", Hash::sha512),
    digest_row(0x02B0, "sha3-256", Hash::sha3_256, "FIPS 202, 6.1"),
    hmac_row(0x02B1, "hmac-sha3-256", Hash::sha3_256),
    short_hmac_row(0x02B2, "hmac-sha3-256-general", Hash::sha3_256),
    hmac_key_row(0x02B3, "hmac-sha3-256-generate"),
    digest_row(0x02B5, "sha3-224", Hash::sha3_224, "FIPS 202, 6.1"),
    hmac_row(0x02B6, "hmac-sha3-224", Hash::sha3_224),
    short_hmac_row(0x02B7, "hmac-sha3-224-general", Hash::sha3_224),
    hmac_key_row(0x02B8, "hmac-sha3-224-generate"),
    digest_row(0x02C0, "sha3-384", Hash::sha3_384, "FIPS 202, 6.1"),
    hmac_row(0x02C1, "hmac-sha3-384", Hash::sha3_384),
    short_hmac_row(0x02C2, "hmac-sha3-384-general", Hash::sha3_384),
    hmac_key_row(0x02C3, "hmac-sha3-384-generate"),
    digest_row(0x02D0, "sha3-512", Hash::sha3_512, "FIPS 202, 6.1"),
    hmac_row(0x02D1, "hmac-sha3-512", Hash::sha3_512),
    short_hmac_row(0x02D2, "hmac-sha3-512-general", Hash::sha3_512),
    hmac_key_row(0x02D3, "hmac-sha3-512-generate"),
    secret_row(0x0350, "secret-generate", secret_generate, Hash::none, u::kGenerate, "SP 800-133, 6.1"),
    derive_row(0x0360, "concatenate-base-and-key", concatenate_key, Hash::none, "PKCS#11 3.0, 2.43.3"),
    derive_row(0x0362, "concatenate-base-and-data", concatenate_data, Hash::none, "PKCS#11 3.0, 2.43.4"),
    derive_row(0x0363, "concatenate-data-and-base", concatenate_before, Hash::none, "PKCS#11 3.0, 2.43.5"),
    derive_row(0x0364, "xor-base-and-data", xor_data, Hash::none, "PKCS#11 3.0, 2.43.6"),
    derive_row(0x0365, "extract-key-from-key", extract_bits, Hash::none, "PKCS#11 3.0, 2.43.7"),
    digest_key_row(0x0392, "sha1-derive", Hash::sha1),
    digest_key_row(0x0393, "sha256-derive", Hash::sha256),
    digest_key_row(0x0394, "sha384-derive", Hash::sha384),
    digest_key_row(0x0395, "sha512-derive", Hash::sha512),
    digest_key_row(0x0396, "sha224-derive", Hash::sha224),
    digest_key_row(0x0397, "sha3-256-derive", Hash::sha3_256),
    digest_key_row(0x0398, "sha3-224-derive", Hash::sha3_224),
    digest_key_row(0x0399, "sha3-384-derive", Hash::sha3_384),
    digest_key_row(0x039A, "sha3-512-derive", Hash::sha3_512),
    derive_row(0x03AC, "sp800-108-counter", sp800_108_counter, Hash::none, "SP 800-108, 4.1"),
    derive_row(0x03AD, "sp800-108-feedback", sp800_108_feedback, Hash::none, "SP 800-108, 4.2"),
    derive_row(0x03AE, "sp800-108-pipeline", sp800_108_pipeline, Hash::none, "SP 800-108, 4.3"),
    secret_row(0x03B0, "pbkdf2", pbkdf2, Hash::none, u::kGenerate, "RFC 8018, 5.2"),
    tls_row(0x03D8, "tls12-mac", tls_mac, kSigning, "RFC 5246, 7.4.9"),
    tls_row(0x03D9, "tls12-kdf", tls_kdf, u::kDerive, "RFC 5705, 4"),
    tls_row(0x03E0, "tls12-master", tls_master, u::kDerive, "RFC 5246, 8.1"),
    tls_row(0x03E1, "tls12-keys", tls_keys, u::kDerive, "RFC 5246, 6.3"),
    tls_row(0x03E2, "tls12-master-dh", tls_master, u::kDerive, "RFC 5246, 8.1"),
    // As tls12-keys, but the IVs stay away.
    tls_row(0x03E3, "tls12-keys-safe", tls_keys, u::kDerive, "RFC 5246, 6.3"),
    tls_row(0x03E4, "tls-mac", tls_mac, kSigning, "RFC 5246, 7.4.9"),
    tls_row(0x03E5, "tls-kdf", tls_kdf, u::kDerive, "RFC 5705, 4"),
    {0x1040, "ec-generate", ec_generate, ec, Hash::none, u::kGeneratePair, 256, 521, "FIPS 186-5, A.2"},
    ecdsa_row(0x1041, "ecdsa", Hash::none),
    legacy(ecdsa_row(0x1042, "ecdsa-sha1", Hash::sha1), u::kSign),
    ecdsa_row(0x1043, "ecdsa-sha224", Hash::sha224),
    ecdsa_row(0x1044, "ecdsa-sha256", Hash::sha256),
    ecdsa_row(0x1045, "ecdsa-sha384", Hash::sha384),
    ecdsa_row(0x1046, "ecdsa-sha512", Hash::sha512),
    ecdsa_row(0x1047, "ecdsa-sha3-224", Hash::sha3_224),
    ecdsa_row(0x1048, "ecdsa-sha3-256", Hash::sha3_256),
    ecdsa_row(0x1049, "ecdsa-sha3-384", Hash::sha3_384),
    ecdsa_row(0x104A, "ecdsa-sha3-512", Hash::sha3_512),
    // Also takes Montgomery keys: X25519 and X448 (RFC 7748).
    {0x1050, "ecdh", ecdh, ec, Hash::none, u::kDerive, 255, 521, "SP 800-56A, 5.7.1.2"},
    // All our curves have the cofactor 1, so this is the same.
    {0x1051, "ecdh-cofactor", ecdh, ec, Hash::none, u::kDerive, 256, 521, "SP 800-56A, 5.7.1.2"},
    {0x1053, "ecdh-aes-key-wrap", ecdh_aes_wrap, ec, Hash::none, u::kWrap | u::kUnwrap, 255, 521,
     "SEC 1, 5.1; RFC 5649"},
    rsa_row(0x1054, "rsa-aes-key-wrap", rsa_aes_wrap, Hash::none, u::kWrap | u::kUnwrap,
            "RFC 8017, 7.1; RFC 5649"),
    {0x1055, "edwards-generate", edwards_generate, edwards, Hash::none, u::kGeneratePair, 255, 448,
     "RFC 8032, 5.1.5, 5.2.5"},
    {0x1056, "montgomery-generate", montgomery_generate, montgomery, Hash::none, u::kGeneratePair, 255, 448,
     "RFC 7748, 6"},
    // "ed25519" is the name since the first release; keys of Ed448 sign with it too.
    {0x1057, "ed25519", eddsa, edwards, Hash::none, kSigning, 255, 448, "RFC 8032, 5.1, 5.2"},
    {0x1071, "aes-xts", aes_xts, KeyType::aes_xts, Hash::none, kCipher, 32, 64, "IEEE 1619; SP 800-38E"},
    {0x1072, "aes-xts-generate", aes_xts_generate, KeyType::aes_xts, Hash::none, u::kGenerate, 32, 64,
     "SP 800-133, 6.1"},
    aes_row(0x1080, "aes-generate", aes_generate, u::kGenerate, "SP 800-133, 6.1"),
    aes_row(0x1081, "aes-ecb", aes_ecb, kCipher, "SP 800-38A, 6.1"),
    aes_row(0x1082, "aes-cbc", aes_cbc, kWrapping, "SP 800-38A, 6.2"),
    aes_row(0x1085, "aes-cbc-pad", aes_cbc_pad, kWrapping, "SP 800-38A, 6.2; RFC 5652, 6.3"),
    aes_row(0x1086, "aes-ctr", aes_ctr, kCipher, "SP 800-38A, 6.5"),
    aes_row(0x1087, "aes-gcm", aes_gcm, kWrapping, "SP 800-38D"),
    aes_row(0x1088, "aes-ccm", aes_ccm, kWrapping, "SP 800-38C"),
    aes_row(0x108A, "aes-cmac", aes_cmac, kSigning, "SP 800-38B"),
    aes_row(0x108B, "aes-cmac-general", aes_cmac_general, kSigning, "SP 800-38B"),
    aes_row(0x108E, "aes-gmac", aes_gmac, kSigning, "SP 800-38D"),
    aes_row(0x1104, "aes-ecb-encrypt-data", encrypt_data_ecb, u::kDerive, "PKCS#11 3.0, 2.16"),
    aes_row(0x1105, "aes-cbc-encrypt-data", encrypt_data_cbc, u::kDerive, "PKCS#11 3.0, 2.16"),
    {0x1225, "chacha20-generate", chacha20_generate, KeyType::chacha20, Hash::none, u::kGenerate, 32, 32,
     "SP 800-133, 6.1"},
    {0x1226, "chacha20", chacha20, KeyType::chacha20, Hash::none, kCipher, 32, 32, "RFC 8439, 2.4"},
    aes_row(0x2109, "aes-key-wrap", aes_kw, kWrapping, "RFC 3394"),
    aes_row(0x210B, "aes-key-wrap-kwp", aes_kwp, kWrapping, "RFC 5649"),
    aes_row(0x210C, "aes-key-wrap-pkcs7", aes_kw_pkcs7, kWrapping, "RFC 3394; RFC 5652, 6.3"),
    hmac_key_row(0x4003, "hmac-sha1-generate"),
    hmac_key_row(0x4004, "hmac-sha224-generate"),
    hmac_key_row(0x4005, "hmac-sha256-generate"),
    hmac_key_row(0x4006, "hmac-sha384-generate"),
    hmac_key_row(0x4007, "hmac-sha512-generate"),
    hmac_key_row(0x4008, "hmac-sha512-224-generate"),
    hmac_key_row(0x4009, "hmac-sha512-256-generate"),
    {0x4021, "chacha20-poly1305", chacha20_poly1305, KeyType::chacha20, Hash::none, kWrapping, 32, 32,
     "RFC 8439, 2.8"},
    secret_row(0x402A, "hkdf", hkdf, Hash::none, u::kDerive, "RFC 5869"),
    secret_row(0x402B, "hkdf-data", hkdf_data, Hash::none, u::kDerive, "RFC 5869"),
    secret_row(0x402C, "hkdf-generate", secret_generate, Hash::none, u::kGenerate, "SP 800-133, 6.1"),
    {0x403A, "public-from-private", public_half, KeyType::none, Hash::none, u::kDerive, 0, 0, "PKCS#11 3.2"},
});

static_assert(kMechanisms.size() == kMechanismCount);
static_assert(std::ranges::is_sorted(kMechanisms, {}, &Mechanism::number));
static_assert(std::ranges::adjacent_find(kMechanisms, {}, &Mechanism::number) == kMechanisms.end());

constexpr bool names_differ() {
  for (std::size_t i = 0; i < kMechanisms.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (kMechanisms[i].name == kMechanisms[j].name) return false;
    }
  }
  return true;
}
static_assert(names_differ());

constexpr std::array<std::size_t, 15> kDigestBytes = {0,  20, 28, 32, 48, 64, 28, 32,
                                                      48, 64, 28, 32, 16, 32, 64};

}  // namespace

std::span<const Mechanism> mechanisms() { return kMechanisms; }

const Mechanism* find_mechanism(std::uint32_t number) {
  const auto* row = std::ranges::lower_bound(kMechanisms, number, {}, &Mechanism::number);
  return row != kMechanisms.end() && row->number == number ? &*row : nullptr;
}

const Mechanism* find_mechanism(std::string_view name) {
  const auto* row = std::ranges::find(kMechanisms, name, &Mechanism::name);
  return row != kMechanisms.end() ? &*row : nullptr;
}

std::size_t digest_bytes(Hash hash) {
  const auto index = static_cast<std::size_t>(hash);
  return index < kDigestBytes.size() ? kDigestBytes[index] : 0;
}

std::size_t digest_block_bytes(Hash hash) {
  constexpr std::size_t kKeccakBytes = 200;  // the state; twice the digest is not for input
  switch (hash) {
    case Hash::none: return 0;
    case Hash::md5:
    case Hash::sha1:
    case Hash::sha224:
    case Hash::sha256: return 64;
    case Hash::sha384:
    case Hash::sha512:
    case Hash::sha512_224:
    case Hash::sha512_256: return 128;
    case Hash::sha3_224:
    case Hash::sha3_256:
    case Hash::sha3_384:
    case Hash::sha3_512: return kKeccakBytes - 2 * digest_bytes(hash);
    case Hash::shake128: return 168;
    case Hash::shake256: break;
  }
  return 136;
}

}  // namespace coffer::crypto
