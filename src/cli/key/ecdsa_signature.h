// ECDSA signatures: r || s, as PKCS#11 writes them, and Ecdsa-Sig-Value in DER (RFC 3279, 2.2.3), as others
// do.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::cli {

// ecdsa_to_der turns r || s, two numbers of the same size, into DER.
Buffer ecdsa_to_der(Bytes raw);

// ecdsa_from_der turns DER into r || s of `number_bytes` octets each. Fails with `malformed`.
Result<Buffer> ecdsa_from_der(Bytes der, std::size_t number_bytes);

}  // namespace coffer::cli
