// UnwrapDelays: counts in maps that forget.
#include "vault/unwrap_delay.h"

namespace coffer::vault {

namespace {

constexpr std::uint64_t kForgottenMilliseconds = 3'600'000;
constexpr KeyMark kOtherKeys = 0;

// place_of gives where a key is counted.
template <typename OfUser>
KeyMark place_of(const OfUser& user, KeyMark key) {
  return user.size() < UnwrapDelays::kKeysOfUserMax || user.contains(key) ? key : kOtherKeys;
}

}  // namespace

void UnwrapDelays::forget_old() {
  const std::uint64_t now = clock_.boot_milliseconds();
  for (auto& [who, user] : users_)
    std::erase_if(user, [now](const auto& each) { return each.second.last + kForgottenMilliseconds <= now; });
  std::erase_if(users_, [](const auto& each) { return each.second.empty(); });
}

Status UnwrapDelays::check(const record::Who& who, KeyMark key) {
  const std::lock_guard lock(mutex_);
  const auto user = users_.find(users_.contains(who) ? who : record::Who());
  if (user == users_.end()) return {};
  const auto found = user->second.find(place_of(user->second, key));
  if (found == user->second.end()) return {};
  const std::uint64_t waited = clock_.boot_milliseconds() - found->second.last;
  if (waited >= unwrap_delay_milliseconds(found->second.count)) return {};
  return Error{Code::too_fast, "too many wrong ciphertexts for this key: wait for up to a minute"};
}

void UnwrapDelays::failed(const record::Who& who, KeyMark key) {
  const std::uint64_t now = clock_.boot_milliseconds();
  const std::lock_guard lock(mutex_);
  const auto known = users_.find(who);
  const bool is_crowded = known == users_.end()
                              ? users_.size() >= kUsersMax
                              : known->second.size() >= kKeysOfUserMax && !known->second.contains(key);
  if (is_crowded) forget_old();
  OfUser& user = users_[users_.size() < kUsersMax || users_.contains(who) ? who : record::Who()];
  Failures& failures = user[place_of(user, key)];
  if (failures.last + kForgottenMilliseconds <= now) failures.count = 0;
  ++failures.count;
  failures.last = now;
}

}  // namespace coffer::vault
