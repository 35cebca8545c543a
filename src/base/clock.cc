// SystemClock: CLOCK_REALTIME and CLOCK_BOOTTIME.
#include "base/clock.h"

#include <ctime>

namespace coffer {

namespace {

std::uint64_t read_milliseconds(clockid_t which) {
  timespec time{};
  clock_gettime(which, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1000U +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000000U;
}

}  // namespace

std::uint64_t SystemClock::wall_milliseconds() const { return read_milliseconds(CLOCK_REALTIME); }

std::uint64_t SystemClock::boot_milliseconds() const { return read_milliseconds(CLOCK_BOOTTIME); }

}  // namespace coffer
