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

// read_template checks a template and views it as wire::Template; the views live as long as the application's
// memory. Fails with `invalid` for a missing array, `template_inconsistent` for more than
// wire::kAttributesMax attributes, `attribute_unknown` for a type that is no 32-bit number or holds a
// template of its own, and `attribute_value` for a missing or too long value.
Result<wire::Template> read_template(const CK_ATTRIBUTE* attributes, CK_ULONG count);

// template_bool finds a CK_BBOOL; nothing when it is absent or not one octet.
std::optional<bool> template_bool(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type);

// template_ulong finds a CK_ULONG; nothing when it is absent, of another size, or larger than 32 bits.
std::optional<std::uint32_t> template_ulong(const wire::Template& attributes, CK_ATTRIBUTE_TYPE type);

// is_readable_type says whether an attribute can be asked for: a 32-bit type whose value is not a template.
bool is_readable_type(CK_ATTRIBUTE_TYPE type);

// write_attribute writes one attribute back as C_GetAttributeValue wants it: the length, or
// CK_UNAVAILABLE_INFORMATION and the reason as the answer.
Answer write_attribute(const wire::AttributeValue& value, CK_ATTRIBUTE& attribute);

}  // namespace coffer::pkcs11
