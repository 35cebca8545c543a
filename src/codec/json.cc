// JSON (RFC 8259): the writer.
#include "codec/json.h"

#include <utility>

#include "base/check.h"
#include "codec/utf8.h"

namespace coffer::codec {
namespace {

// U+2028 and U+2029 are legal in JSON but end a line in JavaScript and some log readers; U+007F and the
// controls of U+0080..9F can drive a terminal. They are escaped, so that a line stays a line wherever it is
// shown.
constexpr bool needs_escape(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f) || code_point == 0x2028 ||
         code_point == 0x2029;
}

void append_escape(std::string& output, std::uint32_t code_point) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  output += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) output += kDigits[(code_point >> shift) & 15U];
}

void append_character(std::string& output, std::uint32_t code_point) {
  switch (code_point) {
    case '"': output += "\\\""; return;
    case '\\': output += "\\\\"; return;
    case '\n': output += "\\n"; return;
    case '\r': output += "\\r"; return;
    case '\t': output += "\\t"; return;
    default: break;
  }
  if (needs_escape(code_point)) return append_escape(output, code_point);
  append_utf8(output, code_point);
}

}  // namespace

void append_json_string(std::string& output, std::string_view text) {
  output += '"';
  while (!text.empty()) {
    const Utf8Character character = first_utf8(text);
    append_character(output, character.code_point);
    text.remove_prefix(character.bytes);
  }
  output += '"';
}

JsonWriter& JsonWriter::begin_object() { return open('{'); }
JsonWriter& JsonWriter::end_object() { return close('}'); }
JsonWriter& JsonWriter::begin_array() { return open('['); }
JsonWriter& JsonWriter::end_array() { return close(']'); }

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(text_, name);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(text_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return raw(truth ? "true" : "false"); }

JsonWriter& JsonWriter::null() { return raw("null"); }

std::string JsonWriter::take() {
  CHECK(depth_ == 0);
  needs_comma_ = false;
  return std::exchange(text_, {});
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  needs_comma_ = false;
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  CHECK(depth_ > 0);
  text_ += bracket;
  needs_comma_ = true;
  --depth_;
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  separate();
  text_ += text;
  return *this;
}

void JsonWriter::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

}  // namespace coffer::codec
