// How new objects start: what a template must say, what is kept of it, and what holds where it says nothing.
#include "vault/new_object.h"

#include <algorithm>

#include "crypto/primitives.h"
#include "vault/protection.h"

namespace coffer::vault {

namespace {

constexpr std::uint64_t kUnavailable = ~std::uint64_t{0};  // CK_UNAVAILABLE_INFORMATION

// DefaultUse is what a key may do when its template does not say: what keys of its type are for.
struct DefaultUse {
  std::uint32_t object_class;
  std::uint32_t key_type;
  std::uint32_t use;  // CKA_
};
constexpr auto kDefaultUses = std::to_array<DefaultUse>({
    {object_class::kPublicKey, key_type::kRsa, attribute::kVerify},
    {object_class::kPublicKey, key_type::kRsa, attribute::kEncrypt},
    {object_class::kPublicKey, key_type::kEc, attribute::kVerify},
    {object_class::kPublicKey, key_type::kEdwards, attribute::kVerify},
    {object_class::kPrivateKey, key_type::kRsa, attribute::kSign},
    {object_class::kPrivateKey, key_type::kRsa, attribute::kDecrypt},
    {object_class::kPrivateKey, key_type::kEc, attribute::kSign},
    {object_class::kPrivateKey, key_type::kEc, attribute::kDerive},
    {object_class::kPrivateKey, key_type::kEdwards, attribute::kSign},
    {object_class::kPrivateKey, key_type::kMontgomery, attribute::kDerive},
    {object_class::kPublicKey, key_type::kMlDsa, attribute::kVerify},
    {object_class::kPublicKey, key_type::kSlhDsa, attribute::kVerify},
    {object_class::kPublicKey, key_type::kMlKem, attribute::kEncapsulate},
    {object_class::kPrivateKey, key_type::kMlDsa, attribute::kSign},
    {object_class::kPrivateKey, key_type::kSlhDsa, attribute::kSign},
    {object_class::kPrivateKey, key_type::kMlKem, attribute::kDecapsulate},
    {object_class::kSecretKey, key_type::kAes, attribute::kEncrypt},
    {object_class::kSecretKey, key_type::kAes, attribute::kDecrypt},
    {object_class::kSecretKey, key_type::kGenericSecret, attribute::kSign},
    {object_class::kSecretKey, key_type::kGenericSecret, attribute::kVerify},
    {object_class::kSecretKey, key_type::kGenericSecret, attribute::kDerive},
});
constexpr auto kUseAttributes = std::to_array<std::uint32_t>(
    {attribute::kEncrypt, attribute::kDecrypt, attribute::kWrap, attribute::kUnwrap, attribute::kSign,
     attribute::kSignRecover, attribute::kVerify, attribute::kVerifyRecover, attribute::kDerive,
     attribute::kEncapsulate, attribute::kDecapsulate});

// like_type gives the type whose default uses a secret key shares.
std::uint32_t like_type(std::uint32_t object_class, std::uint32_t key_type) {
  if (object_class != object_class::kSecretKey) return key_type;
  return secret_type_of(key_type) == crypto::KeyType::generic ? key_type::kGenericSecret : key_type::kAes;
}

// wraps_and_no_more tells whether a template of a secret key asks for wrapping or unwrapping and for nothing
// else: such a key gets no other use (wrap_rules.h).
bool wraps_and_no_more(const AttributeSet& attributes) {
  const auto asks = [&attributes](std::uint32_t use) { return attributes.truth(use); };
  const auto is_wrapping = [](std::uint32_t use) {
    return use == attribute::kWrap || use == attribute::kUnwrap;
  };
  return std::ranges::any_of(kUseAttributes, asks) &&
         std::ranges::all_of(kUseAttributes,
                             [&](std::uint32_t use) { return !asks(use) || is_wrapping(use); });
}

// A use that the template names, true or false, says nothing about the others.
void set_default_uses(AttributeSet& attributes, std::uint32_t object_class, std::uint32_t key_type) {
  const bool is_secret = object_class == object_class::kSecretKey;
  const bool derives_only =
      is_secret && (demands_protection(attributes) || derives_by_encryption(attributes));
  // What its CKA_UNWRAP_TEMPLATE protects is not to be had by decrypting, or agreeing.
  if (has_secret(object_class) && demands_protection(attributes, attribute::kUnwrapTemplate)) {
    attributes.set_default(attribute::kDecrypt, false);
    if (!is_secret) attributes.set_default(attribute::kDerive, false);
  }
  const bool takes_defaults = !(is_secret && wraps_and_no_more(attributes));
  const std::uint32_t like = like_type(object_class, key_type);
  for (const DefaultUse& each : kDefaultUses) {
    if (!takes_defaults || each.object_class != object_class || each.key_type != like) continue;
    if (!derives_only || each.use == attribute::kDerive) attributes.set_default(each.use, true);
  }
  for (const std::uint32_t use : kUseAttributes) {
    const AttributeRow* row = find_attribute(use);
    if ((row->classes & class_bit(object_class)) != 0) attributes.set_default(use, false);
  }
}

void set_common_defaults(AttributeSet& attributes, std::uint32_t object_class) {
  attributes.set_number(attribute::kClass, object_class);
  attributes.set_default(attribute::kToken, false);
  attributes.set_default(attribute::kPrivate, has_secret(object_class));
  attributes.set_default(attribute::kModifiable, true);
  attributes.set_default(attribute::kCopyable, true);
  attributes.set_default(attribute::kDestroyable, true);
  if (!attributes.find(attribute::kLabel)) attributes.set(attribute::kLabel, {});
}

Status check_class_of(const wire::Template& attributes, std::uint32_t object_class) {
  const auto given = template_number(attributes, attribute::kClass);
  if (template_value(attributes, attribute::kClass) && given != object_class) {
    return Error{Code::template_inconsistent, "the template names another class of object"};
  }
  return {};
}

}  // namespace

bool is_key(std::uint32_t object_class) {
  return object_class == object_class::kPublicKey || object_class == object_class::kPrivateKey ||
         object_class == object_class::kSecretKey;
}

bool has_secret(std::uint32_t object_class) {
  return object_class == object_class::kPrivateKey || object_class == object_class::kSecretKey;
}

bool is_shown(const wire::ObjectSummary& object, std::optional<LoginRole> role) {
  return !object.is_private || role == LoginRole::user ||
         (role == LoginRole::officer && object.object_class == object_class::kSecretKey);
}

bool needs_login(const Object& object) {
  return object.summary.is_private || (object.is_token && has_secret(object.summary.object_class));
}

void store_attributes(const wire::Template& from, std::uint32_t object_class, AttributeSet& to) {
  for (const wire::Attribute& each : from) {
    const AttributeRow* row = find_attribute(each.type);
    // No list is no restriction, which is what an object without this attribute is read as.
    if (each.type == attribute::kAllowedMechanisms && each.value.empty()) continue;
    // "No value" keeps the check value from being told (PKCS#11 3.2, 4.10.2).
    const bool hides = each.type == attribute::kCheckValue && each.value.empty();
    const bool in_key = is_key(object_class) && ((row->rights & (right::kSecret | right::kComputed)) != 0 ||
                                                 each.type == attribute::kValue);
    if (!in_key || hides) to.set(each.type, each.value);
  }
}

void set_key_defaults(AttributeSet& attributes, std::uint32_t object_class, std::uint32_t key_type,
                      Origin origin, std::uint64_t mechanism) {
  attributes.set_number(attribute::kKeyType, key_type);
  if (!attributes.find(attribute::kId)) attributes.set(attribute::kId, {});
  set_default_uses(attributes, object_class, key_type);
  attributes.set_truth(attribute::kLocal, origin == Origin::generated);
  attributes.set_number(attribute::kKeyGenMechanism, origin == Origin::generated ? mechanism : kUnavailable);
  if (object_class != object_class::kSecretKey && !attributes.find(attribute::kSubject)) {
    attributes.set(attribute::kSubject, {});
  }
  if (!has_secret(object_class)) return;
  // Who says that a key is not sensitive wants to have it; and what was wrapped could leave
  // (PKCS#11 3.0, 5.14.4).
  const bool is_open = !attributes.truth(attribute::kSensitive, true) || origin == Origin::unwrapped;
  attributes.set_default(attribute::kExtractable, is_open && !demands_anything(attributes));
  attributes.set_default(attribute::kSensitive, true);
  attributes.set_default(attribute::kWrapWithTrusted, false);
  if (object_class == object_class::kPrivateKey)
    attributes.set_default(attribute::kAlwaysAuthenticate, false);
  const bool born_here = origin == Origin::generated;
  attributes.set_truth(attribute::kAlwaysSensitive, born_here && attributes.truth(attribute::kSensitive));
  attributes.set_truth(attribute::kNeverExtractable, born_here && !attributes.truth(attribute::kExtractable));
}

Status check_key_type_of(const wire::Template& attributes, std::uint32_t key_type) {
  const auto given = template_number(attributes, attribute::kKeyType);
  if (template_value(attributes, attribute::kKeyType) && given != key_type) {
    return Error{Code::template_inconsistent, "the template names another type of key"};
  }
  return {};
}

Result<Object> new_object(const wire::Template& attributes, std::uint32_t object_class, Purpose purpose) {
  TRY(check_class_of(attributes, object_class));
  TRY(check_template(attributes, object_class, purpose));
  Object object;
  TRY(crypto::random_bytes(object.id));
  store_attributes(attributes, object_class, object.attributes);
  set_common_defaults(object.attributes, object_class);
  object.is_token = object.attributes.truth(attribute::kToken);
  return object;
}

}  // namespace coffer::vault
