// UnwrapDelays: whoever hands in wrong ciphertexts to be unwrapped waits, longer each time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "wire/messages.h"

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

// UnwrapDelays counts wrong ciphertexts by user and key. A count is forgotten an hour after the last of them.
// It lives as long as the chip: forging takes 2^80 tries even without it, so a restart gains nobody anything.
// Safe from many threads.
class UnwrapDelays {
 public:
  explicit UnwrapDelays(const Clock& clock) : clock_(clock) {}

  // check fails with `too_fast` while the wait lasts.
  [[nodiscard]] Status check(std::uint32_t uid, const wire::ObjectId& key);
  // failed is called when a ciphertext was wrong.
  void failed(std::uint32_t uid, const wire::ObjectId& key);

 private:
  using Place = std::pair<std::uint32_t, wire::ObjectId>;
  struct Failures {
    std::uint32_t count = 0;
    std::uint64_t last = 0;  // boot milliseconds
  };

  Place place_of(std::uint32_t uid, const wire::ObjectId& key) const;

  const Clock& clock_;
  std::mutex mutex_;  // guards all below
  std::map<Place, Failures> failures_;
};

}  // namespace coffer::vault
