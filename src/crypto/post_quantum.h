// ML-DSA (FIPS 204) and SLH-DSA (FIPS 205) signatures, pure and prehashed; ML-KEM (FIPS 203). No gate:
// operation.h is the public door.
#pragma once

#include "crypto/key_handle.h"
#include "crypto/operation.h"

namespace coffer::crypto {

// check_post_quantum_parameters bounds the context and the variant, and refuses a hash that has no place in a
// prehashed signature (mechanism_parameter).
Status check_post_quantum_parameters(const Mechanism& mechanism, const Parameters& parameters);

// sign_post_quantum signs a message, or its digest where the mechanism is a prehashed one. SLH-DSA signatures
// are verified before they are given out: one made by a faulty machine would let others be forged.
Result<std::size_t> sign_post_quantum(const PrivateKey::Handle& key, const Mechanism& mechanism,
                                      const Parameters& parameters, Bytes prepared, MutableBytes signature);
Status verify_post_quantum(const PublicKey::Handle& key, const Mechanism& mechanism,
                           const Parameters& parameters, Bytes prepared, Bytes signature);

// encapsulate_with is encapsulate with the random `coins` given (32 octets), or new ones when they are empty.
Result<Encapsulation> encapsulate_with(const PublicKey::Handle& key, Bytes coins);
Result<SecretBytes> decapsulate(const PrivateKey::Handle& key, Bytes ciphertext);

}  // namespace coffer::crypto
