// CHECK: ends the process when something only our own bug can cause has happened.
#pragma once

namespace coffer {

// check_failed logs the place and ends the process without a core file; the guard restarts it locked.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace coffer

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::coffer::check_failed(#condition, __FILE__, __LINE__))
