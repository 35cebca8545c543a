// errno_error: turns the system's error number into an Error.
#pragma once

#include <cerrno>
#include <string_view>

#include "base/result.h"

namespace coffer::host {

// code_of_errno gives the Code for an error number; what has none of its own is `unavailable`.
Code code_of_errno(int number);

// errno_error makes an Error from errno, as the last system call left it, and a literal text.
template <std::size_t N>
Error errno_error(const char (&literal)[N]) {
  return Error::received(code_of_errno(errno), std::string_view(literal, N - 1));
}

}  // namespace coffer::host
