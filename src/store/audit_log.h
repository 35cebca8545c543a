// AuditLog: where the chip's audit lines go; append only.
//
// On disk (FileAuditLog) the log is a directory of files audit-000001.log, audit-000002.log, ... Each is
// plain text: complete lines, each ended by one newline, in the order in which they were appended. A reader
// takes the files in the order of their names and splits at newlines; octets after the last newline of the
// last file are the rest of a write that was never acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace coffer::store {

// A line without its newline; longer lines are refused.
inline constexpr std::size_t kAuditLineBytesMax = 8192;
// Lines of one append.
inline constexpr std::size_t kAuditLinesMax = 4096;

// Lines of one page: at their longest they fit into a frame between two processes.
inline constexpr std::size_t kAuditPageLinesMax = 512;

// Urgency says whether a record may use the room that is kept back for the administrator.
enum class Urgency : std::uint8_t { ordinary = 0, administrator = 1 };

// AuditTail is where the log ends: its last complete line ("" when there is none yet) and how many lines it
// has.
struct AuditTail {
  std::string line;
  std::uint64_t line_count = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.line, kAuditLineBytesMax));
    return visit(in.line_count);
  }
};

// AuditPage is some lines of the log in their order. A line that no append can have written (longer than
// kAuditLineBytesMax, or empty) is "".
struct AuditPage {
  std::vector<std::string> lines;

  static Status fields(auto& visit, auto& in) {
    return visit(in.lines, kAuditPageLinesMax, kAuditLineBytesMax);
  }
};

// AuditLog is safe from many threads at once. An append is all or nothing. Errors: disk_full (nothing of it
// was kept), invalid (a line is empty or holds a newline), limit (a line too long, too many lines),
// unavailable (a write or flush failed or the writer is gone; whether the lines were kept is unknown, and
// nothing is taken any more).
class AuditLog {
 public:
  virtual ~AuditLog() = default;

  // append adds `lines` in order; when it returns they and all lines before them are durable.
  virtual Status append(std::span<const std::string> lines, Urgency urgency = Urgency::ordinary) = 0;

  // append_relaxed adds `lines` in order; they become durable with the next append or sync.
  virtual Status append_relaxed(std::span<const std::string> lines) = 0;

  // sync makes everything appended so far durable.
  virtual Status sync() = 0;

  // check_room fails with `disk_full` when an ordinary append would: whoever is about to do what an append
  // must follow asks first. While it succeeds, the administrator's reserve is whole, and that append has its
  // room there.
  virtual Status check_room() = 0;

  // tail tells where the log ends.
  virtual Result<AuditTail> tail() = 0;

  // read gives lines from the `first`-th on (the first ever is 1), as many as a page takes; none behind the
  // last. Fails with `not_found` when an archiver took them away.
  virtual Result<AuditPage> read(std::uint64_t first) = 0;

  // cut removes every line behind the `line_count`-th, durably. Fails with `denied` once a line was appended:
  // who has taken over the chip cannot take back what it wrote.
  virtual Status cut(std::uint64_t line_count) = 0;
};

inline constexpr Error kCutTooLate{Code::denied, "the audit log is cut only before it goes on"};
inline constexpr Error kNoRoomForLines{Code::disk_full, "the audit log has no room: make some on its disk"};

// check_lines refuses what no AuditLog takes.
Status check_lines(std::span<const std::string> lines);

}  // namespace coffer::store
