// PinDelays: who typed several wrong PINs waits before the next one is looked at.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "record/who.h"
#include "wire/messages.h"

namespace coffer::vault {

inline constexpr std::uint64_t kFreePinTries = 4;
inline constexpr std::uint64_t kPinDelayMillisecondsMax = 60'000;

// pin_delay_milliseconds is the wait after so many wrong PINs: none for those that are free, then one second
// more for each, at most a minute.
constexpr std::uint64_t pin_delay_milliseconds(std::uint64_t failures, std::uint64_t free = kFreePinTries) {
  return failures <= free ? 0 : std::min(1000 * (failures - free), kPinDelayMillisecondsMax);
}

// PinPlace is whose tries wait: those of a principal for a PIN of a token; without a word, for any PIN of it.
struct PinPlace {
  wire::ObjectId token{};
  record::Who who;
  std::string word{};  // that no other PIN of the token has

  auto operator<=>(const PinPlace&) const = default;
};

// PinDelays knows when a wrong PIN was typed last, and how many wrong ones the owner took off the count.
// After a restart of the chip all waits begin anew, so starting it again helps nobody; what was taken off is
// forgotten then. Safe from many threads.
class PinDelays {
 public:
  explicit PinDelays(const Clock& clock) : clock_(clock), started_(clock.boot_milliseconds()) {}

  // check fails with `throttled` while the wait after `failures` wrong PINs, and those that were taken off,
  // lasts.
  [[nodiscard]] Status check(const PinPlace& place, std::uint64_t failures,
                             std::uint64_t free = kFreePinTries) const;
  // take_turn fails with `throttled` until the wait after so many wrong PINs of all is over, which begins
  // when `place` asks first, and anew for each of its tries. Nobody's tries make others wait longer.
  [[nodiscard]] Status take_turn(const PinPlace& place, std::uint64_t failures, std::uint64_t free);
  // begin is called when a PIN was wrong.
  void begin(const PinPlace& place);
  // keep is called when so many wrong PINs were taken off the count, though none was right.
  void keep(const PinPlace& place, std::uint8_t failures);
  // end is called when a PIN was right.
  void end(const PinPlace& place);
  // end_all is called when it is another one now: nobody waits any more.
  void end_all(const PinPlace& place_of_anybody);

 private:
  void forget_over(std::uint64_t now);

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
