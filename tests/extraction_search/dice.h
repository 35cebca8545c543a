// Dice: numbers that follow from a seed (SplitMix64), the same with every library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace coffer::extraction {

// Dice gives the numbers.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31U);
  }
  // below gives a number below `count`, which is not 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(roll() % count); }
  // percent is true that often.
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <typename T>
  const T& pick(std::span<const T> values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace coffer::extraction
