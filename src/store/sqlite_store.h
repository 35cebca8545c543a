// SqliteStore: a Store in one SQLite file, for one machine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace coffer::store {

// StoreProgress is what a store that is being opened is at: it is read once from one end to the other, and
// checked when it was not closed.
struct StoreProgress {
  bool is_checking = false;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

// SqliteOptions are what an operator or a test may change.
struct SqliteOptions {
  // reader_count is how many reads run at once; the broker gives one to each of its channels.
  std::size_t reader_count = 4;
  // wal_bytes_max is the size of the write-ahead log at which its pages are moved into the database file.
  std::uint64_t wal_bytes_max = 16U << 20U;
  // pages_max bounds the database file in pages of kSqlitePageBytes (0: only the disk does).
  std::uint32_t pages_max = 0;
  // on_progress, when set, is told many times a second while the store is opened.
  std::function<void(const StoreProgress& progress)> on_progress = nullptr;
};

inline constexpr std::size_t kSqliteReadersMax = 64;
inline constexpr std::uint32_t kSqlitePageBytes = 4096;

// SqliteStore keeps PATH (the database), PATH-wal (its write-ahead log) and PATH.lock (held while it is open,
// so that two processes never open one store). Safe from many threads at once: one thread commits at a time,
// and reads run beside it.
//
// Exactly one connection writes and moves the log into the database (SQLite before 3.51.3 can corrupt a
// database when two do so at once); the others only read.
//
// A full disk fails the commit with `disk_full` and leaves the store usable. After any other failed write or
// flush nobody knows what is on the disk, so everything fails with `unavailable` until the process restarts.
class SqliteStore final : public Store {
 public:
  // create opens the store at `path`, or makes an empty one (mode 0600) in an existing directory. Up to 1 GiB
  // is read in order: what looks at it in another order afterwards finds it in memory, where a slow disk
  // would take a hundred times as long. When the last process died with the store open, its log is made
  // durable anew, that much of the file is checked, and the log is moved into it: a flush that failed may
  // have been why it died. Fails with `exists` while another process has it open, `corrupt` when the file
  // is damaged or not a store, `unsupported` when a newer Coffer wrote it, `unavailable` and `disk_full` when
  // the file system refuses.
  static Result<std::unique_ptr<SqliteStore>> create(const std::string& path, SqliteOptions options = {});

  // The destructor moves the log into the database. No other thread may still use the store.
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  Result<Revision> commit(const Transaction& transaction) override;
  Result<std::optional<Record>> get(Bytes key) override;
  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override;
  Result<Revision> revision() override;
  Result<std::vector<Change>> changes(Revision since) override;
  Result<std::unique_ptr<Snapshot>> snapshot() override;

 private:
  struct Parts;  // the connections and their statements
  explicit SqliteStore(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace coffer::store
