// ForkGuard: knows at the price of one read whether this process is still the one that made it.
#pragma once

#include <unistd.h>

#include <atomic>

#include "base/result.h"
#include "host/mapping.h"

namespace coffer::wire {

// ForkGuard is one page that the kernel empties in a forked child (MADV_WIPEONFORK, Linux 4.14).
class ForkGuard final {
 public:
  static Result<ForkGuard> create();

  // is_child tells whether this process is a fork of the one that called create().
  [[nodiscard]] bool is_child() const { return word().load(std::memory_order_relaxed) == 0; }
  // pid is the process that called create().
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  explicit ForkGuard(host::Mapping page) : page_(std::move(page)), pid_(::getpid()) { word() = 1; }
  [[nodiscard]] std::atomic<std::uint32_t>& word() const {
    return *reinterpret_cast<std::atomic<std::uint32_t>*>(page_.begin());
  }

  host::Mapping page_;
  pid_t pid_;
};

}  // namespace coffer::wire
