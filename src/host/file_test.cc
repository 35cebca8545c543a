// Tests of files: whole, atomic and durable writes, append-only log, lock, directories, reserve.
#include "host/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::ForkedChild;
using testing::PipeEnds;
using testing::run_in_child;
using testing::TemporaryDirectory;

constexpr std::size_t kLimit = 1U << 20U;
constexpr int kNoNamespaces = 42;

std::string text_of(const std::string& path) { return std::string(as_text(read_file(path, kLimit).value())); }

mode_t mode_of(const std::string& path) {
  struct stat about{};
  CHECK(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 07777;
}

void put(const std::string& path, std::string_view text) {
  CHECK(write_file_durably(path, as_bytes(text)).ok());
}

bool write_text(const char* path, const std::string& text) {
  const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool enter_mount_namespace() {
  if (::unshare(CLONE_NEWNS) == 0) return true;
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  // Files need an owner and a group that exist in the new namespace.
  return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", user) &&
         write_text("/proc/self/gid_map", group);
}

// Makes the process see a file system of 64 KiB at `path`; false where users may not have namespaces.
bool mount_small_disk(const std::string& path) {
  return enter_mount_namespace() && ::mount("", "/", "", MS_REC | MS_PRIVATE, "") == 0 &&
         ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64k") == 0;
}

// Runs the body, which gives 0 for success, in a child with a small disk at the path.
void on_a_small_disk(const std::string& path, const std::function<int()>& body) {
  const int status = run_in_child([&] { return mount_small_disk(path) ? body() : kNoNamespaces; });
  if (exited_with(status, kNoNamespaces)) GTEST_SKIP() << "no user namespaces here";
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

// Makes a system call give EIO, or end the process, from now on.
void break_call(int call, std::uint32_t action) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  CHECK(seccomp_rule_add(filter, action, call, 0) == 0 && seccomp_load(filter) == 0);
  seccomp_release(filter);
}

TEST(ReadFile, GivesTheWholeFile) {
  const TemporaryDirectory directory;
  const std::string text(200'000, 'x');
  put(directory / "file", text);
  EXPECT_EQ(text_of(directory / "file"), text);
}

TEST(ReadFile, AcceptsAFileAsLongAsItsLimit) {
  const TemporaryDirectory directory;
  put(directory / "file", "12345");
  EXPECT_EQ(read_file(directory / "file", 5).value().size(), 5U);
}

TEST(ReadFile, RefusesAFileLongerThanItsLimit) {
  const TemporaryDirectory directory;
  put(directory / "file", "123456");
  EXPECT_EQ(read_file(directory / "file", 5).error().code, Code::limit);
}

TEST(ReadFile, TellsThatAFileIsNotThere) {
  EXPECT_EQ(read_file("/nonexistent/file", kLimit).error().code, Code::not_found);
}

TEST(ReadFile, ReadsWhatHasNoSize) { EXPECT_FALSE(read_file("/proc/self/status", kLimit).value().empty()); }

TEST(ReadSecretFile, GivesTheContent) {
  const TemporaryDirectory directory;
  put(directory / "pin", "1234");
  EXPECT_TRUE(equal_secret(read_secret_file(directory / "pin", 8).value().reveal(), as_bytes("1234")));
}

TEST(KeyFile, IsReadThroughTheDescriptor) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_durably(directory / "key", as_bytes("12345678")).ok());
  const Descriptor file = open_key_file(directory / "key", 8).value();
  ASSERT_TRUE(remove_file(directory / "key").ok());
  std::array<std::uint8_t, 8> key{};
  ASSERT_TRUE(read_key(file, key).ok());
  EXPECT_EQ(as_text(key), "12345678");
}

TEST(KeyFile, RefusesAnotherLengthAndWhatIsNoFile) {
  const TemporaryDirectory directory;
  EXPECT_EQ(open_key_file(directory / "key", 8).error().code, Code::not_found);
  ASSERT_TRUE(write_file_durably(directory / "key", as_bytes("1234567")).ok());
  EXPECT_EQ(open_key_file(directory / "key", 8).error().code, Code::corrupt);
  ASSERT_TRUE(write_file_durably(directory / "key", as_bytes("123456789")).ok());
  EXPECT_EQ(open_key_file(directory / "key", 8).error().code, Code::corrupt);
  EXPECT_EQ(open_key_file(directory.path(), 8).error().code, Code::corrupt);
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(open_key_file(directory / "pipe", 8).error().code, Code::corrupt);
}

TEST(KeyFile, RefusesOneThatHasBecomeShorter) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_durably(directory / "key", as_bytes("12345678")).ok());
  const Descriptor file = open_key_file(directory / "key", 8).value();
  ASSERT_EQ(::truncate((directory / "key").c_str(), 7), 0);
  std::array<std::uint8_t, 8> key{};
  EXPECT_EQ(read_key(file, key).error().code, Code::corrupt);
}

TEST(ReadSecretFile, RefusesAFileLongerThanItsLimit) {
  const TemporaryDirectory directory;
  put(directory / "pin", "1234");
  EXPECT_EQ(read_secret_file(directory / "pin", 3).error().code, Code::limit);
}

TEST(WriteFileDurably, ReplacesTheContent) {
  const TemporaryDirectory directory;
  put(directory / "file", "old and longer");
  put(directory / "file", "new");
  EXPECT_EQ(text_of(directory / "file"), "new");
}

TEST(WriteFileDurably, LetsOnlyTheOwnerRead) {
  const TemporaryDirectory directory;
  put(directory / "file", "text");
  EXPECT_EQ(mode_of(directory / "file"), 0600U);
}

TEST(WriteFileDurably, LeavesTheOldContentWhenTheDiskIsFull) {
  const TemporaryDirectory directory;
  on_a_small_disk(directory.path(), [&] {
    put(directory / "file", "old");
    const Status written = write_file_durably(directory / "file", Buffer(100'000, 'n'));
    const bool refused = !written.ok() && written.error().code == Code::disk_full;
    const bool only_old = list_directory(directory.path()).value().size() == 1;
    return refused && only_old && text_of(directory / "file") == "old" ? 0 : 1;
  });
}

TEST(WriteFileDurably, LeavesTheOldContentWhenSyncFails) {
  const TemporaryDirectory directory;
  put(directory / "file", "old");
  const int status = run_in_child([&] {
    break_call(SCMP_SYS(fsync), SCMP_ACT_ERRNO(EIO));
    return write_file_durably(directory / "file", as_bytes("new")).ok() ? 1 : 0;
  });
  EXPECT_TRUE(exited_with(status, 0));
  EXPECT_EQ(text_of(directory / "file"), "old");
}

TEST(WriteFileDurably, ShowsReadersTheOldOrTheNewContentWheneverItIsKilled) {
  const TemporaryDirectory directory;
  const std::string old_text(9'000, 'o');
  const std::string new_text(50'000, 'n');
  put(directory / "file", old_text);
  for (int round = 0; round < 20; ++round) {
    const ForkedChild writer([&]() -> int {
      for (;;) {
        put(directory / "file", new_text);
        put(directory / "file", old_text);
      }
    });
    for (int reads = 0; reads < 20; ++reads) {
      const std::string text = text_of(directory / "file");
      ASSERT_TRUE(text == old_text || text == new_text) << text.size() << " octets";
    }
  }
  const std::string text = text_of(directory / "file");
  EXPECT_TRUE(text == old_text || text == new_text);
}

TEST(WriteFileDurably, DoesNotWriteIntoAFileThatSomebodyPutInTheWay) {
  const TemporaryDirectory directory;
  put(directory / "theirs", "");
  ASSERT_EQ(::link((directory / "theirs").c_str(), (directory / "file.new").c_str()), 0);
  put(directory / "file", "secret");
  EXPECT_EQ(text_of(directory / "theirs"), "");
}

TEST(RenewTail, ChangesNothing) {
  const TemporaryDirectory directory;
  Buffer content(200'000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * 31);
  ASSERT_TRUE(write_file_durably(directory / "log", content).ok());
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{150'000}, ~std::uint64_t{0}}) {
    EXPECT_TRUE(renew_tail(directory / "log", bytes).ok()) << bytes;
    EXPECT_EQ(read_file(directory / "log", 1'000'000).value(), content) << bytes;
  }
}

TEST(RenewTail, TellsThatAFileIsNotThere) {
  const TemporaryDirectory directory;
  EXPECT_EQ(renew_tail(directory / "log", 1).error().code, Code::not_found);
}

TEST(RemoveFile, AcceptsThatNothingIsThere) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(remove_file(directory / "file").ok());
}

TEST(ListDirectory, SortsTheNames) {
  const TemporaryDirectory directory;
  put(directory / "b", "");
  put(directory / "a", "");
  EXPECT_EQ(list_directory(directory.path()).value(), (std::vector<std::string>{"a", "b"}));
}

TEST(CreateDirectory, MakesTheMissingOnesAbovePrivate) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(create_directory(directory / "a/b", kPassableDirectory).ok());
  EXPECT_EQ(mode_of(directory / "a"), 0700U);
  EXPECT_EQ(mode_of(directory / "a/b"), 0711U);
}

TEST(CreateDirectory, CorrectsTheModeOfAnExistingOne) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkdir((directory / "a").c_str(), 0755), 0);
  ASSERT_TRUE(create_directory(directory / "a").ok());
  EXPECT_EQ(mode_of(directory / "a"), 0700U);
}

TEST(CreateDirectory, RefusesANameThatIsAFile) {
  const TemporaryDirectory directory;
  put(directory / "a", "");
  EXPECT_EQ(create_directory(directory / "a").error().code, Code::exists);
}

TEST(CreateDirectory, RefusesSomebodyElsesDirectory) {
  const TemporaryDirectory directory;
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chown(directory.path().c_str(), 65534, 65534), 0);
  EXPECT_EQ(create_directory(directory.path()).error().code, Code::denied);
}

TEST(AppendFile, GoesOnWhereItEnded) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(AppendFile::open(directory / "log").value().append(as_bytes("one,")).ok());
  AppendFile log = AppendFile::open(directory / "log").value();
  ASSERT_TRUE(log.append(as_bytes("two")).ok());
  ASSERT_TRUE(log.sync().ok());
  EXPECT_EQ(text_of(directory / "log"), "one,two");
  EXPECT_EQ(log.size(), 7U);
}

TEST(AppendFile, ReadsBackByOffset) {
  const TemporaryDirectory directory;
  AppendFile log = AppendFile::open(directory / "log").value();
  ASSERT_TRUE(log.append(as_bytes("abcdef")).ok());
  Buffer octets(3);
  ASSERT_TRUE(log.read_at(2, octets).ok());
  EXPECT_EQ(as_text(octets), "cde");
}

TEST(AppendFile, RefusesToReadPastItsEnd) {
  const TemporaryDirectory directory;
  AppendFile log = AppendFile::open(directory / "log").value();
  ASSERT_TRUE(log.append(as_bytes("abc")).ok());
  Buffer octets(3);
  EXPECT_EQ(log.read_at(1, octets).error().code, Code::malformed);
}

TEST(AppendFile, CutsATornRecord) {
  const TemporaryDirectory directory;
  AppendFile log = AppendFile::open(directory / "log").value();
  ASSERT_TRUE(log.append(as_bytes("whole,to")).ok());
  ASSERT_TRUE(log.truncate_to(6).ok());
  ASSERT_TRUE(log.append(as_bytes("next")).ok());
  EXPECT_EQ(text_of(directory / "log"), "whole,next");
}

TEST(AppendFile, KeepsNothingOfARecordThatDidNotFit) {
  const TemporaryDirectory directory;
  on_a_small_disk(directory.path(), [&] {
    AppendFile log = AppendFile::open(directory / "log").value();
    CHECK(log.append(as_bytes("first")).ok());
    const Status written = log.append(Buffer(100'000, 'n'));
    const bool refused = !written.ok() && written.error().code == Code::disk_full;
    const bool goes_on = !log.failed() && log.append(as_bytes("second")).ok() && log.sync().ok();
    return refused && goes_on && text_of(directory / "log") == "firstsecond" ? 0 : 1;
  });
}

TEST(AppendFile, RefusesEverythingAfterAFailedSyncAndNeverSyncsAgain) {
  const TemporaryDirectory directory;
  const int status = run_in_child([&] {
    AppendFile log = AppendFile::open(directory / "log").value();
    CHECK(log.append(as_bytes("record")).ok());
    break_call(SCMP_SYS(fdatasync), SCMP_ACT_ERRNO(EIO));
    const bool first_refused = !log.sync().ok() && log.failed();
    break_call(SCMP_SYS(fdatasync), SCMP_ACT_KILL_PROCESS);  // A second try would end the process.
    const bool all_refused =
        !log.sync().ok() && !log.append(as_bytes("more")).ok() && !log.truncate_to(0).ok();
    return first_refused && all_refused ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(AppendFile, RefusesWhatIsNotAnOrdinaryFile) { EXPECT_FALSE(AppendFile::open("/dev/null").ok()); }

TEST(LockFile, IsHeldByOneProcessAndNamesIt) {
  const TemporaryDirectory directory;
  const LockFile lock = LockFile::acquire(directory / "lock").value();
  EXPECT_EQ(LockFile::acquire(directory / "lock").error().code, Code::exists);
  EXPECT_EQ(lock_holder(directory / "lock").value()->pid, ::getpid());
}

TEST(LockFile, IsHeldBySomebodyWithoutANameOnAFullDisk) {
  const TemporaryDirectory directory;
  on_a_small_disk(directory.path(), [&] {
    AppendFile filling = AppendFile::open(directory / "filling").value();
    while (filling.append(Buffer(4096, 'f')).ok()) {
    }
    const auto lock = LockFile::acquire(directory / "lock");
    if (!lock.ok()) return 3;
    const auto holder = lock_holder(directory / "lock");
    return holder.ok() && holder.value().has_value() && holder.value()->pid == 0 ? 0 : 4;
  });
}

TEST(LockFile, IsFreeAgainWhenItsHolderIsKilled) {
  const TemporaryDirectory directory;
  const PipeEnds locked;
  {
    const ForkedChild holder([&] {
      const LockFile lock = LockFile::acquire(directory / "lock").value();
      locked.say();
      return ::pause();
    });
    ASSERT_TRUE(locked.wait());
    EXPECT_EQ(lock_holder(directory / "lock").value()->pid, holder.pid());
  }
  EXPECT_FALSE(lock_holder(directory / "lock").value().has_value());
  EXPECT_TRUE(LockFile::acquire(directory / "lock").ok());
}

TEST(ReserveSpace, AllocatesTheBlocks) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(reserve_space(directory / "reserve", 1U << 20U).ok());
  struct stat about{};
  ASSERT_EQ(::stat((directory / "reserve").c_str(), &about), 0);
  EXPECT_GE(about.st_blocks * 512, 1 << 20);
}

TEST(ReserveSpace, GivesRoomWhenItIsRemoved) {
  const TemporaryDirectory directory;
  on_a_small_disk(directory.path(), [&] {
    CHECK(reserve_space(directory / "reserve", 32 * 1024).ok());
    const Buffer content(40 * 1024, 'x');
    const bool refused = !write_file_durably(directory / "file", content).ok();
    CHECK(remove_file(directory / "reserve").ok());
    return refused && write_file_durably(directory / "file", content).ok() ? 0 : 1;
  });
}

TEST(ReserveSpace, LeavesNothingWhenTheDiskIsFull) {
  const TemporaryDirectory directory;
  on_a_small_disk(directory.path(), [&] {
    const Status reserved = reserve_space(directory / "reserve", kLimit);
    const bool refused = !reserved.ok() && reserved.error().code == Code::disk_full;
    return refused && !file_exists(directory / "reserve") ? 0 : 1;
  });
}

}  // namespace
}  // namespace coffer::host
