// FileAuditLog: an AuditLog in a directory of text files (format: store/audit_log.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/result.h"
#include "store/audit_log.h"

namespace coffer::store {

// FileAuditOptions are what an operator or a test may change.
struct FileAuditOptions {
  // segment_bytes is the size from which on a new file is begun.
  std::uint64_t segment_bytes = 64U << 20U;
  // reserve_bytes is the room kept back for the administrator's records when the disk is full.
  std::uint64_t reserve_bytes = 4U << 20U;
};

// FileAuditLog owns its directory: the log files, `reserve-01` and so on (room for the administrator's
// records, given up one by one when the disk is full), `counts` (how many lines each finished file has, so
// that they are counted once) and `lock`. When the reserve was used, ordinary lines are refused until it is
// whole again.
//
// An archiver may move a file away once `counts` lists it and another behind it; its lines still count as
// long as `counts` does.
class FileAuditLog final : public AuditLog {
 public:
  // create opens the log in `directory`, which is made (mode 0700) if its parent exists. An incomplete line
  // at the end of the last file is cut off. Fails with `exists` while another process has it open.
  static Result<std::unique_ptr<FileAuditLog>> create(const std::string& directory,
                                                      FileAuditOptions options = {});
  ~FileAuditLog() override;
  FileAuditLog(const FileAuditLog&) = delete;
  FileAuditLog& operator=(const FileAuditLog&) = delete;

  Status append(std::span<const std::string> lines, Urgency urgency = Urgency::ordinary) override;
  Status append_relaxed(std::span<const std::string> lines) override;
  Status sync() override;
  Result<AuditTail> tail() override;
  Result<AuditPage> read(std::uint64_t first) override;
  Status cut(std::uint64_t line_count) override;
  Status check_room() override;

 private:
  struct Parts;
  explicit FileAuditLog(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace coffer::store
