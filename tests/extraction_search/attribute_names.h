// Attribute names: the attributes that sequences name, with the shape of their values.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tests/extraction_search/call.h"

namespace coffer::extraction {

// ValueShape says how the text writes a value.
enum class ValueShape : std::uint8_t { truth, number, object_class, key_type, octets, mechanisms, nested };

// AttributeName is one row.
struct AttributeName {
  std::uint32_t type;
  std::string_view name;
  ValueShape shape;
};
std::span<const AttributeName> attribute_names();
const AttributeName* find_attribute_name(std::uint32_t type);
const AttributeName* find_attribute_name(std::string_view name);

// NamedNumber is a class or a type of keys.
struct NamedNumber {
  std::uint64_t number;
  std::string_view name;
};
std::span<const NamedNumber> class_names();
std::span<const NamedNumber> key_type_names();

// truth, number, octets, mechanisms and nested make a setting.
Setting truth(std::uint32_t type, bool value);
Setting number(std::uint32_t type, std::uint64_t value);
Setting octets(std::uint32_t type, Bytes value);
Setting mechanisms(std::uint32_t type, std::span<const std::uint32_t> numbers);
Setting nested(std::uint32_t type, Settings inner);

// number_in reads a number of 8 octets at a place of a value.
std::uint64_t number_in(Bytes value, std::size_t at = 0);
// find_setting gives the setting of a type, null when there is none.
const Setting* find_setting(const Settings& settings, std::uint32_t type);

}  // namespace coffer::extraction
