// Templates: reading and writing CK_ATTRIBUTE arrays (PKCS#11 3.0, 4.1).
#include "pkcs11/template.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "codec/binary.h"
#include "wire/wrap_messages.h"

namespace coffer::pkcs11 {

namespace {

// Values of these are arrays of CK_ATTRIBUTE, pointers and all: they mean nothing outside the application.
constexpr CK_ATTRIBUTE_TYPE kNested[] = {CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE,
                                         CKA_ENCAPSULATE_TEMPLATE, CKA_DECAPSULATE_TEMPLATE};

bool is_nested(CK_ATTRIBUTE_TYPE type) { return std::ranges::find(kNested, type) != std::end(kNested); }

const wire::Attribute* find(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type) {
  const auto found = std::ranges::find(attributes, type, &wire::Attribute::type);
  return found == attributes.end() ? nullptr : &*found;
}

Result<wire::Attribute> read_attribute(const CK_ATTRIBUTE& attribute) {
  if (!is_readable_type(attribute.type)) return Error{Code::attribute_unknown, "unknown attribute type"};
  if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) {
    return Error{Code::attribute_value, "an attribute's length is no length"};
  }
  if (attribute.ulValueLen > wire::kAttributeBytesMax) {
    return Error{Code::limit, "an attribute is longer than its limit"};
  }
  if (attribute.pValue == nullptr && attribute.ulValueLen != 0) {
    return Error{Code::attribute_value, "an attribute has a length and no value"};
  }
  return wire::Attribute{static_cast<std::uint32_t>(attribute.type),
                         Bytes{static_cast<const std::uint8_t*>(attribute.pValue), attribute.ulValueLen}};
}

// Reads the attributes of a template inside a template, and writes them as the wire has them.
Result<Buffer> read_nested(const CK_ATTRIBUTE& attribute) {
  constexpr Error kWrong{Code::attribute_value, "a template inside a template makes no sense"};
  const CK_ULONG count = attribute.ulValueLen / sizeof(CK_ATTRIBUTE);
  if (attribute.ulValueLen % sizeof(CK_ATTRIBUTE) != 0 || count > wire::kAttributesMax ||
      (attribute.pValue == nullptr && count != 0)) {
    return kWrong;
  }
  wire::NestedTemplate inner;
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_ATTRIBUTE each{};
    std::memcpy(&each, static_cast<const CK_BYTE*>(attribute.pValue) + i * sizeof each, sizeof each);
    if (is_nested(each.type)) return kWrong;
    inner.attributes.push_back(TRY(read_attribute(each)));
  }
  return codec::encode(inner);
}

// Writes a template into the array that the application prepared, or tells the size of that array.
Answer write_nested(const wire::AttributeValue& value, CK_ATTRIBUTE& attribute) {
  const auto inner = codec::decode<wire::NestedTemplate>(value.value);
  if (!inner.ok()) {
    attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return CKR_DEVICE_ERROR;
  }
  const wire::Template& attributes = inner.value().attributes;
  const CK_ULONG needed = attributes.size() * sizeof(CK_ATTRIBUTE);
  const bool fits = attribute.pValue != nullptr && attribute.ulValueLen >= needed;
  const bool is_short = attribute.pValue != nullptr && !fits;
  attribute.ulValueLen = is_short ? CK_UNAVAILABLE_INFORMATION : needed;
  if (is_short) return CKR_BUFFER_TOO_SMALL;
  if (!fits) return {};
  Answer worst;
  auto* target = static_cast<CK_ATTRIBUTE*>(attribute.pValue);
  for (const wire::Attribute& each : attributes) {
    target->type = each.type;
    const Answer written =
        write_attribute({each.type, wire::AttributeState::present, to_buffer(each.value)}, *target);
    if (worst.ok()) worst = written;
    ++target;
  }
  return worst;
}

}  // namespace

bool is_readable_type(CK_ATTRIBUTE_TYPE type) { return type <= std::numeric_limits<std::uint32_t>::max(); }

Result<OwnedTemplate> read_template(const CK_ATTRIBUTE* attributes, CK_ULONG count) {
  if (count == 0) return OwnedTemplate{};
  if (attributes == nullptr) return Error{Code::invalid, "a template has a count and no attributes"};
  if (count > wire::kAttributesMax)
    return Error{Code::template_inconsistent, "a template has too many attributes"};
  OwnedTemplate result;
  result.view.reserve(count);
  for (CK_ULONG i = 0; i < count; ++i) {
    if (is_nested(attributes[i].type)) {
      result.nested.push_back(TRY(read_nested(attributes[i])));
      result.view.push_back({static_cast<std::uint32_t>(attributes[i].type), result.nested.back()});
    } else {
      result.view.push_back(TRY(read_attribute(attributes[i])));
    }
  }
  return result;
}

std::optional<bool> template_bool(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type) {
  const wire::Attribute* attribute = find(attributes, type);
  if (attribute == nullptr || attribute->value.size() != sizeof(CK_BBOOL)) return std::nullopt;
  return attribute->value[0] != CK_FALSE;
}

std::optional<std::uint32_t> template_ulong(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type) {
  const wire::Attribute* attribute = find(attributes, type);
  if (attribute == nullptr || attribute->value.size() != sizeof(CK_ULONG)) return std::nullopt;
  CK_ULONG value = 0;
  std::memcpy(&value, attribute->value.data(), sizeof(value));
  if (value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

Answer write_attribute(const wire::AttributeValue& value, CK_ATTRIBUTE& attribute) {
  if (value.state != wire::AttributeState::present) {
    attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return value.state == wire::AttributeState::sensitive ? CKR_ATTRIBUTE_SENSITIVE
                                                          : CKR_ATTRIBUTE_TYPE_INVALID;
  }
  if (is_nested(value.type)) return write_nested(value, attribute);
  if (attribute.pValue == nullptr) {
    attribute.ulValueLen = value.value.size();
    return {};
  }
  if (attribute.ulValueLen < value.value.size()) {
    attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return CKR_BUFFER_TOO_SMALL;
  }
  if (!value.value.empty()) std::memcpy(attribute.pValue, value.value.data(), value.value.size());
  attribute.ulValueLen = value.value.size();
  return {};
}

}  // namespace coffer::pkcs11
