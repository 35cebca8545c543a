// Derivation: what C_DeriveKey may do with a base key, so that no derived key is weaker than its base.
//
// A one-way derivation (HKDF, SP 800-108, TLS, ECDH, a digest) says nothing about its base: PKCS#11 lets the
// template decide how the result is protected. Concatenation, XOR and extraction leave octets of the base in
// the result, and encryption of data would undo what the base key wrapped or encrypted; there the result is
// at least as protected as the base.
//
// Octets of a protected key also leak when they are cut into pieces short enough to guess, by using each
// piece; so do ciphertexts. So a piece has at least kPieceBytesMin octets; and a key that holds octets which
// an application chose (it is mixed) is never cut, because nobody knows any more where its secret part is.
// docs/decisions.md.
#pragma once

#include <span>

#include "crypto/operation.h"
#include "vault/object.h"

namespace coffer::vault {

inline constexpr std::size_t kPieceBytesMin = 16;

// heritage_of gives what a key derived from `bases` with the mechanism takes over.
Heritage heritage_of(const crypto::Mechanism& mechanism, std::span<const Object* const> bases);

// check_pieces refuses a derivation that would cut protected bases wrongly (key_size, key_use), or would copy
// a wrapping key to one that may decrypt (key_use).
Status check_pieces(const crypto::Mechanism& mechanism, std::span<const Object* const> bases,
                    std::size_t value_bytes, std::size_t data_bytes);

}  // namespace coffer::vault
