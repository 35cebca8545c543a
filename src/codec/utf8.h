// UTF-8 (RFC 3629): finds the characters of a text, and what is none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coffer::codec {

// Utf8Character is the first character of a text.
struct Utf8Character {
  std::uint32_t code_point = 0;  // 0xfffd when the octets in front are not UTF-8
  std::size_t bytes = 1;         // how many octets it takes; 1 when they are not UTF-8
  bool valid = false;
};

// first_utf8 looks at the front of `text`, which must not be empty. Overlong forms, surrogates and what is
// beyond U+10FFFF are not UTF-8.
Utf8Character first_utf8(std::string_view text);

// is_utf8 says whether all of `text` is UTF-8.
bool is_utf8(std::string_view text);

// append_utf8 writes a code point, which must be one (no surrogate, at most U+10FFFF).
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace coffer::codec
