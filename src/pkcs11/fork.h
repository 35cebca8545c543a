// Fork: how the module notices, at no cost, that it runs in the child of a fork, and locks that survive one.
//
// An application may fork at any moment, also while another of its threads is inside the module. The child
// then has a copy of everything, but only the forking thread. So each piece of state says what of it can be
// trusted when its lock was held at that moment, and makes its lock anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "host/mapping.h"

namespace coffer::pkcs11 {

// ForkMutex is a mutex that the child of a fork can make anew. Meets BasicLockable, for std::scoped_lock.
class ForkMutex final {
 public:
  void lock() {
    mutex_.lock();
    held_ = true;
  }
  void unlock() {
    held_ = false;
    mutex_.unlock();
  }

  // renew makes the lock free again in the child of a fork, and tells whether it was held there: then what it
  // guards may be half changed. Nobody else may be using the lock.
  bool renew() {
    const bool was_held = held_;
    std::construct_at(&mutex_);
    held_ = false;
    return was_held;
  }

 private:
  std::mutex mutex_;
  bool held_ = false;
};

// ForkPage is one page of memory that the kernel empties in the child of a fork (MADV_WIPEONFORK,
// Linux 4.14). It notices the fork and lets one thread of the child put things right while the others wait.
class ForkPage final {
 public:
  // create fails with `unsupported` or `invalid` where the kernel cannot do it.
  static Result<ForkPage> create();

  // is_new_process says whether this process is a child that has not put things right yet.
  [[nodiscard]] bool is_new_process() const { return state().load(std::memory_order_acquire) != kReady; }

  // claim answers true to the one thread of a child that shall put things right and then call done(). To the
  // others it answers false, when that has happened.
  bool claim();
  void done() { state().store(kReady, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kEmptied = 0;
  static constexpr std::uint32_t kClaimed = 1;
  static constexpr std::uint32_t kReady = 2;

  explicit ForkPage(host::Mapping page) : page_(std::move(page)) { done(); }
  [[nodiscard]] std::atomic<std::uint32_t>& state() const {
    return *reinterpret_cast<std::atomic<std::uint32_t>*>(page_.begin());
  }

  host::Mapping page_;
};

}  // namespace coffer::pkcs11
