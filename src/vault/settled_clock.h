// Settled clock: whether the wall clock can be believed when something is to be destroyed because of it.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace coffer::vault {

// kClockSettlesMilliseconds is how long the wall clock must have run undisturbed. A clock that is wrong when
// the machine starts, or that somebody sets wrongly, is usually put right within that time.
inline constexpr std::uint64_t kClockSettlesMilliseconds = 3'600'000;
inline constexpr std::uint64_t kClockSlackMilliseconds = 60'000;  // corrections that are not noticed

// SettledClock is safe from many threads.
class SettledClock final {
 public:
  explicit SettledClock(const Clock& clock);

  // is_settled tells whether the wall clock has kept pace with the machine's own for long enough: since this
  // was made, or since the question that noticed that it had been set.
  [[nodiscard]] bool is_settled();

 private:
  const Clock& clock_;
  std::mutex mutex_;              // guards all below
  std::uint64_t lead_ = 0;        // of the wall clock before the machine's, in milliseconds, modulo 2^64
  std::uint64_t lead_since_ = 0;  // boot milliseconds
};

}  // namespace coffer::vault
