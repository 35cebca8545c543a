// History: the end of the audit log line by line, and the comparison of store, mark and log.
#include "vault/history.h"

#include <algorithm>
#include <optional>
#include <string>

#include "vault/audit.h"

namespace coffer::vault {

namespace {

constexpr Error kLogLost{Code::rollback, "the audit log has lost lines that the store or the mark knows of"};
constexpr Error kLogChanged{Code::rollback,
                            "a line of the audit log that the store or the mark knows of was changed"};

// check_line looks whether the line of that number is the one of that hash.
Status check_line(store::AuditLog& log, std::uint64_t sequence, const crypto::Digest32& hash) {
  if (sequence == 0) return {};
  if (TRY(log.tail()).line_count < sequence) return kLogLost;
  const auto page = log.read(sequence);
  // An archiver took it away with the finished file that it was in; the lines behind it name it.
  if (!page.ok() && page.error().code == Code::not_found) return {};
  if (!page.ok()) return page.error();
  if (page.value().lines.empty()) return kLogLost;
  return crypto::sha256(as_bytes(page.value().lines.front())) == hash ? Status{} : Status(kLogChanged);
}

}  // namespace

Result<LogEvidence> trim_log(store::AuditLog& log, const LogKey& key, const Mark& mark) {
  LogEvidence evidence;
  if (mark.format < kBoundFormat) return evidence;
  TRY(check_line(log, mark.bound.audit_sequence, mark.bound.audit_hash));
  std::uint64_t sequence = mark.bound.audit_sequence;
  crypto::Digest32 hash = mark.bound.audit_hash;
  std::uint64_t whole = sequence;  // up to here every line is the chip's
  for (bool follows = true; follows;) {
    const store::AuditPage page = TRY(log.read(sequence + 1));
    follows = !page.lines.empty();
    for (const std::string& line : page.lines) {
      follows = follows_line(line, hash);
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

Status check_history(const Head& head, const Mark& mark, const LogEvidence& evidence, store::AuditLog& log) {
  const Bound& store = head.bound;
  if (store.commits < mark.bound.commits)
    return Error{Code::rollback, "the store is older than its high-water mark"};
  if (mark.format >= kBoundFormat) {
    if (store.binding < mark.bound.binding)
      return Error{Code::rollback, "the store is older than its high-water mark"};
    if (store.binding > mark.bound.binding + 1)
      return Error{Code::rollback, "the high-water mark is older than its store"};
    if (store.binding == mark.bound.binding && store.commits != mark.bound.commits)
      return Error{Code::rollback, "the store and its high-water mark are of two histories"};
    if (store.commits < evidence.commits)
      return Error{Code::rollback, "the audit log knows of changes that the store has lost"};
  }
  return check_line(log, store.audit_sequence, store.audit_hash);
}

}  // namespace coffer::vault
