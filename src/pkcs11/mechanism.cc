// Mechanisms as the module must know them: one table of shapes, one of hashes, and the arithmetic of sizes.
#include "pkcs11/mechanism.h"

#include <algorithm>
#include <array>

#include "wire/limits.h"

namespace coffer::pkcs11 {

namespace {

using enum ParameterShape;
using Form = OutputForm;

constexpr std::size_t kBlock = 16;  // octets of an AES block
constexpr std::size_t kDes3Block = 8;
// kOverhead is how much longer an output of unknown form may be than its input.
constexpr std::size_t kOverhead = 512;

constexpr auto kShapes = std::to_array<MechanismShape>({
    {CKM_RSA_PKCS, none, Form::modulus, 0},
    {CKM_RSA_X_509, none, Form::modulus, 0},
    {CKM_SHA1_RSA_PKCS, none, Form::modulus, 0},
    {CKM_RSA_PKCS_OAEP, oaep, Form::modulus, 0},
    {CKM_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA1_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_ML_KEM, none, Form::unknown, 0},
    {CKM_ML_DSA, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA, hash_sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA224, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA256, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA384, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA512, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA3_224, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA3_256, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA3_384, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHA3_512, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHAKE128, sign_context, Form::modulus, 0},
    {CKM_HASH_ML_DSA_SHAKE256, sign_context, Form::modulus, 0},
    {CKM_SLH_DSA, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA, hash_sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA224, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA256, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA384, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA512, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA3_224, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA3_256, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA3_384, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHA3_512, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHAKE128, sign_context, Form::modulus, 0},
    {CKM_HASH_SLH_DSA_SHAKE256, sign_context, Form::modulus, 0},
    {CKM_SHA256_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA384_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA512_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA256_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA384_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA512_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA224_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA224_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA512_224, none, Form::fixed, 28},
    {CKM_SHA512_224_HMAC, none, Form::fixed, 28},
    {CKM_SHA512_224_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA512_256, none, Form::fixed, 32},
    {CKM_SHA512_256_HMAC, none, Form::fixed, 32},
    {CKM_SHA512_256_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, tls_extended_master, Form::unknown, 0},
    {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, tls_extended_master, Form::unknown, 0},
    {CKM_SHA3_256_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA3_384_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA3_512_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA3_256_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA3_384_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA3_512_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_SHA3_224_RSA_PKCS, none, Form::modulus, 0},
    {CKM_SHA3_224_RSA_PKCS_PSS, pss, Form::modulus, 0},
    {CKM_DES3_ECB, none, Form::same, kDes3Block},
    {CKM_DES3_CBC, short_iv, Form::same, kDes3Block},
    {CKM_DES3_CBC_PAD, short_iv, Form::padded, kDes3Block},
    {CKM_DES3_CMAC, none, Form::fixed, kDes3Block},
    {CKM_MD5, none, Form::fixed, 16},
    {CKM_MD5_HMAC, none, Form::fixed, 16},
    {CKM_MD5_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA_1, none, Form::fixed, 20},
    {CKM_SHA_1_HMAC, none, Form::fixed, 20},
    {CKM_SHA_1_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA256, none, Form::fixed, 32},
    {CKM_SHA256_HMAC, none, Form::fixed, 32},
    {CKM_SHA256_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA224, none, Form::fixed, 28},
    {CKM_SHA224_HMAC, none, Form::fixed, 28},
    {CKM_SHA224_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA384, none, Form::fixed, 48},
    {CKM_SHA384_HMAC, none, Form::fixed, 48},
    {CKM_SHA384_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA512, none, Form::fixed, 64},
    {CKM_SHA512_HMAC, none, Form::fixed, 64},
    {CKM_SHA512_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA3_256, none, Form::fixed, 32},
    {CKM_SHA3_256_HMAC, none, Form::fixed, 32},
    {CKM_SHA3_256_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA3_224, none, Form::fixed, 28},
    {CKM_SHA3_224_HMAC, none, Form::fixed, 28},
    {CKM_SHA3_224_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA3_384, none, Form::fixed, 48},
    {CKM_SHA3_384_HMAC, none, Form::fixed, 48},
    {CKM_SHA3_384_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_SHA3_512, none, Form::fixed, 64},
    {CKM_SHA3_512_HMAC, none, Form::fixed, 64},
    {CKM_SHA3_512_HMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_CONCATENATE_BASE_AND_KEY, other_key, Form::unknown, 0},
    {CKM_CONCATENATE_BASE_AND_DATA, data, Form::unknown, 0},
    {CKM_CONCATENATE_DATA_AND_BASE, data, Form::unknown, 0},
    {CKM_XOR_BASE_AND_DATA, data, Form::unknown, 0},
    {CKM_EXTRACT_KEY_FROM_KEY, first_bit, Form::unknown, 0},
    {CKM_SP800_108_COUNTER_KDF, sp800_108, Form::unknown, 0},
    {CKM_SP800_108_FEEDBACK_KDF, sp800_108_feedback, Form::unknown, 0},
    {CKM_SP800_108_DOUBLE_PIPELINE_KDF, sp800_108, Form::unknown, 0},
    {CKM_PKCS5_PBKD2, password, Form::unknown, 0},
    {CKM_TLS12_MAC, tls_mac, Form::general, 0},
    {CKM_TLS12_KDF, tls_kdf, Form::unknown, 0},
    {CKM_TLS12_MASTER_KEY_DERIVE, tls_master, Form::unknown, 0},
    {CKM_TLS12_KEY_AND_MAC_DERIVE, tls_keys, Form::unknown, 0},
    {CKM_TLS12_MASTER_KEY_DERIVE_DH, tls_master, Form::unknown, 0},
    {CKM_TLS12_KEY_SAFE_DERIVE, tls_keys, Form::unknown, 0},
    {CKM_TLS_MAC, tls_mac, Form::general, 0},
    {CKM_TLS_KDF, tls_kdf, Form::unknown, 0},
    {CKM_ECDSA, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA1, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA224, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA256, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA384, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA512, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA3_224, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA3_256, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA3_384, none, Form::field_pair, 0},
    {CKM_ECDSA_SHA3_512, none, Form::field_pair, 0},
    {CKM_ECDH1_DERIVE, ecdh, Form::unknown, 0},
    {CKM_ECDH1_COFACTOR_DERIVE, ecdh, Form::unknown, 0},
    {CKM_EDDSA, eddsa, Form::point_scalar, 0},
    {CKM_AES_XTS, iv, Form::whole, 1},
    {CKM_AES_ECB, none, Form::same, kBlock},
    {CKM_AES_CBC, iv, Form::same, kBlock},
    {CKM_AES_CBC_PAD, iv, Form::padded, kBlock},
    {CKM_AES_CTR, ctr, Form::same, 1},
    {CKM_AES_GCM, gcm, Form::tagged, 1},
    {CKM_AES_CCM, ccm, Form::tagged, 1},
    {CKM_AES_CMAC, none, Form::fixed, kBlock},
    {CKM_AES_CMAC_GENERAL, mac_length, Form::general, 0},
    {CKM_AES_GMAC, gmac, Form::fixed, kBlock},
    {CKM_AES_ECB_ENCRYPT_DATA, data, Form::unknown, 0},
    {CKM_AES_CBC_ENCRYPT_DATA, cbc_data, Form::unknown, 0},
    {CKM_CHACHA20, chacha20, Form::same, 1},
    {CKM_AES_KEY_WRAP, wrap_iv, Form::key_wrap, 8},
    {CKM_AES_KEY_WRAP_KWP, wrap_pad_iv, Form::key_wrap_pad, 8},
    {CKM_AES_KEY_WRAP_PKCS7, wrap_iv, Form::key_wrap_pkcs7, 8},
    {CKM_CHACHA20_POLY1305, poly1305, Form::tagged, 1},
    {CKM_HKDF_DERIVE, hkdf, Form::unknown, 0},
    {CKM_HKDF_DATA, hkdf, Form::unknown, 0},
    {CKM_PUB_KEY_FROM_PRIV_KEY, none, Form::unknown, 0},
});
static_assert(std::ranges::is_sorted(kShapes, {}, &MechanismShape::number));
static_assert(std::ranges::adjacent_find(kShapes, {}, &MechanismShape::number) == kShapes.end());

constexpr CK_ULONG kNameless = CK_UNAVAILABLE_INFORMATION;  // PKCS#11 has no such mask or KDF

constexpr auto kHashes = std::to_array<HashNumbers>({
    {1, CKM_SHA_1, CKG_MGF1_SHA1, CKD_SHA1_KDF, CKD_SHA1_KDF_SP800, 20},
    {2, CKM_SHA224, CKG_MGF1_SHA224, CKD_SHA224_KDF, CKD_SHA224_KDF_SP800, 28},
    {3, CKM_SHA256, CKG_MGF1_SHA256, CKD_SHA256_KDF, CKD_SHA256_KDF_SP800, 32},
    {4, CKM_SHA384, CKG_MGF1_SHA384, CKD_SHA384_KDF, CKD_SHA384_KDF_SP800, 48},
    {5, CKM_SHA512, CKG_MGF1_SHA512, CKD_SHA512_KDF, CKD_SHA512_KDF_SP800, 64},
    {6, CKM_SHA3_224, CKG_MGF1_SHA3_224, CKD_SHA3_224_KDF, CKD_SHA3_224_KDF_SP800, 28},
    {7, CKM_SHA3_256, CKG_MGF1_SHA3_256, CKD_SHA3_256_KDF, CKD_SHA3_256_KDF_SP800, 32},
    {8, CKM_SHA3_384, CKG_MGF1_SHA3_384, CKD_SHA3_384_KDF, CKD_SHA3_384_KDF_SP800, 48},
    {9, CKM_SHA3_512, CKG_MGF1_SHA3_512, CKD_SHA3_512_KDF, CKD_SHA3_512_KDF_SP800, 64},
    {10, CKM_SHA512_224, kNameless, kNameless, kNameless, 28},
    {11, CKM_SHA512_256, kNameless, kNameless, kNameless, 32},
});

template <typename Column>
const HashNumbers* find_hash_by(Column HashNumbers::* column, Column value) {
  if (value == kNameless) return nullptr;
  const auto found = std::ranges::find(kHashes, value, column);
  return found == kHashes.end() ? nullptr : &*found;
}

// The numbers of wire::MechanismInfo::key_type.
namespace wire_key {
constexpr std::uint8_t kNone = 0;
constexpr std::uint8_t kRsa = 1;
constexpr std::uint8_t kEc = 2;
constexpr std::uint8_t kEdwards = 3;
constexpr std::uint8_t kMontgomery = 4;
constexpr std::uint8_t kAes = 5;
constexpr std::uint8_t kGeneric = 6;
constexpr std::uint8_t kAesXts = 7;
constexpr std::uint8_t kChaCha20 = 8;
constexpr std::uint8_t kDes3 = 9;
constexpr std::uint8_t kMlDsa = 16;
constexpr std::uint8_t kMlKem = 17;
constexpr std::uint8_t kSlhDsa = 18;
}  // namespace wire_key

bool is_generic(CK_KEY_TYPE type) {
  return type == CKK_GENERIC_SECRET || type == CKK_MD5_HMAC || type == CKK_SHA_1_HMAC ||
         (type >= CKK_HKDF && type <= CKK_SHA512_256_HMAC) ||
         (type >= CKK_SHA256_HMAC && type <= CKK_SHA224_HMAC) ||
         (type >= CKK_SHA3_224_HMAC && type <= CKK_SHA3_512_HMAC);
}

bool agrees(CK_MECHANISM_TYPE mechanism) {
  return mechanism == CKM_ECDH1_DERIVE || mechanism == CKM_ECDH_AES_KEY_WRAP;
}

std::size_t octets(std::size_t bits) { return (bits + 7) / 8; }

std::size_t whole_blocks(std::size_t bytes, std::size_t block) { return bytes / block * block; }

}  // namespace

MechanismShape mechanism_shape(CK_MECHANISM_TYPE number) {
  const auto found = std::ranges::lower_bound(kShapes, number, {}, &MechanismShape::number);
  if (found != kShapes.end() && found->number == number) return *found;
  return MechanismShape{.number = number};
}

const HashNumbers* find_hash(CK_MECHANISM_TYPE mechanism) {
  return find_hash_by(&HashNumbers::mechanism, mechanism);
}
const HashNumbers* find_hash_of_mgf(CK_RSA_PKCS_MGF_TYPE mgf) { return find_hash_by(&HashNumbers::mgf, mgf); }
const HashNumbers* find_hash_of_kdf(CK_EC_KDF_TYPE kdf) {
  const HashNumbers* found = find_hash_by(&HashNumbers::kdf, kdf);
  return found != nullptr ? found : find_hash_by(&HashNumbers::kdf_sp800, kdf);
}

bool key_type_fits(std::uint8_t wire_key_type, CK_MECHANISM_TYPE mechanism, CK_KEY_TYPE type) {
  switch (wire_key_type) {
    case wire_key::kNone: return true;
    case wire_key::kRsa: return type == CKK_RSA;
    case wire_key::kEc:
      // One CKM_ serves both families of curves.
      return type == CKK_EC || (agrees(mechanism) && type == CKK_EC_MONTGOMERY);
    case wire_key::kEdwards: return type == CKK_EC_EDWARDS;
    case wire_key::kMontgomery: return type == CKK_EC_MONTGOMERY || (agrees(mechanism) && type == CKK_EC);
    case wire_key::kAes: return type == CKK_AES;
    case wire_key::kGeneric: return is_generic(type);
    case wire_key::kAesXts: return type == CKK_AES_XTS;
    case wire_key::kChaCha20: return type == CKK_CHACHA20;
    case wire_key::kDes3: return type == CKK_DES3;
    case wire_key::kMlDsa: return type == CKK_ML_DSA;
    case wire_key::kMlKem: return type == CKK_ML_KEM;
    case wire_key::kSlhDsa: return type == CKK_SLH_DSA;
    default: return true;
  }
}

CK_FLAGS curve_flags(std::uint8_t wire_key_type) {
  switch (wire_key_type) {
    case wire_key::kEc:
      return CKF_EC_F_P | CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS;
    case wire_key::kEdwards:
    case wire_key::kMontgomery: return CKF_EC_F_P | CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_COMPRESS;
    default: return 0;
  }
}

CK_FLAGS message_flags(const MechanismShape& shape, CK_FLAGS uses) {
  CK_FLAGS flags = 0;
  if ((uses & CKF_SIGN) != 0) flags |= CKF_MESSAGE_SIGN;
  if ((uses & CKF_VERIFY) != 0) flags |= CKF_MESSAGE_VERIFY;
  if (shape.output == Form::tagged && (uses & CKF_ENCRYPT) != 0) flags |= CKF_MESSAGE_ENCRYPT;
  if (shape.output == Form::tagged && (uses & CKF_DECRYPT) != 0) flags |= CKF_MESSAGE_DECRYPT;
  return flags == 0 ? 0 : flags | CKF_MULTI_MESSAGE;
}

Bound signature_bound(const MechanismShape& shape, std::size_t key_bits) {
  switch (shape.output) {
    case Form::fixed: return {shape.bytes, true};
    case Form::modulus: return {octets(key_bits), true};
    case Form::field_pair: return {2 * octets(key_bits), true};
    // One bit more than the field is for the sign: 32 octets for Ed25519, 57 for Ed448.
    case Form::point_scalar: return {2 * octets(key_bits + 1), true};
    default: return {wire::kSignatureBytesMax, false};
  }
}

Bound encrypt_bound(const MechanismShape& shape, std::size_t key_bits, std::size_t tag_bytes,
                    std::size_t input_bytes) {
  switch (shape.output) {
    case Form::modulus: return {octets(key_bits), true};
    case Form::same:
    case Form::whole: return {input_bytes, true};
    case Form::padded: return {whole_blocks(input_bytes, shape.bytes) + shape.bytes, true};
    case Form::tagged: return {input_bytes + tag_bytes, true};
    case Form::key_wrap: return {input_bytes + 8, true};
    case Form::key_wrap_pad: return {(input_bytes + 7) / 8 * 8 + 8, true};
    case Form::key_wrap_pkcs7: return {input_bytes / 8 * 8 + 16, true};
    default: return {input_bytes + kOverhead, false};
  }
}

Bound decrypt_bound(const MechanismShape& shape, std::size_t key_bits, std::size_t tag_bytes,
                    std::size_t input_bytes) {
  switch (shape.output) {
    case Form::modulus: return {octets(key_bits), false};
    case Form::same:
    case Form::whole: return {input_bytes, true};
    case Form::tagged: return {input_bytes - std::min(input_bytes, tag_bytes), true};
    case Form::key_wrap: return {input_bytes - std::min<std::size_t>(input_bytes, 8), true};
    default: return {input_bytes, false};
  }
}

Bound update_bound(const MechanismShape& shape, std::size_t held_bytes, std::size_t input_bytes) {
  const std::size_t total = held_bytes + input_bytes;
  const bool is_block = shape.output == Form::same || shape.output == Form::padded;
  return {is_block ? whole_blocks(total, shape.bytes) : total, false};
}

Bound encrypt_final_bound(const MechanismShape& shape, std::size_t tag_bytes, std::size_t held_bytes) {
  switch (shape.output) {
    case Form::same: return {0, false};
    case Form::padded: return {shape.bytes, true};
    case Form::tagged: return {held_bytes + tag_bytes, true};
    case Form::whole: return {held_bytes, false};
    default: return {held_bytes + kOverhead, false};
  }
}

Bound decrypt_final_bound(const MechanismShape& shape, std::size_t tag_bytes, std::size_t held_bytes) {
  switch (shape.output) {
    case Form::same: return {0, false};
    case Form::tagged: return {held_bytes - std::min(held_bytes, tag_bytes), true};
    default: return {held_bytes, false};
  }
}

}  // namespace coffer::pkcs11
