// PBKDF2 (RFC 8018, 5.2). No gate: operation.h is the public door.
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// derive_pbkdf2 stretches a password with parameters.hash, salt and number (iterations) to output_bytes.
Result<SecretBytes> derive_pbkdf2(Bytes password, const Parameters& parameters);

}  // namespace coffer::crypto
