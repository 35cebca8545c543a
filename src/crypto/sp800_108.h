// SP 800-108: key derivation with a PRF, in counter, feedback and double-pipeline mode, with the input put
// together as PKCS#11 lets the caller say. No gate: operation.h is the public door.
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// derive_sp800_108 gives parameters.output_bytes. The PRF is HMAC under parameters.hash with a generic
// secret, or AES-CMAC (Hash::none) with an AES key.
Result<SecretBytes> derive_sp800_108(const SecretKey& key, const Mechanism& mechanism,
                                     const Parameters& parameters);

}  // namespace coffer::crypto
