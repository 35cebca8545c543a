// UnwrapDelays: counts in a map that forgets.
#include "vault/unwrap_delay.h"

namespace coffer::vault {

namespace {

constexpr std::uint64_t kForgottenMilliseconds = 3'600'000;
// Beyond this many counts, further keys of a user share one: a flood of keys buys no tries.
constexpr std::size_t kPlacesMax = 4096;

}  // namespace

// Called with the mutex.
UnwrapDelays::Place UnwrapDelays::place_of(std::uint32_t uid, const wire::ObjectId& key) const {
  const Place place{uid, key};
  if (failures_.size() < kPlacesMax || failures_.contains(place)) return place;
  return {uid, wire::ObjectId{}};
}

Status UnwrapDelays::check(std::uint32_t uid, const wire::ObjectId& key) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(place_of(uid, key));
  if (found == failures_.end()) return {};
  const std::uint64_t waited = clock_.boot_milliseconds() - found->second.last;
  if (waited >= unwrap_delay_milliseconds(found->second.count)) return {};
  return Error{Code::too_fast, "too many wrong ciphertexts for this key: wait for up to a minute"};
}

void UnwrapDelays::failed(std::uint32_t uid, const wire::ObjectId& key) {
  const std::uint64_t now = clock_.boot_milliseconds();
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kPlacesMax) {
    std::erase_if(failures_,
                  [now](const auto& each) { return each.second.last + kForgottenMilliseconds <= now; });
  }
  Failures& failures = failures_[place_of(uid, key)];
  if (failures.last + kForgottenMilliseconds <= now) failures.count = 0;
  ++failures.count;
  failures.last = now;
}

}  // namespace coffer::vault
