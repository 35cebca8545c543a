// Settled clock: watches how far the wall clock is before the machine's own.
#include "vault/settled_clock.h"

#include <algorithm>

namespace coffer::vault {

SettledClock::SettledClock(const Clock& clock)
    : clock_(clock),
      lead_(clock.wall_milliseconds() - clock.boot_milliseconds()),
      lead_since_(clock.boot_milliseconds()) {}

bool SettledClock::is_settled() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t boot = clock_.boot_milliseconds();
  const std::uint64_t lead = clock_.wall_milliseconds() - boot;
  if (std::min(lead - lead_, lead_ - lead) > kClockSlackMilliseconds) {
    lead_ = lead;
    lead_since_ = boot;
  }
  return boot - lead_since_ >= kClockSettlesMilliseconds;
}

}  // namespace coffer::vault
