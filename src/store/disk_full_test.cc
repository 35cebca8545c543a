// What the store and the audit log do on a disk that is really full: a small file system in a namespace of
// its own.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "store/conformance.h"
#include "store/file_audit_log.h"
#include "store/mark_file.h"
#include "store/scratch_directory.h"
#include "store/sqlite_store.h"

namespace coffer::store {
namespace {

// mount_small_disk mounts a disk of 2 MiB that only this process sees; false when the system does not let it.
bool mount_small_disk(const std::string& directory) {
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user;
  std::ofstream("/proc/self/gid_map") << group;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return ::mount("none", directory.c_str(), "tmpfs", 0, "size=2m") == 0;
}

// A test runs in a child process, where CHECK is its assertion: a failed one ends the child.
class DiskFull : public testing::Test {
 protected:
  void SetUp() override {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(mount_small_disk(scratch_.file("")) ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) GTEST_SKIP() << "this system gives no namespace to an ordinary user";
  }

  // on_small_disk runs `story` on a fresh small disk and ends the process.
  void on_small_disk(void (*story)(const std::string& directory)) const {
    CHECK(mount_small_disk(scratch_.file("")));
    story(scratch_.file(""));
    ::_exit(0);
  }

 private:
  ScratchDirectory scratch_;
};

// Ballast takes all the room on the disk, and gives it back when it dies.
class Ballast final {
 public:
  explicit Ballast(const std::string& directory) : path_(directory + "ballast") {
    std::ofstream file(path_, std::ios::binary);
    while (file) file << std::string(4096, 'b') << std::flush;
  }
  ~Ballast() { ::unlink(path_.c_str()); }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;

 private:
  std::string path_;
};

using Lines = std::vector<std::string>;

constexpr FileAuditOptions kAuditOptions{.segment_bytes = 1U << 20U, .reserve_bytes = 512U << 10U};

Code code_of(const Status& status) { return status.ok() ? Code::ok : status.error().code; }

void store_refuses_and_recovers(const std::string& directory) {
  const auto store = SqliteStore::create(directory + "store.db").value();
  CHECK(store->commit({{}, {put("a", "1")}}).ok());
  {
    const Ballast ballast(directory);
    CHECK(store->commit(many_writes(100, 4000)).error().code == Code::disk_full);
    CHECK(as_text(store->get(as_bytes("a")).value()->value) == "1");
    CHECK(!store->get(as_bytes("many-1000000")).value().has_value());
  }
  CHECK(store->commit({{expect("a", 1)}, {put("a", "2")}}).value() == 2);
}

void store_opens_after_a_full_disk(const std::string& directory) {
  {
    const auto store = SqliteStore::create(directory + "store.db").value();
    CHECK(store->commit({{}, {put("a", "1")}}).ok());
    const Ballast ballast(directory);
    CHECK(!store->commit(many_writes(100, 4000)).ok());
  }
  const auto store = SqliteStore::create(directory + "store.db").value();
  CHECK(store->revision().value() == 1);
  CHECK(as_text(store->get(as_bytes("a")).value()->value) == "1");
}

void audit_keeps_nothing_half_written(const std::string& directory) {
  const auto log = FileAuditLog::create(directory + "audit", kAuditOptions).value();
  CHECK(log->append(Lines{"one"}).ok());
  const Ballast ballast(directory);
  CHECK(code_of(log->append(Lines(100, std::string(8000, 'x')))) == Code::disk_full);
  CHECK(code_of(log->append_relaxed(Lines(100, std::string(8000, 'x')))) == Code::disk_full);
  CHECK(log->tail().value().line == "one");
  CHECK(log->tail().value().line_count == 1);
}

void audit_takes_the_administrators_lines(const std::string& directory) {
  const auto log = FileAuditLog::create(directory + "audit", kAuditOptions).value();
  {
    const Ballast ballast(directory);
    for (int i = 0; i < 50; ++i)
      CHECK(log->append(Lines{std::string(8000, 'a')}, Urgency::administrator).ok());
    CHECK(code_of(log->append(Lines{"ordinary"})) == Code::disk_full);
  }
  CHECK(log->append(Lines{"ordinary"}).ok());
  CHECK(log->tail().value().line_count == 51);
}

void audit_reserve_ends(const std::string& directory) {
  const auto log = FileAuditLog::create(directory + "audit", kAuditOptions).value();
  const Ballast ballast(directory);
  Status status;
  int taken = 0;
  for (; status.ok() && taken < 1000; ++taken) {
    status = log->append(Lines{std::string(8000, 'a')}, Urgency::administrator);
  }
  CHECK(code_of(status) == Code::disk_full);
  CHECK(taken > 50);
}

void audit_opens_on_a_full_disk(const std::string& directory) {
  CHECK(FileAuditLog::create(directory + "audit", kAuditOptions).value()->append(Lines{"one"}).ok());
  const Ballast ballast(directory);
  const auto log = FileAuditLog::create(directory + "audit", kAuditOptions).value();
  CHECK(log->append(Lines{std::string(8000, 'a')}, Urgency::administrator).ok());
}

void store_opens_on_a_full_disk_after_a_kill(const std::string& directory) {
  {
    const auto store = SqliteStore::create(directory + "store.db").value();
    CHECK(store->commit(many_writes(50, 4000)).ok());
    std::filesystem::copy(directory + "store.db", directory + "killed.db");
    std::filesystem::copy(directory + "store.db-wal", directory + "killed.db-wal");
  }
  const Ballast ballast(directory);
  const auto store = SqliteStore::create(directory + "killed.db").value();
  CHECK(store->get(as_bytes("many-1000049")).value().has_value());
}

void mark_takes_each_note(const std::string& directory) {
  DiskMarkFile mark(directory + "mark");
  CHECK(mark.write_mark(as_bytes("first")).ok());
  const Ballast ballast(directory);
  for (const char* const note : {"second", "third note", "4th"}) {
    CHECK(mark.write_mark(as_bytes(note)).ok());
    CHECK(as_text(*mark.read_mark().value()) == note);
  }
  CHECK(mark.write_mark(Buffer(kMarkBytesMax, 1)).ok());
}

void mark_of_an_earlier_build_gets_its_room(const std::string& directory) {
  std::ofstream(directory + "mark") << "note";
  DiskMarkFile mark(directory + "mark");
  CHECK(mark.keep_room().ok());
  const Ballast ballast(directory);
  CHECK(mark.write_mark(as_bytes("next")).ok());
}

void mark_without_room_keeps_the_old_note(const std::string& directory) {
  std::ofstream(directory + "mark") << "old";
  DiskMarkFile mark(directory + "mark");
  const Ballast ballast(directory);
  CHECK(mark.keep_room().ok());
  CHECK(code_of(mark.write_mark(as_bytes("new"))) == Code::disk_full);
  CHECK(as_text(*mark.read_mark().value()) == "old");
}

TEST_F(DiskFull, StoreRefusesTheCommitAndWorksAgainWhenThereIsRoom) {
  EXPECT_EXIT(on_small_disk(store_refuses_and_recovers), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, StoreOpensAfterAFullDisk) {
  EXPECT_EXIT(on_small_disk(store_opens_after_a_full_disk), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, AuditLogKeepsNothingHalfWritten) {
  EXPECT_EXIT(on_small_disk(audit_keeps_nothing_half_written), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, AuditLogTakesTheAdministratorsLines) {
  EXPECT_EXIT(on_small_disk(audit_takes_the_administrators_lines), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, AuditLogRefusesEvenTheAdministratorWhenTheReserveIsUsedUp) {
  EXPECT_EXIT(on_small_disk(audit_reserve_ends), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, AuditLogOpensForTheAdministrator) {
  EXPECT_EXIT(on_small_disk(audit_opens_on_a_full_disk), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, StoreOpensAfterAKill) {
  EXPECT_EXIT(on_small_disk(store_opens_on_a_full_disk_after_a_kill), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, MarkTakesEachNote) {
  EXPECT_EXIT(on_small_disk(mark_takes_each_note), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, MarkOfAnEarlierBuildGetsItsRoom) {
  EXPECT_EXIT(on_small_disk(mark_of_an_earlier_build_gets_its_room), testing::ExitedWithCode(0), "");
}

TEST_F(DiskFull, MarkWithoutRoomKeepsTheOldNote) {
  EXPECT_EXIT(on_small_disk(mark_without_room_keeps_the_old_note), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace coffer::store
