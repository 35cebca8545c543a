// Text: the blank-padded fields of PKCS#11's information structures.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

inline constexpr std::string_view kManufacturer = "Coffer";
inline constexpr CK_VERSION kLibraryVersion = {0, 1};

// write_padded fills a field with text and then blanks; what does not fit is cut off.
template <std::size_t N>
void write_padded(CK_UTF8CHAR (&field)[N], std::string_view text) {
  const std::size_t length = std::min(text.size(), N);
  std::copy_n(text.begin(), length, field);
  std::fill(field + length, field + N, static_cast<CK_UTF8CHAR>(' '));
}

}  // namespace coffer::pkcs11
