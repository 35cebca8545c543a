// check_failed of fuzz targets: takes the place of base/check.cc, and aborts so that libFuzzer keeps the
// input.
#include <cstdio>
#include <cstdlib>

#include "base/check.h"

void coffer::check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, condition);
  std::abort();
}
