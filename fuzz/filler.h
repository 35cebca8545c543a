// Filler: messages with something in every field, for the corpus and for the golden traces.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/binary.h"

namespace coffer::fuzzing {

// encoded writes a structure, secrets included.
template <typename T>
Buffer encoded(const T& value) {
  Buffer octets;
  codec::encode_secret_into(value, octets);
  return octets;
}

// Filler is a visitor that gives every field of a structure something to say.
class Filler {
 public:
  template <codec::Integer T>
  Status operator()(T& value) {
    value = 1;
    return {};
  }
  Status operator()(bool& value) {
    value = true;
    return {};
  }
  template <typename T>
    requires std::is_enum_v<T>
  Status operator()(T& /*value*/) {
    return {};
  }
  template <std::size_t N>
  Status operator()(std::array<std::uint8_t, N>& value) {
    value.fill(0x11);
    return {};
  }
  Status operator()(Bytes& value, std::size_t /*bytes_max*/) {
    value = as_bytes("data");
    return {};
  }
  Status operator()(Buffer& value, std::size_t /*bytes_max*/) {
    value = to_buffer(as_bytes("octets"));
    return {};
  }
  Status operator()(std::string& value, std::size_t /*bytes_max*/) {
    value = "text";
    return {};
  }
  Status operator()(SecretBytes& value, std::size_t /*bytes_max*/) {
    value = SecretBytes::copy_of(as_bytes("secret"));
    return {};
  }
  template <std::size_t N>
  Status operator()(Secret<N>& value) {
    std::ranges::fill(value.reveal(), std::uint8_t{0x11});
    return {};
  }
  template <codec::Structure T>
  Status operator()(T& value) {
    return T::fields(*this, value);
  }
  template <typename T>
  Status operator()(std::optional<T>& value) {
    return (*this)(value.emplace());
  }
  template <typename T, typename... Limits>
  Status operator()(std::vector<T>& list, std::size_t /*count_max*/, Limits... limits)
    requires(!std::same_as<T, std::uint8_t>)
  {
    TRY((*this)(list.emplace_back(), limits...));
    return (*this)(list.emplace_back(), limits...);
  }
};

template <typename T>
T filled() {
  T value{};
  Filler filler;
  CHECK(T::fields(filler, value).ok());
  return value;
}

}  // namespace coffer::fuzzing
