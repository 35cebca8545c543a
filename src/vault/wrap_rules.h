// Wrap rules: which key may leave under which other key, and what comes back. They exist so that no sequence
// of calls gives a user the octets of a sensitive key (docs/key-protection.md).
#pragma once

#include <cstdint>
#include <mutex>

#include "base/result.h"
#include "crypto/mechanism.h"
#include "vault/object.h"

namespace coffer::vault {

// may_decrypt tells whether who holds a session may have the plaintext of all that was encrypted to this key.
// What a key that must not decrypt unwraps comes back whole and protected, or not at all.
bool may_decrypt(const Object& object);

// wraps_only tells whether a key can be nothing but a wrapping key: an AES key that was generated here to
// wrap and unwrap and for nothing else, and never was extractable. It is decided once, at its birth; neither
// it nor a copy of it ever gains another use.
bool wraps_only(const Object& object);

// note_birth marks a new key that wraps only.
void note_birth(Object& object);

// check_uses refuses a change, or a copy, that would let a key be used for more than it was born for, or for
// more than now when somebody relies on that: it is trusted by the security officer, or cannot be modified.
Status check_uses(const Object& before, const Object& after);

// check_trust refuses to mark a key CKA_TRUSTED that others may know, or that does more than wrap
// (attribute_read_only). What the security officer imports as trusted is his to answer for.
Status check_trust(const Object& before, const Object& after);

// Strength of authentication, in bits, and what makes it weaker. SP 800-38D, appendix C: each 16 octets more
// let one forgery more succeed among 2^tag.
inline constexpr std::uint32_t kWrapTagBits = 128;
inline constexpr std::uint32_t kUnwrapTagBitsMin = 96;  // other programs wrap with 96 bits
inline constexpr std::size_t kWrapAssociatedBytesMax = 8192;

// TagRule tells wrapping from unwrapping.
enum class TagRule : std::uint8_t { wrap, unwrap };

// check_parameters refuses short tags, much associated data, and initial values of one key wrapping that
// could be those of the other (mechanism_parameter).
Status check_parameters(const crypto::Mechanism& mechanism, const wire::Parameters& parameters, TagRule rule);

// WrapNonces gives the nonces of GCM when keys are wrapped: no two are the same as long as the chip runs, and
// two starts meet with a chance of 2^-64 in as many wraps (96 random bits each would meet after 2^48). Safe
// from many threads.
class WrapNonces {
 public:
  // next gives 12 octets or more, at most wire::kNonceBytesMax.
  Result<Buffer> next(std::size_t bytes);

 private:
  std::mutex mutex_;
  Buffer base_;  // the last one, at full length
};

// Nonce says who chose the nonce of an authenticated cipher.
enum class Nonce : std::uint8_t { callers, chips };

// with_template adds what a key demands of the keys that come out of it (CKA_UNWRAP_TEMPLATE,
// CKA_DERIVE_TEMPLATE: `type`) to the template of such a key. Both must live as long as the result. Fails
// with template_inconsistent when they contradict each other.
Result<wire::Template> with_template(const Object& parent, std::uint32_t type, const wire::Template& given);

// check_wrap decides whether `key` may leave under `wrapping`. Fails with attribute_sensitive (not
// extractable), not_found (CKA_WRAP_TEMPLATE does not match), mechanism_parameter (a nonce that the vault
// must choose) and action_prohibited: the key does not leave so, whatever the mechanism.
Status check_wrap(const Object& wrapping, const Object& key, const crypto::Mechanism& mechanism, Nonce nonce);

// check_unwrap decides whether a key may unwrap with a mechanism (key_use).
Status check_unwrap(const Object& unwrapping, const crypto::Mechanism& mechanism);

// check_unwrapped refuses a new key that would be weaker than the one that was wrapped can have been
// (template_inconsistent), and adds the protection that it inherits. `key_type` is the new key's.
Status check_unwrapped(const Object& unwrapping, std::uint32_t key_type, Object& key);

// check_unwrapped_length refuses a length (CKA_VALUE_LEN) that is not the wrapped key's
// (template_inconsistent). Only who may decrypt anyway cuts.
Status check_unwrapped_length(const Object& unwrapping, std::uint64_t unwrapped_bytes,
                              std::uint64_t wanted_bytes);

// check_unwrapped_key refuses a protected key that is too short: key_size, or where the caller might learn of
// a padding from that, as a wrong ciphertext is.
Status check_unwrapped_key(const Object& unwrapping, const Object& key);

}  // namespace coffer::vault
