// Derivation: what C_DeriveKey may do with a base key, and what the new key takes over from it.
//
// A one-way derivation (HKDF, SP 800-108, TLS, ECDH, a digest) says nothing about its base: PKCS#11 lets the
// template decide how the result is protected, unless the base has a CKA_DERIVE_TEMPLATE. A linear one
// (concatenation, XOR, extraction) leaves octets of the base in the result, and whoever may run it reads the
// base piece by piece, however long the pieces are; so it needs a base that was born for it, or that may be
// read anyway. Encryption of data would undo what the base key encrypted; it needs the same permission, and
// its result is as protected as the base. docs/key-protection.md.
#pragma once

#include <span>

#include "crypto/operation.h"
#include "vault/object.h"

namespace coffer::vault {

// check_derivation refuses a linear derivation, or an encryption of data, of a base that was not born for it,
// and the half of HKDF with which whoever has it computes what the whole derives under a template that
// demands protection (key_use).
Status check_derivation(const crypto::Mechanism& mechanism, const crypto::Parameters& parameters,
                        std::span<const Object* const> bases);

// heritage_of gives what a key derived from `bases` with the mechanism takes over.
Heritage heritage_of(const crypto::Mechanism& mechanism, std::span<const Object* const> bases);

// check_heritage refuses a template that gives up what the base keys insist on (template_inconsistent).
Status check_heritage(const Heritage& heritage, const wire::Template& attributes);

// check_inherited_length refuses a derived key of a length that would give octets of another one away
// (key_size), or is not what CKA_DERIVE_TEMPLATE names (template_inconsistent): keys of different lengths
// from one derivation begin alike, and a MAC takes a key that ends in zeros for the shorter one.
Status check_inherited_length(const Heritage& heritage, std::size_t value_bytes);

}  // namespace coffer::vault
