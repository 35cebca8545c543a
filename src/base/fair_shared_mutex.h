// FairSharedMutex: a shared mutex in which who wants it alone waits for those who have it, and not for those
// who come later, as with std::shared_mutex.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace coffer {

// FairSharedMutex is used like std::shared_mutex. Who shares it must not ask for it again.
class FairSharedMutex final {
 public:
  void lock() {
    wanted_.fetch_add(1);
    gate_.lock();
    mutex_.lock();
  }
  void unlock() {
    mutex_.unlock();
    gate_.unlock();
    wanted_.fetch_sub(1);
  }

  void lock_shared() {
    if (is_wanted()) {
      const std::lock_guard behind(gate_);
    }
    mutex_.lock_shared();
  }
  bool try_lock_shared() { return !is_wanted() && mutex_.try_lock_shared(); }
  void unlock_shared() { mutex_.unlock_shared(); }

  // is_wanted tells whether somebody has it alone, or waits for that.
  [[nodiscard]] bool is_wanted() const { return wanted_.load() > 0; }

 private:
  std::atomic<unsigned> wanted_ = 0;
  std::mutex gate_;  // held by who has it alone or is the next
  std::shared_mutex mutex_;
};

}  // namespace coffer
