// error_text: the table from codes to words.
#include "wire/error_text.h"

#include <array>
#include <cstddef>

namespace coffer::wire {

namespace {

// The position is the number of the Code.
constexpr auto kTexts = std::to_array<std::string_view>({
    "ok",
    "an argument makes no sense",
    "the message does not decode",
    "the policy forbids it",
    "no such thing",
    "the name is taken",
    "not supported",
    "the vault is locked",
    "not initialized",
    "too many failures: wait",
    "the chip is not available",
    "the deadline passed",
    "a limit would be exceeded",
    "the disk is full",
    "a sealed record does not verify",
    "the store is older than it was",
    "internal error of the chip",
    "a self-test failed",
    "somebody else changed it first",
    "the PIN is wrong",
    "the PIN is locked",
    "the PIN has a wrong length",
    "the PIN is not set",
    "not logged in",
    "already logged in",
    "another user is logged in",
    "no such slot",
    "no such session",
    "the session is read-only",
    "a session is open",
    "the mechanism is not known or not allowed",
    "a parameter of the mechanism is wrong",
    "the key's type does not fit the mechanism",
    "the key may not be used for this",
    "the key's size is out of range",
    "the data is wrong",
    "the data has a wrong length",
    "the ciphertext is wrong",
    "the ciphertext has a wrong length",
    "the signature is wrong",
    "the signature has a wrong length",
    "the attribute is read-only",
    "the attribute is sensitive",
    "the attribute is unknown",
    "the attribute has a wrong value",
    "the template lacks an attribute",
    "the template contradicts itself",
    "no such operation",
    "the object's attributes forbid it",
    "the curve is not supported",
    "more requests than the token's policy permits",
});
static_assert(kTexts.size() == static_cast<std::size_t>(Code::too_fast) + 1);

}  // namespace

std::string_view error_text(Code code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kTexts.size() ? kTexts[index] : "unknown error of the chip";
}

Error error_from_wire(std::uint16_t code) {
  if (code == 0 || code >= kTexts.size()) return Error{Code::internal, "the chip answered an unknown code"};
  return Error::received(static_cast<Code>(code), error_text(static_cast<Code>(code)));
}

}  // namespace coffer::wire
