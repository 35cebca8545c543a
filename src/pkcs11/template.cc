// Templates: reading and writing CK_ATTRIBUTE arrays (PKCS#11 3.0, 4.1).
#include "pkcs11/template.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace coffer::pkcs11 {

namespace {

// Values of these are arrays of CK_ATTRIBUTE, pointers and all: they mean nothing outside the application.
constexpr CK_ATTRIBUTE_TYPE kNested[] = {CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE};

const wire::Attribute* find(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type) {
  const auto found = std::ranges::find(attributes, type, &wire::Attribute::type);
  return found == attributes.end() ? nullptr : &*found;
}

Result<wire::Attribute> read_attribute(const CK_ATTRIBUTE& attribute) {
  if (!is_readable_type(attribute.type)) return Error{Code::attribute_unknown, "unknown attribute type"};
  if (attribute.ulValueLen > wire::kAttributeBytesMax) {
    return Error{Code::attribute_value, "an attribute is longer than its limit"};
  }
  if (attribute.pValue == nullptr && attribute.ulValueLen != 0) {
    return Error{Code::attribute_value, "an attribute has a length and no value"};
  }
  return wire::Attribute{static_cast<std::uint32_t>(attribute.type),
                         Bytes{static_cast<const std::uint8_t*>(attribute.pValue), attribute.ulValueLen}};
}

}  // namespace

bool is_readable_type(CK_ATTRIBUTE_TYPE type) {
  return type <= std::numeric_limits<std::uint32_t>::max() &&
         std::ranges::find(kNested, type) == std::end(kNested);
}

Result<wire::Template> read_template(const CK_ATTRIBUTE* attributes, CK_ULONG count) {
  if (count == 0) return wire::Template{};
  if (attributes == nullptr) return Error{Code::invalid, "a template has a count and no attributes"};
  if (count > wire::kAttributesMax)
    return Error{Code::template_inconsistent, "a template has too many attributes"};
  wire::Template result;
  result.reserve(count);
  for (CK_ULONG i = 0; i < count; ++i) result.push_back(TRY(read_attribute(attributes[i])));
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
