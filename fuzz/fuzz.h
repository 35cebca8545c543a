// What several fuzz targets need (targets.h lists them).
//
// A target is run by libFuzzer (./check --fuzz), and by a plain replay of fuzz/corpus/NAME in other builds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"
#include "codec/binary.h"

namespace coffer {

namespace fuzzing {

// Input cuts a fuzzer's octets into numbers and pieces. At the end there are zeroes and empty pieces.
class Input {
 public:
  explicit Input(Bytes octets) : rest_(octets) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  template <typename T>
  T number() {
    static_assert(std::is_unsigned_v<T>);
    T value = 0;
    const Bytes octets = take(sizeof(T));
    for (std::size_t i = 0; i < octets.size(); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(octets[i]) << (8U * i)));
    }
    return value;
  }

  // take gives the next `bytes` octets, or what is left.
  Bytes take(std::size_t bytes) {
    const Bytes taken = rest_.first(bytes < rest_.size() ? bytes : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  // piece gives octets with a 16-bit length in front.
  Bytes piece() { return take(number<std::uint16_t>()); }

  Bytes rest() { return std::exchange(rest_, {}); }

 private:
  Bytes rest_;
};

// round_trip decodes one T. What decodes has one spelling only: encoding it gives the same octets.
template <typename T>
Status round_trip(Bytes octets) {
  const T value = TRY(codec::decode<T>(octets));
  Buffer again;
  codec::encode_secret_into(value, again);
  CHECK(equal_public(again, octets));
  return {};
}

}  // namespace fuzzing

}  // namespace coffer
