// Attributes: encoding and looking up.
#include "cli/key/attributes.h"

#include <algorithm>
#include <array>

namespace coffer::cli {

TemplateBuilder& TemplateBuilder::octets(std::uint32_t type, Bytes value) {
  values_.push_back(to_buffer(value));
  attributes_.push_back({.type = type, .value = values_.back()});
  return *this;
}

TemplateBuilder& TemplateBuilder::truth(std::uint32_t type, bool value) {
  const std::uint8_t octet = value ? 1 : 0;
  return octets(type, Bytes(&octet, 1));
}

TemplateBuilder& TemplateBuilder::number(std::uint32_t type, std::uint64_t value) {
  std::array<std::uint8_t, 8> little_endian{};
  for (std::size_t i = 0; i < little_endian.size(); ++i) {
    little_endian[i] = static_cast<std::uint8_t>(value >> (8U * i));
  }
  return octets(type, little_endian);
}

std::optional<Bytes> AttributeReader::octets(std::uint32_t type) const {
  const auto place = std::ranges::find(reply_.attributes, type, &wire::AttributeValue::type);
  if (place == reply_.attributes.end() || place->state != wire::AttributeState::present) return std::nullopt;
  return Bytes(place->value);
}

std::string AttributeReader::text(std::uint32_t type) const {
  return std::string(as_text(octets(type).value_or(Bytes())));
}

std::optional<bool> AttributeReader::truth(std::uint32_t type) const {
  const auto value = octets(type);
  if (!value || value->size() != 1) return std::nullopt;
  return value->front() != 0;
}

}  // namespace coffer::cli
