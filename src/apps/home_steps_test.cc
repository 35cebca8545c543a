// Home steps: a directory of an earlier format is brought to this one, wherever it is cut off.
#include "apps/home_steps.h"

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <string>

#include "base/format.h"
#include "host/file.h"
#include "host/testing.h"
#include "host/vault_home.h"

namespace coffer::apps {
namespace {

using host::testing::run_in_child;
using host::testing::TemporaryDirectory;

// What a vault of format 3 has that moves, and what does not; by name, with its content.
const std::map<std::string, std::string> kMoved{
    {"store.db", "database"}, {"store.db-wal", "acknowledged writes"}, {"mark", "high water"}};
const std::map<std::string, std::string> kNewNames{
    {"store.db", "store/store.db"}, {"store.db-wal", "store/store.db-wal"}, {"mark", "audit/mark"}};
constexpr auto kMadeAnew = {"store.db-shm", "store.db.lock", "mark.new"};

class HomeSteps : public testing::Test {
 protected:
  void put(const std::string& name, std::string_view content) const {
    ASSERT_TRUE(host::write_file_durably(home / name, as_bytes(content)).ok());
  }
  [[nodiscard]] std::string get(const std::string& name) const {
    const auto content = host::read_file(home / name, 1000);
    return content.ok() ? std::string(as_text(content.value())) : "none";
  }
  [[nodiscard]] bool has(const std::string& name) const { return host::file_exists(home / name); }

  void make_format_3() const {
    put("format", "3\n");
    put("host.key", "key");
    ASSERT_TRUE(host::create_directory(home / "audit").ok());
    put("audit/audit-000001.log", "line");
    for (const auto& [name, content] : kMoved) put(name, content);
    for (const char* const name : kMadeAnew) put(name, "rest");
  }
  [[nodiscard]] Status raise() const { return host::raise_home_format(home.path(), home_steps()); }

  // Expects the directory of this format, with everything at its place.
  void expect_moved() const {
    EXPECT_EQ(get("format"), std::to_string(kFormat) + "\n");
    for (const auto& [name, content] : kMoved) {
      EXPECT_FALSE(has(name)) << name;
      EXPECT_EQ(get(kNewNames.at(name)), content);
    }
    for (const char* const name : kMadeAnew) EXPECT_FALSE(has(name)) << name;
    EXPECT_EQ(get("host.key"), "key");
    EXPECT_EQ(get("audit/audit-000001.log"), "line");
  }
  // Expects that a program of format 3 finds what it knows, or is kept out.
  void expect_whole_or_closed() const {
    if (get("format") != "3\n") return;
    for (const auto& [name, content] : kMoved) EXPECT_EQ(get(name), content) << name;
  }
  // Each file is there once, wherever it is.
  void expect_nothing_lost() const {
    for (const auto& [name, content] : kMoved) EXPECT_EQ(get(has(name) ? name : kNewNames.at(name)), content);
  }

  TemporaryDirectory home;
};

TEST_F(HomeSteps, BeginWithTheOldestFormatAndEndWithThisOne) {
  std::uint8_t next = kFormatOldest;
  for (const host::HomeStep& step : home_steps()) EXPECT_EQ(step.from, next++);
  EXPECT_EQ(next, kFormat);
}

TEST_F(HomeSteps, GiveStoreAndMarkDirectories) {
  make_format_3();
  ASSERT_TRUE(raise().ok());
  expect_moved();
  struct stat about{};
  ASSERT_EQ(::stat((home / "store").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, host::kPrivateDirectory);
  ASSERT_TRUE(raise().ok());
  expect_moved();
}

TEST_F(HomeSteps, BringADirectoryWithoutANumber) {
  make_format_3();
  ASSERT_TRUE(host::remove_file(home / "format").ok());
  ASSERT_TRUE(raise().ok());
  expect_moved();
}

TEST_F(HomeSteps, BringTheJournalOfADatabaseThatWasBeingMade) {
  make_format_3();
  put("store.db-journal", "pages of before");
  ASSERT_TRUE(raise().ok());
  EXPECT_EQ(get("store/store.db-journal"), "pages of before");
  EXPECT_FALSE(has("store.db-journal"));
}

TEST_F(HomeSteps, MakeNoDirectoriesForALink) {
  put("format", "3\n");
  ASSERT_TRUE(raise().ok());
  EXPECT_EQ(get("format"), std::to_string(kFormat) + "\n");
  EXPECT_EQ(host::list_directory(home.path()).value().size(), 1U);
}

TEST_F(HomeSteps, ReplaceNothing) {
  for (const auto& [name, content] : kMoved) {
    make_format_3();
    ASSERT_TRUE(host::create_directory(home / "store").ok());
    put(kNewNames.at(name), "another");
    EXPECT_EQ(raise().error().code, Code::exists) << name;
    EXPECT_EQ(get(name), content);
    EXPECT_EQ(get(kNewNames.at(name)), "another");
    ASSERT_TRUE(host::remove_file(home / kNewNames.at(name)).ok());
    ASSERT_TRUE(raise().ok());
    expect_moved();
    for (const auto& each : kNewNames) ASSERT_TRUE(host::remove_file(home / each.second).ok());
  }
}

TEST_F(HomeSteps, GoOnWhenThereIsRoomAgain) {
  make_format_3();
  put("store", "a file in the way of the directory");
  EXPECT_EQ(raise().error().code, Code::exists);
  expect_nothing_lost();
  ASSERT_TRUE(host::remove_file(home / "store").ok());
  ASSERT_TRUE(raise().ok());
  expect_moved();
  // A full disk: the number cannot be written.
  for (const auto& each : kNewNames) ASSERT_TRUE(host::remove_file(home / each.second).ok());
  make_format_3();
  EXPECT_EQ(run_in_child([this] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit none{0, 0};
              return ::setrlimit(RLIMIT_FSIZE, &none) == 0 && !raise().ok() ? 0 : 1;
            }),
            0);
  EXPECT_EQ(get("format"), "3\n");
  expect_whole_or_closed();
  ASSERT_TRUE(raise().ok());
  expect_moved();
}

// Runs the steps in a child that is killed at its n-th system call; the value tells whether it came so far.
bool killed_at(int call, const std::function<void()>& body) {
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
    ::raise(SIGSTOP);
    body();
    ::_exit(0);
  }
  int status = 0;
  for (int stops = 0; ::waitpid(child, &status, 0) == child && WIFSTOPPED(status); ++stops) {
    // A system call stops twice, before it is done and after.
    if (stops == call) {
      ::kill(child, SIGKILL);
      CHECK(::waitpid(child, &status, 0) == child);
      return true;
    }
    CHECK(::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0);
  }
  CHECK(host::testing::exited_with(status, 0));
  return false;
}

TEST_F(HomeSteps, LoseNothingKilledAtAnySystemCall) {
  int call = 1;
  for (bool was_killed = true; was_killed; ++call) {
    make_format_3();
    was_killed = killed_at(call, [this] { CHECK(raise().ok()); });
    expect_whole_or_closed();
    expect_nothing_lost();
    ASSERT_TRUE(raise().ok());
    expect_moved();
    if (HasFailure()) FAIL() << "killed at stop " << call;
    for (const auto& each : kNewNames) ASSERT_TRUE(host::remove_file(home / each.second).ok());
  }
  EXPECT_GT(call, 40);
}

}  // namespace
}  // namespace coffer::apps
