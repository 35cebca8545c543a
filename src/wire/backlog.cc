// Backlog: bounds for a user, for all users, and for hidden memory that is scarce.
#include "wire/backlog.h"

#include "base/secret_room.h"
#include "host/secret_arena.h"

namespace coffer::wire {

namespace {

constexpr std::size_t hidden_part(std::size_t piece_bytes) {
  return piece_bytes < host::kBulkBytes ? piece_bytes : 0;
}

}  // namespace

bool Backlog::exchange(std::size_t before, std::size_t after) {
  const std::lock_guard lock(mutex_);
  const std::size_t bytes = bytes_ - before + after;
  const std::size_t hidden_bytes = hidden_bytes_ - hidden_part(before) + hidden_part(after);
  if (after > before) {
    if (bytes > kBacklogOfUserBytesMax) return false;
    const bool is_scarce = hidden_part(after) > 0 && secret_room() == SecretRoom::scarce;
    if (is_scarce && (hidden_bytes > kBacklogOfUserBytesScarce || !leaves_last_room(after))) return false;
    if (all_->fetch_add(after - before) + (after - before) > kBacklogBytesMax) {
      all_->fetch_sub(after - before);
      return false;
    }
  } else {
    all_->fetch_sub(before - after);
  }
  bytes_ = bytes;
  hidden_bytes_ = hidden_bytes;
  return true;
}

}  // namespace coffer::wire
