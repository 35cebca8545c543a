// What a loss of power leaves of the store, the audit log and the mark, also after a flush that failed.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "store/conformance.h"
#include "store/file_audit_log.h"
#include "store/lossy_disk_test.h"
#include "store/mark_file.h"
#include "store/scratch_directory.h"
#include "store/sqlite_store.h"

namespace coffer::store {
namespace {

using Lines = std::vector<std::string>;

constexpr int kEverythingDone = 0;
constexpr int kStopped = 9;
constexpr std::size_t kStepsMax = 1000;
constexpr int kRows = 12;

class PowerLoss : public testing::Test {
 protected:
  PowerLoss() { CHECK(std::filesystem::create_directory(disk())); }
  [[nodiscard]] std::string disk(const std::string& name = "") const {
    return scratch_.file(name.empty() ? "disk" : "disk/" + name);
  }
  [[nodiscard]] std::string left(const std::string& name = "") const { return scratch_.file("left" + name); }
  // left_after gives what the power leaves when it is lost before the `step`th change of `story`, or nothing
  // when the story has fewer. Each step begins with an empty disk.
  [[nodiscard]] bool left_after(std::size_t step, const std::function<void(LossyDisk&, std::size_t)>& story) {
    for (const std::string& each : {disk(), left()}) std::filesystem::remove_all(each);
    CHECK(std::filesystem::create_directory(disk()));
    const pid_t child = ::fork();
    CHECK(child >= 0);
    if (child == 0) {
      LossyDisk lossy(disk());
      story(lossy, step);
      ::_exit(kEverythingDone);
    }
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == kStopped || WEXITSTATUS(status) == kEverythingDone);
    return WEXITSTATUS(status) == kStopped;
  }
  void expect_old_or_new(bool exchanges);

 private:
  ScratchDirectory scratch_;
};

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string value_of(Store& store, const std::string& key) {
  const auto record = store.get(as_bytes(key)).value();
  return record.has_value() ? std::string(as_text(record->value)) : "nothing";
}

// pages gives the writes of that letter into the first `count` of the rows, of which each page holds one.
Transaction pages(char letter, int count = kRows) {
  Transaction transaction;
  for (int i = 0; i < count; ++i)
    transaction.writes.push_back(put("row-" + std::to_string(i), std::string(3000, letter)));
  return transaction;
}

// letters_of gives the letters of the rows, each run of one letter once.
std::string letters_of(Store& store) {
  std::string letters;
  for (int i = 0; i < kRows; ++i) letters += value_of(store, "row-" + std::to_string(i)).front();
  letters.erase(std::ranges::unique(letters).begin(), letters.end());
  return letters;
}

TEST_F(PowerLoss, TakesNoCommitThatFollowsAFlushThatFailed) {
  LossyDisk lossy(disk());
  {
    const auto store = SqliteStore::create(disk("store.db")).value();
    ASSERT_TRUE(store->commit({{}, {put("before", "1")}}).ok());
    lossy.fail_flush("store.db-wal");
    ASSERT_EQ(store->commit({{}, {put("lost", "1")}}).error().code, Code::unavailable);
  }
  const auto store = SqliteStore::create(disk("store.db")).value();
  ASSERT_TRUE(store->commit({{}, {put("after", "1")}}).ok());
  lossy.lose_power(left());
  const auto found = SqliteStore::create(left("/store.db")).value();
  EXPECT_EQ(value_of(*found, "before"), "1");
  EXPECT_EQ(value_of(*found, "after"), "1");
}

TEST_F(PowerLoss, TakesNoCommitThatFollowsAMoveOfTheLogThatFailed) {
  const SqliteOptions kShortLog{.wal_bytes_max = 16U << 10U};
  LossyDisk lossy(disk());
  {
    const auto store = SqliteStore::create(disk("store.db"), kShortLog).value();
    lossy.fail_flush("store.db");
    ASSERT_TRUE(store->commit(pages('a')).ok());
    ASSERT_EQ(store->commit({{}, {put("lost", "1")}}).error().code, Code::unavailable);
  }
  const auto store = SqliteStore::create(disk("store.db"), kShortLog).value();
  ASSERT_TRUE(store->commit({{}, {put("after", "1")}}).ok());
  lossy.lose_power(left());
  const auto found = SqliteStore::create(left("/store.db")).value();
  EXPECT_EQ(letters_of(*found), "a");
  EXPECT_EQ(value_of(*found, "after"), "1");
}

TEST_F(PowerLoss, StoreDoesNotOpenWhileItsLogCannotBeMadeDurable) {
  LossyDisk lossy(disk());
  {
    const auto store = SqliteStore::create(disk("store.db")).value();
    lossy.fail_flush("store.db-wal");
    ASSERT_FALSE(store->commit({{}, {put("lost", "1")}}).ok());
  }
  for (const char* const failing : {"store.db-wal", "store.db"}) {
    lossy.fail_flush(failing);
    EXPECT_EQ(SqliteStore::create(disk("store.db")).error().code, Code::unavailable) << failing;
  }
  EXPECT_TRUE(SqliteStore::create(disk("store.db")).ok());
}

// The log on the disk ends where the flush failed; the start moves all of it into the database.
TEST_F(PowerLoss, MixesNoPagesWhenItComesWhileALogIsMoved) {
  const auto story = [this](LossyDisk& lossy, std::size_t step) {
    CHECK(SqliteStore::create(disk("store.db")).value()->commit(pages('a')).ok());
    {
      const auto store = SqliteStore::create(disk("store.db")).value();
      CHECK(store->commit(pages('b', kRows / 2)).ok());
      lossy.fail_flush("store.db-wal");
      CHECK(!store->commit(pages('c')).ok());
    }
    lossy.end_before(step, left());
    const auto store = SqliteStore::create(disk("store.db")).value();
    CHECK(store->commit(pages('d')).ok());
  };
  std::size_t step = 1;
  for (; step < kStepsMax && left_after(step, story); ++step) {
    for (const char* const names : {"/lost", "/kept"}) {
      const auto found = SqliteStore::create(left(names) + "/store.db");
      ASSERT_TRUE(found.ok()) << "step " << step << names << ": " << found.error().text;
      const std::string letters = letters_of(*found.value());
      EXPECT_TRUE(letters == "ba" || letters == "c" || letters == "d") << "step " << step << names << letters;
    }
  }
  EXPECT_GT(step, 10U);
}

TEST_F(PowerLoss, AuditLogAppendsNothingToLinesThatAreNotThere) {
  LossyDisk lossy(disk());
  {
    const auto log = FileAuditLog::create(disk(), {.reserve_bytes = 0}).value();
    ASSERT_TRUE(log->append(Lines{"one"}).ok());
    lossy.fail_flush("audit-000001.log");
    ASSERT_EQ(log->append(Lines{"two"}).error().code, Code::unavailable);
  }
  const auto log = FileAuditLog::create(disk(), {.reserve_bytes = 0}).value();
  ASSERT_TRUE(log->append(Lines{"three"}).ok());
  lossy.lose_power(left());
  EXPECT_EQ(content_of(left("/audit-000001.log")), "one\ntwo\nthree\n");
}

TEST_F(PowerLoss, AuditLogDoesNotOpenWhileItsLinesCannotBeMadeDurable) {
  ASSERT_TRUE(FileAuditLog::create(disk(), {.reserve_bytes = 0}).value()->append(Lines{"one"}).ok());
  LossyDisk lossy(disk());
  lossy.fail_flush("audit-000001.log");
  EXPECT_EQ(FileAuditLog::create(disk()).error().code, Code::unavailable);
}

// What is renewed at the start is the most that can be missing.
TEST_F(PowerLoss, AuditLogKeepsALimitOfLinesThatAreNotDurable) {
  constexpr std::size_t kUnsyncedBytesMax = 1U << 20U;
  LossyDisk lossy(disk());
  const auto log = FileAuditLog::create(disk(), {.reserve_bytes = 0}).value();
  const Lines lines(400, std::string(8000, 'x'));
  ASSERT_TRUE(log->append_relaxed(lines).ok());
  ASSERT_TRUE(log->append_relaxed(lines).ok());
  lossy.lose_power(left());
  const std::size_t written = content_of(disk("audit-000001.log")).size();
  EXPECT_EQ(written, 2U * 400U * 8001U);
  EXPECT_GE(content_of(left("/audit-000001.log")).size(), written - kUnsyncedBytesMax);
}

// expect_old_or_new writes a mark over another and stops it before each of its changes: the kill leaves one
// of the two, and so does the power.
void PowerLoss::expect_old_or_new(bool exchanges) {
  const auto story = [&](LossyDisk& lossy, std::size_t step) {
    if (!exchanges) lossy.refuse_exchanges();
    DiskMarkFile mark(disk("mark"));
    CHECK(mark.write_mark(as_bytes("the old note")).ok());
    lossy.end_before(step, left());
    CHECK(mark.write_mark(as_bytes("the new one")).ok());
  };
  std::size_t step = 1;
  bool was_new = false;
  for (; step < kStepsMax && left_after(step, story); ++step) {
    for (const std::string& place : {disk("mark"), left("/lost/mark"), left("/kept/mark")}) {
      const std::string note = content_of(place);
      EXPECT_TRUE(note == "the old note" || note == "the new one")
          << place << ", step " << step << ": " << note;
    }
    const bool is_new = content_of(left("/lost/mark")) == "the new one";
    EXPECT_TRUE(is_new || !was_new) << "step " << step;
    was_new = is_new;
  }
  EXPECT_GT(step, 4U);
  EXPECT_EQ(content_of(disk("mark")), "the new one");
}

TEST_F(PowerLoss, LeavesTheOldMarkOrTheNewOne) { expect_old_or_new(true); }

TEST_F(PowerLoss, LeavesTheOldMarkOrTheNewOneWhereNamesCannotBeExchanged) { expect_old_or_new(false); }

TEST_F(PowerLoss, LeavesAMarkThatWasWritten) {
  for (const bool exchanges : {true, false}) {
    LossyDisk lossy(disk());
    if (!exchanges) lossy.refuse_exchanges();
    DiskMarkFile mark(disk("mark"));
    for (const char* const note : {"one", "the second", "3"}) {
      ASSERT_TRUE(mark.write_mark(as_bytes(note)).ok());
      const std::string target = left(note + std::to_string(exchanges));
      lossy.lose_power(target);
      EXPECT_EQ(content_of(target + "/mark"), note);
    }
  }
}

TEST_F(PowerLoss, LeavesTheOldMarkAfterAFlushThatFailed) {
  LossyDisk lossy(disk());
  DiskMarkFile mark(disk("mark"));
  ASSERT_TRUE(mark.write_mark(as_bytes("old")).ok());
  lossy.fail_flush("mark.new");
  ASSERT_FALSE(mark.write_mark(as_bytes("new")).ok());
  lossy.lose_power(left());
  EXPECT_EQ(content_of(left("/mark")), "old");
  ASSERT_TRUE(mark.write_mark(as_bytes("new")).ok());
  lossy.lose_power(left("later"));
  EXPECT_EQ(content_of(left("later/mark")), "new");
}

}  // namespace
}  // namespace coffer::store
