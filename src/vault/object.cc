// Object: reading attributes, matching templates, and the form in which an object is sealed.
#include "vault/object.h"

#include <algorithm>

#include "base/check.h"
#include "codec/binary.h"
#include "crypto/digest.h"
#include "crypto/operation.h"
#include "vault/curve.h"
#include "vault/new_object.h"
#include "vault/numbered_principals.h"
#include "vault/post_quantum.h"
#include "vault/protection.h"

namespace coffer::vault {

namespace {

// MaterialKind says what follows in a record.
enum class MaterialKind : std::uint8_t { none = 0, private_key = 1, secret_key = 2, public_key = 3 };
constexpr bool is_valid(MaterialKind kind) { return kind <= MaterialKind::public_key; }

constexpr std::size_t kMaterialBytesMax = 16384;

struct ObjectRecord {
  AttributeSet attributes;
  MaterialKind kind = MaterialKind::none;
  SecretBytes material;  // PKCS#8, the value, or a SubjectPublicKeyInfo

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.attributes));
    TRY(visit(in.kind));
    return visit(in.material, kMaterialBytesMax);
  }
};

Buffer number_octets(std::uint64_t number) {
  AttributeSet set;
  set.set_number(0, number);
  return to_buffer(set.octets(0));
}

crypto::PublicKey public_half(const Object& object) {
  if (object.material.public_key) return *object.material.public_key;
  if (object.material.private_key) return object.material.private_key->public_key();
  return {};
}

// check_value gives the first three octets of a block of zeros under an AES key (PKCS#11 3.0, 4.10.2). Other
// secrets may be short ones that somebody can guess, so nothing is told of them.
std::optional<Buffer> check_value(const Object& object) {
  constexpr std::uint32_t kAesEcb = 0x1081;
  constexpr std::size_t kBytes = 3;
  if (object.attributes.number(attribute::kKeyType) != key_type::kAes) return std::nullopt;
  // The block of zeros encrypted may be a key of its own (CKM_AES_ECB_ENCRYPT_DATA).
  if (gives_octets(object.attributes)) return std::nullopt;
  const std::array<std::uint8_t, 16> zeros{};
  Buffer block(zeros.size() + crypto::kOverheadBytesMax);
  const auto size = crypto::encrypt(*object.material.secret_key, {.mechanism = kAesEcb}, zeros, block);
  if (!size.ok()) return std::nullopt;
  block.resize(kBytes);
  return block;
}

// certificate_check_value gives the first three octets of the certificate's SHA-1 (PKCS#11 3.2, 4.6.2).
std::optional<Buffer> certificate_check_value(const Object& object) {
  constexpr std::size_t kBytes = 3;
  const Bytes certificate = object.attributes.octets(attribute::kValue);
  Buffer digest(crypto::kDigestBytesMax);
  if (certificate.empty() || !crypto::digest_into(crypto::Hash::sha1, certificate, digest).ok())
    return std::nullopt;
  digest.resize(kBytes);
  return digest;
}

// computed_attribute gives attributes that follow from the key.
std::optional<Buffer> computed_attribute(const Object& object, std::uint32_t type) {
  if (type == attribute::kUniqueId) return to_buffer(as_bytes(to_hex(object.id)));
  if (type == attribute::kValueLen && object.material.secret_key) {
    return number_octets(object.material.secret_key->bytes());
  }
  if (type == attribute::kCheckValue && object.material.secret_key) return check_value(object);
  if (type == attribute::kCuttable && object.material.secret_key) {
    return Buffer{static_cast<std::uint8_t>(can_be_cut(object.attributes) ? 1 : 0)};
  }
  if (type == attribute::kCheckValue && object.summary.object_class == object_class::kCertificate) {
    return certificate_check_value(object);
  }
  const crypto::PublicKey key = public_half(object);
  if (!key.valid()) return std::nullopt;
  if (type == attribute::kPublicKeyInfo) return key.spki();
  if (key.type() == crypto::KeyType::rsa) {
    if (type == attribute::kModulus) return key.rsa_modulus();
    if (type == attribute::kPublicExponent) return key.rsa_exponent();
    if (type == attribute::kModulusBits) return number_octets(key.bits());
  } else if (crypto::is_post_quantum(key.type())) {
    return post_quantum_attribute(key, object.material.public_key.has_value(), type);
  } else if (type == attribute::kEcPoint) {
    return octet_string(key.point());
  }
  return std::nullopt;
}

// secret_attribute gives a part of a readable key's secret.
std::optional<Buffer> secret_attribute(const Object& object, std::uint32_t type) {
  if (object.material.secret_key) {
    return type == attribute::kValue ? std::optional(to_buffer(object.material.secret_key->value().reveal()))
                                     : std::nullopt;
  }
  if (!object.material.private_key) return std::nullopt;
  const crypto::PrivateKey& key = *object.material.private_key;
  if (crypto::is_post_quantum(key.type())) {
    if (type == attribute::kValue) return to_buffer(std::as_const(key).expanded().reveal());
    const SecretBytes seed = key.seed();
    if (type != attribute::kSeed || seed.empty()) return std::nullopt;
    return to_buffer(seed.reveal());
  }
  if (key.type() != crypto::KeyType::rsa) {
    return type == attribute::kValue ? std::optional(to_buffer(key.scalar().reveal())) : std::nullopt;
  }
  const crypto::RsaParts parts = key.rsa_parts();
  switch (type) {
    case attribute::kPrivateExponent: return to_buffer(parts.d.reveal());
    case attribute::kPrime1: return to_buffer(parts.p.reveal());
    case attribute::kPrime2: return to_buffer(parts.q.reveal());
    case attribute::kExponent1: return to_buffer(parts.dp.reveal());
    case attribute::kExponent2: return to_buffer(parts.dq.reveal());
    case attribute::kCoefficient: return to_buffer(parts.qinv.reveal());
    default: return std::nullopt;
  }
}

// Use is an attribute that permits an operation, and the operation's flag (CKF_).
struct Use {
  std::uint32_t attribute;
  std::uint32_t flag;
};

constexpr auto kUses = std::to_array<Use>({
    {attribute::kEncrypt, 0x100},
    {attribute::kDecrypt, 0x200},
    {attribute::kSign, 0x800},
    {attribute::kSignRecover, 0x1000},
    {attribute::kVerify, 0x2000},
    {attribute::kVerifyRecover, 0x4000},
    {attribute::kWrap, 0x20000},
    {attribute::kUnwrap, 0x40000},
    {attribute::kDerive, 0x80000},
    {attribute::kEncapsulate, 0x10000000},
    {attribute::kDecapsulate, 0x20000000},
});

std::uint32_t uses_of(const AttributeSet& attributes) {
  std::uint32_t uses = 0;
  for (const Use& each : kUses) {
    if (attributes.truth(each.attribute)) uses |= each.flag;
  }
  return uses;
}

}  // namespace

bool Object::records_every_use() const {
  if (!is_token) return false;
  if (!material.private_key && !material.secret_key) return false;
  return attributes.truth(attribute::kExtractable) || attributes.truth(attribute::kWrap) ||
         attributes.truth(attribute::kUnwrap);
}

bool Object::is_readable() const {
  return !is_token && !attributes.truth(attribute::kSensitive, true) &&
         attributes.truth(attribute::kExtractable);
}

void finish_object(Object& object) {
  wire::ObjectSummary& summary = object.summary;
  summary.id = object.id;
  summary.object_class = static_cast<std::uint32_t>(object.attributes.number(attribute::kClass).value_or(0));
  summary.key_type =
      static_cast<std::uint32_t>(object.attributes.number(attribute::kKeyType).value_or(key_type::kNone));
  summary.is_token = object.is_token;
  summary.is_private = object.attributes.truth(attribute::kPrivate);
  summary.always_authenticate = object.attributes.truth(attribute::kAlwaysAuthenticate);
  summary.uses = uses_of(object.attributes);
  if (is_key(summary.object_class) && !object.attributes.find(attribute::kUseCeiling)) {
    object.attributes.set_number(attribute::kUseCeiling, summary.uses);
  }
  if (has_secret(summary.object_class) && can_be_cut(object.attributes)) {
    object.attributes.set_truth(attribute::kAlwaysSensitive, false);
    object.attributes.set_truth(attribute::kNeverExtractable, false);
  }
  if (object.material.secret_key) {
    summary.bits = static_cast<std::uint32_t>(object.material.secret_key->bytes() * 8);
  } else if (const crypto::PublicKey key = public_half(object); key.valid()) {
    summary.bits = key.bits();
  }
}

bool allows_mechanism(const Object& object, std::uint32_t mechanism) {
  return !object.attributes.find(attribute::kAllowedMechanisms) || names_mechanism(object, mechanism);
}

bool is_secret_attribute(const Object& object, std::uint32_t type) {
  if (!object.material.private_key && !object.material.secret_key) return false;
  const AttributeRow* row = find_attribute(type);
  return type == attribute::kValue || (row != nullptr && (row->rights & right::kSecret) != 0);
}

wire::AttributeValue read_attribute(const Object& object, std::uint32_t type) {
  wire::AttributeValue answer{.type = type, .state = wire::AttributeState::unknown, .value = {}};
  std::optional<Buffer> value;
  if (is_secret_attribute(object, type)) {
    if (!object.is_readable()) {
      answer.state = wire::AttributeState::sensitive;
      return answer;
    }
    value = secret_attribute(object, type);
  } else if (const auto stored = object.attributes.find(type)) {
    value = to_buffer(*stored);
  } else {
    value = computed_attribute(object, type);
  }
  if (!value) value = default_value(type, object.summary.object_class);
  if (value) {
    answer.state = wire::AttributeState::present;
    answer.value = std::move(*value);
  }
  return answer;
}

bool matches(const Object& object, const wire::Template& attributes) {
  return std::ranges::all_of(attributes, [&object](const wire::Attribute& wanted) {
    if (is_secret_attribute(object, wanted.type)) return false;
    const wire::AttributeValue value = read_attribute(object, wanted.type);
    return value.state == wire::AttributeState::present && equal_public(value.value, wanted.value);
  });
}

SecretBytes object_plaintext(const Object& object) {
  ObjectRecord record;
  record.attributes = object.attributes;
  if (object.material.private_key) {
    record.kind = MaterialKind::private_key;
    record.material = object.material.private_key->pkcs8();
  } else if (object.material.secret_key) {
    record.kind = MaterialKind::secret_key;
    record.material = object.material.secret_key->value().clone();
  } else if (object.material.public_key) {
    record.kind = MaterialKind::public_key;
    record.material = SecretBytes::copy_of(object.material.public_key->spki());
  }
  codec::WipingBuffer buffer;
  codec::encode_secret_into(record, buffer.octets);
  return SecretBytes::copy_of(buffer.octets);
}

std::size_t object_bytes(const Object& object) {
  const auto& key = object.material.private_key;
  if (!key || key->type() != crypto::KeyType::rsa) return object_plaintext(object).size();
  // DER drops leading zeros of the nine numbers (RFC 8017, A.1.2).
  constexpr std::size_t kNumbersInModuli = 9;
  const std::size_t nominal = kNumbersInModuli * (key->bits() / 8) / 2 + 128;
  return codec::encode(object.attributes).size() + sizeof(MaterialKind) + sizeof(std::uint32_t) + nominal;
}

void set_policy(Object& object, wire::KeyPolicy policy) {
  object.attributes.set(attribute::kPolicy, codec::encode(policy));
  object.policy = std::make_shared<const wire::KeyPolicy>(std::move(policy));
}

Result<Object> object_of(const record::ManifestEntry& entry, const SecretBytes& plaintext) {
  auto record = TRY(codec::decode<ObjectRecord>(plaintext.reveal()));
  if (!record.attributes.is_in_order())
    return Error{Code::malformed, "a record's attributes are not in order"};
  Object object;
  object.id = entry.id;
  object.partition = entry.partition;
  object.version = entry.version;
  object.is_token = true;
  object.attributes = std::move(record.attributes);
  if (const auto policy = object.attributes.find(attribute::kPolicy)) {
    set_policy(object, TRY(decode_key_policy(*policy)));
  }
  switch (record.kind) {
    case MaterialKind::none: break;
    case MaterialKind::private_key:
      object.material.private_key =
          std::make_shared<crypto::PrivateKey>(TRY(crypto::PrivateKey::from_pkcs8(record.material.reveal())));
      break;
    case MaterialKind::secret_key: {
      const auto type =
          secret_type_of(object.attributes.number(attribute::kKeyType).value_or(key_type::kNone));
      object.material.secret_key =
          std::make_shared<crypto::SecretKey>(TRY(crypto::SecretKey::create(type, record.material.reveal())));
      break;
    }
    case MaterialKind::public_key:
      object.material.public_key = TRY(crypto::PublicKey::from_spki(record.material.reveal()));
      break;
  }
  finish_object(object);
  return object;
}

std::uint64_t key_mark(const Object& object, const record::NameKey& names) {
  const auto hash = [&names](Bytes octets) {
    return blind_hash(names, record::PartitionTag{}, attribute::kValue, octets);
  };
  if (object.material.secret_key) return hash(object.material.secret_key->value().reveal());
  return hash(public_half(object).spki());
}

record::ManifestEntry manifest_entry(const Object& object, const record::NameKey& names) {
  record::ManifestEntry entry{.id = object.id,
                              .version = object.version,
                              .partition = object.partition,
                              .object_class = object.summary.object_class,
                              .key_type = object.summary.key_type,
                              .uses = object.summary.uses,
                              .bits = object.summary.bits,
                              .is_private = object.summary.is_private,
                              .always_authenticate = object.summary.always_authenticate};
  const auto hash = [&](std::uint32_t type) -> std::uint64_t {
    const auto value = object.attributes.find(type);
    return value && !value->empty() ? blind_hash(names, object.partition, type, *value) : 0;
  };
  entry.id_hash = hash(attribute::kId);
  entry.label_hash = hash(attribute::kLabel);
  entry.subject_hash = hash(attribute::kSubject);
  return entry;
}

wire::ObjectSummary summary_of(const record::ManifestEntry& entry) {
  return {.id = entry.id,
          .object_class = entry.object_class,
          .key_type = entry.key_type,
          .is_token = true,
          .is_private = entry.is_private,
          .always_authenticate = entry.always_authenticate,
          .uses = entry.uses,
          .bits = entry.bits};
}

std::optional<bool> matches_summary(const wire::ObjectSummary& summary, const wire::Attribute& wanted) {
  switch (wanted.type) {
    case attribute::kClass: return number_of(wanted.value) == summary.object_class;
    case attribute::kKeyType:
      return summary.key_type != key_type::kNone && number_of(wanted.value) == summary.key_type;
    case attribute::kToken: return truth_of(wanted.value) == summary.is_token;
    case attribute::kPrivate: return truth_of(wanted.value) == summary.is_private;
    default: break;
  }
  const auto* const use = std::ranges::find(kUses, wanted.type, &Use::attribute);
  if (use == kUses.end()) return std::nullopt;
  const bool is_permitted = (summary.uses & use->flag) != 0;
  // An object without such an attribute looks like one where it is false.
  if (!is_permitted && truth_of(wanted.value) == false) return std::nullopt;
  return truth_of(wanted.value) == is_permitted;
}

}  // namespace coffer::vault
