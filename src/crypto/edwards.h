// Ed25519 (RFC 8032, 5.1), pure: the message itself is signed. No gate: operation.h is the public door.
#pragma once

#include "crypto/key_handle.h"

namespace coffer::crypto {

inline constexpr std::size_t kEd25519SignatureBytes = 64;

Result<std::size_t> sign_ed25519(const PrivateKey::Handle& key, Bytes message, MutableBytes signature);
Status verify_ed25519(const PublicKey::Handle& key, Bytes message, Bytes signature);

// on_ed25519 tells whether 32 octets decode to a point of the curve (RFC 8032, 5.1.3).
bool on_ed25519(Bytes point);

}  // namespace coffer::crypto
