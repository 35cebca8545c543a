// JSON (RFC 8259): the strict reader of one object, in which others may be.
#include "codec/json_reader.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "codec/hex.h"
#include "codec/utf8.h"

namespace coffer::codec {
namespace {

constexpr bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }

// Cursor walks over the line; each read_ function takes what it reads from the front.
class Cursor {
 public:
  explicit Cursor(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool is_at(std::string_view token) const { return rest_.starts_with(token); }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  bool take(std::string_view token) {
    if (!is_at(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  Status expect(std::string_view token) {
    if (take(token)) return {};
    return Error{Code::malformed, "the line is not a JSON object of one level, or two"};
  }

  Result<std::string> read_string() {
    TRY(expect("\""));
    std::string text;
    while (!take("\"")) {
      if (take("\\")) {
        TRY(read_escape(text));
        continue;
      }
      if (rest_.empty()) return Error{Code::malformed, "a JSON string does not end"};
      const Utf8Character character = first_utf8(rest_);
      if (!character.valid || character.code_point < 0x20) {
        return Error{Code::malformed, "a JSON string holds a character that it must not"};
      }
      text += rest_.substr(0, character.bytes);
      rest_.remove_prefix(character.bytes);
    }
    return text;
  }

  Result<JsonValue> read_value() {
    if (take("true")) return JsonValue(true);
    if (take("false")) return JsonValue(false);
    if (!rest_.empty() && rest_.front() == '"') return JsonValue(TRY(read_string()));
    return read_number();
  }

 private:
  Status read_escape(std::string& text) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (take("u")) return read_code_point(text);
    const std::size_t index = rest_.empty() ? std::string_view::npos : kEscapes.find(rest_.front());
    if (index == std::string_view::npos) return Error{Code::malformed, "an unknown escape in a JSON string"};
    text += kMeanings[index];
    rest_.remove_prefix(1);
    return {};
  }

  Result<std::uint32_t> read_hex4() {
    const Result<Buffer> octets = from_hex(rest_.substr(0, 4));
    if (!octets.ok() || octets.value().size() != 2)
      return Error{Code::malformed, "a bad \\u in a JSON string"};
    rest_.remove_prefix(4);
    return (std::uint32_t{octets.value()[0]} << 8U) | octets.value()[1];
  }

  // "To escape an extended character that is not in the Basic Multilingual Plane, the character is
  // represented as a 12-character sequence, encoding the UTF-16 surrogate pair."
  Status read_code_point(std::string& text) {
    std::uint32_t code_point = TRY(read_hex4());
    if (code_point >= 0xd800 && code_point <= 0xdbff) {
      TRY(expect("\\u"));
      const std::uint32_t low = TRY(read_hex4());
      if (low < 0xdc00 || low > 0xdfff) return Error{Code::malformed, "half a surrogate pair"};
      code_point = 0x10000 + ((code_point - 0xd800) << 10U) + (low - 0xdc00);
    } else if (code_point >= 0xdc00 && code_point <= 0xdfff) {
      return Error{Code::malformed, "half a surrogate pair"};
    }
    append_utf8(text, code_point);
    return {};
  }

  Result<JsonValue> read_number() {
    const bool negative = take("-");
    const auto end = std::ranges::find_if_not(rest_, is_digit);
    const std::string_view digits = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) {
      return Error{Code::malformed, "a JSON value is neither text, number, true nor false"};
    }
    rest_.remove_prefix(digits.size());
    std::uint64_t magnitude = 0;
    const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
    constexpr std::uint64_t kNegativeMax = std::uint64_t{1} << 63U;
    if (problem != std::errc{} || (negative && magnitude > kNegativeMax)) {
      return Error{Code::malformed, "a JSON number does not fit into 64 bits"};
    }
    if (negative) return JsonValue(static_cast<std::int64_t>(-magnitude));
    return JsonValue(magnitude);
  }

  std::string_view rest_;
};

// Holds tells what the values of an object may be.
enum class Holds : bool { plain_values, objects_too };

Result<JsonFields> read_object(Cursor& cursor, Holds holds);

Result<JsonField> read_field(Cursor& cursor, const JsonFields& before, Holds holds) {
  if (before.size() == kJsonFieldsMax) return Error{Code::limit, "a JSON object has too many fields"};
  cursor.skip_space();
  std::string name = TRY(cursor.read_string());
  if (std::ranges::find(before, name, &JsonField::name) != before.end()) {
    return Error{Code::malformed, "a JSON object has a name twice"};
  }
  cursor.skip_space();
  TRY(cursor.expect(":"));
  cursor.skip_space();
  const bool is_object = holds == Holds::objects_too && cursor.is_at("{");
  JsonValue value =
      is_object ? JsonValue(TRY(read_object(cursor, Holds::plain_values))) : TRY(cursor.read_value());
  cursor.skip_space();
  return JsonField{std::move(name), std::move(value)};
}

Result<JsonFields> read_object(Cursor& cursor, Holds holds) {
  TRY(cursor.expect("{"));
  cursor.skip_space();
  JsonFields fields;
  if (cursor.take("}")) return fields;
  do {
    fields.push_back(TRY(read_field(cursor, fields, holds)));
  } while (cursor.take(","));
  TRY(cursor.expect("}"));
  return fields;
}

}  // namespace

Result<JsonObject> parse_json_line(std::string_view line) {
  if (line.size() > kJsonLineBytesMax) return Error{Code::limit, "a JSON line is too long"};
  Cursor cursor(line);
  JsonFields fields = TRY(read_object(cursor, Holds::objects_too));
  if (!cursor.at_end()) return Error{Code::malformed, "something follows the JSON object"};
  return JsonObject(std::move(fields));
}

const JsonValue* JsonObject::find(std::string_view name) const {
  const auto field = std::ranges::find(fields_, name, &JsonField::name);
  return field == fields_.end() ? nullptr : &field->value;
}

Result<std::string> JsonObject::text(std::string_view name) const {
  const JsonValue* value = find(name);
  if (value == nullptr) return Error{Code::not_found, "the JSON object lacks a name"};
  if (const auto* text = std::get_if<std::string>(value)) return *text;
  return Error{Code::malformed, "a JSON value is not a text"};
}

Result<std::uint64_t> JsonObject::number(std::string_view name) const {
  const JsonValue* value = find(name);
  if (value == nullptr) return Error{Code::not_found, "the JSON object lacks a name"};
  if (const auto* number = std::get_if<std::uint64_t>(value)) return *number;
  return Error{Code::malformed, "a JSON value is not a whole number"};
}

Result<bool> JsonObject::truth(std::string_view name) const {
  const JsonValue* value = find(name);
  if (value == nullptr) return Error{Code::not_found, "the JSON object lacks a name"};
  if (const auto* truth = std::get_if<bool>(value)) return *truth;
  return Error{Code::malformed, "a JSON value is not a truth value"};
}

}  // namespace coffer::codec
