// Coffer's own binary encoding: what is the same for every structure.
#include "codec/binary.h"

#include <algorithm>

namespace coffer::codec {

namespace {

constexpr Error kTooShort{Code::malformed, "the input ends inside a field"};

}  // namespace

Status BinaryReader::number(std::uint64_t& value, std::size_t bytes) {
  if (rest_.size() < bytes) return kTooShort;
  value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{rest_[i]} << (8U * i);
  rest_ = rest_.subspan(bytes);
  return {};
}

Status BinaryReader::fixed(MutableBytes value) {
  if (rest_.size() < value.size()) return kTooShort;
  std::ranges::copy(rest_.first(value.size()), value.begin());
  rest_ = rest_.subspan(value.size());
  return {};
}

Result<std::uint32_t> BinaryReader::count_of(std::size_t count_max) {
  std::uint32_t count = 0;
  TRY((*this)(count));
  if (count > count_max) return Error{Code::malformed, "a list is longer than its limit"};
  if (count > rest_.size()) return kTooShort;
  return count;
}

Result<Bytes> BinaryReader::take(std::size_t bytes_max) {
  std::uint32_t length = 0;
  TRY((*this)(length));
  if (length > bytes_max) return Error{Code::malformed, "a field is longer than its limit"};
  if (length > rest_.size()) return kTooShort;
  const Bytes taken = rest_.first(length);
  rest_ = rest_.subspan(length);
  return taken;
}

Status BinaryReader::operator()(bool& value) {
  std::uint8_t octet = 0;
  TRY((*this)(octet));
  if (octet > 1) return Error{Code::malformed, "a truth value is neither 0 nor 1"};
  value = octet == 1;
  return {};
}

Status BinaryReader::operator()(Bytes& value, std::size_t bytes_max) {
  value = TRY(take(bytes_max));
  return {};
}

Status BinaryReader::operator()(Buffer& value, std::size_t bytes_max) {
  value = to_buffer(TRY(take(bytes_max)));
  return {};
}

Status BinaryReader::operator()(std::string& value, std::size_t bytes_max) {
  value = std::string(as_text(TRY(take(bytes_max))));
  return {};
}

Status BinaryReader::operator()(std::string_view& value, std::size_t bytes_max) {
  value = as_text(TRY(take(bytes_max)));
  return {};
}

Status BinaryReader::operator()(SecretBytes& value, std::size_t bytes_max) {
  value = SecretBytes::copy_of(TRY(take(bytes_max)));
  return {};
}

Status BinaryWriter::number(std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) output_.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  return {};
}

Status BinaryWriter::put(Bytes value) {
  TRY(number(value.size(), sizeof(std::uint32_t)));
  append(output_, value);
  return {};
}

}  // namespace coffer::codec
