// Attributes: templates for the chip, and reading what it answers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "wire/messages.h"

namespace coffer::cli {

// TemplateBuilder owns the values of a template; the template's views live as long as it.
class TemplateBuilder {
 public:
  TemplateBuilder() = default;
  TemplateBuilder(const TemplateBuilder&) = delete;
  TemplateBuilder& operator=(const TemplateBuilder&) = delete;

  TemplateBuilder& octets(std::uint32_t type, Bytes value);
  TemplateBuilder& text(std::uint32_t type, std::string_view value) { return octets(type, as_bytes(value)); }
  TemplateBuilder& truth(std::uint32_t type, bool value);
  // number writes a CK_ULONG: 8 octets, little-endian.
  TemplateBuilder& number(std::uint32_t type, std::uint64_t value);

  [[nodiscard]] const wire::Template& attributes() const { return attributes_; }

 private:
  std::deque<Buffer> values_;  // a deque: growing it moves nothing that a view points to
  wire::Template attributes_;
};

// AttributeReader looks up what GetAttributes answered.
class AttributeReader {
 public:
  explicit AttributeReader(wire::GetAttributesReply reply) : reply_(std::move(reply)) {}

  // octets gives the value, or nothing when the object has none.
  [[nodiscard]] std::optional<Bytes> octets(std::uint32_t type) const;
  [[nodiscard]] std::string text(std::uint32_t type) const;
  [[nodiscard]] std::optional<bool> truth(std::uint32_t type) const;

 private:
  wire::GetAttributesReply reply_;
};

}  // namespace coffer::cli
