// Charges: a virtual clock for the principals, and one for the shares of each.
#include "wire/charges.h"

#include <algorithm>

namespace coffer::wire {

namespace {

// A turn costs at least so much, and is charged that before it begins: workers that choose at the same time
// choose different ones.
constexpr std::uint64_t kTurnNanoseconds = 1000;

}  // namespace

Charges::Rank Charges::rank(const TurnOf& turn) const {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(turn.principal);
  if (found == accounts_.end()) return {.of_principal = floor_};
  const Account& account = found->second;
  Rank rank{.of_principal = std::max(account.used, floor_), .of_share = account.floor};
  const auto share = account.shares.find(turn.share);
  if (share == account.shares.end()) return rank;
  rank.of_share = std::max(share->second.used, account.floor);
  rank.is_slow = share->second.is_slow;
  return rank;
}

bool Charges::may_enter_locked(std::uint64_t principal) const {
  if (worker_count_ == 1 || principal == 0) return true;
  const auto found = accounts_.find(principal);
  return found == accounts_.end() || found->second.workers + 1 < worker_count_;
}

bool Charges::may_enter(std::uint64_t principal) const {
  const std::lock_guard lock(mutex_);
  return may_enter_locked(principal);
}

bool Charges::try_enter(std::uint64_t principal) {
  const std::lock_guard lock(mutex_);
  if (!may_enter_locked(principal)) return false;
  ++accounts_[principal].workers;
  return true;
}

void Charges::leave(std::uint64_t principal) {
  const std::lock_guard lock(mutex_);
  --accounts_[principal].workers;
}

void Charges::begin(const TurnOf& turn) {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[turn.principal];
  account.used = std::max(account.used, floor_);
  floor_ = account.used;
  ShareAccount& share = account.shares[turn.share];
  share.used = std::max(share.used, account.floor);
  account.floor = share.used;
  account.used += kTurnNanoseconds;
  share.used += kTurnNanoseconds;
}

void Charges::charge(const TurnOf& turn, std::uint64_t nanoseconds, std::uint64_t nanoseconds_of_all) {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[turn.principal];
  account.used += nanoseconds;
  ShareAccount& share = account.shares[turn.share];
  share.used += nanoseconds;
  share.is_slow = nanoseconds_of_all > kLongNanoseconds;
  if (account.shares.size() > kIdleMax) {
    std::erase_if(account.shares, [&](const auto& each) { return each.second.used <= account.floor; });
  }
  if (accounts_.size() > kIdleMax) forget_idle();
}

void Charges::forget_idle() {
  std::erase_if(accounts_,
                [this](const auto& each) { return each.second.workers == 0 && each.second.used <= floor_; });
}

}  // namespace coffer::wire
