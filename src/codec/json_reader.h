// JSON (RFC 8259): a strict reader of one flat object on one line, as the audit log holds them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace coffer::codec {

inline constexpr std::size_t kJsonLineBytesMax = 64 * 1024;
inline constexpr std::size_t kJsonFieldsMax = 64;

// JsonValue is a text, a whole number, or a truth value.
using JsonValue = std::variant<std::string, std::int64_t, std::uint64_t, bool>;

struct JsonField {
  std::string name;
  JsonValue value;
};

// JsonObject is a flat object in the order of its text.
class JsonObject {
 public:
  explicit JsonObject(std::vector<JsonField> fields) : fields_(std::move(fields)) {}

  [[nodiscard]] const std::vector<JsonField>& fields() const { return fields_; }

  // text, number and truth give the value of that name. Fail with `not_found`, or with `malformed` when the
  // value is of another kind.
  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  [[nodiscard]] Result<std::uint64_t> number(std::string_view name) const;
  [[nodiscard]] Result<bool> truth(std::string_view name) const;

 private:
  [[nodiscard]] const JsonValue* find(std::string_view name) const;

  std::vector<JsonField> fields_;
};

// parse_json_line reads one object whose values are strings, whole numbers of 64 bits, true or false.
// Nesting, null, fractions, exponents, a name that comes twice, text that is not UTF-8, and anything behind
// the object (a line's end too) are `malformed`; more than the limits above is `limit`. A negative number is
// an int64, others are uint64.
Result<JsonObject> parse_json_line(std::string_view line);

}  // namespace coffer::codec
