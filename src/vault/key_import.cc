// Key import: the parts of a key out of a template, and the answer to those that make none.
#include "vault/key_import.h"

#include "vault/curve.h"
#include "vault/post_quantum.h"

namespace coffer::vault {

namespace {

Result<Bytes> needed(const wire::Template& attributes, std::uint32_t type) {
  const auto value = template_value(attributes, type);
  if (!value) return Error{Code::template_incomplete, "the template lacks a part of the key"};
  if (value->empty()) return Error{Code::attribute_value, "a part of the key is empty"};
  return *value;
}

// needed_number gives a number that is not zero, without zeros in front. It may come with any number of them:
// a "Big integer" is "of arbitrary size" (PKCS#11 3.2, 4.4).
Result<Bytes> needed_number(const wire::Template& attributes, std::uint32_t type) {
  const Bytes number = without_leading_zeros(TRY(needed(attributes, type)));
  if (number.empty()) return Error{Code::attribute_value, "a number of the key is zero"};
  return number;
}

// optional_number is empty when the template does not say it, or says it as empty.
Result<SecretBytes> optional_number(const wire::Template& attributes, std::uint32_t type) {
  const auto value = template_value(attributes, type);
  if (!value || value->empty()) return SecretBytes();
  return SecretBytes::copy_of(TRY(needed_number(attributes, type)));
}

Result<crypto::PublicKey> read_public(const wire::Template& attributes, std::uint32_t key_type) {
  if (const crypto::KeyType type = post_quantum_type(key_type); type != crypto::KeyType::none) {
    return import_post_quantum_public(attributes, type);
  }
  if (template_value(attributes, attribute::kValue)) {
    return Error{Code::template_inconsistent, "public keys of this type have no CKA_VALUE"};
  }
  if (key_type == key_type::kRsa) {
    const Bytes modulus = TRY(needed_number(attributes, attribute::kModulus));
    const Bytes exponent = TRY(needed_number(attributes, attribute::kPublicExponent));
    return crypto::PublicKey::from_rsa(modulus, exponent);
  }
  const crypto::Curve curve = TRY(template_curve(attributes, key_type));
  const Bytes point = TRY(needed(attributes, attribute::kEcPoint));
  return crypto::PublicKey::from_point(curve, point_of(curve, point));
}

Result<crypto::PrivateKey> read_private(const wire::Template& attributes, std::uint32_t key_type) {
  if (const crypto::KeyType type = post_quantum_type(key_type); type != crypto::KeyType::none) {
    return import_post_quantum_private(attributes, type);
  }
  if (key_type != key_type::kRsa) {
    const crypto::Curve curve = TRY(template_curve(attributes, key_type));
    return crypto::PrivateKey::from_scalar(curve, TRY(needed(attributes, attribute::kValue)));
  }
  crypto::RsaParts parts;
  parts.n = to_buffer(TRY(needed_number(attributes, attribute::kModulus)));
  parts.e = to_buffer(TRY(needed_number(attributes, attribute::kPublicExponent)));
  parts.d = SecretBytes::copy_of(TRY(needed_number(attributes, attribute::kPrivateExponent)));
  parts.p = TRY(optional_number(attributes, attribute::kPrime1));
  parts.q = TRY(optional_number(attributes, attribute::kPrime2));
  parts.dp = TRY(optional_number(attributes, attribute::kExponent1));
  parts.dq = TRY(optional_number(attributes, attribute::kExponent2));
  parts.qinv = TRY(optional_number(attributes, attribute::kCoefficient));
  return crypto::PrivateKey::from_rsa(parts);
}

Status read_key(const wire::Template& attributes, std::uint32_t object_class, std::uint32_t key_type,
                Object& object) {
  switch (object_class) {
    case object_class::kPublicKey: object.material.public_key = TRY(read_public(attributes, key_type)); break;
    case object_class::kPrivateKey:
      object.material.private_key =
          std::make_shared<crypto::PrivateKey>(TRY(read_private(attributes, key_type)));
      break;
    default: {
      const Bytes value = TRY(needed(attributes, attribute::kValue));
      object.material.secret_key = std::make_shared<crypto::SecretKey>(
          TRY(crypto::SecretKey::create(secret_type_of(key_type), value)));
    }
  }
  return {};
}

}  // namespace

bool is_curve_type(crypto::Curve curve, std::uint32_t key_type) {
  switch (crypto::key_type_of(curve)) {
    case crypto::KeyType::ec: return key_type == key_type::kEc;
    case crypto::KeyType::edwards: return key_type == key_type::kEdwards;
    case crypto::KeyType::montgomery: return key_type == key_type::kMontgomery;
    default: return false;
  }
}

Result<crypto::Curve> template_curve(const wire::Template& attributes, std::uint32_t key_type) {
  const Bytes parameters = TRY(needed(attributes, attribute::kEcParams));
  const crypto::Curve curve = TRY(curve_of(parameters));
  if (!is_curve_type(curve, key_type)) {
    return Error{Code::curve_unsupported, "the curve does not belong to this type of key"};
  }
  return curve;
}

Status import_key(const wire::Template& attributes, std::uint32_t object_class, std::uint32_t key_type,
                  Object& object) {
  const Status made = read_key(attributes, object_class, key_type, object);
  if (made.ok()) return {};
  switch (made.error().code) {
    case Code::invalid:
    case Code::malformed:
    case Code::key_size: return Error::received(Code::attribute_value, made.error().text);
    default: return made;
  }
}

}  // namespace coffer::vault
