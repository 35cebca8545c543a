// CHECK: prints the failed condition (a literal, never data) and ends the process.
#include "base/check.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace coffer {

void check_failed(const char* condition, const char* file, int line) {
  std::array<char, 512> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "coffer: %s:%d: CHECK(%s) failed\n", file, line, condition);
  if (length > 0 && ::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(length)) < 0) {
    // Nothing is left to tell it to.
  }
  std::_Exit(70);
}

}  // namespace coffer
