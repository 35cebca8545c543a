// Templates: CK_ATTRIBUTE arrays of an application, read into wire::Template, and attribute values written
// back.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

// OwnedTemplate is a template that views the application's memory, and owns what could not be taken as it
// was: templates inside the template. It moves, and the views stay valid.
struct OwnedTemplate {
  wire::Template view;
  std::vector<Buffer> nested;
};

// read_template checks a template and views it; the views live as long as the application's memory. Fails
// with `invalid` for a missing array, `template_inconsistent` for more than wire::kAttributesMax attributes,
// `attribute_unknown` for a type that is no 32-bit number, and `attribute_value` for a missing or too long
// value, and for a template inside a template inside a template.
Result<OwnedTemplate> read_template(const CK_ATTRIBUTE* attributes, CK_ULONG count);

// template_bool finds a CK_BBOOL; nothing when it is absent or not one octet.
std::optional<bool> template_bool(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type);

// template_ulong finds a CK_ULONG; nothing when it is absent, of another size, or larger than 32 bits.
std::optional<std::uint32_t> template_ulong(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type);

// is_readable_type says whether an attribute can be asked for: the type is a 32-bit number.
bool is_readable_type(CK_ATTRIBUTE_TYPE type);

// write_attribute writes one attribute back as C_GetAttributeValue wants it: the length, or
// CK_UNAVAILABLE_INFORMATION and the reason as the answer. A template inside goes into the CK_ATTRIBUTE array
// that the application prepared, attribute by attribute.
Answer write_attribute(const wire::AttributeValue& value, CK_ATTRIBUTE& attribute);

}  // namespace coffer::pkcs11
