// Result<T>: a value, or an Error made of a Code and a literal text. There are no exceptions in Coffer's own
// code.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace coffer {

// Code says in one word why something was refused. Each door translates it in exactly one table.
// The numbers go over the wire (docs/formats.md): add at the end, never renumber.
enum class Code : std::uint16_t {
  ok = 0,
  invalid = 1,            // an argument makes no sense
  malformed = 2,          // bytes do not decode
  denied = 3,             // policy forbids it
  not_found = 4,          // no such object, token, authority
  exists = 5,             // the name is taken
  unsupported = 6,        // mechanism or operation unknown
  locked = 7,             // the vault is locked
  not_initialized = 8,    // no vault, or no token in this slot
  throttled = 9,          // too many failures: wait
  unavailable = 10,       // a peer (chip, store, audit) does not answer
  timed_out = 11,         // the deadline passed
  limit = 12,             // a named limit would be exceeded
  disk_full = 13,         // no room for the record that must be written
  corrupt = 14,           // a sealed record does not verify
  rollback = 15,          // the store is older than its high-water mark
  internal = 16,          // our own bug, or a library failed
  self_test_failed = 17,  // a known answer was wrong: the mechanism is off
  conflict = 18,          // somebody else changed it first
  pin_incorrect = 19,
  pin_locked = 20,
  pin_length = 21,
  pin_not_set = 22,
  not_logged_in = 23,
  already_logged_in = 24,
  other_user_logged_in = 25,
  slot_invalid = 26,
  session_invalid = 27,
  session_read_only = 28,
  session_exists = 29,
  mechanism_invalid = 30,
  mechanism_parameter = 31,
  key_type = 32,  // the key's type does not fit the mechanism
  key_use = 33,   // the key may not be used for this (CKA_SIGN false, purpose, ...)
  key_size = 34,
  data_invalid = 35,
  data_length = 36,
  ciphertext_invalid = 37,
  ciphertext_length = 38,
  signature_invalid = 39,
  signature_length = 40,
  attribute_read_only = 41,
  attribute_sensitive = 42,
  attribute_unknown = 43,
  attribute_value = 44,
  template_incomplete = 45,
  template_inconsistent = 46,
  operation_unknown = 47,  // no such multi-part operation (any more)
  action_prohibited = 48,  // CKA_COPYABLE / CKA_DESTROYABLE / CKA_MODIFIABLE false
  curve_unsupported = 49,
  too_fast = 50,  // more requests than the token's policy permits: try again in a moment
};

// Error is a code and a string literal: it cannot carry key bytes or a caller's data.
struct Error {
  Code code = Code::internal;
  std::string_view text;  // always a literal

  template <std::size_t N>
  consteval Error(Code code_in, const char (&literal)[N]) : code(code_in), text(literal, N - 1) {}

  // received makes the Error for a code that came over the wire; the text must be a literal too.
  static Error received(Code code_in, std::string_view literal) { return Error(code_in, literal); }

 private:
  Error(Code code_in, std::string_view literal) : code(code_in), text(literal) {}
};

// Result holds a T or an Error; ask ok() first.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : error_(error) {}         // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  [[nodiscard]] Error error() const { return error_; }
  [[nodiscard]] T& value() & { return *value_; }
  [[nodiscard]] const T& value() const& { return *value_; }
  [[nodiscard]] T value() && { return std::move(*value_); }

 private:
  // Not a std::variant: that costs the compiler several times as much for each T, in every file.
  std::optional<T> value_;
  Error error_{Code::ok, ""};
};

// Result<void>, also called Status: success, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(error), ok_(false) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] Error error() const { return error_; }
  void value() const {}

 private:
  Error error_{Code::ok, ""};
  bool ok_ = true;
};

using Status = Result<void>;

}  // namespace coffer

// TRY gives the value of a Result, or returns its error from the calling function. One TRY per expression.
#define TRY(expression)                 \
  __extension__({                       \
    auto try_result_ = (expression);    \
    if (!try_result_.ok()) [[unlikely]] \
      return try_result_.error();       \
    std::move(try_result_).value();     \
  })
