// Tests of the log file: it begins anew, what it held is kept once, and nothing else is touched.
#include "host/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

#include "base/log.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::run_in_child;
using testing::TemporaryDirectory;

constexpr std::uint64_t kBytesMax = 100;
constexpr std::string_view kLine = "coffer[a]: some thirty characters ...\n";

// Lets standard error of this process go to a file, as start_daemon() does.
bool log_to(const std::string& path) {
  const Descriptor log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  return ::dup2(log.get(), STDERR_FILENO) == STDERR_FILENO;
}

void say(int lines) {
  for (int i = 0; i < lines; ++i) log_line("a", "some thirty characters ...");
}

bool holds(const std::string& path, std::size_t lines) {
  const auto content = read_file(path, 100'000);
  return content.ok() && content.value().size() == lines * kLine.size();
}

TEST(LimitLog, BeginsALongLogAnewAndKeepsTheOneBefore) {
  const TemporaryDirectory directory;
  const std::string log = directory / "log";
  const int status = run_in_child([&] {
    if (!log_to(log)) return 2;
    say(3);
    if (!limit_log(log, kBytesMax).ok() || !holds(log, 0) || !holds(log + ".old", 3)) return 3;
    say(4);
    if (!holds(log, 4)) return 4;
    if (!limit_log(log, kBytesMax).ok() || !holds(log, 0) || !holds(log + ".old", 4)) return 5;
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
  EXPECT_EQ(list_directory(directory.path()).value().size(), 2U);
}

TEST(LimitLog, LeavesAShortLogAlone) {
  const TemporaryDirectory directory;
  const std::string log = directory / "log";
  const int status = run_in_child([&] {
    if (!log_to(log)) return 2;
    say(2);
    return limit_log(log, kBytesMax).ok() && holds(log, 2) ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
  EXPECT_FALSE(file_exists(log + ".old"));
}

TEST(LimitLog, LeavesAFileAloneThatIsNotItsOwn) {
  const TemporaryDirectory directory;
  const std::string other = directory / "other";
  ASSERT_TRUE(write_file_durably(other, Buffer(1000, 'x')).ok());
  const int status = run_in_child([&] {
    if (!log_to(directory / "log")) return 2;
    say(3);
    return limit_log(other, kBytesMax).ok() && holds(directory / "log", 3) ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
  EXPECT_EQ(read_file(other, 2000).value().size(), 1000U);
}

TEST(LimitLog, KeepsNothingWhereThereIsNoRoom) {
  const TemporaryDirectory directory;
  const std::string log = directory / "log";
  const int status = run_in_child([&] {
    if (!log_to(log)) return 2;
    say(3);
    // A limit on files refuses the copy as a full disk does.
    const rlimit limit{10, 10};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
    return limit_log(log, kBytesMax).ok() && holds(log, 0) ? 0 : 4;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
  EXPECT_EQ(list_directory(directory.path()).value().size(), 1U);
}

}  // namespace
}  // namespace coffer::host
