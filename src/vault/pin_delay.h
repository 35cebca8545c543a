// PinDelays: who typed several wrong PINs waits before the next one is looked at.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "wire/messages.h"

namespace coffer::vault {

// pin_delay_milliseconds is the wait after so many wrong PINs: none for four, then one second more for each,
// at most a minute.
constexpr std::uint64_t pin_delay_milliseconds(std::uint64_t failures) {
  constexpr std::uint64_t kFreeTries = 4;
  constexpr std::uint64_t kSecondsMax = 60;
  return failures <= kFreeTries ? 0 : std::uint64_t{1000} * std::min(failures - kFreeTries, kSecondsMax);
}

// PinPlace is whose PIN: the token, and a word that no other identity of it has.
using PinPlace = std::pair<wire::ObjectId, std::string>;

// PinDelays knows when a wrong PIN was typed last, and how many wrong ones the owner took off the count.
// After a restart of the chip all waits begin anew, so starting it again helps nobody; what was taken off is
// forgotten then. Safe from many threads.
class PinDelays {
 public:
  explicit PinDelays(const Clock& clock) : clock_(clock), started_(clock.boot_milliseconds()) {}

  // check fails with `throttled` while the wait after `failures` wrong PINs, and those that were taken off,
  // lasts.
  [[nodiscard]] Status check(const PinPlace& place, std::uint8_t failures) const;
  // begin is called when a PIN was wrong.
  void begin(const PinPlace& place);
  // keep is called when so many wrong PINs were taken off the count, though none was right.
  void keep(const PinPlace& place, std::uint8_t failures);
  // end is called when a PIN was right, or is another one now.
  void end(const PinPlace& place);

 private:
  struct Wait {
    std::uint64_t begun = 0;
    std::uint64_t failures_kept = 0;
  };

  const Clock& clock_;
  const std::uint64_t started_;  // boot milliseconds, as those below
  mutable std::mutex mutex_;     // guards all below
  std::map<PinPlace, Wait> waits_;
};

}  // namespace coffer::vault
