// Mechanisms as the module must know them: the shape of the parameter, the size of the output, the type of
// key.
//
// What a mechanism may be used for and its key sizes come from the chip (wire::Mechanisms); this table holds
// only what PKCS#11 makes the caller's side compute. A mechanism that the chip has and this table lacks still
// works, with generous bounds and without a parameter.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

// ParameterShape says what CK_MECHANISM's parameter points to.
enum class ParameterShape : std::uint8_t {
  none,
  iv,
  short_iv,     // of DES3
  wrap_iv,      // of RFC 3394, or none
  wrap_pad_iv,  // of RFC 5649, or none
  ctr,
  gcm,
  pss,
  oaep,
  ecdh,
  hkdf,
  eddsa,
  sign_context,
  hash_sign_context,
  gmac,
  ccm,
  chacha20,
  poly1305,
  mac_length,
  tls_mac,
  // Only C_DeriveKey and C_GenerateKey take these: pkcs11/derive_parameters.h.
  other_key,
  data,
  cbc_data,
  first_bit,
  sp800_108,
  sp800_108_feedback,
  tls_master,
  tls_extended_master,
  tls_keys,
  tls_kdf,
  password,
};

// OutputForm says how the size of an output follows from the key and the input.
enum class OutputForm : std::uint8_t {
  unknown,         // not in the table
  fixed,           // `bytes`: a digest, a MAC
  modulus,         // as long as the RSA modulus, or as the signatures of a post-quantum key
  field_pair,      // two numbers of the curve's field: ECDSA
  point_scalar,    // a compressed point and a number: EdDSA
  same,            // as long as the input: ECB, CBC, CTR
  padded,          // CBC with padding: the next whole block
  tagged,          // GCM: the input and the tag
  key_wrap,        // RFC 3394: 8 octets longer
  key_wrap_pad,    // RFC 5649: the next multiple of 8, and 8 more
  key_wrap_pkcs7,  // RFC 3394 over PKCS#7 padding: at least one octet, to a multiple of 8, and 8 more
  whole,           // as long as the input, all at the end: XTS
  general,         // as long as the parameter says: begin_operation makes it fixed
};

// MechanismShape is one row.
struct MechanismShape {
  CK_MECHANISM_TYPE number = 0;
  ParameterShape parameter = ParameterShape::none;
  OutputForm output = OutputForm::unknown;
  std::size_t bytes = 0;  // OutputForm::fixed: the size; otherwise the block size, 1 for a stream
};

// mechanism_shape finds a row; a mechanism that is not in the table gets a row of its own with unknown
// output.
MechanismShape mechanism_shape(CK_MECHANISM_TYPE number);

// HashNumbers is one hash algorithm under its names in PKCS#11. `number` is the one on Coffer's wire.
struct HashNumbers {
  std::uint8_t number = 0;
  CK_MECHANISM_TYPE mechanism = 0;  // CKM_
  CK_RSA_PKCS_MGF_TYPE mgf = 0;     // CKG_
  CK_EC_KDF_TYPE kdf = 0;           // CKD_ with the KDF of X9.63
  CK_EC_KDF_TYPE kdf_sp800 = 0;     // CKD_ with the one-step KDF of SP 800-56C
  std::size_t bytes = 0;
};

// find_hash and its kin look a hash up by one of its names; null when there is no such hash.
const HashNumbers* find_hash(CK_MECHANISM_TYPE mechanism);
const HashNumbers* find_hash_of_mgf(CK_RSA_PKCS_MGF_TYPE mgf);
const HashNumbers* find_hash_of_kdf(CK_EC_KDF_TYPE kdf);

// key_type_fits says whether a key of `type` (CKK_) can be used where the chip's table asks for
// `wire_key_type` (the numbers of wire::MechanismInfo::key_type). The chip decides again.
bool key_type_fits(std::uint8_t wire_key_type, CK_MECHANISM_TYPE mechanism, CK_KEY_TYPE type);

// curve_flags are the CKF_EC_ flags of CK_MECHANISM_INFO for a mechanism whose keys are of `wire_key_type`.
CK_FLAGS curve_flags(std::uint8_t wire_key_type);

// message_flags are the flags of CK_MECHANISM_INFO for the message-based functions, which follow from what
// the mechanism can do otherwise (`uses`).
CK_FLAGS message_flags(const MechanismShape& shape, CK_FLAGS uses);

// Bound is how long an output will be: exactly, or at most.
struct Bound {
  std::size_t bytes = 0;
  bool exact = false;
};

// signature_bound, encrypt_bound and decrypt_bound are the sizes of outputs in one part, for a key of
// `key_bits` and an input of `input_bytes`.
Bound signature_bound(const MechanismShape& shape, std::size_t key_bits);
Bound encrypt_bound(const MechanismShape& shape, std::size_t key_bits, std::size_t tag_bytes,
                    std::size_t input_bytes);
Bound decrypt_bound(const MechanismShape& shape, std::size_t key_bits, std::size_t tag_bytes,
                    std::size_t input_bytes);

// update_bound and final_bound are the most that a part of an encryption or decryption can give. `held_bytes`
// went in and have not come out yet.
Bound update_bound(const MechanismShape& shape, std::size_t held_bytes, std::size_t input_bytes);
Bound encrypt_final_bound(const MechanismShape& shape, std::size_t tag_bytes, std::size_t held_bytes);
Bound decrypt_final_bound(const MechanismShape& shape, std::size_t tag_bytes, std::size_t held_bytes);

}  // namespace coffer::pkcs11
