// MemoryAuditLog: a list of lines.
#include "store/memory_audit_log.h"

namespace coffer::store {

std::vector<std::string> MemoryAuditLog::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::size_t MemoryAuditLog::durable_count() const {
  const std::lock_guard lock(mutex_);
  return durable_count_;
}

void MemoryAuditLog::fill_disk(bool reserve_too) {
  const std::lock_guard lock(mutex_);
  full_ = true;
  reserve_full_ = reserve_too;
}

void MemoryAuditLog::break_down(Error error) {
  const std::lock_guard lock(mutex_);
  broken_ = error;
}

void MemoryAuditLog::recover() {
  const std::lock_guard lock(mutex_);
  full_ = false;
  reserve_full_ = false;
  broken_.reset();
}

void MemoryAuditLog::lose_power() {
  const std::lock_guard lock(mutex_);
  lines_.resize(durable_count_);
}

Status MemoryAuditLog::check_room() {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  if (full_) return kNoRoomForLines;
  return {};
}

Status MemoryAuditLog::append(std::span<const std::string> lines, Urgency urgency) {
  const std::lock_guard lock(mutex_);
  TRY(add(lines, urgency));
  durable_count_ = lines_.size();
  return {};
}

Status MemoryAuditLog::append_relaxed(std::span<const std::string> lines) {
  const std::lock_guard lock(mutex_);
  return add(lines, Urgency::ordinary);
}

Status MemoryAuditLog::sync() {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  durable_count_ = lines_.size();
  return {};
}

Result<AuditTail> MemoryAuditLog::tail() {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  return AuditTail{lines_.empty() ? std::string() : lines_.back(), lines_.size()};
}

Status MemoryAuditLog::add(std::span<const std::string> lines, Urgency urgency) {
  TRY(check_lines(lines));
  if (broken_.has_value()) return *broken_;
  const bool refused = urgency == Urgency::administrator ? reserve_full_ : full_;
  if (refused) return kNoRoomForLines;
  lines_.insert(lines_.end(), lines.begin(), lines.end());
  return {};
}

}  // namespace coffer::store
