// Bytes: comparison and hexadecimal text of octets that are not secret.
#include "base/bytes.h"

#include <algorithm>

namespace coffer {

Bytes without_leading_zeros(Bytes number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  return number;
}

bool equal_public(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

std::string to_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t octet : bytes) {
    text += kDigits[octet >> 4U];
    text += kDigits[octet & 15U];
  }
  return text;
}

}  // namespace coffer
