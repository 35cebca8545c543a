// FaultyStore: passes calls on, or fails as it was told.
#include "store/faulty_store.h"

#include <algorithm>

namespace coffer::store {

void FaultyStore::fail_commit(std::uint64_t nth, FaultPoint point, Error error) {
  const std::lock_guard lock(mutex_);
  faults_.push_back({commit_count_ + nth, point, error});
}

void FaultyStore::break_down(Error error) {
  const std::lock_guard lock(mutex_);
  broken_ = error;
}

void FaultyStore::turn_to(Store& other) {
  const std::lock_guard lock(mutex_);
  turned_to_ = &other;
  turns_after_ = commit_count_;
}

Store& FaultyStore::read_from() {
  const std::lock_guard lock(mutex_);
  return turned_to_ != nullptr && commit_count_ > turns_after_ ? *turned_to_ : inner_;
}

void FaultyStore::hold_commits(bool holds, FaultPoint point) {
  const std::lock_guard lock(mutex_);
  holds_ = holds;
  held_at_ = point;
  held_changed_.notify_all();
}

void FaultyStore::wait_until_held() {
  std::unique_lock lock(mutex_);
  held_changed_.wait(lock, [this] { return held_count_ > 0; });
}

std::uint64_t FaultyStore::reading_count() const {
  const std::lock_guard lock(mutex_);
  return reading_count_;
}

void FaultyStore::wait_for_readings(std::uint64_t count) {
  std::unique_lock lock(mutex_);
  held_changed_.wait(lock, [&] { return reading_count_ >= count; });
}

void FaultyStore::wait_while_held(FaultPoint point) {
  std::unique_lock lock(mutex_);
  if (point != held_at_) return;
  ++held_count_;
  held_changed_.notify_all();
  held_changed_.wait(lock, [this] { return !holds_; });
  --held_count_;
}

void FaultyStore::recover() {
  const std::lock_guard lock(mutex_);
  turned_to_ = nullptr;
  faults_.clear();
  broken_.reset();
}

std::uint64_t FaultyStore::commit_count() const {
  const std::lock_guard lock(mutex_);
  return commit_count_;
}

Result<Revision> FaultyStore::commit(const Transaction& transaction) {
  wait_while_held(FaultPoint::before_commit);
  const std::optional<Fault> fault = next_fault();
  if (fault.has_value() && fault->point == FaultPoint::before_commit) return fault->error;
  auto revision = inner_.commit(transaction);
  wait_while_held(FaultPoint::after_commit);
  if (fault.has_value()) return fault->error;
  return revision;
}

Result<std::optional<Record>> FaultyStore::get(Bytes key) {
  TRY(check_up());
  auto record = read_from().get(key);
  const std::lock_guard lock(mutex_);
  ++reading_count_;
  held_changed_.notify_all();
  return record;
}

Result<Page> FaultyStore::range(Bytes prefix, Bytes after, std::size_t count_max) {
  TRY(check_up());
  return read_from().range(prefix, after, count_max);
}

Result<Revision> FaultyStore::revision() {
  TRY(check_up());
  return read_from().revision();
}

Result<std::vector<Change>> FaultyStore::changes(Revision since) {
  TRY(check_up());
  return read_from().changes(since);
}

Result<std::unique_ptr<Snapshot>> FaultyStore::snapshot() {
  TRY(check_up());
  return read_from().snapshot();
}

Status FaultyStore::check_up() const {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  return {};
}

// next_fault counts a commit and tells what is to happen to it.
std::optional<FaultyStore::Fault> FaultyStore::next_fault() {
  const std::lock_guard lock(mutex_);
  ++commit_count_;
  if (broken_.has_value()) return Fault{commit_count_, FaultPoint::before_commit, *broken_};
  const auto found = std::ranges::find(faults_, commit_count_, &Fault::commit_index);
  if (found == faults_.end()) return std::nullopt;
  const Fault fault = *found;
  faults_.erase(found);
  return fault;
}

}  // namespace coffer::store
