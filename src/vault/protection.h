// Protection: what makes a key's octets protected, and what every protected key must fulfil. The rules as a
// whole, and why they hold, are in docs/key-protection.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "crypto/mechanism.h"
#include "vault/object.h"

namespace coffer::vault {

// kProtectedBytesMin is the length below which octets can be guessed: no protected key is shorter.
inline constexpr std::size_t kProtectedBytesMin = 16;

// is_protected tells whether the octets of a secret or private key are nobody's to know: it is sensitive, or
// cannot be extracted.
bool is_protected(const Object& object);

// is_linear tells whether a derivation leaves octets of its base in the result: concatenation, XOR,
// extraction.
bool is_linear(crypto::Family family);

// encrypts_data tells whether a derivation encrypts the caller's data with its base (CKM_*_ENCRYPT_DATA).
bool encrypts_data(crypto::Family family);

// has_prf tells whether a derivation is one of SP 800-108, by HMAC or CMAC; is_hkdf, whether it is RFC 5869.
bool has_prf(crypto::Family family);
bool is_hkdf(crypto::Family family);

// opening_use gives the use (a bit of crypto::use) by which whoever has it gets at what was encrypted to the
// key: agreeing for keys of curves, else decrypting.
std::uint32_t opening_use(const Object& object);

// names_mechanism tells whether CKA_ALLOWED_MECHANISMS is there and lists the mechanism: somebody said at the
// key's birth that it is for this.
bool names_mechanism(const Object& object, std::uint32_t mechanism);

// allows_only tells whether all mechanisms that CKA_ALLOWED_MECHANISMS lists and the chip has fulfil a
// condition; so do none.
bool allows_only(const AttributeSet& attributes,
                 const std::function<bool(const crypto::Mechanism& mechanism)>& condition);

// can_be_cut tells whether a key was born for a linear derivation (CKA_COFFER_CUTTABLE). Its octets come out
// piece by piece by design, so it never counts as protected, whatever its other attributes say.
bool can_be_cut(const AttributeSet& attributes);

// derives_by_encryption tells whether CKA_ALLOWED_MECHANISMS names CKM_AES_*_ENCRYPT_DATA.
bool derives_by_encryption(const AttributeSet& attributes);

// gives_octets tells whether CKA_ALLOWED_MECHANISMS names a derivation that needs naming: a linear one, or
// one that encrypts data.
bool gives_octets(const AttributeSet& attributes);

// demands_protection tells whether a template for keys that come out of this one (CKA_DERIVE_TEMPLATE, or the
// one that `type` names) insists that they are sensitive or cannot be extracted.
bool demands_protection(const AttributeSet& attributes, std::uint32_t type = attribute::kDeriveTemplate);

// demanded_number gives a number that the template `which` (CKA_DERIVE_TEMPLATE ...) names for `type`.
std::optional<std::uint64_t> demanded_number(const AttributeSet& attributes, std::uint32_t which,
                                             std::uint32_t type);

// uses_its_parts tells whether keys of a CKK_ fall into parts that are keys of their own: the halves of XTS,
// the three keys of DES3. A key taken for one is as strong as a part.
bool uses_its_parts(std::uint64_t key_type);

// use_ceiling gives the uses (bits of crypto::use) that a key was born with. Uses go off and on below it;
// nothing raises it. A record from before there were ceilings has the uses that it had when it was read.
std::uint32_t use_ceiling(const Object& object);

// check_protected_length refuses a protected secret key that is too short (key_size).
Status check_protected_length(const Object& object);

// demands_anything tells whether any of the three templates for keys that come out of a secret or private key
// demands protection: CKA_DERIVE_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DECAPSULATE_TEMPLATE.
bool demands_anything(const AttributeSet& attributes);

// check_size refuses (limit) an object that would not fit a record or a reply; check_birth asks it too.
Status check_size(const Object& object);

// check_birth refuses a new key that would promise more than it can keep (template_inconsistent): what comes
// out of it under a template that demands protection, or with CKM_AES_*_ENCRYPT_DATA, must not be had by
// another use of the same octets.
Status check_birth(const Object& object);

// check_change refuses to make a key protected that cannot be: it is too short, or could not have been born
// so.
Status check_change(const Object& before, const Object& after);

// check_trusted_birth refuses a new key that is CKA_TRUSTED unless it was generated here to wrap only
// (attribute_read_only). What is imported as trusted is the security officer's to answer for, and keeps what
// it wraps as far as the vault can see to that (template_inconsistent).
Status check_trusted_birth(const Object& object, Origin origin);

// check_mac_type refuses a MAC with a key that was made for another mechanism (key_type). PKCS#11 3.0,
// 2.20-2.29: HMAC takes generic secrets, and the type that is named after the digest; TLS takes generic
// secrets.
Status check_mac_type(const Object& object, const crypto::Mechanism& mechanism);

// check_mac_key refuses an HMAC, by itself or inside a derivation, with a key of a type that is named after
// another digest (key_type). Other types pass: whether HMAC takes them is not asked here.
Status check_mac_key(std::uint32_t key_type, crypto::Hash hash);

// check_raw_use refuses the bare operation of RSA (rsa-x509) on a key that unwraps but must not decrypt
// (key_use): a raw signature is a decryption.
Status check_raw_use(const Object& object, const crypto::Mechanism& mechanism);

}  // namespace coffer::vault
