// Wrap rules: which key may leave under which other key, and what comes back. They exist so that no sequence
// of calls gives a user the octets of a sensitive key (docs/decisions.md, "Sensitive keys leave ...").
#pragma once

#include <cstdint>

#include "base/result.h"
#include "crypto/mechanism.h"
#include "vault/object.h"

namespace coffer::vault {

// wraps_only tells whether a key can be nothing but a wrapping key: an AES key that was generated here to
// wrap and unwrap and for nothing else, and never was extractable. It is decided once, at its birth; neither
// it nor a copy of it ever gains another use.
bool wraps_only(const Object& object);

// note_birth marks a new key that wraps only.
void note_birth(Object& object);

// check_uses refuses a change, or a copy, that would let a key be used for more than before when somebody
// relies on it: it wraps only, is trusted by the security officer, or cannot be modified.
Status check_uses(const Object& before, const Object& after);

// Nonce says who chose the nonce of an authenticated cipher.
enum class Nonce : std::uint8_t { callers, chips };

// with_template adds what a key demands of the keys that come out of it (CKA_UNWRAP_TEMPLATE,
// CKA_DERIVE_TEMPLATE: `type`) to the template of such a key. Both must live as long as the result. Fails
// with template_inconsistent when they contradict each other.
Result<wire::Template> with_template(const Object& parent, std::uint32_t type, const wire::Template& given);

// check_wrap decides whether `key` may leave under `wrapping`. Fails with attribute_sensitive (not
// extractable), not_found (CKA_WRAP_TEMPLATE does not match), key_use (a mechanism that this wrapping key
// must not run) and action_prohibited (any other reason why this key is not wrapped so).
Status check_wrap(const Object& wrapping, const Object& key, const crypto::Mechanism& mechanism, Nonce nonce);

// check_unwrap decides whether a key may unwrap with a mechanism (key_use).
Status check_unwrap(const Object& unwrapping, const crypto::Mechanism& mechanism);

// check_unwrapped refuses a new key that would be weaker than the one that was wrapped can have been
// (template_inconsistent), and adds the protection that it inherits.
Status check_unwrapped(const Object& unwrapping, Object& key);

}  // namespace coffer::vault
