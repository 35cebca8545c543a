// FieldWriter: encodes a message straight into memory that somebody else owns, such as a slot of the ring.
//
// codec::SecretWriter appends to a Buffer; a request of megabytes would then be copied once more on its way
// into the shared memory. The encoding is the same (codec/binary.h), and message_list_test.cc proves it.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"
#include "base/secret.h"
#include "codec/binary.h"

namespace coffer::wire {

// SizeSink counts octets.
struct SizeSink {
  std::size_t bytes = 0;
  void put(const void* /*octets*/, std::size_t count) { bytes += count; }
};

// MemorySink writes octets to memory that was sized with SizeSink.
struct MemorySink {
  MutableBytes rest;
  void put(const void* octets, std::size_t count) {
    CHECK(count <= rest.size());
    if (count > 0) std::memcpy(rest.data(), octets, count);
    rest = rest.subspan(count);
  }
};

// FieldWriter is the encoding visitor over a message's fields, secret ones included. It never fails.
template <typename Sink>
class FieldWriter {
 public:
  explicit FieldWriter(Sink& sink) : sink_(sink) {}

  template <codec::Integer T>
  Status operator()(const T& value) {
    std::array<std::uint8_t, sizeof(T)> octets{};
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      octets[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8U * i));
    }
    sink_.put(octets.data(), octets.size());
    return {};
  }
  Status operator()(const bool& value) { return (*this)(static_cast<std::uint8_t>(value ? 1 : 0)); }
  template <typename T>
    requires std::is_enum_v<T>
  Status operator()(const T& value) {
    return (*this)(static_cast<std::underlying_type_t<T>>(value));
  }
  template <std::size_t N>
  Status operator()(const std::array<std::uint8_t, N>& value) {
    sink_.put(value.data(), N);
    return {};
  }
  template <std::size_t N>
  Status operator()(const Secret<N>& value) {
    sink_.put(value.reveal().data(), N);
    return {};
  }

  Status operator()(const Bytes& value, std::size_t /*bytes_max*/) { return put(value); }
  Status operator()(const Buffer& value, std::size_t /*bytes_max*/) { return put(value); }
  Status operator()(const std::string& value, std::size_t /*bytes_max*/) { return put(as_bytes(value)); }
  Status operator()(const std::string_view& value, std::size_t /*bytes_max*/) { return put(as_bytes(value)); }
  Status operator()(const SecretBytes& value, std::size_t /*bytes_max*/) { return put(value.reveal()); }

  template <typename T>
    requires requires(const T& in, FieldWriter& writer) { T::fields(writer, in); }
  Status operator()(const T& value) {
    return T::fields(*this, value);
  }
  template <typename T>
  Status operator()(const std::optional<T>& value) {
    TRY((*this)(value.has_value()));
    return value.has_value() ? (*this)(*value) : Status{};
  }
  template <typename T, typename... ElementLimit>
    requires(!std::is_same_v<T, std::uint8_t> && sizeof...(ElementLimit) <= 1)
  Status operator()(const std::vector<T>& list, std::size_t /*count_max*/, ElementLimit... bytes_max) {
    TRY((*this)(static_cast<std::uint32_t>(list.size())));
    for (const T& element : list) TRY((*this)(element, bytes_max...));
    return {};
  }

 private:
  Status put(Bytes value) {
    TRY((*this)(static_cast<std::uint32_t>(value.size())));
    sink_.put(value.data(), value.size());
    return {};
  }

  Sink& sink_;
};

// encoded_bytes tells how many octets write_fields() will write.
template <typename T>
std::size_t encoded_bytes(const T& message) {
  SizeSink sink;
  FieldWriter<SizeSink> writer(sink);
  CHECK(writer(message).ok());
  return sink.bytes;
}

// write_fields encodes a message to the front of `memory`, which must have room for encoded_bytes() of it,
// and tells how many octets it wrote. The message may hold secrets: the caller owns the wiping.
template <typename T>
std::size_t write_fields(const T& message, MutableBytes memory) {
  MemorySink sink{memory};
  FieldWriter<MemorySink> writer(sink);
  CHECK(writer(message).ok());
  return memory.size() - sink.rest.size();
}

}  // namespace coffer::wire
