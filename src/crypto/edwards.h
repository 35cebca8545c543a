// EdDSA: Ed25519 and Ed448, pure, with a context, or of the digest of the message (RFC 8032). No gate:
// operation.h is the public door.
#pragma once

#include "crypto/key_handle.h"
#include "crypto/operation.h"

namespace coffer::crypto {

inline constexpr std::size_t kEd25519SignatureBytes = 64;

// check_edwards_parameters bounds the context (mechanism_parameter).
Status check_edwards_parameters(const Parameters& parameters);

// is_plain_ed25519 tells whether this is Ed25519 without a context, which the multi-buffer code makes.
bool is_plain_ed25519(Curve curve, const Parameters& parameters);

// sign_edwards signs `message` with the context and variant of `parameters`. Ed25519 without a context is
// Ed25519 itself, not Ed25519ctx with an empty one.
Result<std::size_t> sign_edwards(const PrivateKey::Handle& key, const Parameters& parameters, Bytes message,
                                 MutableBytes signature);
Status verify_edwards(const PublicKey::Handle& key, const Parameters& parameters, Bytes message,
                      Bytes signature);

// on_edwards tells whether octets decode to a point of Ed25519 or Ed448 (RFC 8032, 5.1.3 and 5.2.3).
bool on_edwards(Curve curve, Bytes point);

}  // namespace coffer::crypto
