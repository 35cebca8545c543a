// Wrap rules: the decisions about wrapping and unwrapping.
#include "vault/wrap_rules.h"

#include "codec/binary.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kWrapping = crypto::use::kWrap | crypto::use::kUnwrap;

// is_authenticated tells whether unwrapping a changed ciphertext fails. With the other modes of AES, trying
// changed ciphertexts tells what is inside.
bool is_authenticated(const crypto::Mechanism& mechanism) {
  switch (mechanism.family) {
    case crypto::Family::aes_kw:
    case crypto::Family::aes_kw_pkcs7:
    case crypto::Family::aes_kwp:
    case crypto::Family::aes_gcm: return true;
    default: return false;
  }
}

bool is_trusted(const Object& object) { return object.attributes.truth(attribute::kTrusted); }

// may_decrypt tells whether who holds a session may have the plaintext of what was encrypted to this key.
bool may_decrypt(const Object& object) {
  const bool agrees =
      object.summary.key_type == key_type::kEc || object.summary.key_type == key_type::kMontgomery;
  return (object.summary.uses & crypto::use::kDecrypt) != 0 ||
         (agrees && (object.summary.uses & crypto::use::kDerive) != 0);
}

Status check_wrapping_mechanism(const Object& wrapping, const Object& key, const crypto::Mechanism& mechanism,
                                Nonce nonce) {
  if (!wrapping.material.secret_key) return {};
  const bool is_sensitive = key.attributes.truth(attribute::kSensitive, true);
  if ((is_sensitive || !may_decrypt(wrapping)) && !is_authenticated(mechanism)) {
    return Error{Code::key_use, "this key wraps with AES key wrap or GCM only"};
  }
  // Two keys under one nonce give each other away: who knows one of them reads the other.
  const bool may_encrypt = (wrapping.summary.uses & crypto::use::kEncrypt) != 0;
  if (mechanism.family == crypto::Family::aes_gcm && nonce == Nonce::callers &&
      (is_sensitive || !may_encrypt)) {
    return Error{Code::key_use, "the vault must choose the nonce: pass CK_GCM_WRAP_PARAMS with a generator"};
  }
  return {};
}

}  // namespace

bool wraps_only(const Object& object) { return object.attributes.truth(attribute::kWrapsOnly); }

void note_birth(Object& object) {
  const AttributeSet& attributes = object.attributes;
  const std::uint32_t uses = object.summary.uses;
  if (object.summary.object_class == object_class::kSecretKey && object.summary.key_type == key_type::kAes &&
      attributes.truth(attribute::kLocal) && attributes.truth(attribute::kNeverExtractable) && uses != 0 &&
      (uses & ~kWrapping) == 0) {
    object.attributes.set_truth(attribute::kWrapsOnly, true);
  }
}

Status check_uses(const Object& before, const Object& after) {
  std::uint32_t permitted = ~std::uint32_t{0};
  if (wraps_only(before)) permitted = kWrapping;
  if (is_trusted(before) || !before.attributes.truth(attribute::kModifiable, true)) {
    permitted = before.summary.uses;
  }
  if ((after.summary.uses & ~permitted) == 0) return {};
  return Error{Code::attribute_read_only,
               "a key that is trusted, wraps only or cannot be modified gets no further use"};
}

Result<wire::Template> with_template(const Object& parent, std::uint32_t type, const wire::Template& given) {
  wire::Template merged = given;
  const auto demanded = parent.attributes.find(type);
  if (!demanded) return merged;
  const auto inner = TRY(codec::decode<wire::NestedTemplate>(*demanded));
  for (const wire::Attribute& each : inner.attributes) {
    const auto value = template_value(given, each.type);
    if (value && !equal_public(*value, each.value)) {
      return Error{Code::template_inconsistent, "the template contradicts the one of the key it comes from"};
    }
    if (!value) merged.push_back(each);
  }
  return merged;
}

Status check_wrap(const Object& wrapping, const Object& key, const crypto::Mechanism& mechanism,
                  Nonce nonce) {
  if (!key.material.secret_key && !key.material.private_key) {
    return Error{Code::action_prohibited, "only secret and private keys are wrapped"};
  }
  if (!key.attributes.truth(attribute::kExtractable)) {
    return Error{Code::attribute_sensitive, "the key is not extractable: it never leaves the vault"};
  }
  if (key.policy) {
    return Error{Code::action_prohibited,
                 "a key with a policy never leaves: nobody would ask its policy elsewhere"};
  }
  if (key.attributes.truth(attribute::kWrapWithTrusted) && !is_trusted(wrapping)) {
    return Error{Code::action_prohibited, "the key leaves only under a key that is marked CKA_TRUSTED"};
  }
  if (const auto wanted = wrapping.attributes.find(attribute::kWrapTemplate)) {
    const auto inner = TRY(codec::decode<wire::NestedTemplate>(*wanted));
    if (!matches(key, inner.attributes)) {
      return Error{Code::not_found, "the key is none that CKA_WRAP_TEMPLATE lets this key wrap"};
    }
  }
  TRY(check_wrapping_mechanism(wrapping, key, mechanism, nonce));
  if (key.attributes.truth(attribute::kSensitive, true) && !is_trusted(wrapping) && !wraps_only(wrapping)) {
    return Error{Code::action_prohibited,
                 "a sensitive key leaves only under an AES key that was generated here for wrapping only, or "
                 "under a key that the security officer marked CKA_TRUSTED"};
  }
  return {};
}

Status check_unwrap(const Object& unwrapping, const crypto::Mechanism& mechanism) {
  if (!unwrapping.material.secret_key || may_decrypt(unwrapping) || is_authenticated(mechanism)) return {};
  return Error{Code::key_use, "a key that must not decrypt unwraps with AES key wrap or GCM only"};
}

Status check_unwrapped(const Object& unwrapping, Object& key) {
  if (!may_decrypt(unwrapping) && !key.attributes.truth(attribute::kSensitive, true)) {
    return Error{Code::template_inconsistent, "what this key unwraps is sensitive"};
  }
  if (unwrapping.material.secret_key && is_trusted(unwrapping)) {
    if (!key.attributes.truth(attribute::kWrapWithTrusted, true)) {
      return Error{Code::template_inconsistent,
                   "what a trusted key unwraps is wrapped with trusted keys only"};
    }
    key.attributes.set_truth(attribute::kWrapWithTrusted, true);
  }
  return {};
}

}  // namespace coffer::vault
