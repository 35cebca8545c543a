// PIN: what the vault keeps of one. Failures are counted durably before the check (vault/pin_tries.h), and a
// principal's tenth wrong one locks it for that principal.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/primitives.h"
#include "record/ladder.h"

namespace coffer::vault {

inline constexpr std::uint8_t kPinTriesMax = 10;

inline constexpr Error kPinIsWrong{Code::pin_incorrect, "the PIN is not right"};
inline constexpr Error kPinIsLocked{Code::pin_locked, "the PIN is locked"};
inline constexpr Error kPinIsLockedNow{Code::pin_locked, "the PIN is locked now"};

// PinVerifier is what the vault keeps of a PIN: HMAC under the vault's PinKey of the Argon2id-stretched PIN.
struct PinVerifier {
  bool is_set = false;
  std::array<std::uint8_t, 16> salt{};
  crypto::Argon2Cost cost;
  std::array<std::uint8_t, 32> verifier{};
  // Of everybody, from before format 7: the next right PIN ends them (vault/pin_tries.h counts since).
  std::uint8_t failures = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.is_set));
    TRY(visit(in.salt));
    TRY(visit(in.cost));
    TRY(visit(in.verifier));
    return visit(in.failures);
  }
};

// make_verifier stretches a new PIN. Fails with `pin_length` outside wire::kPinBytesMin..Max.
Result<PinVerifier> make_verifier(const record::PinKey& key, const SecretBytes& pin);

// check_pin compares in constant time; it does not count.
Result<bool> check_pin(const record::PinKey& key, const PinVerifier& verifier, const SecretBytes& pin);

// spend_check takes as long as check_pin and finds nothing, for somebody who has no PIN.
Status spend_check(const record::PinKey& key, const SecretBytes& pin);

// tries_left is how many more wrong PINs are borne after so many failures.
constexpr std::uint8_t tries_left(std::uint32_t failures) {
  return static_cast<std::uint8_t>(kPinTriesMax - std::min<std::uint32_t>(failures, kPinTriesMax));
}

}  // namespace coffer::vault
