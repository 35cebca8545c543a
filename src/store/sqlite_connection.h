// SqliteConnection, SqliteStatement: SQLite's C interface with owners, results and Coffer's settings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace coffer::store {

// SqliteRole says what a connection may do.
enum class SqliteRole : std::uint8_t {
  writer,  // the one connection that writes and checkpoints, and checkpoints only when told
  reader,  // never writes, never checkpoints
};

// SqliteStatement is one prepared statement, used many times. It must die before its connection.
class SqliteStatement final {
 public:
  SqliteStatement() = default;

  // bind sets the parameter ?`index` (from 1). Octets must live until the statement is reset.
  void bind(int index, Bytes octets);
  void bind(int index, std::uint64_t number);

  // step goes to the next row; false when there is none.
  Result<bool> step();
  // run steps a statement that gives no rows to its end, and resets it.
  Status run();
  // reset ends the reading, so that the connection holds no snapshot. Run guards do it.
  void reset();

  // The columns of the row, from 0. Octets are valid until the next step or reset.
  [[nodiscard]] Bytes octets(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const;

 private:
  friend class SqliteConnection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// ResetGuard resets a statement when the scope ends.
class ResetGuard final {
 public:
  explicit ResetGuard(SqliteStatement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  SqliteStatement& statement_;
};

// SqliteConnection is one connection to a database file. One thread at a time.
//
// Its errors: disk_full, corrupt, unavailable (the system refuses or the disk fails), internal.
class SqliteConnection final {
 public:
  // open opens the file at `path`, which must exist; it may be empty. No other process can open the file
  // with SQLite while this process has it open.
  static Result<SqliteConnection> open(const std::string& path, SqliteRole role);

  SqliteConnection(SqliteConnection&&) noexcept = default;
  SqliteConnection& operator=(SqliteConnection&&) noexcept = default;
  ~SqliteConnection() = default;

  // execute runs statements that need no parameters.
  Status execute(const char* sql);
  // read_through reads the file once in order, `bytes_max` of it, so that the system has it in memory;
  // `on_read` is told how far it is. What cannot be read is found out by who needs it.
  void read_through(std::uint64_t bytes_max,
                    const std::function<void(std::uint64_t done, std::uint64_t total)>& on_read);
  // prepare compiles one statement.
  Result<SqliteStatement> prepare(const char* sql);
  // number gives the first column of the first row as a number (0 without a row).
  Result<std::uint64_t> number(const char* sql);
  // text_is tells whether the first column of the first row is `text`.
  Result<bool> text_is(const char* sql, const char* text);

  // in_transaction tells whether BEGIN is still open; some errors end it by themselves.
  [[nodiscard]] bool in_transaction() const;

  // log_frames is how many pages the write-ahead log held after the last commit.
  [[nodiscard]] std::uint32_t log_frames() const { return *log_frames_; }
  // checkpoint copies the log into the database. `wait_for_readers` also waits until no reader needs the log,
  // so that the next commit begins it anew.
  Status checkpoint(bool wait_for_readers);
  // checkpoint_and_truncate copies all of the log and leaves it empty.
  Status checkpoint_and_truncate();
  // leave_log_alone keeps the closing of this connection from touching the log: after a failed write.
  void leave_log_alone();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit SqliteConnection(sqlite3* database);
  Status run_checkpoint(int mode);

  std::unique_ptr<std::uint32_t> log_frames_;  // SQLite's hook writes it, so it stays where it is
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace coffer::store
