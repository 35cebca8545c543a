// UnwrapDelays: whoever hands in wrong ciphertexts to be unwrapped waits, longer each time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "base/clock.h"
#include "base/result.h"
#include "record/who.h"

namespace coffer::vault {

inline constexpr std::uint32_t kFreeUnwraps = 10;
inline constexpr std::uint64_t kUnwrapDelayMillisecondsMax = 60'000;

// unwrap_delay_milliseconds is the wait after so many wrong ciphertexts: none for ten, then 100 ms, twice as
// long each time, at most a minute. The key itself is never locked.
constexpr std::uint64_t unwrap_delay_milliseconds(std::uint32_t failures) {
  if (failures <= kFreeUnwraps) return 0;
  std::uint64_t delay = 100;
  for (std::uint32_t i = kFreeUnwraps + 1; i < failures && delay < kUnwrapDelayMillisecondsMax; ++i)
    delay *= 2;
  return delay < kUnwrapDelayMillisecondsMax ? delay : kUnwrapDelayMillisecondsMax;
}

// KeyMark tells keys by their octets, so that copies of a key are one (key_mark in object.h).
using KeyMark = std::uint64_t;

// UnwrapDelays counts wrong ciphertexts by user and key. A count is forgotten an hour after the last of them.
// It lives as long as the chip: forging takes 2^80 tries even without it, so a restart gains nobody anything.
// Safe from many threads.
class UnwrapDelays {
 public:
  // A user's further keys share one count, so that a flood of keys buys no tries and costs nobody else any.
  static constexpr std::size_t kKeysOfUserMax = 256;
  static constexpr std::size_t kUsersMax = 4096;

  explicit UnwrapDelays(const Clock& clock) : clock_(clock) {}

  // check fails with `too_fast` while the wait lasts.
  [[nodiscard]] Status check(const record::Who& who, KeyMark key);
  // failed is called when a ciphertext was wrong.
  void failed(const record::Who& who, KeyMark key);

 private:
  struct Failures {
    std::uint32_t count = 0;
    std::uint64_t last = 0;  // boot milliseconds
  };
  using OfUser = std::map<KeyMark, Failures>;

  void forget_old();  // called with the mutex

  const Clock& clock_;
  std::mutex mutex_;  // guards all below
  std::map<record::Who, OfUser> users_;
};

}  // namespace coffer::vault
