// Protection: the properties of one key that the rules of derivation, wrapping and use ask for.
#include "vault/protection.h"

#include <algorithm>
#include <array>

#include "codec/binary.h"
#include "vault/new_object.h"

namespace coffer::vault {

namespace {

using crypto::Family;

// HmacType is the CKK_ that is named after a digest.
struct HmacType {
  crypto::Hash hash;
  std::uint32_t key_type;
};
constexpr auto kHmacTypes = std::to_array<HmacType>({
    {crypto::Hash::md5, key_type::kMd5Hmac},
    {crypto::Hash::sha1, key_type::kSha1Hmac},
    {crypto::Hash::sha224, key_type::kSha224Hmac},
    {crypto::Hash::sha256, key_type::kSha256Hmac},
    {crypto::Hash::sha384, key_type::kSha384Hmac},
    {crypto::Hash::sha512, key_type::kSha512Hmac},
    {crypto::Hash::sha512_224, key_type::kSha512224Hmac},
    {crypto::Hash::sha512_256, key_type::kSha512256Hmac},
    {crypto::Hash::sha3_224, key_type::kSha3224Hmac},
    {crypto::Hash::sha3_256, key_type::kSha3256Hmac},
    {crypto::Hash::sha3_384, key_type::kSha3384Hmac},
    {crypto::Hash::sha3_512, key_type::kSha3512Hmac},
});

// any_allowed tells whether CKA_ALLOWED_MECHANISMS lists a mechanism that fulfils a condition.
bool any_allowed(const AttributeSet& attributes, auto condition) {
  const auto allowed = attributes.find(attribute::kAllowedMechanisms);
  if (!allowed) return false;
  constexpr std::size_t kNumberBytes = 8;
  for (std::size_t at = 0; at + kNumberBytes <= allowed->size(); at += kNumberBytes) {
    const auto number = number_of(allowed->subspan(at, kNumberBytes));
    if (number && condition(*number)) return true;
  }
  return false;
}

// any_mechanism is the same for the mechanisms that the chip has.
bool any_mechanism(const AttributeSet& attributes, auto condition) {
  return any_allowed(attributes, [&condition](std::uint64_t number) {
    const crypto::Mechanism* row =
        number <= UINT32_MAX ? crypto::find_mechanism(static_cast<std::uint32_t>(number)) : nullptr;
    return row != nullptr && condition(*row);
  });
}

bool allows_family(const AttributeSet& attributes, auto condition) {
  return any_mechanism(attributes,
                       [&condition](const crypto::Mechanism& row) { return condition(row.family); });
}

}  // namespace

bool is_protected(const Object& object) {
  return object.attributes.truth(attribute::kSensitive, true) ||
         !object.attributes.truth(attribute::kExtractable);
}

bool is_linear(Family family) {
  switch (family) {
    case Family::concatenate_key:
    case Family::concatenate_data:
    case Family::concatenate_before:
    case Family::xor_data:
    case Family::extract_bits: return true;
    default: return false;
  }
}

bool encrypts_data(Family family) {
  return family == Family::encrypt_data_ecb || family == Family::encrypt_data_cbc;
}

bool has_prf(Family family) {
  return family == Family::sp800_108_counter || family == Family::sp800_108_feedback ||
         family == Family::sp800_108_pipeline;
}

bool is_hkdf(Family family) { return family == Family::hkdf || family == Family::hkdf_data; }

std::uint32_t opening_use(const Object& object) {
  const bool agrees =
      object.summary.key_type == key_type::kEc || object.summary.key_type == key_type::kMontgomery;
  return agrees ? crypto::use::kDerive : crypto::use::kDecrypt;
}

bool names_mechanism(const Object& object, std::uint32_t mechanism) {
  return any_allowed(object.attributes, [mechanism](std::uint64_t number) { return number == mechanism; });
}

bool allows_only(const AttributeSet& attributes,
                 const std::function<bool(const crypto::Mechanism& mechanism)>& condition) {
  return !any_mechanism(attributes, [&condition](const crypto::Mechanism& row) { return !condition(row); });
}

bool can_be_cut(const AttributeSet& attributes) { return allows_family(attributes, is_linear); }

bool derives_by_encryption(const AttributeSet& attributes) {
  return allows_family(attributes, encrypts_data);
}

bool gives_octets(const AttributeSet& attributes) {
  return allows_family(attributes, [](Family family) { return is_linear(family) || encrypts_data(family); });
}

bool uses_its_parts(std::uint64_t key_type) {
  return key_type == key_type::kAesXts || key_type == key_type::kDes3;
}

bool demands_protection(const AttributeSet& attributes, std::uint32_t type) {
  const auto demanded = attributes.find(type);
  if (!demanded) return false;
  const auto inner = codec::decode<wire::NestedTemplate>(*demanded);
  if (!inner.ok()) return true;
  const auto says = [&inner](std::uint32_t which, bool value) {
    const auto given = template_value(inner.value().attributes, which);
    return given && truth_of(*given) == value;
  };
  return says(attribute::kSensitive, true) || says(attribute::kExtractable, false);
}

std::optional<std::uint64_t> demanded_number(const AttributeSet& attributes, std::uint32_t which,
                                             std::uint32_t type) {
  const auto demanded = attributes.find(which);
  if (!demanded) return std::nullopt;
  const auto inner = codec::decode<wire::NestedTemplate>(*demanded);
  return inner.ok() ? template_number(inner.value().attributes, type) : std::nullopt;
}

std::uint32_t use_ceiling(const Object& object) {
  const auto ceiling = object.attributes.number(attribute::kUseCeiling);
  return ceiling ? static_cast<std::uint32_t>(*ceiling) : object.summary.uses;
}

Status check_protected_length(const Object& object) {
  if (!object.material.secret_key || object.material.secret_key->bytes() >= kProtectedBytesMin) return {};
  if (!is_protected(object)) return {};
  return Error{Code::key_size,
               "a protected key has at least 16 octets: a shorter one says CKA_SENSITIVE false and "
               "CKA_EXTRACTABLE true"};
}

bool demands_anything(const AttributeSet& attributes) {
  return demands_protection(attributes, attribute::kDeriveTemplate) ||
         demands_protection(attributes, attribute::kUnwrapTemplate) ||
         demands_protection(attributes, attribute::kDecapsulateTemplate);
}

Status check_size(const Object& object) {
  if (object.attributes.value_bytes() <= wire::kObjectBytesMax) return {};
  return Error{Code::limit, "the values of an object are longer together than its limit"};
}

Status check_birth(const Object& object) {
  TRY(check_size(object));
  const bool encrypts = object.summary.object_class == object_class::kSecretKey && is_protected(object) &&
                        derives_by_encryption(object.attributes);
  if (!demands_anything(object.attributes) && !encrypts) return {};
  if (object.attributes.truth(attribute::kExtractable)) {
    return Error{Code::template_inconsistent,
                 "a key that can be extracted comes back with other attributes: what it derives cannot be "
                 "promised to be protected"};
  }
  if (demands_protection(object.attributes, attribute::kUnwrapTemplate) &&
      (use_ceiling(object) & opening_use(object)) != 0) {
    return Error{Code::template_inconsistent,
                 "a key that decrypts, or agrees on keys, gives out what its CKA_UNWRAP_TEMPLATE protects"};
  }
  if (!demands_protection(object.attributes) && !encrypts) return {};
  const bool computes_too = object.summary.object_class == object_class::kSecretKey &&
                            (use_ceiling(object) & ~crypto::use::kDerive) != 0;
  if (!computes_too) return {};
  return Error{Code::template_inconsistent,
               "a secret key that derives protected keys by its CKA_DERIVE_TEMPLATE, or by encryption, does "
               "nothing else: its other uses would compute what it derives"};
}

Status check_change(const Object& before, const Object& after) {
  if (!has_secret(after.summary.object_class) || !is_protected(after) || is_protected(before)) return {};
  TRY(check_protected_length(after));
  return check_birth(after);
}

Status check_trusted_birth(const Object& object, Origin origin) {
  if (!object.attributes.truth(attribute::kTrusted)) return {};
  if (object.summary.object_class == object_class::kCertificate) return {};
  const bool is_secret = object.summary.object_class == object_class::kSecretKey;
  if (origin == Origin::imported) {
    if (!is_secret || !object.attributes.truth(attribute::kExtractable)) return {};
    return Error{Code::template_inconsistent, "a trusted key cannot be extracted: it would have a twin"};
  }
  if (origin == Origin::generated && object.attributes.truth(attribute::kWrapsOnly)) return {};
  return Error{Code::attribute_read_only,
               "trusted from birth are keys that the security officer imports, and secret keys that are "
               "generated to wrap only"};
}

Status check_mac_key(std::uint32_t key_type, crypto::Hash hash) {
  const auto* const named = std::ranges::find(kHmacTypes, key_type, &HmacType::key_type);
  if (named == kHmacTypes.end() || named->hash == hash) return {};
  return Error{Code::key_type, "an HMAC takes generic secrets and keys that are named after its digest"};
}

Status check_mac_type(const Object& object, const crypto::Mechanism& mechanism) {
  const bool is_hmac = mechanism.family == Family::hmac || mechanism.family == Family::hmac_general;
  if (!is_hmac && mechanism.family != Family::tls_mac) return {};
  const std::uint32_t type = object.summary.key_type;
  if (type == key_type::kGenericSecret) return {};
  if (!is_hmac) return Error{Code::key_type, "the MAC of TLS takes generic secrets"};
  const bool is_named = std::ranges::find(kHmacTypes, type, &HmacType::key_type) != kHmacTypes.end();
  if (!is_named)
    return Error{Code::key_type, "an HMAC takes generic secrets and keys that are named after it"};
  return check_mac_key(type, mechanism.hash);
}

Status check_raw_use(const Object& object, const crypto::Mechanism& mechanism) {
  if (mechanism.family != Family::rsa_raw || !object.material.private_key) return {};
  const bool unwraps = (use_ceiling(object) & crypto::use::kUnwrap) != 0;
  if (!unwraps || (object.summary.uses & crypto::use::kDecrypt) != 0) return {};
  return Error{Code::key_use, "a key that unwraps and must not decrypt is not used without padding"};
}

}  // namespace coffer::vault
