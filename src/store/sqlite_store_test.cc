// SqliteStore: conformance, and what it does with damaged, foreign, full and failing files.
#include "store/sqlite_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "store/conformance.h"
#include "store/scratch_directory.h"

namespace coffer::store {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() : store_(SqliteStore::create(directory_.file("store.db")).value()) {}
  Store& store() override { return *store_; }

 private:
  ScratchDirectory directory_;
  std::unique_ptr<SqliteStore> store_;
};

std::unique_ptr<StoreUnderTest> make_sqlite() { return std::make_unique<SqliteUnderTest>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&make_sqlite));

// The tests below give each store a file and open it themselves.
class SqliteFile : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_.file("store.db"); }
  [[nodiscard]] std::unique_ptr<SqliteStore> open(const SqliteOptions& options = {}) const {
    auto store = SqliteStore::create(path(), options);
    EXPECT_TRUE(store.ok()) << store.error().text;
    return store.ok() ? std::move(store).value() : nullptr;
  }
  [[nodiscard]] Code open_code() const {
    const auto store = SqliteStore::create(path());
    return store.ok() ? Code::ok : store.error().code;
  }
  // Runs SQL on the closed file, as somebody with the sqlite3 tool would.
  void run_sql(const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

 private:
  ScratchDirectory directory_;
};

TEST_F(SqliteFile, KeepsRecordsRevisionAndHistoryWhenReopened) {
  ASSERT_TRUE(open()->commit({{}, {put("a", "1")}}).ok());
  ASSERT_TRUE(open()->commit({{}, {put("b", "2")}}).ok());
  const auto store = open();
  EXPECT_EQ(as_text(store->get(as_bytes("a")).value()->value), "1");
  EXPECT_EQ(store->revision().value(), 2U);
  EXPECT_EQ(store->changes(0).value().size(), 2U);
  EXPECT_EQ(store->commit({{}, {put("c", "3")}}).value(), 3U);
}

TEST_F(SqliteFile, LeavesNoLogBehindWhenClosed) {
  ASSERT_TRUE(open()->commit({{}, {put("a", "1")}}).ok());
  EXPECT_FALSE(std::filesystem::exists(path() + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path() + "-shm"));
}

TEST_F(SqliteFile, IsReadableByItsOwnerOnly) {
  const auto store = open();
  ASSERT_TRUE(store->commit({{}, {put("a", "1")}}).ok());
  struct stat about{};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((path() + "-wal").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(SqliteFile, RefusesASecondOpener) {
  const auto store = open();
  EXPECT_EQ(open_code(), Code::exists);
}

TEST_F(SqliteFile, RefusesAForeignDatabase) {
  run_sql("CREATE TABLE theirs(x)");
  EXPECT_EQ(open_code(), Code::corrupt);
}

TEST_F(SqliteFile, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path()) << std::string(8192, 'x');
  EXPECT_EQ(open_code(), Code::corrupt);
}

TEST_F(SqliteFile, RefusesAFormatOfTheFuture) {
  ASSERT_NE(open(), nullptr);
  run_sql("UPDATE meta SET number=2 WHERE name='format'");
  EXPECT_EQ(open_code(), Code::unsupported);
}

TEST_F(SqliteFile, TellsWhenAPageWasDestroyed) {
  ASSERT_TRUE(open()->commit(many_writes(1000, 1000)).ok());
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 100; page < 200; ++page) {
      file.seekp(page * static_cast<int>(kSqlitePageBytes));
      file << std::string(kSqlitePageBytes, '\xee');
    }
  }
  const auto store = open();
  EXPECT_EQ(store->range({}, {}, 1000).error().code, Code::corrupt);
  EXPECT_EQ(store->commit({{}, {put("a", "1")}}).error().code, Code::corrupt);
}

TEST_F(SqliteFile, TellsHowFarItIsReadFromOneEndToTheOther) {
  ASSERT_TRUE(open()->commit(many_writes(1000, 1000)).ok());
  const std::uint64_t bytes = std::filesystem::file_size(path());
  std::vector<StoreProgress> told;
  ASSERT_NE(open({.on_progress = [&told](const StoreProgress& progress) { told.push_back(progress); }}),
            nullptr);
  ASSERT_GT(told.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(told, {}, &StoreProgress::bytes_done));
  EXPECT_LT(told.front().bytes_done, bytes);
  EXPECT_EQ(told.back().bytes_done, bytes);
  EXPECT_EQ(told.back().bytes_total, bytes);
  EXPECT_FALSE(told.back().is_checking);
}

TEST_F(SqliteFile, RefusesACommitThatDoesNotFitAndStaysUsable) {
  const auto store = open({.pages_max = 60});
  ASSERT_TRUE(store->commit({{}, {put("a", "1")}}).ok());
  EXPECT_EQ(store->commit(many_writes(100, 4000)).error().code, Code::disk_full);
  EXPECT_EQ(store->revision().value(), 1U);
  EXPECT_FALSE(store->get(as_bytes("many-1000000")).value().has_value());
  EXPECT_EQ(store->commit({{expect("a", 1)}, {put("a", "2")}}).value(), 2U);
  EXPECT_EQ(as_text(store->get(as_bytes("a")).value()->value), "2");
}

// FileSizeLimit makes the kernel refuse writes past a size while it lives.
class FileSizeLimit final {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(SqliteFile, RefusesWhatALimitOnFilesForbidsAndStaysUsable) {
  const auto store = open();
  ASSERT_TRUE(store->commit({{}, {put("a", "1")}}).ok());
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{256U << 10U}}) {
    const FileSizeLimit limit(bytes);
    EXPECT_EQ(store->commit(many_writes(500, 4000)).error().code, Code::disk_full);
  }
  EXPECT_EQ(store->revision().value(), 1U);
  EXPECT_EQ(store->commit({{expect("a", 1)}, {put("a", "2")}}).value(), 2U);
  EXPECT_EQ(as_text(store->get(as_bytes("a")).value()->value), "2");
}

// FailingLog takes the write-ahead log from a store while it lives: what is written there fails.
class FailingLog final {
 public:
  explicit FailingLog(const std::string& path) {
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code closed_meanwhile;
      if (std::filesystem::read_symlink(each.path(), closed_meanwhile) == path + "-wal")
        logs_.push_back(std::stoi(each.path().filename()));
    }
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (const int log : logs_) {
      kept_.push_back(::dup(log));
      ::dup2(nothing, log);
    }
    ::close(nothing);
  }
  ~FailingLog() {
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      ::dup2(kept_[i], logs_[i]);
      ::close(kept_[i]);
    }
  }
  FailingLog(const FailingLog&) = delete;
  FailingLog& operator=(const FailingLog&) = delete;

 private:
  std::vector<int> logs_;
  std::vector<int> kept_;
};

TEST_F(SqliteFile, RefusesEverythingAfterTheDiskFailed) {
  auto store = open();
  ASSERT_TRUE(store->commit({{}, {put("a", "1")}}).ok());
  {
    const FailingLog failing(path());
    EXPECT_EQ(store->commit(many_writes(500, 4000)).error().code, Code::unavailable);
  }
  EXPECT_EQ(store->commit({{}, {put("a", "2")}}).error().code, Code::unavailable);
  EXPECT_EQ(store->get(as_bytes("a")).error().code, Code::unavailable);
  EXPECT_EQ(store->range({}, {}, 1).error().code, Code::unavailable);
  EXPECT_EQ(store->revision().error().code, Code::unavailable);
  EXPECT_EQ(store->changes(0).error().code, Code::unavailable);
}

TEST_F(SqliteFile, OpensAgainAfterTheDiskFailed) {
  auto store = open();
  ASSERT_TRUE(store->commit({{}, {put("a", "1")}}).ok());
  {
    const FailingLog failing(path());
    EXPECT_FALSE(store->commit(many_writes(500, 4000)).ok());
  }
  store.reset();
  store = open();
  EXPECT_EQ(as_text(store->get(as_bytes("a")).value()->value), "1");
  EXPECT_EQ(store->revision().value(), 1U);
}

TEST_F(SqliteFile, KeepsItsLogShort) {
  const auto store = open({.wal_bytes_max = 256U << 10U});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->commit(many_writes(20, 2000)).ok());
  EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 1U << 20U);
}

TEST_F(SqliteFile, TrimsItsHistory) {
  const auto store = open();
  const Transaction writes = many_writes(300, 0);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(store->commit(writes).ok());
  EXPECT_EQ(store->changes(10).error().code, Code::limit);
  EXPECT_EQ(store->changes(299).value().size(), 300U);
}

TEST_F(SqliteFile, RefusesImpossibleNumbersOfReaders) {
  EXPECT_EQ(SqliteStore::create(path(), {.reader_count = 0}).error().code, Code::limit);
  EXPECT_EQ(SqliteStore::create(path(), {.reader_count = kSqliteReadersMax + 1}).error().code, Code::limit);
}

TEST_F(SqliteFile, FailsInADirectoryThatIsNotThere) {
  const ScratchDirectory directory;
  EXPECT_FALSE(SqliteStore::create(directory.file("no/store.db")).ok());
}

}  // namespace
}  // namespace coffer::store
