// Deadline: the moment after which a blocking call gives up.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace coffer::host {

// Deadline is a point on the steady clock, or never. It is taken once and handed down, so that a call made of
// many system calls ends on time. A plain value.
class Deadline {
 public:
  static Deadline after(std::chrono::milliseconds span) {
    return Deadline(std::chrono::steady_clock::now() + span);
  }
  static Deadline never() { return Deadline(std::chrono::steady_clock::time_point::max()); }

  [[nodiscard]] bool is_never() const { return at_ == std::chrono::steady_clock::time_point::max(); }

  // remaining is what is left, zero when the deadline has passed. Do not ask a deadline that is never().
  [[nodiscard]] std::chrono::nanoseconds remaining() const {
    return std::max(std::chrono::nanoseconds{0},
                    std::chrono::nanoseconds(at_ - std::chrono::steady_clock::now()));
  }

  // sooner_of is the one of two that comes first.
  static Deadline sooner_of(Deadline a, Deadline b) { return Deadline(std::min(a.at_, b.at_)); }

  // poll_milliseconds is the timeout for poll(2), rounded up; -1 stands for never.
  [[nodiscard]] int poll_milliseconds() const {
    if (is_never()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(remaining()).count();
    return static_cast<int>(std::min<decltype(left)>(left, std::numeric_limits<int>::max()));
  }

 private:
  explicit Deadline(std::chrono::steady_clock::time_point at) : at_(at) {}
  std::chrono::steady_clock::time_point at_;
};

}  // namespace coffer::host
