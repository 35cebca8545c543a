// RandomCheck: the continuous check on random output. For crypto/ only.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace coffer::crypto {

// RandomCheck compares each block of 16 octets with the one before it, across calls. Two equal ones in a row
// happen once in 2^128 by chance, so they mean that the generator is stuck.
class RandomCheck final {
 public:
  static constexpr std::size_t kBlockBytes = 16;

  // accept takes in output (the whole blocks of it); false when a block repeats its predecessor.
  bool accept(Bytes output);

 private:
  using Block = std::array<std::uint64_t, 2>;
  Block last_{};
};

// random_is_broken tells whether the check has ever failed in this process.
bool random_is_broken();

}  // namespace coffer::crypto
