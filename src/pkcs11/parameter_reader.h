// What the readers of mechanism parameters have in common: structures and octets at an application's
// pointers.
#pragma once

#include <cstring>
#include <initializer_list>

#include "pkcs11/parameters.h"

namespace coffer::pkcs11 {

// refused_parameter is what every parameter gets that makes no sense.
inline Error refused_parameter() {
  return Error{Code::mechanism_parameter, "the mechanism's parameter makes no sense"};
}

// octets_at views `bytes` octets that a parameter points to.
inline Result<Bytes> octets_at(const void* octets, CK_ULONG bytes, std::size_t bytes_max) {
  if (bytes > bytes_max || (octets == nullptr && bytes != 0)) return refused_parameter();
  return Bytes{static_cast<const std::uint8_t*>(octets), bytes};
}

// structure_at copies a structure that a pointer and a length describe; the size must be exact.
template <typename Structure>
Result<Structure> structure_at(const void* octets, CK_ULONG bytes) {
  if (octets == nullptr || bytes != sizeof(Structure)) return refused_parameter();
  Structure structure{};
  std::memcpy(&structure, octets, sizeof(structure));
  return structure;
}

// structure_of copies the structure that a mechanism points to.
template <typename Structure>
Result<Structure> structure_of(const CK_MECHANISM& mechanism) {
  return structure_at<Structure>(mechanism.pParameter, mechanism.ulParameterLen);
}

// Field is a piece of the parameter on its way into OwnedParameters::octets.
struct Field {
  Bytes source;
  Bytes* target;
};

// own copies the fields into one buffer and points the views there; once for each OwnedParameters.
inline void own(OwnedParameters& owned, std::initializer_list<Field> fields) {
  std::size_t total = 0;
  for (const Field& field : fields) total += field.source.size();
  owned.octets.reserve(total);
  for (const Field& field : fields) {
    const std::size_t start = owned.octets.size();
    append(owned.octets, field.source);
    *field.target = Bytes{owned.octets}.subspan(start);
  }
}

}  // namespace coffer::pkcs11
