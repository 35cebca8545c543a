// Holder check: whether a public key can be the key of one person. Of one that everybody has the private half
// of, or nobody can have, a signature tells nothing.
#pragma once

#include "crypto/key.h"

namespace coffer::crypto {

// check_holder refuses (attribute_value) keys that nobody has generated for himself: an Ed25519 point of
// small order; an RSA modulus that is prime, or all ones, or has a factor below 2^16; an RSA exponent of 2^16
// or less (FIPS 186-5, A.1.1). That a point is on its curve was seen when the key was made. It takes about as
// long as an RSA signature, for RSA keys.
Status check_holder(const PublicKey& key);

// kHeldRsaBitsMax is what check_rsa_holder() looks at: more than a PublicKey may have, since these keys are
// certified and never used here. One of 16,384 bits takes about a second.
inline constexpr std::size_t kHeldRsaBitsMax = 16384;

// check_rsa_holder does the same to the numbers of an RSA key, big-endian. Fails with `key_size` beyond
// kHeldRsaBitsMax, and where the exponent has more than 64 bits.
Status check_rsa_holder(Bytes modulus, Bytes exponent);

}  // namespace coffer::crypto
