// What PKCS#11 makes of a key's own octets: concatenation, XOR, extraction, digest, encryption of data
// (PKCS#11 3.0, 2.16, 2.20-2.29, 2.43). No gate: operation.h is the public door.
//
// Except the digest and the encryption, the results hold octets of the key itself: vault/derivation.h keeps
// them from being cut so short that they could be guessed.
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// derive_octets gives parameters.output_bytes, or all there is for 0 (EXTRACT_KEY_FROM_KEY: as many as the
// key has). Fails with key_size when there is less than wanted.
Result<SecretBytes> derive_octets(const SecretKey& key, const Mechanism& mechanism,
                                  const Parameters& parameters);

}  // namespace coffer::crypto
