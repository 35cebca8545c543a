// Given: what an application passes to a function, before anybody reads it.
#pragma once

#include <cstddef>
#include <limits>

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

// is_missing says whether octets cannot be where the application says: a null pointer with a length, or a
// length that no object has, such as CK_UNAVAILABLE_INFORMATION. What is not missing can be added up.
inline bool is_missing(const void* octets, CK_ULONG bytes) {
  return octets == nullptr ? bytes != 0 : bytes > std::numeric_limits<std::ptrdiff_t>::max();
}

}  // namespace coffer::pkcs11
