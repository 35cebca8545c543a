// SSH encoding (RFC 4251, 5): integers, strings, mpints, name-lists and nested structures as visitors.
//
// A structure lists its fields once, as with codec/binary.h: `static Status fields(auto& visit, auto& in)`.
// Integers are big-endian; strings carry a uint32 length. Beyond plain fields a visitor knows: mpint(),
// names() for name-lists, literal() for a string that must be there, named() for an enumeration that is
// written as a name, inside() for a structure packed into a string, and list() for elements packed into a
// string one after the other.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"

namespace coffer::codec {

// SshReader decodes fields from a view. Every way to be wrong is Code::malformed, except a name that named()
// does not find: Code::unsupported. Views (Bytes) that it hands out point into the input and live as long as
// it.
class SshReader {
 public:
  explicit SshReader(Bytes input) : rest_(input) {}

  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Status operator()(T& value) {
    if (rest_.size() < sizeof(T)) return too_short();
    std::uint64_t wide = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) wide = (wide << 8U) | rest_[i];
    value = static_cast<T>(wide);
    rest_ = rest_.subspan(sizeof(T));
    return {};
  }

  // "All non-zero values MUST be interpreted as TRUE; however, applications MUST NOT store values other than
  // 0 and 1": we read only what may be stored, so that there is one way to write a structure.
  Status operator()(bool& value) {
    std::uint8_t octet = 0;
    TRY((*this)(octet));
    if (octet > 1) return Error{Code::malformed, "a truth value is neither 0 nor 1"};
    value = octet == 1;
    return {};
  }

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

  Status operator()(Bytes& value, std::size_t bytes_max) {
    value = TRY(take(bytes_max));
    return {};
  }

  Status operator()(Buffer& value, std::size_t bytes_max) {
    value = to_buffer(TRY(take(bytes_max)));
    return {};
  }

  Status operator()(std::string& value, std::size_t bytes_max) {
    value = std::string(as_text(TRY(take(bytes_max))));
    return {};
  }

  // mpint reads a number that is not negative as its octets, big-endian without leading zeros; zero is empty.
  Status mpint(Buffer& magnitude, std::size_t bytes_max) {
    Bytes octets = TRY(take(bytes_max + 1));
    if (!octets.empty() && octets[0] >= 0x80) return Error{Code::malformed, "a number is negative"};
    if (!octets.empty() && octets[0] == 0) {
      octets = octets.subspan(1);
      // "Unnecessary leading bytes with the value 0 or 255 MUST NOT be included."
      if (octets.empty() || octets[0] < 0x80) return Error{Code::malformed, "a number has leading zeros"};
    }
    if (octets.size() > bytes_max) return Error{Code::malformed, "a field is longer than its limit"};
    magnitude = to_buffer(octets);
    return {};
  }

  // names reads a name-list: names of printable US-ASCII between commas, none of them empty.
  Status names(std::vector<std::string>& list, std::size_t count_max, std::size_t bytes_max) {
    list.clear();
    std::string_view text = as_text(TRY(take(count_max * (bytes_max + 1))));
    if (text.empty()) return {};
    for (;;) {
      const std::size_t comma = text.find(',');
      const std::string_view name = text.substr(0, comma);
      TRY(check_name(name, bytes_max));
      if (list.size() == count_max) return Error{Code::malformed, "a list is longer than its limit"};
      list.emplace_back(name);
      if (comma == std::string_view::npos) return {};
      text.remove_prefix(comma + 1);
    }
  }

  // literal reads a string that must be `expected`.
  Status literal(std::string_view expected) {
    if (as_text(TRY(take(expected.size()))) == expected) return {};
    return Error{Code::malformed, "a fixed string is another one"};
  }

  // named reads an enumeration that is written as a name; `Names::find` knows the names.
  template <typename T, typename Names>
  Status named(T& value, Names /*names*/, std::size_t bytes_max) {
    const std::optional<T> found = Names::find(as_text(TRY(take(bytes_max))));
    if (!found) return Error{Code::unsupported, "a name is not known here"};
    value = *found;
    return {};
  }

  // inside reads a structure packed into a string.
  template <typename T>
  Status inside(T& value, std::size_t bytes_max) {
    SshReader reader(TRY(take(bytes_max)));
    TRY(T::fields(reader, value));
    return reader.finish();
  }

  // list reads structures, or strings, packed one after the other into a string.
  template <typename T>
  Status list(std::vector<T>& elements, std::size_t count_max) {
    return packed(elements, count_max,
                  [](SshReader& reader, T& element) { return T::fields(reader, element); });
  }
  Status list(std::vector<std::string>& elements, std::size_t count_max, std::size_t bytes_max) {
    return packed(elements, count_max, [bytes_max](SshReader& reader, std::string& element) {
      return reader(element, bytes_max);
    });
  }

  // finish refuses octets behind the last field.
  Status finish() const {
    if (!rest_.empty()) return Error{Code::malformed, "octets follow the last field"};
    return {};
  }

  [[nodiscard]] Bytes rest() const { return rest_; }

 private:
  static Error too_short() { return Error{Code::malformed, "the input ends inside a field"}; }

  static Status check_name(std::string_view name, std::size_t bytes_max) {
    if (name.empty()) return Error{Code::malformed, "a name is empty"};
    if (name.size() > bytes_max) return Error{Code::malformed, "a field is longer than its limit"};
    for (const char character : name) {
      if (character <= ' ' || character > '~') return Error{Code::malformed, "a name has odd characters"};
    }
    return {};
  }

  Result<Bytes> take(std::size_t bytes_max) {
    std::uint32_t length = 0;
    TRY((*this)(length));
    if (length > bytes_max) return Error{Code::malformed, "a field is longer than its limit"};
    if (length > rest_.size()) return too_short();
    const Bytes taken = rest_.first(length);
    rest_ = rest_.subspan(length);
    return taken;
  }

  // Memory is bounded by the input: every element takes at least the four octets of a length.
  template <typename T, typename ReadElement>
  Status packed(std::vector<T>& elements, std::size_t count_max, ReadElement read_element) {
    std::uint32_t length = 0;
    TRY((*this)(length));
    if (length > rest_.size()) return too_short();
    SshReader reader(rest_.first(length));
    rest_ = rest_.subspan(length);
    elements.clear();
    while (!reader.rest_.empty()) {
      if (elements.size() == count_max) return Error{Code::malformed, "a list is longer than its limit"};
      const std::size_t before = reader.rest_.size();
      TRY(read_element(reader, elements.emplace_back()));
      CHECK(reader.rest_.size() < before);
    }
    return {};
  }

  Bytes rest_;
};

// SshWriter appends fields to a Buffer. Limits are the reader's business, so writing never fails; what is too
// long for a uint32 length is our own bug.
class SshWriter {
 public:
  explicit SshWriter(Buffer& output) : output_(output) {}

  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Status operator()(const T& value) {
    std::array<std::uint8_t, sizeof(T)> octets{};
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      octets[sizeof(T) - 1 - i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8U * i));
    }
    append(output_, octets);
    return {};
  }

  Status operator()(const bool& value) { return (*this)(static_cast<std::uint8_t>(value ? 1 : 0)); }

  template <typename T>
    requires std::is_enum_v<T>
  Status operator()(const T& value) {
    return (*this)(static_cast<std::underlying_type_t<T>>(value));
  }

  Status operator()(const Bytes& value, std::size_t /*bytes_max*/) { return put(value); }
  Status operator()(const Buffer& value, std::size_t /*bytes_max*/) { return put(value); }
  Status operator()(const std::string& value, std::size_t /*bytes_max*/) { return put(as_bytes(value)); }

  // mpint writes big-endian octets, whose leading zeros it drops.
  Status mpint(Bytes magnitude, std::size_t /*bytes_max*/) {
    while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
    const bool needs_sign = !magnitude.empty() && magnitude[0] >= 0x80;
    TRY(length(magnitude.size() + (needs_sign ? 1 : 0)));
    if (needs_sign) output_.push_back(0);
    append(output_, magnitude);
    return {};
  }

  Status names(const std::vector<std::string>& list, std::size_t /*count_max*/, std::size_t /*bytes_max*/) {
    std::string joined;
    for (const std::string& name : list) {
      if (!joined.empty()) joined += ',';
      joined += name;
    }
    return put(as_bytes(joined));
  }

  Status literal(std::string_view text) { return put(as_bytes(text)); }

  template <typename T, typename Names>
  Status named(const T& value, Names /*names*/, std::size_t /*bytes_max*/) {
    return put(as_bytes(Names::name(value)));
  }

  template <typename T>
  Status inside(const T& value, std::size_t /*bytes_max*/) {
    return packed([&value](SshWriter& writer) { return T::fields(writer, value); });
  }

  template <typename T>
  Status list(const std::vector<T>& elements, std::size_t /*count_max*/) {
    return packed([&elements](SshWriter& writer) -> Status {
      for (const T& element : elements) TRY(T::fields(writer, element));
      return {};
    });
  }
  Status list(const std::vector<std::string>& elements, std::size_t /*count_max*/, std::size_t bytes_max) {
    return packed([&elements, bytes_max](SshWriter& writer) -> Status {
      for (const std::string& element : elements) TRY(writer(element, bytes_max));
      return {};
    });
  }

 private:
  Status length(std::size_t bytes) {
    CHECK(bytes <= 0xffffffffU);
    return (*this)(static_cast<std::uint32_t>(bytes));
  }

  Status put(Bytes value) {
    TRY(length(value.size()));
    append(output_, value);
    return {};
  }

  // The length in front is known, and filled in, when what it counts has been written.
  template <typename WriteInside>
  Status packed(WriteInside write_inside) {
    TRY(length(0));
    const std::size_t start = output_.size();
    TRY(write_inside(*this));
    const std::size_t bytes = output_.size() - start;
    CHECK(bytes <= 0xffffffffU);
    for (std::size_t i = 0; i < 4; ++i) output_[start - 1 - i] = static_cast<std::uint8_t>(bytes >> (8U * i));
    return {};
  }

  Buffer& output_;
};

// decode_ssh reads exactly one T: short input, long fields and trailing octets are refused.
template <typename T>
Result<T> decode_ssh(Bytes input) {
  SshReader reader(input);
  T value{};
  TRY(T::fields(reader, value));
  TRY(reader.finish());
  return value;
}

// encode_ssh writes a structure.
template <typename T>
Buffer encode_ssh(const T& value) {
  Buffer output;
  SshWriter writer(output);
  const Status written = T::fields(writer, value);
  CHECK(written.ok());
  return output;
}

}  // namespace coffer::codec
