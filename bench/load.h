// Load: several threads that repeat one operation for a given time, and how long each repetition took.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace coffer::bench {

// Latencies counts durations in steps of about 1 %.
class Latencies {
 public:
  void add(std::uint64_t nanoseconds);
  void add_all(const Latencies& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // quantile gives the duration that `share` (0 to 1) of all do not exceed, in microseconds.
  [[nodiscard]] double quantile(double share) const;

 private:
  static constexpr std::size_t kStepBits = 6;  // steps in each power of two: 64
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;

  static std::size_t index_of(std::uint64_t nanoseconds);
  static double middle_of(std::size_t index);

  std::array<std::uint32_t, (64 - kStepBits + 1) * kSteps> counts_{};
  std::uint64_t count_ = 0;
};

// Operation does one piece of work, and ends the program when it fails.
using Operation = std::function<void()>;

// Load says how much to ask for.
struct Load {
  unsigned threads = 1;
  double seconds = 1;
};

// Measured is what came of a load. Only what ended inside the measured time counts; a tenth of it comes
// before, as a warm-up.
struct Measured {
  double seconds = 0;
  Latencies latencies;

  [[nodiscard]] double per_second() const { return static_cast<double>(latencies.count()) / seconds; }
};

// run calls `make` once for each thread, one after the other, and lets the threads repeat what it gave them.
Measured run(const Load& load, const std::function<Operation(unsigned thread)>& make);

// print writes one line of JSON to standard output.
void print(std::string_view operation, const Load& load, const Measured& measured);

}  // namespace coffer::bench
