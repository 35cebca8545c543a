// SqliteConnection, SqliteStatement: the settings of a connection and the meaning of its errors.
#include "store/sqlite_connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace coffer::store {
namespace {

// Waiting for a lock happens only when a checkpoint waits for readers, which are short.
constexpr int kBusyMilliseconds = 5000;
constexpr std::size_t kReadAtOnceBytes = 256U << 10U;

// This file system layer keeps the log's index in memory and the file locked against other processes: nobody
// else can checkpoint beside us, and there is no shared-memory file that a full disk could tear.
constexpr const char* kExclusiveFiles = "unix-excl";

constexpr const char* kCommonSettings =
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA wal_autocheckpoint=0;";
constexpr const char* kWriterSettings =
    "PRAGMA page_size=4096;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-32768;";
constexpr const char* kReaderSettings = "PRAGMA query_only=ON;";

// The number of the system's last error at the write-ahead log. sqlite3_system_errno() does not know it when
// a COMMIT fails.
int error_of_log(sqlite3* database) {
  sqlite3_file* log = nullptr;
  int number = 0;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr)
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

Error error_of(sqlite3* database, int result) {
  switch (result & 0xff) {
    case SQLITE_FULL: return Error{Code::disk_full, "the disk is full: make room and try again"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error{Code::corrupt, "the store file is damaged: stop Coffer and restore it from a backup"};
    case SQLITE_IOERR:
      // A quota or a limit refuses the write like a full disk, before anything is flushed.
      if (result == SQLITE_IOERR_WRITE && error_of_log(database) == EDQUOT)
        return Error{Code::disk_full, "the disk quota is used up: make room and try again"};
      if (result == SQLITE_IOERR_WRITE && error_of_log(database) == EFBIG)
        return Error{Code::disk_full, "files may not grow so far here (ulimit -f): raise the limit"};
      return Error{Code::unavailable, "the disk failed to read or write the store: restart Coffer"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Error{Code::unavailable, "another program has locked the store file"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: return Error{Code::unavailable, "the store file cannot be opened for writing"};
    default: return Error{Code::internal, "the store's database refused a statement"};
  }
}

int remember_frames(void* frames, sqlite3* /*database*/, const char* /*name*/, int count) {
  *static_cast<std::uint32_t*>(frames) = static_cast<std::uint32_t>(count);
  return SQLITE_OK;
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void SqliteStatement::bind(int index, Bytes octets) {
  // A null pointer would bind NULL instead of an empty octet string.
  const void* const start = octets.empty() ? static_cast<const void*>("") : octets.data();
  sqlite3_bind_blob64(statement_.get(), index, start, octets.size(), SQLITE_STATIC);
}

void SqliteStatement::bind(int index, std::uint64_t number) {
  sqlite3_bind_int64(statement_.get(), index, static_cast<sqlite3_int64>(number));
}

Result<bool> SqliteStatement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  sqlite3* const database = sqlite3_db_handle(statement_.get());
  return error_of(database, sqlite3_extended_errcode(database));
}

Status SqliteStatement::run() {
  const ResetGuard guard(*this);
  const auto row = step();
  if (!row.ok()) return row.error();
  return {};
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

Bytes SqliteStatement::octets(int column) const {
  const void* const start = sqlite3_column_blob(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  if (start == nullptr || bytes <= 0) return {};
  return {static_cast<const std::uint8_t*>(start), static_cast<std::size_t>(bytes)};
}

std::uint64_t SqliteStatement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

void SqliteConnection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

SqliteConnection::SqliteConnection(sqlite3* database)
    : log_frames_(std::make_unique<std::uint32_t>(0)), database_(database) {}

Result<SqliteConnection> SqliteConnection::open(const std::string& path, SqliteRole role) {
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &opened, kFlags, kExclusiveFiles);
  SqliteConnection connection(opened);
  if (result != SQLITE_OK) return error_of(opened, sqlite3_extended_errcode(opened));
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyMilliseconds);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  TRY(connection.execute(kCommonSettings));
  if (role == SqliteRole::reader) {
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    TRY(connection.execute(kReaderSettings));
    return connection;
  }
  TRY(connection.execute(kWriterSettings));
  // The settings answer with what they became instead of failing.
  if (!TRY(connection.text_is("PRAGMA journal_mode", "wal"))) {
    return Error{Code::unavailable, "the file system cannot hold a write-ahead log"};
  }
  sqlite3_wal_hook(opened, remember_frames, connection.log_frames_.get());
  return connection;
}

Status SqliteConnection::execute(const char* sql) {
  const int result = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return error_of(database_.get(), sqlite3_extended_errcode(database_.get()));
  return {};
}

void SqliteConnection::read_through(
    std::uint64_t bytes_max, const std::function<void(std::uint64_t done, std::uint64_t total)>& on_read) {
  // Through SQLite's own descriptor: closing another one of the same file would drop its locks.
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
    return;
  const std::uint64_t total = std::min(static_cast<std::uint64_t>(size), bytes_max);
  Buffer room(kReadAtOnceBytes);
  for (std::uint64_t done = 0; done < total;) {
    const std::uint64_t count = std::min<std::uint64_t>(room.size(), total - done);
    if (file->pMethods->xRead(file, room.data(), static_cast<int>(count), static_cast<sqlite3_int64>(done)) !=
        SQLITE_OK)
      return;
    done += count;
    on_read(done, total);
  }
}

Result<SqliteStatement> SqliteConnection::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return error_of(database_.get(), sqlite3_extended_errcode(database_.get()));
  return SqliteStatement(statement);
}

Result<std::uint64_t> SqliteConnection::number(const char* sql) {
  auto statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return std::uint64_t{0};
  return statement.number(0);
}

Result<bool> SqliteConnection::text_is(const char* sql, const char* text) {
  auto statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return false;
  return as_text(statement.octets(0)) == text;
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

Status SqliteConnection::run_checkpoint(int mode) {
  const int result = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, mode, nullptr, nullptr);
  if (result != SQLITE_OK) return error_of(database_.get(), sqlite3_extended_errcode(database_.get()));
  return {};
}

Status SqliteConnection::checkpoint(bool wait_for_readers) {
  return run_checkpoint(wait_for_readers ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE);
}

// Not the pragma: that tells of a log it could not copy in its row, and succeeds.
Status SqliteConnection::checkpoint_and_truncate() { return run_checkpoint(SQLITE_CHECKPOINT_TRUNCATE); }

void SqliteConnection::leave_log_alone() {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace coffer::store
