// Store: what the chip needs of a place to keep sealed records - a revisioned key-value map.
//
// Keys and values are opaque: keys are blinded names, values are sealed by the chip. A store is trusted for
// nothing but availability. Back ends: MemoryStore (tests), SqliteStore (one machine). One conformance suite
// (store/conformance.h) runs on all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::store {

// Limits of one request; every back end and the broker's wire enforce them.
inline constexpr std::size_t kKeyBytesMax = 128;
inline constexpr std::size_t kValueBytesMax = 2U << 20U;
inline constexpr std::size_t kComparesMax = 4096;
inline constexpr std::size_t kWritesMax = 16384;
// All keys and values of one transaction together.
inline constexpr std::size_t kTransactionBytesMax = 32U << 20U;
inline constexpr std::size_t kPageRecordsMax = 4096;
// A page ends early when its values pass this many octets (it always holds at least one record).
inline constexpr std::size_t kPageBytesMax = 4U << 20U;
// changes() reaches back this many revisions and this many writes, whichever is shorter.
inline constexpr std::size_t kHistoryRevisions = 10'000;
inline constexpr std::size_t kHistoryWrites = 65'536;

// Revision counts committed transactions; it grows by one with each, and 0 means "absent" in a Compare.
using Revision = std::uint64_t;

// Record is one key with its value and the revision of the transaction that last wrote it.
struct Record {
  Buffer key;
  Buffer value;
  Revision revision = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.key, kKeyBytesMax));
    TRY(visit(in.value, kValueBytesMax));
    return visit(in.revision);
  }
};

// Compare demands that `key` was last written at `revision` (0: that it is absent).
struct Compare {
  Buffer key;
  Revision revision = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.key, kKeyBytesMax));
    return visit(in.revision);
  }
};

// Write puts `value` under `key`, or deletes `key` when there is no value.
struct Write {
  Buffer key;
  bool remove = false;
  Buffer value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.key, kKeyBytesMax));
    TRY(visit(in.remove));
    return visit(in.value, kValueBytesMax);
  }
};

// Transaction is applied whole, or not at all when one of its compares fails.
struct Transaction {
  std::vector<Compare> compares;
  std::vector<Write> writes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.compares, kComparesMax));
    return visit(in.writes, kWritesMax);
  }
};

// Page is a part of a range, in key order. `more` says that records follow the last one.
struct Page {
  std::vector<Record> records;
  bool more = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.records, kPageRecordsMax));
    return visit(in.more);
  }
};

// Change is one write as a watcher sees it.
struct Change {
  Buffer key;
  bool removed = false;
  Revision revision = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.key, kKeyBytesMax));
    TRY(visit(in.removed));
    return visit(in.revision);
  }
};

// kSnapshotsMax is how many snapshots a store broker keeps open at once; each keeps the log from being cut.
inline constexpr std::size_t kSnapshotsMax = 4;

// Snapshot is the store as it was at one moment, however long the reading takes. One thread at a time; it
// must not outlive its store. Fails with `not_found` when the store broker has forgotten it.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // range is as Store::range.
  virtual Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) = 0;
};

// Store is safe to use from many threads at once. Errors: unavailable (the back end is gone; the transaction
// may or may not have been applied), disk_full (nothing was written), conflict (a compare failed; nothing was
// written), limit, invalid (an empty key, a count of 0), corrupt. `docs/formats.md` has the broker's frames.
class Store {
 public:
  virtual ~Store() = default;

  // commit applies `transaction` durably and returns its revision. When it returns, the writes survive kill
  // -9 and power loss (MemoryStore excepted). Writes are applied in order: the later of two on one key wins.
  virtual Result<Revision> commit(const Transaction& transaction) = 0;

  // get returns the record under `key`, or nothing. Reads see every commit that has returned.
  virtual Result<std::optional<Record>> get(Bytes key) = 0;

  // range returns records whose key starts with `prefix` and is greater than `after` (empty: from the first),
  // at most `count_max` (itself at most kPageRecordsMax).
  virtual Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) = 0;

  // revision is that of the newest commit (0: none yet).
  virtual Result<Revision> revision() = 0;

  // changes lists writes after revision `since`, oldest first. It is a hint for caches, never a proof. Fails
  // with `limit` when the history does not reach back to `since`, or `since` is newer than the newest commit
  // (the store went back in time); the caller then reads everything anew.
  virtual Result<std::vector<Change>> changes(Revision since) = 0;

  // snapshot holds the present state for reading while commits go on. Fails with `limit` past kSnapshotsMax.
  virtual Result<std::unique_ptr<Snapshot>> snapshot() = 0;
};

}  // namespace coffer::store
