// MemoryAuditLog: an AuditLog in memory, for tests.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/audit_log.h"

namespace coffer::store {

// MemoryAuditLog keeps the lines in order and can be told to fail.
class MemoryAuditLog final : public AuditLog {
 public:
  // lines returns a copy of all lines, those not yet synced included.
  [[nodiscard]] std::vector<std::string> lines() const;
  // durable_count is how many of them would survive a crash.
  [[nodiscard]] std::size_t durable_count() const;
  // fill_disk refuses ordinary lines with `disk_full`, and the administrator's too when `reserve_too` is set.
  void fill_disk(bool reserve_too = false);
  // fill_ordinary refuses ordinary lines, but check_room() still finds the administrator's room whole.
  void fill_ordinary();
  // break_down makes every call fail with `error`.
  void break_down(Error error);
  // recover undoes fill_disk and break_down.
  void recover();
  // put_back makes the log one of these lines, as somebody who can write to the disk does while it is closed.
  void put_back(std::vector<std::string> lines);
  // reopen is what the start of another writer is: the log may be cut again.
  void reopen();
  // lose_power forgets the lines that were not yet durable.
  void lose_power();

  Status append(std::span<const std::string> lines, Urgency urgency = Urgency::ordinary) override;
  Status append_relaxed(std::span<const std::string> lines) override;
  Status sync() override;
  Result<AuditTail> tail() override;
  Result<AuditPage> read(std::uint64_t first) override;
  Status cut(std::uint64_t line_count) override;
  Status check_room() override;

 private:
  Status add(std::span<const std::string> lines, Urgency urgency);

  mutable std::mutex mutex_;  // guards all below
  std::vector<std::string> lines_;
  std::size_t durable_count_ = 0;
  bool appended_ = false;
  bool full_ = false;
  bool reserve_full_ = false;
  bool reserve_is_whole_ = true;
  std::optional<Error> broken_;
};

}  // namespace coffer::store
