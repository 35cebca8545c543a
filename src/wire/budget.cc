// Budget: a bound for a user, and one for all users.
#include "wire/budget.h"

namespace coffer::wire {

namespace {

bool add(std::atomic<std::size_t>& sum, std::size_t bytes, std::size_t bytes_max) {
  std::size_t before = sum.load(std::memory_order_relaxed);
  do {
    if (bytes > bytes_max || before > bytes_max - bytes) return false;
  } while (!sum.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  return true;
}

}  // namespace

bool Budget::take(std::size_t bytes) {
  if (!add(kept_, bytes, kKeptOfUserBytesMax)) return false;
  if (add(totals_->kept, bytes, kKeptBytesMax)) return true;
  kept_.fetch_sub(bytes);
  return false;
}

void Budget::give(std::size_t bytes) {
  kept_.fetch_sub(bytes);
  totals_->kept.fetch_sub(bytes);
}

bool Claim::resize(std::size_t bytes) {
  if (budget_ != nullptr) {
    if (bytes > bytes_ && !budget_->take(bytes - bytes_)) return false;
    if (bytes < bytes_) budget_->give(bytes_ - bytes);
  }
  bytes_ = bytes;
  return true;
}

}  // namespace coffer::wire
