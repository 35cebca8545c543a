// History: the end of the audit log line by line, and the comparison of store, mark and log.
#include "vault/history.h"

#include <algorithm>
#include <optional>
#include <string>

#include "record/audit.h"

namespace coffer::vault {

namespace {

constexpr Error kLogLost{Code::rollback, "the audit log has lost lines that the store or the mark knows of"};
constexpr Error kLogChanged{Code::rollback,
                            "a line of the audit log that the store or the mark knows of was changed"};

// check_line looks whether the line of that number is the one of that hash.
Status check_line(store::AuditLog& log, std::uint64_t sequence, const crypto::Digest32& hash) {
  if (sequence == 0) return {};
  if (TRY(log.tail()).line_count < sequence) return kLogLost;
  const store::AuditPage page = TRY(log.read(sequence));
  if (page.lines.empty()) return kLogLost;
  return crypto::sha256(as_bytes(page.lines.front())) == hash ? Status{} : Status(kLogChanged);
}

// lost_if_away takes lines that an archiver moved away for lost.
Status lost_if_away(Status status) {
  return !status.ok() && status.error().code == Code::not_found ? Status(kLogLost) : status;
}

}  // namespace

Result<LogEvidence> trim_log(store::AuditLog& log, const record::LogKey& key, const record::Mark& mark) {
  LogEvidence evidence;
  if (mark.format < record::kBoundFormat) return evidence;
  TRY(lost_if_away(check_line(log, mark.bound.audit_sequence, mark.bound.audit_hash)));
  std::uint64_t sequence = mark.bound.audit_sequence;
  crypto::Digest32 hash = mark.bound.audit_hash;
  std::uint64_t whole = sequence;  // up to here every line is the chip's
  for (bool follows = true; follows;) {
    const auto read = log.read(sequence + 1);
    if (!read.ok()) return lost_if_away(read.error()).error();
    const store::AuditPage& page = read.value();
    follows = !page.lines.empty();
    for (const std::string& line : page.lines) {
      follows = record::follows_line(line, hash);
      if (!follows) break;
      ++sequence;
      hash = crypto::sha256(as_bytes(line));
      const auto commits = vouched_commits(key, line);
      if (!commits) continue;
      whole = sequence;
      evidence.commits = std::max(evidence.commits, *commits);
    }
  }
  const std::uint64_t line_count = TRY(log.tail()).line_count;
  if (line_count == whole) return evidence;
  TRY(log.cut(whole));
  evidence.cut = line_count - whole;
  return evidence;
}

Status check_history(const record::Head& head, const record::Mark& mark, const LogEvidence& evidence,
                     store::AuditLog& log) {
  const record::Bound& store = head.bound;
  if (store.commits < mark.bound.commits)
    return Error{Code::rollback, "the store is older than its high-water mark"};
  // A mark of before a migration knows no binding; the migration's steps made the first ones.
  const std::uint64_t ahead_max =
      mark.format >= record::kBoundFormat ? 1 : record::kBoundFormat - kFormatOldest;
  if (store.binding > mark.bound.binding + ahead_max)
    return Error{Code::rollback, "the high-water mark is older than its store"};
  if (mark.format >= record::kBoundFormat) {
    if (store.binding < mark.bound.binding)
      return Error{Code::rollback, "the store is older than its high-water mark"};
    if (store.binding == mark.bound.binding && store.commits != mark.bound.commits)
      return Error{Code::rollback, "the store and its high-water mark are of two histories"};
    if (store.commits < evidence.commits)
      return Error{Code::rollback, "the audit log knows of changes that the store has lost"};
  }
  const Status line = check_line(log, store.audit_sequence, store.audit_hash);
  const bool is_away = !line.ok() && line.error().code == Code::not_found;
  // An archiver took it with the finished file that it was in: the mark's line, which is there, follows it.
  // (Older marks know no line, and older programs did not look for it.)
  const bool may_be_away =
      mark.format < record::kBoundFormat || store.audit_sequence < mark.bound.audit_sequence;
  return is_away && may_be_away ? Status{} : lost_if_away(line);
}

}  // namespace coffer::vault
