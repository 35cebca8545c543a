// SqliteStore: the tables, one transaction a commit, and when the log is copied into the database.
#include "store/sqlite_store.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "codec/binary.h"
#include "host/descriptor.h"
#include "host/file.h"
#include "store/limits.h"
#include "store/sqlite_connection.h"

namespace coffer::store {
namespace {

constexpr std::uint64_t kFormat = 1;
// "Cofr" in the head of the file says whose database it is.
constexpr std::uint64_t kApplicationId = 0x436f6672;
// The log is copied while commits wait; past this many times its usual size, they also wait for the readers.
constexpr std::uint32_t kLogPatience = 4;
// The history is trimmed once in so many commits.
constexpr Revision kTrimInterval = 256;
// A larger file is not checked at start, and read so far only: that would take longer than the chip's own
// check of its records.
constexpr std::uint64_t kCheckedBytesMax = 1ULL << 30U;

constexpr const char* kSchema =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, number INTEGER NOT NULL);"
    "CREATE TABLE record(id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL,"
    "  revision INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX record_key ON record(key);"
    // One row a revision; `total` counts all writes ever made, those of this revision included. The newest
    // row is never deleted, so it also says which revision the store is at.
    "CREATE TABLE history(revision INTEGER PRIMARY KEY, total INTEGER NOT NULL, writes BLOB NOT NULL);"
    "INSERT INTO meta VALUES('format', 1);"
    "PRAGMA application_id=1131374194;";
static_assert(kApplicationId == 1131374194 && kFormat == 1);

// What the column history.writes holds.
struct LoggedWrite {
  Bytes key;
  bool removed = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.key, kKeyBytesMax));
    return visit(in.removed);
  }
};

struct LoggedWrites {
  std::vector<LoggedWrite> writes;

  static Status fields(auto& visit, auto& in) { return visit(in.writes, kWritesMax); }
};

Buffer logged(const std::vector<Write>& writes) {
  LoggedWrites log;
  log.writes.reserve(writes.size());
  for (const Write& write : writes) log.writes.push_back({write.key, write.remove});
  return codec::encode(log);
}

constexpr Error kDamaged{Code::corrupt,
                         "the store file is damaged: stop Coffer and restore it from a backup"};

// Writer is the connection that writes, with its statements and what it knows of the newest revision.
struct Writer {
  SqliteConnection connection;
  SqliteStatement begin;
  SqliteStatement commit;
  SqliteStatement rollback;
  SqliteStatement revision_of;
  SqliteStatement put;
  SqliteStatement remove;
  SqliteStatement log;
  SqliteStatement trim;
  Revision revision = 0;
  std::uint64_t total = 0;
};

// Reader is a connection that reads, with its statements.
struct Reader {
  SqliteConnection connection;
  SqliteStatement get;
  SqliteStatement range;
  SqliteStatement revision;
  SqliteStatement history;
};

Result<std::unique_ptr<Writer>> make_writer(SqliteConnection connection) {
  auto begin = TRY(connection.prepare("BEGIN IMMEDIATE"));
  auto commit = TRY(connection.prepare("COMMIT"));
  auto rollback = TRY(connection.prepare("ROLLBACK"));
  auto revision_of = TRY(connection.prepare("SELECT revision FROM record WHERE key=?1"));
  auto put = TRY(
      connection.prepare("INSERT INTO record(key,value,revision) VALUES(?1,?2,?3)"
                         " ON CONFLICT(key) DO UPDATE SET value=excluded.value, revision=excluded.revision"));
  auto remove = TRY(connection.prepare("DELETE FROM record WHERE key=?1"));
  auto log = TRY(connection.prepare("INSERT INTO history(revision,total,writes) VALUES(?1,?2,?3)"));
  auto trim = TRY(connection.prepare("DELETE FROM history WHERE revision<?1 OR total<?2"));
  const Revision revision = TRY(connection.number("SELECT max(revision) FROM history"));
  const std::uint64_t total =
      TRY(connection.number("SELECT total FROM history ORDER BY revision DESC LIMIT 1"));
  return std::make_unique<Writer>(Writer{
      std::move(connection), std::move(begin), std::move(commit), std::move(rollback), std::move(revision_of),
      std::move(put), std::move(remove), std::move(log), std::move(trim), revision, total});
}

Result<std::unique_ptr<Reader>> make_reader(const std::string& path) {
  auto connection = TRY(SqliteConnection::open(path, SqliteRole::reader));
  auto get = TRY(connection.prepare("SELECT value, revision FROM record WHERE key=?1"));
  auto range = TRY(connection.prepare(
      "SELECT key, value, revision FROM record WHERE key>=?1 AND key<?2 ORDER BY key LIMIT ?3"));
  auto revision = TRY(connection.prepare("SELECT max(revision) FROM history"));
  auto history =
      TRY(connection.prepare("SELECT revision, writes FROM history WHERE revision>=?1 ORDER BY revision"));
  return std::make_unique<Reader>(Reader{std::move(connection), std::move(get), std::move(range),
                                         std::move(revision), std::move(history)});
}

// read_page reads one page with a reader's statement `range`.
Result<Page> read_page(SqliteStatement& statement, const KeyBounds& bounds, std::size_t count_max) {
  const ResetGuard guard(statement);
  statement.bind(1, bounds.first);
  statement.bind(2, bounds.end);
  statement.bind(3, std::uint64_t{count_max} + 1);  // one more tells whether more follow
  Page page;
  std::size_t bytes = 0;
  while (TRY(statement.step())) {
    if (page.records.size() == count_max || bytes >= kPageBytesMax) {
      page.more = true;
      return page;
    }
    page.records.push_back(
        {to_buffer(statement.octets(0)), to_buffer(statement.octets(1)), statement.number(2)});
    bytes += page.records.back().value.size();
  }
  return page;
}

// SqliteSnapshot is a reader of its own with a transaction that stays open. `open_count` counts them.
class SqliteSnapshot final : public Snapshot {
 public:
  SqliteSnapshot(std::unique_ptr<Reader> reader, std::atomic<unsigned>& open_count)
      : reader_(std::move(reader)), open_count_(open_count) {
    ++open_count_;
  }
  ~SqliteSnapshot() override {
    static_cast<void>(reader_->connection.execute("COMMIT").ok());
    --open_count_;
  }
  SqliteSnapshot(const SqliteSnapshot&) = delete;
  SqliteSnapshot& operator=(const SqliteSnapshot&) = delete;

  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override {
    TRY(check_range(prefix, after, count_max));
    return read_page(reader_->range, range_bounds(prefix, after), count_max);
  }

 private:
  std::unique_ptr<Reader> reader_;
  std::atomic<unsigned>& open_count_;
};

// make_file creates an empty private file, durably, unless there is one.
Status make_file(const std::string& path) {
  if (host::file_exists(path)) return {};
  return host::write_file_durably(path, {});
}

std::string directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

// has_log tells whether the last process ended without moving its log into the database.
bool has_log(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path + "-wal", error);
  return !error && bytes > 0;
}

Status check_after_crash(SqliteConnection& connection, const SqliteOptions& options) {
  const std::uint64_t pages = TRY(connection.number("PRAGMA page_count"));
  if (pages * kSqlitePageBytes > kCheckedBytesMax) {
    log_line("store", "the store was not closed; it is too large to be checked at start");
    return {};
  }
  if (options.on_progress) options.on_progress({.is_checking = true});
  if (!TRY(connection.text_is("PRAGMA quick_check(1)", "ok"))) return kDamaged;
  return {};
}

// renew_log makes all of the log of a process that died durable, also what a failed flush left in the
// kernel's memory only.
Status renew_log(const std::string& path) {
  const Status renewed = host::renew_tail(path, std::numeric_limits<std::uint64_t>::max());
  if (!renewed.ok()) log_line("store", "the log of the last run cannot be made durable: check the disk");
  return renewed;
}

// move_log takes the log of a process that died into the database. All that the log shows is durable already;
// so a full disk, which may not have the room, does not keep the store from opening.
Status move_log(SqliteConnection& connection) {
  const Status moved = connection.checkpoint_and_truncate();
  if (moved.ok() || moved.error().code == Code::disk_full) return {};
  log_line("store", "the log of the last run cannot be moved into the store file: check the disk");
  return moved;
}

Status prepare_schema(SqliteConnection& connection) {
  if (TRY(connection.number("SELECT count(*) FROM sqlite_schema")) == 0) {
    TRY(connection.execute("BEGIN IMMEDIATE"));
    TRY(connection.execute(kSchema));
    return connection.execute("COMMIT");
  }
  if (TRY(connection.number("PRAGMA application_id")) != kApplicationId) {
    return Error{Code::corrupt, "the file is not a Coffer store: move it away"};
  }
  const std::uint64_t format = TRY(connection.number("SELECT number FROM meta WHERE name='format'"));
  if (format == 0) return kDamaged;
  if (format > kFormat) return Error{Code::unsupported, "a newer Coffer wrote the store: update Coffer"};
  return {};
}

}  // namespace

struct SqliteStore::Parts {
  explicit Parts(host::LockFile lock_in) : lock(std::move(lock_in)) {}

  host::LockFile lock;
  std::string path;
  SqliteOptions options;
  std::atomic<unsigned> open_snapshots = 0;

  std::mutex writer_mutex;  // guards the three below
  std::unique_ptr<Writer> writer;
  std::uint32_t frames_seen = 0;    // the log's length after the commit before
  std::uint32_t checkpoint_at = 0;  // the length at which the log is copied next

  std::mutex readers_mutex;  // guards free_readers and broken
  std::condition_variable reader_freed;
  std::vector<std::unique_ptr<Reader>> free_readers;
  std::optional<Error> broken;

  // A reader that is given back when the scope ends.
  class Lease {
   public:
    explicit Lease(Parts& parts) : parts_(parts) {
      std::unique_lock guard(parts.readers_mutex);
      parts.reader_freed.wait(guard, [&parts] { return !parts.free_readers.empty(); });
      reader_ = std::move(parts.free_readers.back());
      parts.free_readers.pop_back();
    }
    ~Lease() {
      {
        const std::lock_guard guard(parts_.readers_mutex);
        parts_.free_readers.push_back(std::move(reader_));
      }
      parts_.reader_freed.notify_one();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Reader& operator*() const { return *reader_; }

   private:
    Parts& parts_;
    std::unique_ptr<Reader> reader_;
  };

  Status check_readable();
  Status check_writable();
  Error note(Error error);
  Status apply(const Transaction& transaction);
  Status roll_back();
  void checkpoint_when_due();
  std::uint32_t checkpoint_interval() const;
};

// check_readable refuses everything once the disk has failed.
Status SqliteStore::Parts::check_readable() {
  const std::lock_guard guard(readers_mutex);
  if (broken.has_value() && broken->code == Code::unavailable) return *broken;
  return {};
}

// check_writable also refuses to write to a file that is known to be damaged.
Status SqliteStore::Parts::check_writable() {
  const std::lock_guard guard(readers_mutex);
  if (broken.has_value()) return *broken;
  return {};
}

// note remembers an error after which the file cannot be trusted any more.
Error SqliteStore::Parts::note(Error error) {
  const bool is_final = error.code == Code::unavailable || error.code == Code::corrupt;
  const std::lock_guard guard(readers_mutex);
  const bool is_worse = !broken.has_value() || broken->code == Code::corrupt;
  if (is_final && is_worse) {
    log_line("store", error.text);
    broken = error;
  }
  return error;
}

// apply does everything of a transaction but begin and end it.
Status SqliteStore::Parts::apply(const Transaction& transaction) {
  for (const Compare& compare : transaction.compares) {
    const ResetGuard guard(writer->revision_of);
    writer->revision_of.bind(1, compare.key);
    const bool present = TRY(writer->revision_of.step());
    const Revision found = present ? writer->revision_of.number(0) : 0;
    if (found != compare.revision) {
      return Error{Code::conflict, "the record was changed by somebody else first"};
    }
  }
  const Revision revision = writer->revision + 1;
  for (const Write& write : transaction.writes) {
    SqliteStatement& statement = write.remove ? writer->remove : writer->put;
    statement.bind(1, write.key);
    if (!write.remove) {
      statement.bind(2, write.value);
      statement.bind(3, revision);
    }
    TRY(statement.run());
  }
  const Buffer writes = logged(transaction.writes);
  const std::uint64_t total = writer->total + transaction.writes.size();
  writer->log.bind(1, revision);
  writer->log.bind(2, total);
  writer->log.bind(3, writes);
  TRY(writer->log.run());
  if (revision % kTrimInterval != 0) return {};
  writer->trim.bind(1, revision - std::min<Revision>(revision, kHistoryRevisions));
  writer->trim.bind(2, total - std::min<std::uint64_t>(total, kHistoryWrites));
  return writer->trim.run();
}

Status SqliteStore::Parts::roll_back() {
  if (!writer->connection.in_transaction()) return {};
  return writer->rollback.run();
}

std::uint32_t SqliteStore::Parts::checkpoint_interval() const {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, options.wal_bytes_max / kSqlitePageBytes));
}

// checkpoint_when_due copies the log into the database when it has grown long. The commit that made it grow
// is already durable, so a failure here is not its failure.
void SqliteStore::Parts::checkpoint_when_due() {
  const std::uint32_t interval = checkpoint_interval();
  const std::uint32_t frames = writer->connection.log_frames();
  if (frames < frames_seen) checkpoint_at = interval;  // the log began anew
  frames_seen = frames;
  if (frames < checkpoint_at) return;
  checkpoint_at = frames + interval;
  // A snapshot may be open for minutes: the log grows meanwhile, and commits do not wait for it.
  const bool wait_for_readers = frames / kLogPatience >= interval && open_snapshots == 0;
  const Status done = writer->connection.checkpoint(wait_for_readers);
  if (done.ok() || done.error().code == Code::disk_full) return;
  static_cast<void>(note(done.error()));
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::create(const std::string& path, SqliteOptions options) {
  if (options.reader_count == 0 || options.reader_count > kSqliteReadersMax) {
    return Error{Code::limit, "a store needs one reader at least and kSqliteReadersMax at most"};
  }
  auto parts = std::make_unique<Parts>(TRY(host::LockFile::acquire(path + ".lock")));
  parts->path = path;
  parts->options = options;
  TRY(make_file(path));
  const bool crashed = has_log(path);
  // The log comes first: were it moved as it lies, a loss of power could bring back the part of it that is on
  // the disk, over pages that are newer.
  if (crashed) TRY(renew_log(path + "-wal"));
  auto connection = TRY(SqliteConnection::open(path, SqliteRole::writer));
  connection.read_through(kCheckedBytesMax, [&options](std::uint64_t done, std::uint64_t total) {
    if (options.on_progress) options.on_progress({.bytes_done = done, .bytes_total = total});
  });
  if (crashed) TRY(check_after_crash(connection, options));
  if (crashed) TRY(move_log(connection));
  TRY(prepare_schema(connection));
  if (options.pages_max != 0) {
    const std::string sql = "PRAGMA max_page_count=" + std::to_string(options.pages_max);
    TRY(connection.execute(sql.c_str()));
  }
  // SQLite does not look whether the names of its files became durable.
  TRY(host::sync_directory(directory_of(path)));
  parts->writer = TRY(make_writer(std::move(connection)));
  parts->checkpoint_at = parts->checkpoint_interval();
  for (std::size_t i = 0; i < options.reader_count; ++i) {
    parts->free_readers.push_back(TRY(make_reader(path)));
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
}

SqliteStore::~SqliteStore() {
  CHECK(parts_->free_readers.size() == parts_->options.reader_count);
  parts_->free_readers.clear();
  if (parts_->broken.has_value()) {
    // What the log holds decides after the restart; nobody may touch it before.
    parts_->writer->connection.leave_log_alone();
    return;
  }
  if (!parts_->writer->connection.checkpoint_and_truncate().ok()) {
    log_line("store", "the log could not be moved into the store file; the next start reads it");
  }
}

Result<Revision> SqliteStore::commit(const Transaction& transaction) {
  TRY(check_transaction(transaction));
  const std::lock_guard guard(parts_->writer_mutex);
  TRY(parts_->check_writable());
  Writer& writer = *parts_->writer;
  Status done = writer.begin.run();
  if (done.ok()) done = parts_->apply(transaction);
  if (done.ok()) done = writer.commit.run();
  if (!done.ok()) {
    const Status undone = parts_->roll_back();
    if (!undone.ok()) return parts_->note({Code::unavailable, "the store could not take back a transaction"});
    return parts_->note(done.error());
  }
  ++writer.revision;
  writer.total += transaction.writes.size();
  const Revision revision = writer.revision;
  parts_->checkpoint_when_due();
  return revision;
}

Result<std::optional<Record>> SqliteStore::get(Bytes key) {
  TRY(check_key(key));
  TRY(parts_->check_readable());
  const Parts::Lease reader(*parts_);
  SqliteStatement& statement = (*reader).get;
  const ResetGuard guard(statement);
  statement.bind(1, key);
  const auto found = statement.step();
  if (!found.ok()) return parts_->note(found.error());
  if (!found.value()) return std::optional<Record>();
  return std::optional<Record>(Record{to_buffer(key), to_buffer(statement.octets(0)), statement.number(1)});
}

Result<Page> SqliteStore::range(Bytes prefix, Bytes after, std::size_t count_max) {
  TRY(check_range(prefix, after, count_max));
  TRY(parts_->check_readable());
  const KeyBounds bounds = range_bounds(prefix, after);
  const Parts::Lease reader(*parts_);
  auto page = read_page((*reader).range, bounds, count_max);
  if (!page.ok()) return parts_->note(page.error());
  return page;
}

Result<std::unique_ptr<Snapshot>> SqliteStore::snapshot() {
  TRY(parts_->check_readable());
  auto reader = TRY(make_reader(parts_->path));
  TRY(reader->connection.execute("BEGIN"));
  // SQLite takes the snapshot with the first reading.
  static_cast<void>(TRY(reader->connection.number("SELECT max(revision) FROM history")));
  return std::unique_ptr<Snapshot>(
      std::make_unique<SqliteSnapshot>(std::move(reader), parts_->open_snapshots));
}

Result<Revision> SqliteStore::revision() {
  TRY(parts_->check_readable());
  const Parts::Lease reader(*parts_);
  SqliteStatement& statement = (*reader).revision;
  const ResetGuard guard(statement);
  const auto row = statement.step();
  if (!row.ok()) return parts_->note(row.error());
  return statement.number(0);
}

Result<std::vector<Change>> SqliteStore::changes(Revision since) {
  constexpr Error kForgotten{Code::limit, "the history does not reach back that far"};
  TRY(parts_->check_readable());
  const Parts::Lease reader(*parts_);
  SqliteStatement& statement = (*reader).history;
  const ResetGuard guard(statement);
  statement.bind(1, since);
  std::vector<Change> changes;
  Revision expected = since;
  while (true) {
    const auto row = statement.step();
    if (!row.ok()) return parts_->note(row.error());
    if (!row.value()) break;
    const Revision revision = statement.number(0);
    // Revision 0 is the empty store; it has no row.
    if (expected == 0 && revision == 1) expected = 1;
    if (revision != expected) return kForgotten;
    ++expected;
    if (revision == since) continue;
    const auto log = codec::decode<LoggedWrites>(statement.octets(1));
    if (!log.ok()) return parts_->note(kDamaged);
    if (changes.size() + log.value().writes.size() > kHistoryWrites) return kForgotten;
    for (const LoggedWrite& write : log.value().writes) {
      changes.push_back({to_buffer(write.key), write.removed, revision});
    }
  }
  if (expected == since && since != 0) return kForgotten;
  return changes;
}

}  // namespace coffer::store
