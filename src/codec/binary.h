// Coffer's own binary encoding: the wire messages, the sealed records, the store broker's messages.
//
// A structure lists its fields once, in order, in `static Status fields(auto& visit, auto& in)`; encoding and
// decoding are visitors over that list. Integers are little-endian and of fixed width; octet strings and
// lists carry a u32 length or count in front; an optional has a u8 (0 or 1) in front. docs/formats.md has
// examples.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::codec {

class BinaryReader;
class BinaryWriter;

// Structure is a type that lists its fields.
template <typename T>
concept Structure = requires(T& in, BinaryReader& reader) {
  { T::fields(reader, in) } -> std::same_as<Status>;
};

template <typename T>
concept Integer = std::unsigned_integral<T> && !std::same_as<T, bool>;

// BinaryReader decodes fields from a view. Every way to be wrong is Code::malformed. Views (Bytes) that it
// hands out point into the input and live as long as it.
class BinaryReader {
 public:
  explicit BinaryReader(Bytes input) : rest_(input) {}

  template <Integer T>
  Status operator()(T& value) {
    std::uint64_t wide = 0;
    TRY(number(wide, sizeof(T)));
    value = static_cast<T>(wide);
    return {};
  }

  Status operator()(bool& value);

  // An enumeration is checked by is_valid(T), found by argument-dependent lookup beside the enumeration.
  template <typename T>
    requires std::is_enum_v<T>
  Status operator()(T& value) {
    std::underlying_type_t<T> number{};
    TRY((*this)(number));
    value = static_cast<T>(number);
    if (!is_valid(value)) return Error{Code::malformed, "a number is outside its enumeration"};
    return {};
  }

  template <std::size_t N>
  Status operator()(std::array<std::uint8_t, N>& value) {
    return fixed(value);
  }

  template <std::size_t N>
  Status operator()(Secret<N>& value) {
    return fixed(value.reveal());
  }

  Status operator()(Bytes& value, std::size_t bytes_max);
  Status operator()(Buffer& value, std::size_t bytes_max);
  Status operator()(std::string& value, std::size_t bytes_max);
  Status operator()(std::string_view& value, std::size_t bytes_max);
  Status operator()(SecretBytes& value, std::size_t bytes_max);

  template <Structure T>
  Status operator()(T& value) {
    return T::fields(*this, value);
  }

  template <typename T>
  Status operator()(std::optional<T>& value) {
    bool present = false;
    TRY((*this)(present));
    if (!present) {
      value.reset();
      return {};
    }
    return (*this)(value.emplace());
  }

  // A list of structures or integers. Memory is bounded by the input: an element takes at least one octet.
  template <typename T>
    requires(Structure<T> || Integer<T> || std::is_enum_v<T> ||
             requires(T t) {
               t.data();
               t.size();
             })
  Status operator()(std::vector<T>& list, std::size_t count_max)
    requires(!std::same_as<T, std::uint8_t>)
  {
    const std::uint32_t count = TRY(count_of(count_max));
    list.clear();
    list.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) TRY((*this)(list.emplace_back()));
    return {};
  }

  // A list of texts or octet strings, each with its own limit.
  template <typename T>
  Status operator()(std::vector<T>& list, std::size_t count_max, std::size_t bytes_max)
    requires(std::same_as<T, std::string> || std::same_as<T, Buffer> || std::derived_from<T, BearerBytes>)
  {
    const std::uint32_t count = TRY(count_of(count_max));
    list.clear();
    list.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) TRY((*this)(list.emplace_back(), bytes_max));
    return {};
  }

  [[nodiscard]] Bytes rest() const { return rest_; }

 private:
  // number reads `bytes` octets, least significant first.
  Status number(std::uint64_t& value, std::size_t bytes);
  Status fixed(MutableBytes value);
  // count_of reads the number of elements that follow; what cannot fit into the input is refused.
  Result<std::uint32_t> count_of(std::size_t count_max);
  Result<Bytes> take(std::size_t bytes_max);

  Bytes rest_;
};

// BinaryWriter appends fields to a Buffer. It cannot write secrets: a structure with a secret field does not
// compile with it. What is made to be handed out (BearerSecret, BearerBytes) is the exception: who writes it
// wipes the buffer. Limits are the reader's business, so writing never fails.
class BinaryWriter {
 public:
  explicit BinaryWriter(Buffer& output) : output_(output) {}

  template <Integer T>
  Status operator()(const T& value) {
    return number(static_cast<std::uint64_t>(value), sizeof(T));
  }

  Status operator()(const bool& value) { return (*this)(static_cast<std::uint8_t>(value ? 1 : 0)); }

  template <typename T>
    requires std::is_enum_v<T>
  Status operator()(const T& value) {
    return (*this)(static_cast<std::underlying_type_t<T>>(value));
  }

  template <std::size_t N>
  Status operator()(const std::array<std::uint8_t, N>& value) {
    append(output_, value);
    return {};
  }

  template <std::size_t N>
  Status operator()(const BearerSecret<N>& value) {
    append(output_, value.reveal());
    return {};
  }

  Status operator()(const Bytes& value, std::size_t /*bytes_max*/) { return put(value); }
  Status operator()(const Buffer& value, std::size_t /*bytes_max*/) { return put(value); }
  Status operator()(const std::string& value, std::size_t /*bytes_max*/) { return put(as_bytes(value)); }
  Status operator()(const std::string_view& value, std::size_t /*bytes_max*/) { return put(as_bytes(value)); }
  Status operator()(const BearerBytes& value, std::size_t /*bytes_max*/) { return put(value.reveal()); }

  template <typename T>
    requires requires(const T& in, BinaryWriter& writer) { T::fields(writer, in); }
  Status operator()(const T& value) {
    return T::fields(*this, value);
  }

  template <typename T>
  Status operator()(const std::optional<T>& value) {
    TRY((*this)(value.has_value()));
    return value.has_value() ? (*this)(*value) : Status{};
  }

  template <typename T>
  Status operator()(const std::vector<T>& list, std::size_t /*count_max*/)
    requires(!std::same_as<T, std::uint8_t>)
  {
    TRY((*this)(static_cast<std::uint32_t>(list.size())));
    for (const T& element : list) TRY((*this)(element));
    return {};
  }

  template <typename T>
  Status operator()(const std::vector<T>& list, std::size_t /*count_max*/, std::size_t bytes_max)
    requires(!std::same_as<T, std::uint8_t>)
  {
    TRY((*this)(static_cast<std::uint32_t>(list.size())));
    for (const T& element : list) TRY((*this)(element, bytes_max));
    return {};
  }

 protected:
  Status number(std::uint64_t value, std::size_t bytes);
  Status put(Bytes value);

  Buffer& output_;
};

// SecretWriter also writes secret fields. It is for requests on their way into the chip and for records about
// to be sealed; the caller wipes the buffer (WipingBuffer).
class SecretWriter {
 public:
  explicit SecretWriter(Buffer& output) : output_(output), plain_(output) {}

  Status operator()(const SecretBytes& value, std::size_t bytes_max) {
    return plain_(value.reveal(), bytes_max);
  }
  template <std::size_t N>
  Status operator()(const Secret<N>& value) {
    append(output_, value.reveal());
    return {};
  }
  template <typename T>
    requires requires(const T& in, SecretWriter& writer) { T::fields(writer, in); }
  Status operator()(const T& value) {
    return T::fields(*this, value);
  }
  template <typename T>
    requires requires(const T& in, SecretWriter& writer) { T::fields(writer, in); }
  Status operator()(const std::vector<T>& list, std::size_t /*count_max*/) {
    TRY(plain_(static_cast<std::uint32_t>(list.size())));
    for (const T& element : list) TRY((*this)(element));
    return {};
  }
  template <typename T>
    requires requires(const T& in, SecretWriter& writer) { T::fields(writer, in); }
  Status operator()(const std::optional<T>& value) {
    TRY(plain_(value.has_value()));
    return value.has_value() ? (*this)(*value) : Status{};
  }
  template <typename T, typename... Limits>
    requires(
        requires(BinaryWriter& writer, const T& value, Limits... limits) { writer(value, limits...); } &&
        !requires(const T& in, SecretWriter& writer) { T::fields(writer, in); })
  Status operator()(const T& value, Limits... limits) {
    return plain_(value, limits...);
  }

 private:
  Buffer& output_;
  BinaryWriter plain_;
};

// WipingBuffer is a Buffer that wipes what it holds when it dies. Reserve enough: growing leaves copies
// behind, so it starts with room for the largest message that carries a secret.
class WipingBuffer {
 public:
  static constexpr std::size_t kReserveBytes = 64 * 1024;
  WipingBuffer() { octets.reserve(kReserveBytes); }
  WipingBuffer(const WipingBuffer&) = delete;
  WipingBuffer& operator=(const WipingBuffer&) = delete;
  ~WipingBuffer() { wipe({octets.data(), octets.capacity()}); }

  Buffer octets;
};

// decode reads exactly one T: short input, long fields and trailing octets are refused.
template <typename T>
Result<T> decode(Bytes input) {
  BinaryReader reader(input);
  T value{};
  TRY(T::fields(reader, value));
  if (!reader.rest().empty()) return Error{Code::malformed, "octets follow the last field"};
  return value;
}

// encode writes a structure without secrets.
template <typename T>
Buffer encode(const T& value) {
  Buffer output;
  BinaryWriter writer(output);
  const Status written = T::fields(writer, value);
  static_cast<void>(written.ok());  // Writing never fails.
  return output;
}

// encode_into appends a structure without secrets to `output`.
template <typename T>
void encode_into(const T& value, Buffer& output) {
  BinaryWriter writer(output);
  const Status written = T::fields(writer, value);
  static_cast<void>(written.ok());
}

// encode_secret_into appends a structure that may hold secrets; the caller owns the wiping.
template <typename T>
void encode_secret_into(const T& value, Buffer& output) {
  SecretWriter writer(output);
  const Status written = T::fields(writer, value);
  static_cast<void>(written.ok());
}

}  // namespace coffer::codec
