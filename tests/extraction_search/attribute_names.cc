// Attribute names: the rows.
#include "tests/extraction_search/attribute_names.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "codec/binary.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;
namespace c = vault::object_class;
namespace k = vault::key_type;

constexpr auto kNames = std::to_array<AttributeName>({
    {a::kClass, "CKA_CLASS", ValueShape::object_class},
    {a::kToken, "CKA_TOKEN", ValueShape::truth},
    {a::kPrivate, "CKA_PRIVATE", ValueShape::truth},
    {a::kLabel, "CKA_LABEL", ValueShape::octets},
    {a::kValue, "CKA_VALUE", ValueShape::octets},
    {a::kTrusted, "CKA_TRUSTED", ValueShape::truth},
    {a::kCheckValue, "CKA_CHECK_VALUE", ValueShape::octets},
    {a::kKeyType, "CKA_KEY_TYPE", ValueShape::key_type},
    {a::kId, "CKA_ID", ValueShape::octets},
    {a::kSensitive, "CKA_SENSITIVE", ValueShape::truth},
    {a::kEncrypt, "CKA_ENCRYPT", ValueShape::truth},
    {a::kDecrypt, "CKA_DECRYPT", ValueShape::truth},
    {a::kWrap, "CKA_WRAP", ValueShape::truth},
    {a::kUnwrap, "CKA_UNWRAP", ValueShape::truth},
    {a::kSign, "CKA_SIGN", ValueShape::truth},
    {a::kSignRecover, "CKA_SIGN_RECOVER", ValueShape::truth},
    {a::kVerify, "CKA_VERIFY", ValueShape::truth},
    {a::kVerifyRecover, "CKA_VERIFY_RECOVER", ValueShape::truth},
    {a::kDerive, "CKA_DERIVE", ValueShape::truth},
    {a::kModulus, "CKA_MODULUS", ValueShape::octets},
    {a::kModulusBits, "CKA_MODULUS_BITS", ValueShape::number},
    {a::kPublicExponent, "CKA_PUBLIC_EXPONENT", ValueShape::octets},
    {a::kPrivateExponent, "CKA_PRIVATE_EXPONENT", ValueShape::octets},
    {a::kPrime1, "CKA_PRIME_1", ValueShape::octets},
    {a::kPrime2, "CKA_PRIME_2", ValueShape::octets},
    {a::kExponent1, "CKA_EXPONENT_1", ValueShape::octets},
    {a::kExponent2, "CKA_EXPONENT_2", ValueShape::octets},
    {a::kCoefficient, "CKA_COEFFICIENT", ValueShape::octets},
    {a::kPublicKeyInfo, "CKA_PUBLIC_KEY_INFO", ValueShape::octets},
    {a::kValueLen, "CKA_VALUE_LEN", ValueShape::number},
    {a::kExtractable, "CKA_EXTRACTABLE", ValueShape::truth},
    {a::kLocal, "CKA_LOCAL", ValueShape::truth},
    {a::kNeverExtractable, "CKA_NEVER_EXTRACTABLE", ValueShape::truth},
    {a::kAlwaysSensitive, "CKA_ALWAYS_SENSITIVE", ValueShape::truth},
    {a::kModifiable, "CKA_MODIFIABLE", ValueShape::truth},
    {a::kCopyable, "CKA_COPYABLE", ValueShape::truth},
    {a::kEcParams, "CKA_EC_PARAMS", ValueShape::octets},
    {a::kEcPoint, "CKA_EC_POINT", ValueShape::octets},
    {a::kWrapWithTrusted, "CKA_WRAP_WITH_TRUSTED", ValueShape::truth},
    {a::kParameterSet, "CKA_PARAMETER_SET", ValueShape::number},
    {a::kEncapsulate, "CKA_ENCAPSULATE", ValueShape::truth},
    {a::kDecapsulate, "CKA_DECAPSULATE", ValueShape::truth},
    {a::kSeed, "CKA_SEED", ValueShape::octets},
    {a::kWrapTemplate, "CKA_WRAP_TEMPLATE", ValueShape::nested},
    {a::kUnwrapTemplate, "CKA_UNWRAP_TEMPLATE", ValueShape::nested},
    {a::kDeriveTemplate, "CKA_DERIVE_TEMPLATE", ValueShape::nested},
    {a::kAllowedMechanisms, "CKA_ALLOWED_MECHANISMS", ValueShape::mechanisms},
});

constexpr auto kClasses = std::to_array<NamedNumber>(
    {{c::kData, "data"}, {c::kPublicKey, "public"}, {c::kPrivateKey, "private"}, {c::kSecretKey, "secret"}});

constexpr auto kTypes = std::to_array<NamedNumber>({{k::kRsa, "rsa"},
                                                    {k::kEc, "ec"},
                                                    {k::kGenericSecret, "generic"},
                                                    {k::kDes3, "des3"},
                                                    {k::kAes, "aes"},
                                                    {k::kSha1Hmac, "sha1-hmac"},
                                                    {k::kSha256Hmac, "sha256-hmac"},
                                                    {k::kSha512Hmac, "sha512-hmac"},
                                                    {k::kChaCha20, "chacha20"},
                                                    {k::kAesXts, "aes-xts"},
                                                    {k::kEdwards, "edwards"},
                                                    {k::kMontgomery, "montgomery"},
                                                    {k::kHkdf, "hkdf"},
                                                    {k::kMlKem, "ml-kem"},
                                                    {k::kMlDsa, "ml-dsa"},
                                                    {k::kSlhDsa, "slh-dsa"}});

Buffer number_octets(std::uint64_t value) {
  Buffer written;
  codec::BinaryWriter writer(written);
  CHECK(writer(value).ok());
  return written;
}

}  // namespace

std::span<const AttributeName> attribute_names() { return kNames; }

const AttributeName* find_attribute_name(std::uint32_t type) {
  const auto* row = std::ranges::find(kNames, type, &AttributeName::type);
  return row != kNames.end() ? row : nullptr;
}

const AttributeName* find_attribute_name(std::string_view name) {
  const auto* row = std::ranges::find(kNames, name, &AttributeName::name);
  return row != kNames.end() ? row : nullptr;
}

std::span<const NamedNumber> class_names() { return kClasses; }
std::span<const NamedNumber> key_type_names() { return kTypes; }

Setting truth(std::uint32_t type, bool value) {
  return {.type = type, .value = Buffer(1, static_cast<std::uint8_t>(value)), .inner = {}};
}

Setting number(std::uint32_t type, std::uint64_t value) {
  return {.type = type, .value = number_octets(value), .inner = {}};
}

Setting octets(std::uint32_t type, Bytes value) {
  return {.type = type, .value = to_buffer(value), .inner = {}};
}

Setting mechanisms(std::uint32_t type, std::span<const std::uint32_t> numbers) {
  Setting made{.type = type, .value = {}, .inner = {}};
  for (const std::uint32_t each : numbers) append(made.value, number_octets(each));
  return made;
}

Setting nested(std::uint32_t type, Settings inner) {
  return {.type = type, .value = {}, .inner = std::move(inner)};
}

std::uint64_t number_in(Bytes value, std::size_t at) {
  std::uint64_t read = 0;
  for (std::size_t i = 0; i < sizeof read && at + i < value.size(); ++i) {
    read |= std::uint64_t{value[at + i]} << (8U * i);
  }
  return read;
}

const Setting* find_setting(const Settings& settings, std::uint32_t type) {
  const auto found = std::ranges::find(settings, type, &Setting::type);
  return found != settings.end() ? &*found : nullptr;
}

}  // namespace coffer::extraction
