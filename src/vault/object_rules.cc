// The rules of PKCS#11 for making, changing and copying objects (PKCS#11 3.0, 4 and 5.7; key
// attributes 4.7-4.10).
#include <algorithm>

#include "base/check.h"
#include "crypto/operation.h"
#include "crypto/primitives.h"
#include "vault/curve.h"
#include "vault/derivation.h"
#include "vault/key_import.h"
#include "vault/new_object.h"
#include "vault/object.h"
#include "vault/post_quantum.h"
#include "vault/protection.h"
#include "vault/wrap_rules.h"

namespace coffer::vault {

namespace {

namespace ckm {
constexpr std::uint32_t kRsaGenerate = 0x0;
constexpr std::uint32_t kMlKemGenerate = 0xF;
constexpr std::uint32_t kMlDsaGenerate = 0x1C;
constexpr std::uint32_t kSlhDsaGenerate = 0x2D;
constexpr std::uint32_t kDes3Generate = 0x131;
constexpr std::uint32_t kGenericGenerate = 0x350;
constexpr std::uint32_t kPbkdf2 = 0x3B0;
constexpr std::uint32_t kEcGenerate = 0x1040;
constexpr std::uint32_t kEdwardsGenerate = 0x1055;
constexpr std::uint32_t kMontgomeryGenerate = 0x1056;
constexpr std::uint32_t kAesXtsGenerate = 0x1072;
constexpr std::uint32_t kAesGenerate = 0x1080;
constexpr std::uint32_t kChaCha20Generate = 0x1225;
}  // namespace ckm

// is_known_key_type tells whether keys of this CKK_ may stand in this class.
bool is_known_key_type(std::uint32_t object_class, std::uint64_t type) {
  if (object_class == object_class::kSecretKey) {
    return secret_type_of(type) != crypto::KeyType::none;
  }
  return type == key_type::kRsa || type == key_type::kEc || type == key_type::kEdwards ||
         type == key_type::kMontgomery || post_quantum_type(type) != crypto::KeyType::none;
}

// is_key_of_type tells whether a private key is of this CKK_.
bool is_key_of_type(const crypto::PrivateKey& key, std::uint32_t type) {
  if (key.type() == crypto::KeyType::rsa) return type == key_type::kRsa;
  if (crypto::is_post_quantum(key.type())) return post_quantum_type(type) == key.type();
  return is_curve_type(key.curve(), type);
}

// check_check_value compares CKA_CHECK_VALUE of a template with the key that was made. Empty means that none
// is wanted.
Status check_check_value(const wire::Template& attributes, const Object& object) {
  const auto given = template_value(attributes, attribute::kCheckValue);
  if (!given || given->empty() || !object.material.secret_key) return {};
  const wire::AttributeValue computed = read_attribute(object, attribute::kCheckValue);
  if (equal_public(*given, computed.value)) return {};
  return Error{Code::attribute_value, "CKA_CHECK_VALUE is not the key's"};
}

// change_check_value lets a key's check value be told again, by whoever knows it. That of a certificate
// stays.
Status change_check_value(const wire::Template& attributes, Object& object) {
  const auto given = template_value(attributes, attribute::kCheckValue);
  if (!given) return {};
  if (!object.material.secret_key) {
    return Error{Code::attribute_read_only, "the check value of a certificate stays"};
  }
  if (!given->empty()) object.attributes.remove(attribute::kCheckValue);
  return check_check_value(attributes, object);
}

// check_named_keys checks the hashes of public keys with which a certificate that lies elsewhere is named.
// Those of a digest that is known here have its length.
Status check_named_keys(const AttributeSet& attributes) {
  constexpr std::uint64_t kSha1 = 0x220;
  const auto algorithm = attributes.number(attribute::kNameHashAlgorithm).value_or(kSha1);
  const crypto::Mechanism* row = crypto::find_mechanism(static_cast<std::uint32_t>(algorithm));
  const bool is_digest = algorithm <= UINT32_MAX && row != nullptr && (row->uses & crypto::use::kDigest) != 0;
  for (const std::uint32_t type : {attribute::kHashOfSubjectKey, attribute::kHashOfIssuerKey}) {
    const std::size_t bytes = attributes.octets(type).size();
    if (bytes != 0 && is_digest && bytes != crypto::digest_bytes(row->hash))
      return Error{Code::attribute_value,
                   "the hash of a public key has another length than CKA_NAME_HASH_ALGORITHM"};
    if (bytes == 0 && !attributes.octets(attribute::kUrl).empty()) {
      return Error{
          Code::template_incomplete,
          "a certificate with CKA_URL has CKA_HASH_OF_SUBJECT_PUBLIC_KEY and CKA_HASH_OF_ISSUER_PUBLIC_KEY"};
    }
  }
  return {};
}

// PKCS#11 3.2, 4.6.3: the value or the place where it lies, and with the place the hashes of both keys.
Status check_certificate(const Object& object) {
  constexpr std::uint64_t kX509 = 0;
  const auto type = object.attributes.number(attribute::kCertificateType);
  if (!type) return Error{Code::template_incomplete, "the template lacks CKA_CERTIFICATE_TYPE"};
  if (*type != kX509) return Error{Code::attribute_value, "only X.509 certificates can be kept"};
  if (object.attributes.octets(attribute::kValue).empty() &&
      object.attributes.octets(attribute::kUrl).empty()) {
    return Error{Code::template_incomplete,
                 "the template lacks the certificate (CKA_VALUE), or its place (CKA_URL)"};
  }
  return check_named_keys(object.attributes);
}

// changes_rules refuses the changes that would weaken a key: sensitive and private go one way, so does
// extractable.
Status check_one_way(const Object& object, const wire::Template& attributes) {
  for (const wire::Attribute& each : attributes) {
    const bool value = each.value.size() == 1 && each.value[0] != 0;
    if ((each.type == attribute::kSensitive || each.type == attribute::kWrapWithTrusted ||
         each.type == attribute::kPrivate) &&
        !value && object.attributes.truth(each.type)) {
      return Error{Code::attribute_read_only, "this protection of an object cannot be taken back"};
    }
    if (each.type == attribute::kExtractable && value && !object.attributes.truth(attribute::kExtractable)) {
      return Error{Code::attribute_read_only, "a key that cannot be extracted stays so"};
    }
    if ((each.type == attribute::kCopyable || each.type == attribute::kDestroyable ||
         each.type == attribute::kModifiable) &&
        value && !object.attributes.truth(each.type, true)) {
      return Error{Code::attribute_read_only, "this attribute cannot be set to true again"};
    }
  }
  return {};
}

void apply_changes(const wire::Template& attributes, Object& object) {
  store_attributes(attributes, object.summary.object_class, object.attributes);
  if (!has_secret(object.summary.object_class)) return;
  if (!object.attributes.truth(attribute::kSensitive))
    object.attributes.set_truth(attribute::kAlwaysSensitive, false);
  if (object.attributes.truth(attribute::kExtractable)) {
    object.attributes.set_truth(attribute::kNeverExtractable, false);
  }
}

// SecretMaker is a mechanism that makes secret keys.
struct SecretMaker {
  std::uint32_t mechanism;
  std::uint32_t key_type;
  std::uint32_t bytes;  // when the template does not say; 0: it must
  bool names_type;      // the template may name another type
};
constexpr auto kSecretMakers = std::to_array<SecretMaker>({
    // A generic secret may be named after what it is used for (CKK_SHA256_HMAC ...).
    {ckm::kGenericGenerate, key_type::kGenericSecret, 0, true},
    {ckm::kPbkdf2, key_type::kGenericSecret, 0, true},
    {ckm::kAesGenerate, key_type::kAes, 0, false},
    {ckm::kAesXtsGenerate, key_type::kAesXts, 0, false},
    {ckm::kChaCha20Generate, key_type::kChaCha20, 32, false},
    {ckm::kDes3Generate, key_type::kDes3, crypto::kDes3KeyBytes, false},
    {0x402C /*HKDF*/, key_type::kHkdf, 0, false},
    {0x4003 /*SHA_1*/, key_type::kSha1Hmac, 20, false},
    {0x4004 /*SHA224*/, key_type::kSha224Hmac, 28, false},
    {0x4005 /*SHA256*/, key_type::kSha256Hmac, 32, false},
    {0x4006 /*SHA384*/, key_type::kSha384Hmac, 48, false},
    {0x4007 /*SHA512*/, key_type::kSha512Hmac, 64, false},
    {0x4008 /*SHA512_224*/, key_type::kSha512224Hmac, 28, false},
    {0x4009 /*SHA512_256*/, key_type::kSha512256Hmac, 32, false},
    {0x02B3 /*SHA3_256*/, key_type::kSha3256Hmac, 32, false},
    {0x02B8 /*SHA3_224*/, key_type::kSha3224Hmac, 28, false},
    {0x02C3 /*SHA3_384*/, key_type::kSha3384Hmac, 48, false},
    {0x02D3 /*SHA3_512*/, key_type::kSha3512Hmac, 64, false},
});

// check_second_birth is for keys that the same call may make again, with other attributes: what they promise
// would bind one of the two.
Status check_second_birth(const Object& object, Origin origin) {
  if (demands_anything(object.attributes)) {
    return Error{Code::template_inconsistent,
                 "a key that can be made again without its templates cannot demand protection by them"};
  }
  TRY(check_trusted_birth(object, origin));
  return check_birth(object);
}

}  // namespace

Result<Object> create_object(const wire::Template& attributes) {
  TRY(check_shapes(attributes));
  const auto given_class = template_number(attributes, attribute::kClass);
  if (!given_class) return Error{Code::template_incomplete, "the template lacks CKA_CLASS"};
  if (*given_class > object_class::kSecretKey) {
    return Error{Code::attribute_value, "objects of this class cannot be made"};
  }
  const auto object_class = static_cast<std::uint32_t>(*given_class);
  Object object = TRY(new_object(attributes, object_class, Purpose::create));
  if (object_class == object_class::kCertificate) TRY(check_certificate(object));
  if (is_key(object_class)) {
    const auto given_type = template_number(attributes, attribute::kKeyType);
    if (!given_type) return Error{Code::template_incomplete, "the template lacks CKA_KEY_TYPE"};
    if (!is_known_key_type(object_class, *given_type)) {
      return Error{Code::attribute_value, "keys of this type are not supported"};
    }
    const auto type = static_cast<std::uint32_t>(*given_type);
    TRY(import_key(attributes, object_class, type, object));
    set_key_defaults(object.attributes, object_class, type, Origin::imported, 0);
    TRY(check_check_value(attributes, object));
  }
  finish_object(object);
  TRY(check_birth(object));
  TRY(check_trusted_birth(object, Origin::imported));
  return object;
}

crypto::KeyType secret_type_of(std::uint64_t key_type) {
  constexpr auto kGeneric = std::to_array<std::uint32_t>(
      {key_type::kGenericSecret, key_type::kMd5Hmac, key_type::kSha1Hmac, key_type::kSha256Hmac,
       key_type::kSha384Hmac, key_type::kSha512Hmac, key_type::kSha224Hmac, key_type::kSha3224Hmac,
       key_type::kSha3256Hmac, key_type::kSha3384Hmac, key_type::kSha3512Hmac, key_type::kHkdf,
       key_type::kSha512224Hmac, key_type::kSha512256Hmac});
  if (key_type == key_type::kAes) return crypto::KeyType::aes;
  if (key_type == key_type::kAesXts) return crypto::KeyType::aes_xts;
  if (key_type == key_type::kChaCha20) return crypto::KeyType::chacha20;
  if (key_type == key_type::kDes3) return crypto::KeyType::des3;
  return std::ranges::find(kGeneric, key_type) != kGeneric.end() ? crypto::KeyType::generic
                                                                 : crypto::KeyType::none;
}

Result<Object> generate_secret(std::uint32_t mechanism, const wire::Template& attributes,
                               const crypto::Parameters& stretching, const SecretBytes& password) {
  TRY(check_shapes(attributes));
  const auto* maker = std::ranges::find(kSecretMakers, mechanism, &SecretMaker::mechanism);
  if (maker == kSecretMakers.end()) {
    return Error{Code::mechanism_invalid, "the mechanism does not make secret keys"};
  }
  const auto named = template_number(attributes, attribute::kKeyType).value_or(maker->key_type);
  if (!maker->names_type) TRY(check_key_type_of(attributes, maker->key_type));
  const crypto::KeyType type = secret_type_of(named);
  if (type == crypto::KeyType::none) {
    return Error{Code::template_inconsistent, "the mechanism makes no keys of this type"};
  }
  Object object = TRY(new_object(attributes, object_class::kSecretKey, Purpose::generate));
  const std::uint64_t length = template_number(attributes, attribute::kValueLen).value_or(maker->bytes);
  if (length == 0) return Error{Code::template_incomplete, "the template lacks CKA_VALUE_LEN"};
  if (length > crypto::kSecretBytesMax) return Error{Code::key_size, "the key is too long"};
  const bool is_stretched = mechanism == ckm::kPbkdf2;
  if (is_stretched) {
    crypto::Parameters parameters = stretching;
    parameters.mechanism = mechanism;
    parameters.output_bytes = static_cast<std::uint32_t>(length);
    const SecretBytes value = TRY(crypto::derive_password(password, parameters));
    object.material.secret_key =
        std::make_shared<crypto::SecretKey>(TRY(crypto::SecretKey::create(type, value.reveal())));
  } else {
    object.material.secret_key = std::make_shared<crypto::SecretKey>(
        TRY(crypto::SecretKey::generate(type, static_cast<std::size_t>(length))));
  }
  // Who knows the password knows the key: it was not born here.
  set_key_defaults(object.attributes, object_class::kSecretKey, static_cast<std::uint32_t>(named),
                   is_stretched ? Origin::derived : Origin::generated, mechanism);
  finish_object(object);
  TRY(check_protected_length(object));
  TRY(check_birth(object));
  note_birth(object);
  TRY(check_trusted_birth(object, Origin::generated));
  return object;
}

Result<KeyPair> generate_pair(std::uint32_t mechanism, const wire::Template& public_attributes,
                              const wire::Template& private_attributes) {
  TRY(check_shapes(public_attributes));
  TRY(check_shapes(private_attributes));
  crypto::KeySpec spec;
  std::uint32_t type = 0;
  switch (mechanism) {
    case ckm::kRsaGenerate: {
      type = key_type::kRsa;
      spec.type = crypto::KeyType::rsa;
      const auto bits = template_number(public_attributes, attribute::kModulusBits);
      if (!bits) return Error{Code::template_incomplete, "the template lacks CKA_MODULUS_BITS"};
      if (*bits > crypto::kRsaBitsMax) return Error{Code::key_size, "the RSA key is too long"};
      spec.bits = static_cast<std::uint32_t>(*bits);
      const Bytes exponent = without_leading_zeros(
          template_value(public_attributes, attribute::kPublicExponent).value_or(Bytes{}));
      if (exponent.size() > sizeof(std::uint64_t)) {
        return Error{Code::template_inconsistent, "the public exponent is too long"};
      }
      if (!exponent.empty()) spec.public_exponent = 0;
      for (const std::uint8_t octet : exponent) spec.public_exponent = (spec.public_exponent << 8U) | octet;
      break;
    }
    case ckm::kEcGenerate:
      type = key_type::kEc;
      spec.type = crypto::KeyType::ec;
      break;
    case ckm::kEdwardsGenerate:
      type = key_type::kEdwards;
      spec.type = crypto::KeyType::edwards;
      break;
    case ckm::kMontgomeryGenerate:
      type = key_type::kMontgomery;
      spec.type = crypto::KeyType::montgomery;
      break;
    case ckm::kMlKemGenerate:
      type = key_type::kMlKem;
      spec.type = crypto::KeyType::ml_kem;
      break;
    case ckm::kMlDsaGenerate:
      type = key_type::kMlDsa;
      spec.type = crypto::KeyType::ml_dsa;
      break;
    case ckm::kSlhDsaGenerate:
      type = key_type::kSlhDsa;
      spec.type = crypto::KeyType::slh_dsa;
      break;
    default: return Error{Code::mechanism_invalid, "the mechanism does not make key pairs"};
  }
  TRY(check_key_type_of(public_attributes, type));
  TRY(check_key_type_of(private_attributes, type));
  KeyPair pair{TRY(new_object(public_attributes, object_class::kPublicKey, Purpose::generate)),
               TRY(new_object(private_attributes, object_class::kPrivateKey, Purpose::generate))};
  if (crypto::is_post_quantum(spec.type)) {
    spec.set = TRY(template_parameter_set(public_attributes, spec.type));
    TRY(check_private_set(private_attributes, spec.set));
  } else if (type != key_type::kRsa) {
    spec.curve = TRY(template_curve(public_attributes, type));
    pair.private_key.attributes.set(attribute::kEcParams,
                                    pair.public_key.attributes.octets(attribute::kEcParams));
  }
  auto key = std::make_shared<crypto::PrivateKey>(TRY(crypto::PrivateKey::generate(spec)));
  pair.public_key.material.public_key = key->public_key();
  pair.private_key.material.private_key = std::move(key);
  set_key_defaults(pair.public_key.attributes, object_class::kPublicKey, type, Origin::generated, mechanism);
  set_key_defaults(pair.private_key.attributes, object_class::kPrivateKey, type, Origin::generated,
                   mechanism);
  finish_object(pair.public_key);
  finish_object(pair.private_key);
  TRY(check_birth(pair.private_key));
  TRY(check_trusted_birth(pair.public_key, Origin::generated));
  return pair;
}

Result<std::uint32_t> derived_bytes(const wire::Template& attributes) {
  TRY(check_shapes(attributes));
  const auto length = template_number(attributes, attribute::kValueLen);
  if (length && *length > crypto::kSecretBytesMax) return Error{Code::key_size, "CKA_VALUE_LEN is too long"};
  if (length) return static_cast<std::uint32_t>(*length);
  const auto type = template_number(attributes, attribute::kKeyType);
  constexpr std::uint32_t kChaCha20Bytes = 32;
  if (type == key_type::kDes3) return crypto::kDes3KeyBytes;
  return type == key_type::kChaCha20 ? kChaCha20Bytes : 0;
}

Result<Object> derived_secret(const Heritage& heritage, Bytes value, const wire::Template& attributes) {
  const auto given_type = template_number(attributes, attribute::kKeyType).value_or(key_type::kGenericSecret);
  const crypto::KeyType secret_type = secret_type_of(given_type);
  if (secret_type == crypto::KeyType::none) {
    return Error{Code::attribute_value, "keys of this type cannot be derived"};
  }
  TRY(check_heritage(heritage, attributes));
  // Before the octets are looked at: a DES3 key with two equal parts has an answer of its own.
  if (heritage.parts_need_naming && uses_its_parts(given_type) && !heritage.type_is_named) {
    return Error{Code::template_inconsistent,
                 "keys of this type are made where the template of the key they come from names it: the same "
                 "octets as another key would be stronger than their parts"};
  }
  Object object = TRY(new_object(attributes, object_class::kSecretKey, Purpose::generate));
  SecretBytes octets = SecretBytes::copy_of(value);
  if (secret_type == crypto::KeyType::des3) crypto::set_odd_parity(octets.reveal());
  object.material.secret_key =
      std::make_shared<crypto::SecretKey>(TRY(crypto::SecretKey::create(secret_type, octets.reveal())));
  if (heritage.wraps_with_trusted) object.attributes.set_truth(attribute::kWrapWithTrusted, true);
  // What it derived would be nobody's demand any more.
  if (heritage.is_demanded) object.attributes.set_default(attribute::kDerive, false);
  if (heritage.is_demanded || heritage.is_unextractable)
    object.attributes.set_default(attribute::kExtractable, false);
  set_key_defaults(object.attributes, object_class::kSecretKey, static_cast<std::uint32_t>(given_type),
                   Origin::derived, 0);
  // PKCS#11 3.0, 2.3.19: a derived key was always sensitive only if its base was, and it is.
  object.attributes.set_truth(attribute::kAlwaysSensitive,
                              heritage.always_sensitive && object.attributes.truth(attribute::kSensitive));
  object.attributes.set_truth(
      attribute::kNeverExtractable,
      heritage.never_extractable && !object.attributes.truth(attribute::kExtractable));
  if (heritage.stays_protected && can_be_cut(object.attributes)) {
    return Error{Code::template_inconsistent, "a key that must be protected is not one that can be cut"};
  }
  if (heritage.is_demanded && object.attributes.truth(attribute::kExtractable)) {
    return Error{Code::template_inconsistent,
                 "under a CKA_DERIVE_TEMPLATE that demands protection keys are derived to stay"};
  }
  if (heritage.is_demanded && object.attributes.truth(attribute::kDerive)) {
    return Error{
        Code::template_inconsistent,
        "under a CKA_DERIVE_TEMPLATE that demands protection keys are derived for use, not to derive "
        "further"};
  }
  finish_object(object);
  TRY(check_protected_length(object));
  TRY(check_inherited_length(heritage, value.size()));
  TRY(check_second_birth(object, Origin::derived));
  return object;
}

Result<Object> derived_data(Bytes value, const wire::Template& attributes) {
  // The length belongs to the derivation, not to the object.
  wire::Template kept;
  std::ranges::copy_if(attributes, std::back_inserter(kept),
                       [](const wire::Attribute& each) { return each.type != attribute::kValueLen; });
  Object object = TRY(new_object(kept, object_class::kData, Purpose::generate));
  object.attributes.set(attribute::kValue, value);
  finish_object(object);
  return object;
}

Result<Object> derived_public(const Object& base, const wire::Template& attributes) {
  const std::uint32_t type = base.summary.key_type;
  TRY(check_key_type_of(attributes, type));
  Object object = TRY(new_object(attributes, object_class::kPublicKey, Purpose::generate));
  object.material.public_key = base.material.private_key->public_key();
  if (const auto curve = base.attributes.find(attribute::kEcParams)) {
    object.attributes.set(attribute::kEcParams, *curve);
  }
  set_key_defaults(object.attributes, object_class::kPublicKey, type, Origin::derived, 0);
  finish_object(object);
  TRY(check_trusted_birth(object, Origin::derived));
  return object;
}

Result<Object> begin_unwrapped(const Object& unwrapping, const wire::Template& attributes) {
  TRY(check_shapes(attributes));
  const auto object_class = template_number(attributes, attribute::kClass);
  const auto key_type = template_number(attributes, attribute::kKeyType);
  if (!object_class || !key_type) {
    return Error{Code::template_incomplete, "the template lacks CKA_CLASS or CKA_KEY_TYPE"};
  }
  if ((*object_class != object_class::kSecretKey && *object_class != object_class::kPrivateKey) ||
      !is_known_key_type(static_cast<std::uint32_t>(*object_class), *key_type)) {
    return Error{Code::attribute_value, "keys of this class and type cannot be unwrapped"};
  }
  Object object = TRY(new_object(attributes, static_cast<std::uint32_t>(*object_class), Purpose::generate));
  // Before the defaults, so that what the template says can be told from what it leaves open.
  TRY(check_unwrapped(unwrapping, static_cast<std::uint32_t>(*key_type), object));
  set_key_defaults(object.attributes, static_cast<std::uint32_t>(*object_class),
                   static_cast<std::uint32_t>(*key_type), Origin::unwrapped, 0);
  finish_object(object);
  TRY(check_second_birth(object, Origin::unwrapped));
  return object;
}

Status finish_unwrapped(const Object& unwrapping, Object& object, const SecretBytes& octets,
                        const wire::Template& attributes) {
  constexpr Error kWrong{Code::ciphertext_invalid, "the ciphertext is wrong"};
  const std::uint32_t type = object.summary.key_type;
  if (object.summary.object_class == object_class::kSecretKey) {
    // A private key is no secret key: what is used as one tells of its octets.
    if (crypto::PrivateKey::is_pkcs8(octets.reveal())) return kWrong;
    const std::uint64_t bytes = template_number(attributes, attribute::kValueLen).value_or(octets.size());
    TRY(check_unwrapped_length(unwrapping, octets.size(), bytes));
    auto key = crypto::SecretKey::create(secret_type_of(type),
                                         octets.reveal().first(static_cast<std::size_t>(bytes)));
    if (!key.ok()) return kWrong;
    object.material.secret_key = std::make_shared<crypto::SecretKey>(std::move(key).value());
    TRY(check_unwrapped_key(unwrapping, object));
  } else {
    auto key = crypto::PrivateKey::import_pkcs8(octets.reveal());
    if (!key.ok() || !is_key_of_type(key.value(), type)) return kWrong;
    if (key.value().curve() != crypto::Curve::none)
      object.attributes.set(attribute::kEcParams, ec_params_of(key.value().curve()));
    object.material.private_key = std::make_shared<crypto::PrivateKey>(std::move(key).value());
  }
  TRY(check_check_value(attributes, object));
  finish_object(object);
  return {};
}

Result<Object> modified(const Object& object, const wire::Template& attributes) {
  if (!object.attributes.truth(attribute::kModifiable, true)) {
    return Error{Code::action_prohibited, "the object cannot be modified"};
  }
  TRY(check_template(attributes, object.summary.object_class, Purpose::modify));
  TRY(check_one_way(object, attributes));
  Object next = object;
  TRY(change_check_value(attributes, next));
  apply_changes(attributes, next);
  finish_object(next);
  TRY(check_uses(object, next));
  TRY(check_trust(object, next));
  TRY(check_change(object, next));
  TRY(check_size(next));
  return next;
}

Result<Object> copied(const Object& object, const wire::Template& attributes) {
  if (!object.attributes.truth(attribute::kCopyable, true)) {
    return Error{Code::action_prohibited, "the object cannot be copied"};
  }
  if (object.policy) {
    return Error{Code::action_prohibited,
                 "a key with a policy cannot be copied: the copy would not be counted"};
  }
  if (wraps_only(object) || object.attributes.truth(attribute::kTrusted)) {
    return Error{
        Code::action_prohibited,
        "a key that others rely on for wrapping cannot be copied: a copy would be trusted by nobody, and "
        "unwrap all the same"};
  }
  TRY(check_template(attributes, object.summary.object_class, Purpose::copy));
  TRY(check_one_way(object, attributes));
  Object next = object;
  TRY(crypto::random_bytes(next.id));
  apply_changes(attributes, next);
  next.is_token = next.attributes.truth(attribute::kToken);
  // A stored key is never readable, and used by who is logged in; a copy that is not stored changes neither.
  if (object.is_token && has_secret(object.summary.object_class)) {
    next.attributes.set_truth(attribute::kSensitive, true);
    const auto given = template_value(attributes, attribute::kPrivate);
    if (!next.is_token && given && truth_of(*given) == false) {
      return Error{Code::template_inconsistent, "a session's copy of a token's key is private"};
    }
    if (!next.is_token) next.attributes.set_truth(attribute::kPrivate, true);
  }
  next.version = 0;
  finish_object(next);
  TRY(check_uses(object, next));
  TRY(check_change(object, next));
  TRY(check_size(next));
  return next;
}

}  // namespace coffer::vault
