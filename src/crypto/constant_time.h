// Arithmetic on secrets without branches: masks instead of conditions.
#pragma once

#include <cstdint>

namespace coffer::crypto {

// A mask is 0 for false and all ones for true.
using Mask = std::uint32_t;

// hide keeps the compiler from turning mask arithmetic back into a branch.
inline Mask hide(Mask value) {
  __asm__("" : "+r"(value));
  return value;
}

// mask_of_top spreads the top bit of `value`.
inline Mask mask_of_top(std::uint32_t value) { return hide(0U - (value >> 31U)); }

// mask_is_zero tells whether value == 0.
inline Mask mask_is_zero(std::uint32_t value) { return mask_of_top(~value & (value - 1U)); }

// mask_less tells whether a < b; both are below 2^31.
inline Mask mask_less(std::uint32_t a, std::uint32_t b) { return mask_of_top(a - b); }

}  // namespace coffer::crypto
