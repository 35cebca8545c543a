// Post-quantum keys: their attributes in and out.
#include "vault/post_quantum.h"

#include <array>

#include "vault/protection.h"

namespace coffer::vault {

namespace {

Error incomplete() { return Error{Code::template_incomplete, "the template lacks a part of the key"}; }

}  // namespace

crypto::KeyType post_quantum_type(std::uint64_t key_type) {
  switch (key_type) {
    case key_type::kMlKem: return crypto::KeyType::ml_kem;
    case key_type::kMlDsa: return crypto::KeyType::ml_dsa;
    case key_type::kSlhDsa: return crypto::KeyType::slh_dsa;
    default: return crypto::KeyType::none;
  }
}

Result<crypto::ParameterSet> template_parameter_set(const wire::Template& attributes, crypto::KeyType type) {
  const auto number = template_number(attributes, attribute::kParameterSet);
  if (!number) return Error{Code::template_incomplete, "the template lacks CKA_PARAMETER_SET"};
  const crypto::ParameterSetFacts* facts = crypto::find_parameter_set(type, *number);
  if (facts == nullptr) return Error{Code::curve_unsupported, "keys of this type have no such parameter set"};
  return facts->set;
}

Status check_private_set(const wire::Template& attributes, crypto::ParameterSet set) {
  const auto number = template_number(attributes, attribute::kParameterSet);
  if (!number || *number == crypto::facts_of(set)->number) return {};
  return Error{Code::template_inconsistent, "the two templates name different parameter sets"};
}

Result<crypto::PublicKey> import_post_quantum_public(const wire::Template& attributes, crypto::KeyType type) {
  const crypto::ParameterSet set = TRY(template_parameter_set(attributes, type));
  const auto value = template_value(attributes, attribute::kValue);
  if (!value) return incomplete();
  return crypto::PublicKey::from_octets(set, *value);
}

Result<crypto::PrivateKey> import_post_quantum_private(const wire::Template& attributes,
                                                       crypto::KeyType type) {
  const crypto::ParameterSet set = TRY(template_parameter_set(attributes, type));
  const auto seed = template_value(attributes, attribute::kSeed);
  const auto value = template_value(attributes, attribute::kValue);
  if (!seed && !value) return incomplete();
  if (!seed) return crypto::PrivateKey::from_expanded(set, *value);
  crypto::PrivateKey key = TRY(crypto::PrivateKey::from_seed(set, *seed));
  if (value && !key.is_expanded(*value)) {
    return Error{Code::template_inconsistent, "the seed and the value are two different keys"};
  }
  return key;
}

std::optional<Buffer> post_quantum_attribute(const crypto::PublicKey& key, bool is_public_object,
                                             std::uint32_t type) {
  if (type == attribute::kParameterSet) {
    AttributeSet number;
    number.set_number(type, crypto::facts_of(key.parameter_set())->number);
    return to_buffer(number.octets(type));
  }
  if (type == attribute::kValue && is_public_object) return key.octets();
  return std::nullopt;
}

Result<Object> encapsulated_secret(const SecretBytes& secret, const wire::Template& attributes,
                                   const Object& key, std::uint32_t which) {
  const bool is_demanded = demands_protection(key.attributes, which);
  const Heritage heritage{
      .stays_protected = is_demanded,
      .parts_need_naming = is_demanded,
      .type_is_named = demanded_number(key.attributes, which, attribute::kKeyType).has_value()};
  const auto length = template_number(attributes, attribute::kValueLen);
  if (length && *length != secret.size()) {
    return Error{Code::template_inconsistent, "the mechanism gives a secret of another length"};
  }
  static constexpr std::array<std::uint8_t, 1> kTrue = {1};
  wire::Template completed = attributes;
  if (!template_value(attributes, attribute::kExtractable)) {
    completed.push_back({attribute::kExtractable, kTrue});
  }
  return derived_secret(heritage, secret.reveal(), completed);
}

}  // namespace coffer::vault
