// FixedClock: the time of tests.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace coffer {

// FixedClock stands still until a test moves it.
class FixedClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t wall_milliseconds() const override { return wall_; }
  [[nodiscard]] std::uint64_t boot_milliseconds() const override { return boot_; }
  void advance(std::uint64_t milliseconds) {
    wall_ += milliseconds;
    boot_ += milliseconds;
  }
  // set_wall is somebody who sets the clock.
  void set_wall(Timestamp seconds) { wall_ = seconds * 1000; }

 private:
  std::atomic<std::uint64_t> wall_ = 1'800'000'000'000;
  std::atomic<std::uint64_t> boot_ = 1'000'000;
};

}  // namespace coffer
