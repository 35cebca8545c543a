// Key agreement and derivation: ECDH, X25519, X448, the KDFs behind them, HKDF. No gate: operation.h is the
// public door.
#pragma once

#include <string_view>

#include "crypto/key_handle.h"
#include "crypto/operation.h"

namespace coffer::crypto {

// check_output is for every derivation whose output is as long as the template says: none is a template that
// lacks CKA_VALUE_LEN (template_incomplete), and more than `bytes_max` a key that cannot be (key_size).
Status check_output(std::size_t bytes, std::size_t bytes_max);

// agree computes the shared secret with a peer's public point: the x coordinate (SP 800-56A, 5.7.1.2), or
// X25519 (RFC 7748, 6.1). A point that is not on the curve, and an all-zero result, are refused
// (mechanism_parameter).
Result<SecretBytes> agree(const PrivateKey::Handle& key, Bytes peer);

// derive_ecdh is agree() and what `parameters` asks to be done with the result.
Result<SecretBytes> derive_ecdh(const PrivateKey::Handle& key, const Parameters& parameters);

// derive_hkdf is RFC 5869 with either step left out on request.
Result<SecretBytes> derive_hkdf(Bytes key, const Parameters& parameters);

}  // namespace coffer::crypto
