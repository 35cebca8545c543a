// HighWater: the mark outside the store, sealed to the host, that exposes a store set back in time; and the
// count of wrong passphrases, which must survive a restart while the vault is locked.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "base/format.h"
#include "base/result.h"
#include "store/mark_file.h"
#include "vault/ladder.h"

namespace coffer::vault {

// Mark is what the mark file holds.
struct Mark {
  RealmId realm{};
  std::uint64_t commits = 0;          // the store had seen at least this many
  std::uint32_t unlock_failures = 0;  // since the last right passphrase
  std::uint8_t format = kFormat;      // the store had been brought to this one

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.realm));
    TRY(visit(in.commits));
    TRY(visit(in.unlock_failures));
    return visit(in.format);
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
  // found makes the mark of a realm that is new on this host, of a vault of that format.
  Status found(const RealmId& realm, std::uint8_t format);

  [[nodiscard]] Mark mark() const;
  // raise notes that the store has seen `commits`; durable when it returns.
  Status raise(std::uint64_t commits);
  // raise_format notes that the store was brought to `format` by the commit of that number; durable when it
  // returns. A mark of format 2 is written as it was then until this is called.
  Status raise_format(std::uint8_t format, std::uint64_t commits);
  // reset sets the mark to exactly `commits` and `format`, deliberately going back.
  Status reset(const RealmId& realm, std::uint8_t format, std::uint64_t commits);

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
  std::uint64_t delay_ends_boot_milliseconds_ = 0;
};

}  // namespace coffer::vault
