// What one-shot operations, streams and batches share: who may pass, and the step after the digest. For
// crypto/ only.
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// admit finds the mechanism, checks that it has the use and fits the key, and runs its self-test.
Result<const Mechanism*> admit(const Parameters& parameters, std::uint32_t wanted_use, KeyType key);

// check_sign_parameters refuses what may be verified but no longer signed.
Status check_sign_parameters(const Mechanism& mechanism, const Parameters& parameters);

// check_bare_digest bounds what ECDSA signs (data_length).
Status check_bare_digest(const Mechanism& mechanism, Bytes prepared);

// sign_prepared and verify_prepared take the digest of the data, or the data where the mechanism has no hash.
Result<std::size_t> sign_prepared(const PrivateKey& key, const Mechanism& mechanism,
                                  const Parameters& parameters, Bytes prepared, MutableBytes signature);
Status verify_prepared(const PublicKey& key, const Mechanism& mechanism, const Parameters& parameters,
                       Bytes prepared, Bytes signature);

}  // namespace coffer::crypto
