// Attributes: the table of PKCS#11 attributes, the checks of a template, and the sorted set of an object.
#include "vault/attribute.h"

#include <algorithm>
#include <array>

#include "codec/binary.h"

namespace coffer::vault {

namespace {

constexpr std::uint8_t kSetAny = right::kCreate | right::kGenerate | right::kModify | right::kCopy;
constexpr std::uint8_t kSetOnce = right::kCreate | right::kGenerate | right::kCopy;
// What bounds a key's use for good: a copy must not get rid of it.
constexpr std::uint8_t kSetAtBirth = right::kCreate | right::kGenerate;
constexpr std::uint8_t kSecretPart = right::kCreate | right::kSecret;

// PKCS#11 3.0: common attributes 4.4-4.6, certificates 4.6, keys 4.7-4.10, RSA 2.1, EC 2.3.
constexpr auto kAttributes = std::to_array<AttributeRow>({
    // type                 shape            classes                  rights     where nobody says it
    {0x000 /*CLASS*/, Shape::number, in_class::kAny, right::kCreate | right::kGenerate},
    {0x001 /*TOKEN*/, Shape::truth, in_class::kAny, kSetOnce},
    {0x002 /*PRIVATE*/, Shape::truth, in_class::kAny, kSetOnce},
    {0x003 /*LABEL*/, Shape::octets, in_class::kAny, kSetAny, Otherwise::empty},
    {0x004 /*UNIQUE_ID*/, Shape::octets, in_class::kAny, right::kComputed},
    {0x010 /*APPLICATION*/, Shape::octets, in_class::kData, kSetAny, Otherwise::empty},
    {0x011 /*VALUE*/, Shape::octets, in_class::kAny, right::kCreate},
    {0x012 /*OBJECT_ID*/, Shape::octets, in_class::kData, kSetAny, Otherwise::empty},
    {0x080 /*CERTIFICATE_TYPE*/, Shape::number, in_class::kCertificate, right::kCreate},
    {0x081 /*ISSUER*/, Shape::octets, in_class::kCertificate, kSetAny, Otherwise::empty},
    {0x082 /*SERIAL_NUMBER*/, Shape::octets, in_class::kCertificate, kSetAny, Otherwise::empty},
    {0x086 /*TRUSTED*/, Shape::truth, in_class::kCertificate | in_class::kPublic | in_class::kSecret,
     right::kCreate | right::kGenerate | right::kModify, Otherwise::no},
    {0x087 /*CERTIFICATE_CATEGORY*/, Shape::number, in_class::kCertificate, right::kCreate, Otherwise::zero},
    {0x088 /*JAVA_MIDP_SECURITY_DOMAIN*/, Shape::number, in_class::kCertificate, right::kCreate,
     Otherwise::zero},
    {0x089 /*URL*/, Shape::octets, in_class::kCertificate, right::kCreate, Otherwise::empty},
    {0x08A /*HASH_OF_SUBJECT_PUBLIC_KEY*/, Shape::octets, in_class::kCertificate, right::kCreate,
     Otherwise::empty},
    {0x08B /*HASH_OF_ISSUER_PUBLIC_KEY*/, Shape::octets, in_class::kCertificate, right::kCreate,
     Otherwise::empty},
    {0x08C /*NAME_HASH_ALGORITHM*/, Shape::number, in_class::kCertificate, right::kCreate, Otherwise::sha_1},
    {0x090 /*CHECK_VALUE*/, Shape::octets, in_class::kCertificate | in_class::kSecret,
     right::kCreate | right::kGenerate | right::kModify | right::kComputed, Otherwise::empty},
    {0x100 /*KEY_TYPE*/, Shape::number, in_class::kKeys, right::kCreate | right::kGenerate},
    {0x101 /*SUBJECT*/, Shape::octets, in_class::kCertificate | in_class::kPublic | in_class::kPrivate,
     kSetAny, Otherwise::empty},
    {0x102 /*ID*/, Shape::octets, in_class::kCertificate | in_class::kKeys, kSetAny, Otherwise::empty},
    {0x103 /*SENSITIVE*/, Shape::truth, in_class::kPrivate | in_class::kSecret, kSetAny},
    {0x104 /*ENCRYPT*/, Shape::truth, in_class::kPublic | in_class::kSecret, kSetAny, Otherwise::no},
    {0x105 /*DECRYPT*/, Shape::truth, in_class::kPrivate | in_class::kSecret, kSetAny, Otherwise::no},
    {0x106 /*WRAP*/, Shape::truth, in_class::kPublic | in_class::kSecret, kSetAny, Otherwise::no},
    {0x107 /*UNWRAP*/, Shape::truth, in_class::kPrivate | in_class::kSecret, kSetAny, Otherwise::no},
    {0x108 /*SIGN*/, Shape::truth, in_class::kPrivate | in_class::kSecret, kSetAny, Otherwise::no},
    {0x109 /*SIGN_RECOVER*/, Shape::truth, in_class::kPrivate, kSetAny, Otherwise::no},
    {0x10A /*VERIFY*/, Shape::truth, in_class::kPublic | in_class::kSecret, kSetAny, Otherwise::no},
    {0x10B /*VERIFY_RECOVER*/, Shape::truth, in_class::kPublic, kSetAny, Otherwise::no},
    {0x10C /*DERIVE*/, Shape::truth, in_class::kKeys, kSetAny, Otherwise::no},
    {0x110 /*START_DATE*/, Shape::date, in_class::kCertificate | in_class::kKeys, kSetAny, Otherwise::empty},
    {0x111 /*END_DATE*/, Shape::date, in_class::kCertificate | in_class::kKeys, kSetAny, Otherwise::empty},
    {0x120 /*MODULUS*/, Shape::octets, in_class::kPublic | in_class::kPrivate,
     right::kCreate | right::kComputed},
    {0x121 /*MODULUS_BITS*/, Shape::number, in_class::kPublic, right::kGenerate | right::kComputed},
    {0x122 /*PUBLIC_EXPONENT*/, Shape::octets, in_class::kPublic | in_class::kPrivate,
     right::kCreate | right::kGenerate | right::kComputed},
    {0x123 /*PRIVATE_EXPONENT*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x124 /*PRIME_1*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x125 /*PRIME_2*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x126 /*EXPONENT_1*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x127 /*EXPONENT_2*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x128 /*COEFFICIENT*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x129 /*PUBLIC_KEY_INFO*/, Shape::octets,
     in_class::kCertificate | in_class::kPublic | in_class::kPrivate, right::kCreate | right::kComputed,
     Otherwise::empty},
    {0x161 /*VALUE_LEN*/, Shape::number, in_class::kSecret, right::kGenerate | right::kComputed},
    {0x162 /*EXTRACTABLE*/, Shape::truth, in_class::kPrivate | in_class::kSecret, kSetAny},
    {0x163 /*LOCAL*/, Shape::truth, in_class::kKeys, 0},
    {0x164 /*NEVER_EXTRACTABLE*/, Shape::truth, in_class::kPrivate | in_class::kSecret, 0},
    {0x165 /*ALWAYS_SENSITIVE*/, Shape::truth, in_class::kPrivate | in_class::kSecret, 0},
    {0x166 /*KEY_GEN_MECHANISM*/, Shape::number, in_class::kKeys, 0},
    {0x170 /*MODIFIABLE*/, Shape::truth, in_class::kAny, kSetOnce},
    {0x171 /*COPYABLE*/, Shape::truth, in_class::kAny, kSetAny},
    {0x172 /*DESTROYABLE*/, Shape::truth, in_class::kAny, kSetAny},
    {0x180 /*EC_PARAMS*/, Shape::octets, in_class::kPublic | in_class::kPrivate,
     right::kCreate | right::kGenerate},
    {0x181 /*EC_POINT*/, Shape::octets, in_class::kPublic, right::kCreate | right::kComputed},
    {0x202 /*ALWAYS_AUTHENTICATE*/, Shape::truth, in_class::kPrivate, right::kCreate | right::kGenerate,
     Otherwise::no},
    {0x210 /*WRAP_WITH_TRUSTED*/, Shape::truth, in_class::kPrivate | in_class::kSecret, kSetAny,
     Otherwise::no},
    {0x61D /*PARAMETER_SET*/, Shape::number, in_class::kPublic | in_class::kPrivate,
     right::kCreate | right::kGenerate | right::kComputed},
    // No object was made under a validation that the token could name.
    {0x61E /*OBJECT_VALIDATION_FLAGS*/, Shape::number, in_class::kKeys, 0, Otherwise::zero},
    {0x633 /*ENCAPSULATE*/, Shape::truth, in_class::kPublic, kSetAny, Otherwise::no},
    {0x634 /*DECAPSULATE*/, Shape::truth, in_class::kPrivate, kSetAny, Otherwise::no},
    {0x637 /*SEED*/, Shape::octets, in_class::kPrivate, kSecretPart},
    {0x40000211 /*WRAP_TEMPLATE*/, Shape::nested, in_class::kPublic | in_class::kSecret, kSetAtBirth,
     Otherwise::empty},
    {0x40000212 /*UNWRAP_TEMPLATE*/, Shape::nested, in_class::kPrivate | in_class::kSecret, kSetAtBirth,
     Otherwise::empty},
    {0x40000213 /*DERIVE_TEMPLATE*/, Shape::nested, in_class::kPrivate | in_class::kSecret, kSetAtBirth,
     Otherwise::empty},
    {0x40000600 /*ALLOWED_MECHANISMS*/, Shape::numbers, in_class::kKeys, kSetAtBirth, Otherwise::empty},
    {0x4000062A /*ENCAPSULATE_TEMPLATE*/, Shape::nested, in_class::kPublic, kSetAtBirth, Otherwise::empty},
    {0x4000062B /*DECAPSULATE_TEMPLATE*/, Shape::nested, in_class::kPrivate, kSetAtBirth, Otherwise::empty},
    {0x80434F01 /*COFFER_WRAPS_ONLY*/, Shape::truth, in_class::kSecret, 0},
    {0x80434F03 /*COFFER_CUTTABLE*/, Shape::truth, in_class::kSecret, right::kComputed},
});
static_assert(std::ranges::is_sorted(kAttributes, {}, &AttributeRow::type));
static_assert(std::ranges::adjacent_find(kAttributes, {}, &AttributeRow::type) == kAttributes.end());

constexpr std::size_t kNumberBytes = 8;

std::uint64_t read_number(Bytes value) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < value.size(); ++i) number |= std::uint64_t{value[i]} << (8U * i);
  return number;
}

// is_date tells whether octets are a CK_DATE: year, month and day in digits.
bool is_date(Bytes value) {
  constexpr std::size_t kDateBytes = 8;
  const auto is_digit = [](std::uint8_t octet) { return octet >= '0' && octet <= '9'; };
  if (value.size() != kDateBytes || !std::ranges::all_of(value, is_digit)) return false;
  const int month = (value[4] - '0') * 10 + value[5] - '0';
  const int day = (value[6] - '0') * 10 + value[7] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

Status check_shape(Shape shape, Bytes value);

// check_nested checks a template inside a template: known attributes with values of their shape, nothing
// secret, and no template inside.
Status check_nested(Bytes value) {
  const auto inner = codec::decode<wire::NestedTemplate>(value);
  if (!inner.ok()) return Error{Code::attribute_value, "a template inside a template does not decode"};
  for (const wire::Attribute& each : inner.value().attributes) {
    const AttributeRow* row = find_attribute(each.type);
    if (row == nullptr) return Error{Code::attribute_unknown, "an attribute is not known"};
    if (row->shape == Shape::nested || (row->rights & right::kSecret) != 0 ||
        each.type == attribute::kValue) {
      return Error{Code::attribute_value, "a template inside a template holds no key and no template"};
    }
    TRY(check_shape(row->shape, each.value));
  }
  return {};
}

Status check_shape(Shape shape, Bytes value) {
  bool fits = true;
  switch (shape) {
    case Shape::truth: fits = value.size() == 1 && value[0] <= 1; break;
    case Shape::number: fits = value.size() == kNumberBytes; break;
    case Shape::date: fits = value.empty() || is_date(value); break;
    case Shape::numbers: fits = value.size() % kNumberBytes == 0; break;
    case Shape::nested: return check_nested(value);
    case Shape::octets: break;
  }
  if (!fits) return Error{Code::attribute_value, "an attribute's value has the wrong size or content"};
  return {};
}

std::uint8_t needed_right(Purpose purpose) {
  switch (purpose) {
    case Purpose::create: return right::kCreate;
    case Purpose::generate: return right::kGenerate;
    case Purpose::modify: return right::kModify;
    case Purpose::copy: return right::kCopy;
  }
  return 0;
}

}  // namespace

const AttributeRow* find_attribute(std::uint32_t type) {
  const auto* row = std::ranges::lower_bound(kAttributes, type, {}, &AttributeRow::type);
  return row != kAttributes.end() && row->type == type ? row : nullptr;
}

std::optional<Buffer> default_value(std::uint32_t type, std::uint32_t object_class) {
  constexpr std::uint64_t kSha1 = 0x220;  // CKM_SHA_1
  const AttributeRow* row = find_attribute(type);
  if (row == nullptr || (row->classes & class_bit(object_class)) == 0) return std::nullopt;
  // Of keys it is a part; data and certificates (by CKA_URL) may be without.
  const bool holds_value = object_class == object_class::kData || object_class == object_class::kCertificate;
  if (type == attribute::kValue && holds_value) return Buffer{};
  AttributeSet set;
  switch (row->otherwise) {
    case Otherwise::none: return std::nullopt;
    case Otherwise::empty:
      return row->shape == Shape::nested ? codec::encode(wire::NestedTemplate{}) : Buffer{};
    case Otherwise::no: set.set_truth(type, false); break;
    case Otherwise::zero: set.set_number(type, 0); break;
    case Otherwise::sha_1: set.set_number(type, kSha1); break;
  }
  return to_buffer(set.octets(type));
}

std::uint8_t class_bit(std::uint32_t object_class) {
  switch (object_class) {
    case object_class::kData: return in_class::kData;
    case object_class::kCertificate: return in_class::kCertificate;
    case object_class::kPublicKey: return in_class::kPublic;
    case object_class::kPrivateKey: return in_class::kPrivate;
    case object_class::kSecretKey: return in_class::kSecret;
    default: return 0;
  }
}

std::size_t AttributeSet::value_bytes() const {
  std::size_t bytes = 0;
  for (const Entry& each : entries_) bytes += each.value.size();
  return bytes;
}

std::optional<Bytes> AttributeSet::find(std::uint32_t type) const {
  const auto place = std::ranges::lower_bound(entries_, type, {}, &Entry::type);
  if (place == entries_.end() || place->type != type) return std::nullopt;
  return Bytes(place->value);
}

bool AttributeSet::truth(std::uint32_t type, bool otherwise) const {
  return truth_of(find(type).value_or(Bytes{})).value_or(otherwise);
}

std::optional<std::uint64_t> AttributeSet::number(std::uint32_t type) const {
  return number_of(find(type).value_or(Bytes{}));
}

Bytes AttributeSet::octets(std::uint32_t type) const { return find(type).value_or(Bytes{}); }

void AttributeSet::set(std::uint32_t type, Bytes value) {
  const auto place = std::ranges::lower_bound(entries_, type, {}, &Entry::type);
  if (place != entries_.end() && place->type == type) {
    place->value = to_buffer(value);
  } else {
    entries_.insert(place, Entry{type, to_buffer(value)});
  }
}

void AttributeSet::set_truth(std::uint32_t type, bool value) {
  const std::uint8_t octet = value ? 1 : 0;
  set(type, Bytes(&octet, 1));
}

void AttributeSet::set_number(std::uint32_t type, std::uint64_t value) {
  std::array<std::uint8_t, kNumberBytes> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(value >> (8U * i));
  set(type, octets);
}

void AttributeSet::remove(std::uint32_t type) {
  std::erase_if(entries_, [type](const Entry& entry) { return entry.type == type; });
}

bool AttributeSet::is_in_order() const {
  return std::ranges::is_sorted(entries_, {}, &Entry::type) &&
         std::ranges::adjacent_find(entries_, {}, &Entry::type) == entries_.end();
}

void AttributeSet::set_default(std::uint32_t type, bool value) {
  if (!find(type).has_value()) set_truth(type, value);
}

Status check_template(const wire::Template& attributes, std::uint32_t object_class, Purpose purpose) {
  const std::uint8_t bit = class_bit(object_class);
  if (bit == 0) return Error{Code::attribute_value, "objects of this class cannot be made"};
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const AttributeRow* row = find_attribute(attributes[i].type);
    if (row == nullptr) return Error{Code::attribute_unknown, "an attribute is not known"};
    if ((row->classes & bit) == 0) {
      return Error{Code::template_inconsistent, "an attribute does not belong to this class of object"};
    }
    if ((row->rights & needed_right(purpose)) == 0) {
      return Error{Code::attribute_read_only, "an attribute cannot be set here"};
    }
    TRY(check_shape(row->shape, attributes[i].value));
    for (std::size_t j = 0; j < i; ++j) {
      if (attributes[j].type == attributes[i].type) {
        return Error{Code::template_inconsistent, "an attribute is given twice"};
      }
    }
  }
  return {};
}

Status check_shapes(const wire::Template& attributes) {
  for (const wire::Attribute& each : attributes) {
    if (const AttributeRow* row = find_attribute(each.type)) TRY(check_shape(row->shape, each.value));
  }
  return {};
}

std::optional<Bytes> template_value(const wire::Template& attributes, std::uint32_t type) {
  for (const wire::Attribute& each : attributes) {
    if (each.type == type) return each.value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> template_number(const wire::Template& attributes, std::uint32_t type) {
  return number_of(template_value(attributes, type).value_or(Bytes{}));
}

std::optional<std::uint64_t> number_of(Bytes value) {
  if (value.size() != kNumberBytes) return std::nullopt;
  return read_number(value);
}

std::optional<bool> truth_of(Bytes value) {
  if (value.size() != 1) return std::nullopt;
  return value[0] != 0;
}

}  // namespace coffer::vault
