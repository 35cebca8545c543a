// Base64 (RFC 4648, 4).
#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace coffer::codec {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<std::uint8_t>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

// group reads two to four digits into the top bits of 24.
Result<std::uint32_t> group(std::string_view digits) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint8_t value = i < digits.size() ? kValues[static_cast<std::uint8_t>(digits[i])] : 0;
    if (value == kNoDigit) return Error{Code::malformed, "not a base64 digit"};
    bits = (bits << 6U) | value;
  }
  return bits;
}

}  // namespace

std::string to_base64(Bytes octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  while (!octets.empty()) {
    const std::size_t count = octets.size() < 3 ? octets.size() : 3;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = (bits << 8U) | (i < count ? octets[i] : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? kDigits[(bits >> (18U - 6U * i)) & 63U] : '=';
    octets = octets.subspan(count);
  }
  return text;
}

Result<Buffer> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return Error{Code::malformed, "base64 text is not padded"};
  Buffer octets;
  octets.reserve(text.size() / 4 * 3);
  while (!text.empty()) {
    std::string_view digits = text.substr(0, 4);
    text.remove_prefix(4);
    if (text.empty() && digits.ends_with('=')) digits.remove_suffix(digits.ends_with("==") ? 2 : 1);
    const std::uint32_t bits = TRY(group(digits));
    const std::size_t count = digits.size() - 1;
    for (std::size_t i = 0; i < count; ++i)
      octets.push_back(static_cast<std::uint8_t>(bits >> (16U - 8U * i)));
    if ((bits & (0xffffffU >> (8U * count))) != 0) {
      return Error{Code::malformed, "the last base64 digit has unused bits set"};
    }
  }
  return octets;
}

}  // namespace coffer::codec
