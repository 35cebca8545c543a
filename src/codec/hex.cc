// Hexadecimal text to octets.
#include "codec/hex.h"

namespace coffer::codec {
namespace {

constexpr int kNoDigit = -1;

constexpr int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return kNoDigit;
}

}  // namespace

Result<Buffer> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error{Code::malformed, "an odd number of hexadecimal digits"};
  Buffer octets;
  octets.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high == kNoDigit || low == kNoDigit) return Error{Code::malformed, "not a hexadecimal digit"};
    octets.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return octets;
}

}  // namespace coffer::codec
