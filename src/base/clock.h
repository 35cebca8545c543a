// Clock: the time, as an interface so that tests can fix it.
#pragma once

#include <cstdint>

namespace coffer {

// Timestamp is seconds since 1970-01-01T00:00:00Z, as certificates count them.
using Timestamp = std::uint64_t;

// Clock tells the time. Implementations are safe to call from many threads at once.
class Clock {
 public:
  virtual ~Clock() = default;
  // wall_milliseconds is milliseconds since 1970 UTC; somebody may set it back.
  [[nodiscard]] virtual std::uint64_t wall_milliseconds() const = 0;
  // boot_milliseconds never goes back while the machine runs, and counts suspended time (CLOCK_BOOTTIME).
  [[nodiscard]] virtual std::uint64_t boot_milliseconds() const = 0;
  [[nodiscard]] Timestamp now() const { return wall_milliseconds() / 1000; }
};

// SystemClock is the kernel's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t wall_milliseconds() const override;
  [[nodiscard]] std::uint64_t boot_milliseconds() const override;
};

}  // namespace coffer
