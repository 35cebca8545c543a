// Wrap rules: the decisions about wrapping and unwrapping.
#include "vault/wrap_rules.h"

#include <array>
#include <optional>

#include "codec/binary.h"
#include "vault/protection.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kWrapping = crypto::use::kWrap | crypto::use::kUnwrap;

// is_authenticated tells whether unwrapping a changed ciphertext fails, and only what was wrapped by this
// very mechanism unwraps. With the other modes of AES, trying changed ciphertexts tells what is inside; and
// the padding of aes-key-wrap-pkcs7 would be looked for in keys that aes-key-wrap wrapped.
bool is_authenticated(const crypto::Mechanism& mechanism) {
  switch (mechanism.family) {
    case crypto::Family::aes_kw:
    case crypto::Family::aes_kwp:
    case crypto::Family::aes_gcm: return true;
    default: return false;
  }
}

bool has_tag(const crypto::Mechanism& mechanism) {
  return mechanism.family == crypto::Family::aes_gcm || mechanism.family == crypto::Family::aes_ccm;
}

// keeps_apart tells whether the initial value of a key wrapping keeps what it wraps from being unwrapped by
// the other one, shorter or padded (RFC 3394, 2.2.3; RFC 5649, 3): that of RFC 5649 ends with the length of
// the key, so that of RFC 3394, of whatever value, must not end like a length.
bool keeps_apart(const crypto::Mechanism& mechanism, Bytes value) {
  constexpr std::size_t kPlainBytes = 8;
  constexpr std::uint32_t kLengthMax = 0xFFFF;
  static_assert(kLengthMax > wire::kWrappedBytesMax);
  const bool is_plain =
      mechanism.family == crypto::Family::aes_kw || mechanism.family == crypto::Family::aes_kw_pkcs7;
  if (!is_plain || value.size() != kPlainBytes) return true;
  std::uint32_t end = 0;
  for (const std::uint8_t octet : value.last(sizeof(end))) end = end << 8U | octet;
  return end == 0 || end > kLengthMax;
}

// is_keeper tells whether a secret key that the officer trusts keeps what it wraps: it only wraps, and no
// other key with its octets can come of it.
bool is_keeper(const Object& object) {
  return (use_ceiling(object) & ~kWrapping) == 0 && !object.attributes.truth(attribute::kExtractable);
}

// type_of_unwrapped gives the type that CKA_UNWRAP_TEMPLATE names, if it does.
std::optional<std::uint64_t> type_of_unwrapped(const Object& unwrapping) {
  return demanded_number(unwrapping.attributes, attribute::kUnwrapTemplate, attribute::kKeyType);
}

bool is_trusted(const Object& object) { return object.attributes.truth(attribute::kTrusted); }

// opens_what_it_unwraps tells whether CKA_ALLOWED_MECHANISMS, where there is one, lets the key decrypt all
// that it lets it unwrap.
bool opens_what_it_unwraps(const Object& object) {
  constexpr std::uint32_t kOaep = 0x0009;
  constexpr std::uint32_t kEcdh = 0x1050;
  const auto opens = [&object](const crypto::Mechanism& mechanism) {
    if ((mechanism.uses & crypto::use::kUnwrap) == 0 || (mechanism.uses & crypto::use::kDecrypt) != 0)
      return true;
    // The two that wrap with a key in between.
    return names_mechanism(object, mechanism.family == crypto::Family::rsa_aes_wrap ? kOaep : kEcdh);
  };
  return allows_only(object.attributes, opens);
}

Status check_wrapping_mechanism(const Object& wrapping, const Object& key, const crypto::Mechanism& mechanism,
                                Nonce nonce) {
  if (!wrapping.material.secret_key) return {};
  const bool is_sensitive = key.attributes.truth(attribute::kSensitive, true);
  if ((is_sensitive || !may_decrypt(wrapping)) && !is_authenticated(mechanism)) {
    return Error{Code::action_prohibited, "the key leaves by AES key wrap or GCM only under this one"};
  }
  // Two keys under one nonce give each other away: who knows one of them reads the other.
  const bool may_encrypt = (wrapping.summary.uses & crypto::use::kEncrypt) != 0;
  if (mechanism.family == crypto::Family::aes_gcm && nonce == Nonce::callers &&
      (is_sensitive || !may_encrypt)) {
    return Error{Code::mechanism_parameter,
                 "the vault must choose the nonce: pass CK_GCM_WRAP_PARAMS with a generator"};
  }
  return {};
}

// is_for_rsa_aes tells whether a key was born for RSA-AES key wrap and for neither of the encryptions that
// would open its first part.
bool is_for_rsa_aes(const Object& object, const crypto::Mechanism& mechanism) {
  constexpr std::uint32_t kPkcs1 = 0x0001;
  constexpr std::uint32_t kOaep = 0x0009;
  return names_mechanism(object, mechanism.number) && !names_mechanism(object, kPkcs1) &&
         !names_mechanism(object, kOaep);
}

// check_one_block refuses to wrap what becomes one encrypted block (RFC 5649, 4.1), whoever knows it: that is
// a piece of the key stream with which GCM wraps other keys.
Status check_one_block(const Object& key, const crypto::Mechanism& mechanism) {
  constexpr std::size_t kOneBlockBytes = 8;
  const bool is_one = mechanism.family == crypto::Family::aes_kwp && key.material.secret_key &&
                      key.material.secret_key->bytes() <= kOneBlockBytes;
  if (!is_one) return {};
  return Error{Code::key_size, "this key wraps nothing of eight octets or less"};
}

// check_form refuses a form in which a guarded key would be exposed.
Status check_form(const Object& wrapping, const crypto::Mechanism& mechanism) {
  if (mechanism.family != crypto::Family::rsa_aes_wrap || is_for_rsa_aes(wrapping, mechanism)) return {};
  return Error{
      Code::action_prohibited,
      "a sensitive key leaves by RSA-AES key wrap under a key whose CKA_ALLOWED_MECHANISMS names this, and "
      "neither rsa-oaep nor rsa-pkcs"};
}

}  // namespace

bool may_decrypt(const Object& object) {
  if (!opens_what_it_unwraps(object)) return false;
  const std::uint32_t opening = opening_use(object);
  if ((object.summary.uses & opening) == 0) return false;
  // Decrypting asks for the PIN, which unwrapping does not; deriving asks for none (PKCS#11 3.0, 4.9).
  return opening == crypto::use::kDerive || !object.summary.always_authenticate;
}

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
  std::uint32_t permitted = use_ceiling(before);
  if (is_trusted(before) || !before.attributes.truth(attribute::kModifiable, true)) {
    permitted = before.summary.uses;
  }
  if ((after.summary.uses & ~permitted) == 0) return {};
  return Error{Code::attribute_read_only,
               "a key gets no use that it was not born with, and none more once it is trusted or cannot be "
               "modified"};
}

Status check_trust(const Object& before, const Object& after) {
  if (!is_trusted(after) || is_trusted(before)) return {};
  if (before.summary.object_class == object_class::kCertificate) return {};
  const bool is_born_here = before.summary.object_class == object_class::kSecretKey &&
                            before.attributes.truth(attribute::kLocal) &&
                            before.attributes.truth(attribute::kNeverExtractable);
  if (is_born_here && is_keeper(before)) return {};
  return Error{
      Code::attribute_read_only,
      "trusted are certificates and secret keys that were generated here, only wrap, and never could be "
      "extracted; a partner's key is trusted from birth, when the security officer imports it"};
}

Status check_parameters(const crypto::Mechanism& mechanism, const wire::Parameters& parameters,
                        TagRule rule) {
  const std::uint32_t tag_min = rule == TagRule::wrap ? kWrapTagBits : kUnwrapTagBitsMin;
  if (has_tag(mechanism) && (parameters.tag_bits < tag_min || parameters.tag_bits > kWrapTagBits)) {
    return Error{Code::mechanism_parameter,
                 "keys are wrapped with a tag of 128 bits, and unwrapped with one of at least 96"};
  }
  if (!keeps_apart(mechanism, parameters.iv)) {
    return Error{Code::mechanism_parameter,
                 "an initial value of AES key wrap does not end like the length of a key, 1 to 65535"};
  }
  if (parameters.associated.size() <= kWrapAssociatedBytesMax) return {};
  return Error{Code::mechanism_parameter, "a wrapped key has at most 8 KiB of associated data"};
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
  const bool guards_octets =
      key.attributes.truth(attribute::kSensitive, true) || key.attributes.truth(attribute::kWrapWithTrusted);
  const bool keeps = is_trusted(wrapping) && (!wrapping.material.secret_key || is_keeper(wrapping));
  if (guards_octets && !keeps && !wraps_only(wrapping)) {
    return Error{Code::action_prohibited,
                 "a sensitive key leaves only under an AES key that was generated here for wrapping only, or "
                 "under a key that the security officer marked CKA_TRUSTED"};
  }
  TRY(check_wrapping_mechanism(wrapping, key, mechanism, nonce));
  if (wraps_only(wrapping) || is_trusted(wrapping)) TRY(check_one_block(key, mechanism));
  if (!guards_octets) return {};
  TRY(check_form(wrapping, mechanism));
  const auto type = type_of_unwrapped(wrapping);
  if (!type || *type == key.summary.key_type) return {};
  return Error{Code::action_prohibited,
               "the key would come back as one of another type: CKA_UNWRAP_TEMPLATE says which"};
}

Status check_unwrap(const Object& unwrapping, const crypto::Mechanism& mechanism) {
  if (may_decrypt(unwrapping)) return {};
  if (unwrapping.material.secret_key) {
    if (!is_authenticated(mechanism))
      return Error{Code::key_use, "a key that must not decrypt unwraps with AES key wrap or GCM only"};
    // Counter mode undoes GCM, and GMAC gives its hash key.
    if (mechanism.family != crypto::Family::aes_gcm || (use_ceiling(unwrapping) & ~kWrapping) == 0) return {};
    return Error{Code::key_use,
                 "a key that must not decrypt and does more than wrap does not unwrap with GCM"};
  }
  // Its first part is an OAEP ciphertext of the key of the second: who may unwrap both has that key decrypt.
  if (mechanism.family != crypto::Family::rsa_aes_wrap) return {};
  if (is_for_rsa_aes(unwrapping, mechanism)) return {};
  return Error{
      Code::key_use,
      "a key that must not decrypt unwraps with RSA-AES key wrap if CKA_ALLOWED_MECHANISMS names this, "
      "and neither rsa-oaep nor rsa-pkcs"};
}

Status check_unwrapped(const Object& unwrapping, std::uint32_t key_type, Object& key) {
  if (may_decrypt(unwrapping)) return {};
  if (!key.attributes.truth(attribute::kSensitive, true)) {
    return Error{Code::template_inconsistent, "what this key unwraps is sensitive"};
  }
  const auto named = unwrapping.material.secret_key ? type_of_unwrapped(unwrapping) : std::nullopt;
  if (uses_its_parts(key_type) && named != key_type) {
    return Error{Code::template_inconsistent,
                 "keys of this type are unwrapped under keys whose CKA_UNWRAP_TEMPLATE names it"};
  }
  if (gives_octets(key.attributes)) {
    return Error{Code::template_inconsistent,
                 "a key that was wrapped is not born anew for derivations that give its octets away"};
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

Status check_unwrapped_length(const Object& unwrapping, std::uint64_t unwrapped_bytes,
                              std::uint64_t wanted_bytes) {
  if (wanted_bytes == unwrapped_bytes) return {};
  if (!may_decrypt(unwrapping)) {
    return Error{Code::template_inconsistent, "CKA_VALUE_LEN is not the length of the key that was wrapped"};
  }
  // Padding with zeros goes beyond the length that the template tells.
  if (wanted_bytes < unwrapped_bytes) return {};
  return Error{Code::ciphertext_invalid, "the ciphertext is wrong"};
}

Status check_unwrapped_key(const Object& unwrapping, const Object& key) {
  const Status checked = check_protected_length(key);
  // Whoever may decrypt could tell a wrong padding from a short key, and so read what others encrypted.
  if (checked.ok() || !may_decrypt(unwrapping)) return checked;
  return Error{Code::ciphertext_invalid, "the ciphertext is wrong"};
}

}  // namespace coffer::vault
