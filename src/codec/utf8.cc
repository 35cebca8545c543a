// UTF-8 (RFC 3629).
#include "codec/utf8.h"

#include "base/check.h"

namespace coffer::codec {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;
constexpr Utf8Character kInvalid{kReplacement, 1, false};

constexpr bool is_surrogate(std::uint32_t code_point) { return code_point >= 0xd800 && code_point <= 0xdfff; }

constexpr bool fits(std::uint32_t code_point, std::size_t bytes) {
  if (bytes == 2) return code_point >= 0x80;
  if (bytes == 3) return code_point >= 0x800 && !is_surrogate(code_point);
  return code_point >= 0x10000 && code_point <= 0x10ffff;
}

}  // namespace

Utf8Character first_utf8(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  if (first < 0x80) return {first, 1, true};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc0 || first > 0xf7 || text.size() < bytes) return kInvalid;
  std::uint32_t code_point = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xc0U) != 0x80U) return kInvalid;
    code_point = (code_point << 6U) | (next & 0x3fU);
  }
  if (!fits(code_point, bytes)) return kInvalid;
  return {code_point, bytes, true};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = first_utf8(text);
    if (!character.valid) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  CHECK(code_point <= 0x10ffff && !is_surrogate(code_point));
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
    return;
  }
  const std::size_t bytes = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
  const std::uint32_t mark = 0xf00U >> bytes;  // bytes ones, then a zero, in the low eight bits
  text += static_cast<char>((mark & 0xffU) | (code_point >> (6U * (bytes - 1))));
  for (std::size_t i = bytes - 1; i > 0; --i) {
    text += static_cast<char>(0x80U | ((code_point >> (6U * (i - 1))) & 0x3fU));
  }
}

}  // namespace coffer::codec
