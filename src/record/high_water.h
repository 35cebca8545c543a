// HighWater: the mark outside the store, sealed to the host, that exposes a store set back in time; and the
// count of wrong passphrases, which must survive a restart while the vault is locked.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "base/format.h"
#include "base/result.h"
#include "record/bound.h"
#include "record/ladder.h"
#include "store/mark_file.h"

namespace coffer::record {

// kBoundFormat is the first format whose marks say where the audit log stood; those of older vaults have the
// count of commits alone.
inline constexpr std::uint8_t kBoundFormat = 5;

// Mark is what the mark file holds.
struct Mark {
  RealmId realm{};
  Bound bound;
  std::uint32_t unlock_failures = 0;  // since the last right passphrase
  std::uint8_t format = kFormat;      // the store had been brought to this one

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.realm));
    TRY(visit(in.bound.commits));
    TRY(visit(in.unlock_failures));
    TRY(visit(in.format));
    TRY(visit(in.bound.binding));
    TRY(visit(in.bound.audit_sequence));
    return visit(in.bound.audit_hash);
  }
};

// unlock_delay_seconds is how long to wait after so many failures: none for the first three, then 1, 2, 4,
// ... seconds, at most an hour.
std::uint32_t unlock_delay_seconds(std::uint32_t failures);

// HighWater keeps the mark. Safe from many threads.
class HighWater {
 public:
  HighWater(store::MarkFile& file, const HostKey& host, const Clock& clock);

  // load reads the mark. Fails with `rollback` when there is none (its absence is as bad as an old store),
  // with `unsupported` when a newer program made it, and with `corrupt` when it was made by another host or
  // changed.
  Status load();
  // found makes the mark of a realm that is new on this host, of a vault of that format, whose store has seen
  // no commit yet; `bound` tells where the audit log stands.
  Status found(const RealmId& realm, std::uint8_t format, const Bound& bound);
  // presence tells what load() found; a mark that was written since is whole.
  enum class Presence : std::uint8_t { missing, unreadable, whole };
  [[nodiscard]] Presence presence() const;

  [[nodiscard]] Mark mark() const;
  // bind lets the mark follow; durable when it returns. Nothing in it may go back.
  Status bind(const Bound& bound);
  // raise_format notes that the store was brought to `format` by the commit that `bound` names; durable when
  // it returns. The mark of an older format is written as it was then until this is called.
  Status raise_format(std::uint8_t format, const Bound& bound);
  // reset sets the mark to exactly `bound` and `format`, deliberately going back.
  Status reset(const RealmId& realm, std::uint8_t format, const Bound& bound);

  // begin_attempt counts a try of the passphrase, durably, before it is checked, and starts the delay that
  // follows it. Fails with `throttled` while an earlier delay runs.
  Status begin_attempt();
  // succeeded clears the count and the delay after a right passphrase.
  Status succeeded();
  [[nodiscard]] std::uint32_t retry_after_seconds() const;

 private:
  Status store_mark(const Mark& mark);

  store::MarkFile& file_;
  MarkKey key_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards all below
  Mark mark_;
  Presence presence_ = Presence::missing;
  std::uint64_t delay_ends_boot_milliseconds_ = 0;
};

}  // namespace coffer::record
