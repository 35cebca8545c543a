// Key import: a key of the values in a template (C_CreateObject).
#pragma once

#include "base/result.h"
#include "crypto/key.h"
#include "vault/object.h"

namespace coffer::vault {

// is_curve_type tells whether a curve belongs to a CKK_.
bool is_curve_type(crypto::Curve curve, std::uint32_t key_type);

// template_curve gives the curve that CKA_EC_PARAMS names. Fails with template_incomplete where there is no
// such attribute, with attribute_value where it is empty, and with curve_unsupported.
Result<crypto::Curve> template_curve(const wire::Template& attributes, std::uint32_t key_type);

// import_key gives `object` the key that the template holds. Whatever is wrong with a value is
// attribute_value (PKCS#11 3.2, 4.1.1), unless the curve or parameter set is one that the vault has not; what
// lacks is template_incomplete.
Status import_key(const wire::Template& attributes, std::uint32_t object_class, std::uint32_t key_type,
                  Object& object);

}  // namespace coffer::vault
