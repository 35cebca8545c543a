// ECDSA signatures: the two ways to write them.
#include "cli/key/ecdsa_signature.h"

namespace coffer::cli {

namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kLongLength = 0x81;
constexpr std::size_t kShortLengthMax = 127;
constexpr std::size_t kContentMax = 255;

constexpr Error kNoSignature{Code::malformed, "this is no ECDSA signature in DER"};

void append_element(Buffer& output, std::uint8_t tag, Bytes content) {
  output.push_back(tag);
  if (content.size() > kShortLengthMax) output.push_back(kLongLength);
  output.push_back(static_cast<std::uint8_t>(content.size()));
  append(output, content);
}

void append_integer(Buffer& output, Bytes number) {
  while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
  Buffer content;
  if (number.front() >= 0x80) content.push_back(0);
  append(content, number);
  append_element(output, kInteger, content);
}

// take_element gives the content of the element in front and moves on; lengths above 255 never occur here.
Result<Bytes> take_element(Bytes& rest, std::uint8_t tag) {
  if (rest.size() < 2 || rest[0] != tag) return kNoSignature;
  std::size_t length = rest[1];
  std::size_t header = 2;
  if (length == kLongLength && rest.size() > 2) {
    length = rest[2];
    header = 3;
    if (length <= kShortLengthMax) return kNoSignature;
  } else if (length > kShortLengthMax) {
    return kNoSignature;
  }
  if (length > kContentMax || rest.size() - header < length) return kNoSignature;
  const Bytes content = rest.subspan(header, length);
  rest = rest.subspan(header + length);
  return content;
}

Status append_number(Buffer& raw, Bytes content, std::size_t number_bytes) {
  if (content.empty() || content.front() >= 0x80) return kNoSignature;
  if (content.size() > 1 && content[0] == 0 && content[1] < 0x80) return kNoSignature;
  if (content.front() == 0) content = content.subspan(1);
  if (content.size() > number_bytes) return kNoSignature;
  raw.insert(raw.end(), number_bytes - content.size(), 0);
  append(raw, content);
  return {};
}

}  // namespace

Buffer ecdsa_to_der(Bytes raw) {
  const std::size_t half = raw.size() / 2;
  if (half == 0) return {};
  Buffer content;
  append_integer(content, raw.first(half));
  append_integer(content, raw.subspan(half));
  Buffer der;
  append_element(der, kSequence, content);
  return der;
}

Result<Buffer> ecdsa_from_der(Bytes der, std::size_t number_bytes) {
  Bytes content = TRY(take_element(der, kSequence));
  if (!der.empty()) return kNoSignature;
  const Bytes first = TRY(take_element(content, kInteger));
  const Bytes second = TRY(take_element(content, kInteger));
  if (!content.empty()) return kNoSignature;
  Buffer raw;
  TRY(append_number(raw, first, number_bytes));
  TRY(append_number(raw, second, number_bytes));
  return raw;
}

}  // namespace coffer::cli
