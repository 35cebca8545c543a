// History: whether store, high-water mark and audit log are of one history.
//
// A line of the log is written, then durable, then bound: the store's head names it in a commit, and the mark
// follows within a second. Nothing durable names what is not durable. So after a crash or a loss of power
// lines that were not bound may be missing or torn, the mark may be one binding behind the head, and nothing
// else can be out of step; anything else was done by somebody. All three set back together to what they were
// at one moment cannot be told from that moment (SECURITY.md).
#pragma once

#include <cstdint>

#include "base/result.h"
#include "record/high_water.h"
#include "record/ladder.h"
#include "record/manifest.h"
#include "store/audit_log.h"

namespace coffer::vault {

// LogEvidence is what the end of the audit log tells at a start.
struct LogEvidence {
  std::uint64_t cut = 0;      // lines behind the last whole one, which are gone now
  std::uint64_t commits = 0;  // of the store, as far as the lines behind the mark know
};

// trim_log goes through the lines behind the one that the mark names, and cuts the log off behind the last
// one that this host's chip wrote. Call it before the first line is appended. Fails with `rollback` when the
// log has lost the mark's line, or that one was changed; then nothing is cut. The log of a vault of a format
// before kBoundFormat is left as it is.
Result<LogEvidence> trim_log(store::AuditLog& log, const record::LogKey& key, const record::Mark& mark);

// check_history fails with `rollback` when the store's head does not fit the mark, the log's evidence, or the
// log itself.
Status check_history(const record::Head& head, const record::Mark& mark, const LogEvidence& evidence,
                     store::AuditLog& log);

}  // namespace coffer::vault
