// Tests of daemons: the starter learns whether they work.
#include "host/daemon.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "host/socket.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::PipeEnds;
using testing::TemporaryDirectory;

TEST(StartDaemon, ReturnsWhenItIsReady) {
  const TemporaryDirectory directory;
  PipeEnds end;
  const DaemonStart start = start_daemon({directory / "log"}, [&](Readiness& readiness) {
                              end.writing.close();
                              readiness.ready();
                              return end.wait() ? 0 : 1;
                            }).value();
  EXPECT_TRUE(start.ready);
  EXPECT_EQ(::kill(start.pid, 0), 0);
}

TEST(StartDaemon, WaitsAsLongAsItTellsWhatItIsAt) {
  const TemporaryDirectory directory;
  std::vector<std::string> told;
  const PipeEnds heard;  // the daemon goes on when its words were heard
  const DaemonRequest request{.log_path = directory / "log",
                              .silence_max = std::chrono::seconds(5),
                              .on_progress = [&](std::string_view text) {
                                told.emplace_back(text);
                                heard.say();
                              }};
  const DaemonStart start = start_daemon(request, [&](Readiness& readiness) {
                              for (const char* const text : {"one of two", "two of two"}) {
                                readiness.progress(text);
                                if (!heard.wait()) return 1;
                              }
                              readiness.ready();
                              return 0;
                            }).value();
  EXPECT_TRUE(start.ready) << start.text;
  EXPECT_EQ(told, (std::vector<std::string>{"one of two", "two of two"}));
}

TEST(StartDaemon, GivesTheTextOfAFailure) {
  const TemporaryDirectory directory;
  const DaemonStart start = start_daemon({directory / "log"}, [](Readiness& readiness) {
                              readiness.failed("the vault\nis held by somebody else");
                              return 1;
                            }).value();
  EXPECT_FALSE(start.ready);
  EXPECT_EQ(start.text, "the vault is held by somebody else");
}

TEST(StartDaemon, TellsThatItEndedWithoutAWord) {
  const TemporaryDirectory directory;
  const DaemonStart start = start_daemon({directory / "log"}, [](Readiness&) { return 1; }).value();
  EXPECT_FALSE(start.ready);
  EXPECT_FALSE(start.text.empty());
}

TEST(StartDaemon, EndsADaemonThatSaysNothingInTime) {
  const TemporaryDirectory directory;
  PipeEnds end;
  const Result<DaemonStart> start =
      start_daemon({.log_path = directory / "log", .silence_max = std::chrono::milliseconds(200)},
                   [&](Readiness&) { return end.wait() ? 0 : 1; });
  ASSERT_FALSE(start.ok());
  EXPECT_EQ(start.error().code, Code::timed_out);
  end.writing.close();
  EXPECT_FALSE(end.wait());
}

TEST(StartDaemon, LeavesTheSessionOfItsStarter) {
  const TemporaryDirectory directory;
  const pid_t session = ::getsid(0);
  const DaemonStart start = start_daemon({directory / "log"}, [&](Readiness& readiness) {
                              const bool left = ::getsid(0) != session && ::getsid(0) != ::getpid();
                              left ? readiness.ready() : readiness.failed("still there");
                              return 0;
                            }).value();
  EXPECT_TRUE(start.ready) << start.text;
}

TEST(StartDaemon, WritesItsErrorsToTheLog) {
  const TemporaryDirectory directory;
  const DaemonStart start = start_daemon({directory / "log"}, [](Readiness& readiness) {
                              std::fputs("something happened\n", stderr);
                              readiness.ready();
                              return 0;
                            }).value();
  ASSERT_TRUE(start.ready);
  EXPECT_EQ(as_text(read_file(directory / "log", 1000).value()), "something happened\n");
}

TEST(StartDaemon, TellsThatItsLogCannotBeOpened) {
  const DaemonStart start = start_daemon({"/nonexistent/log"}, [](Readiness& readiness) {
                              readiness.ready();
                              return 0;
                            }).value();
  EXPECT_FALSE(start.ready);
}

}  // namespace
}  // namespace coffer::host
