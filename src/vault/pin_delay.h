// PinDelays: who typed several wrong PINs waits before the next one is looked at.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "wire/messages.h"

namespace coffer::vault {

// pin_delay_milliseconds is the wait after so many wrong PINs: none for four, then one second more for each.
constexpr std::uint64_t pin_delay_milliseconds(std::uint8_t failures) {
  constexpr std::uint8_t kFreeTries = 4;
  return failures <= kFreeTries ? 0 : std::uint64_t{1000} * (failures - kFreeTries);
}

// PinPlace is whose PIN: the token, and a word that no other identity of it has.
using PinPlace = std::pair<wire::ObjectId, std::string>;

// PinDelays knows when a wrong PIN was typed last. After a restart of the chip all waits begin anew, so
// starting it again helps nobody. Safe from many threads; the caller holds the token's pin_mutex.
class PinDelays {
 public:
  explicit PinDelays(const Clock& clock) : clock_(clock), started_(clock.boot_milliseconds()) {}

  // check fails with `throttled` while the wait after `failures` wrong PINs lasts.
  [[nodiscard]] Status check(const PinPlace& place, std::uint8_t failures) const;
  // begin is called when a PIN was wrong.
  void begin(const PinPlace& place);

 private:
  const Clock& clock_;
  const std::uint64_t started_;  // boot milliseconds, as those below
  mutable std::mutex mutex_;     // guards all below
  std::map<PinPlace, std::uint64_t> begun_;
};

}  // namespace coffer::vault
