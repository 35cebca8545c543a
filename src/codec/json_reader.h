// JSON (RFC 8259): a strict reader of one object on one line, as the audit log holds them.
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

// JsonValue is a text, a whole number, a truth value, or the fields of an object that holds no other one.
struct JsonField;
using JsonFields = std::vector<JsonField>;
using JsonValue = std::variant<std::string, std::int64_t, std::uint64_t, bool, JsonFields>;

struct JsonField {
  std::string name;
  JsonValue value;
};

// JsonObject is an object in the order of its text.
class JsonObject {
 public:
  explicit JsonObject(JsonFields fields) : fields_(std::move(fields)) {}

  [[nodiscard]] const JsonFields& fields() const { return fields_; }

  // text, number and truth give the value of that name. Fail with `not_found`, or with `malformed` when the
  // value is of another kind.
  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  [[nodiscard]] Result<std::uint64_t> number(std::string_view name) const;
  [[nodiscard]] Result<bool> truth(std::string_view name) const;

 private:
  [[nodiscard]] const JsonValue* find(std::string_view name) const;

  JsonFields fields_;
};

// parse_json_line reads one object whose values are strings, whole numbers of 64 bits, true, false, or
// objects of these. Deeper nesting, lists, null, fractions, exponents, a name that comes twice in an object,
// text that is not UTF-8, and anything behind the object (a line's end too) are `malformed`; a longer line or
// an object with more fields than the limits above is `limit`. A negative number is an int64, others are
// uint64.
Result<JsonObject> parse_json_line(std::string_view line);

}  // namespace coffer::codec
