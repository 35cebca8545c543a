// MemoryAuditLog: a list of lines.
#include "store/memory_audit_log.h"

#include <utility>

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
  reserve_is_whole_ = false;
}

void MemoryAuditLog::fill_ordinary() {
  const std::lock_guard lock(mutex_);
  full_ = true;
  reserve_full_ = false;
}

void MemoryAuditLog::break_down(Error error) {
  const std::lock_guard lock(mutex_);
  broken_ = error;
}

void MemoryAuditLog::recover() {
  const std::lock_guard lock(mutex_);
  full_ = false;
  reserve_full_ = false;
  reserve_is_whole_ = true;
  broken_.reset();
}

void MemoryAuditLog::lose_power() {
  const std::lock_guard lock(mutex_);
  lines_.resize(durable_count_);
}

void MemoryAuditLog::put_back(std::vector<std::string> lines) {
  const std::lock_guard lock(mutex_);
  lines_ = std::move(lines);
  durable_count_ = lines_.size();
}

void MemoryAuditLog::reopen() {
  const std::lock_guard lock(mutex_);
  appended_ = false;
}

Status MemoryAuditLog::check_room() {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  return reserve_is_whole_ ? Status{} : Status(kNoRoomForLines);
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

Result<AuditPage> MemoryAuditLog::read(std::uint64_t first) {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  AuditPage page;
  for (std::uint64_t at = first; at <= lines_.size() && page.lines.size() < kAuditPageLinesMax; ++at) {
    page.lines.push_back(lines_[at - 1]);
  }
  return page;
}

Status MemoryAuditLog::cut(std::uint64_t line_count) {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  if (appended_) return kCutTooLate;
  if (line_count < lines_.size()) lines_.resize(line_count);
  durable_count_ = lines_.size();
  return {};
}

Status MemoryAuditLog::add(std::span<const std::string> lines, Urgency urgency) {
  TRY(check_lines(lines));
  if (broken_.has_value()) return *broken_;
  const bool refused = urgency == Urgency::administrator ? reserve_full_ : full_;
  if (refused) return kNoRoomForLines;
  appended_ = true;
  lines_.insert(lines_.end(), lines.begin(), lines.end());
  return {};
}

}  // namespace coffer::store
