// ECDSA over P-256, P-384 and P-521 with signatures as r || s (FIPS 186-5, 6.4). No gate: operation.h is the
// door.
#pragma once

#include "crypto/key_handle.h"

namespace coffer::crypto {

// kEcdsaDigestBytesMax bounds a bare digest: longer input is surely a message that somebody forgot to digest.
inline constexpr std::size_t kEcdsaDigestBytesMax = 66;

// sign_ecdsa signs a digest (its leftmost bits) and returns the size, twice the width of the curve.
Result<std::size_t> sign_ecdsa(const PrivateKey::Handle& key, Bytes digest, MutableBytes signature);
Status verify_ecdsa(const PublicKey::Handle& key, Bytes digest, Bytes signature);

// raw_from_der turns the DER of ECDSA-Sig-Value (RFC 3279, 2.2.3) into r || s; false when it is malformed.
bool raw_from_der(Bytes der, MutableBytes raw);

// der_from_raw does the opposite; `der` has room for raw.size() + 9 octets. It returns the size.
std::size_t der_from_raw(Bytes raw, MutableBytes der);

}  // namespace coffer::crypto
