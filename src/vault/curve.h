// Curves as PKCS#11 writes them: CKA_EC_PARAMS (an object identifier or a curve name in DER) and
// CKA_EC_POINT.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/mechanism.h"

namespace coffer::vault {

// curve_of reads CKA_EC_PARAMS; Code::curve_unsupported for what the vault does not know.
Result<crypto::Curve> curve_of(Bytes ec_params);

// ec_params_of is what CKA_EC_PARAMS says of a curve: its object identifier.
Bytes ec_params_of(crypto::Curve curve);

// octet_string wraps octets as a DER OCTET STRING, the form of CKA_EC_POINT (PKCS#11 3.0, EC 2.3.3
// and 2.3.5).
Buffer octet_string(Bytes content);

// point_of takes CKA_EC_POINT, or the public data of a derivation, as a DER OCTET STRING or, as some callers
// write it, a BIT STRING or the bare point.
Bytes point_of(crypto::Curve curve, Bytes ec_point);

}  // namespace coffer::vault
