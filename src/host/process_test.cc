// Tests of spawning, watching and ending processes.
#include "host/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include <array>
#include <chrono>

#include "host/socket.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::ForkedChild;
using testing::PipeEnds;

Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

SpawnRequest shell(const std::string& script) {
  SpawnRequest request;
  request.executable = "/bin/sh";
  request.arguments = {"sh", "-c", script};
  return request;
}

Exit wait_for_end(const Child& child) {
  const std::array numbers{child.pidfd.get()};
  CHECK(wait_readable(numbers, soon()).ok());
  return try_reap(child).value();
}

Exit run(const SpawnRequest& request) { return wait_for_end(spawn(request).value()); }

TEST(Spawn, GivesTheExitCode) {
  const Exit end = run(shell("exit 7"));
  EXPECT_FALSE(end.by_signal);
  EXPECT_EQ(end.number, 7);
}

TEST(Spawn, RunsItsOwnProgramWhenNothingElseIsAsked) {
  SpawnRequest request;
  request.arguments = {"coffer", "--gtest_filter=NothingAtAll"};
  const PipeEnds output;
  request.environment = {"GTEST_BRIEF=1"};
  EXPECT_EQ(run(request).number, 0);
}

TEST(Spawn, PassesExactlyTheEnvironmentItWasGiven) {
  SpawnRequest request = shell("test \"$COFFER_HOME\" = here && test -z \"$HOME\"");
  request.environment = {"COFFER_HOME=here"};
  EXPECT_EQ(run(request).number, 0);
}

TEST(Spawn, PutsDescriptorsAtFixedNumbersInOrder) {
  const PipeEnds first;
  const PipeEnds second;
  SpawnRequest request = shell("printf x >&3 && printf y >&4");
  request.inherited = {first.writing.get(), second.writing.get()};
  ASSERT_EQ(run(request).number, 0);
  char octet = 0;
  ASSERT_EQ(::read(first.reading.get(), &octet, 1), 1);
  EXPECT_EQ(octet, 'x');
  ASSERT_EQ(::read(second.reading.get(), &octet, 1), 1);
  EXPECT_EQ(octet, 'y');
}

TEST(Spawn, PassesNoOtherDescriptor) {
  const PipeEnds handed;
  const Descriptor leaky(::dup(STDIN_FILENO));  // Somebody forgot CLOEXEC.
  SpawnRequest request = shell("test -e /proc/$$/fd/3 && test ! -e /proc/$$/fd/4 && test ! -e /proc/$$/fd/" +
                               std::to_string(leaky.get()));
  request.inherited = {handed.writing.get()};
  EXPECT_EQ(run(request).number, 0);
}

TEST(Spawn, TellsThatAProgramCannotRun) {
  SpawnRequest request = shell("");
  request.executable = "/nonexistent/program";
  EXPECT_FALSE(spawn(request).ok());
}

TEST(Spawn, LeaksNoDescriptors) {
  const std::size_t before = testing::open_descriptor_count();
  EXPECT_EQ(run(shell("exit 0")).number, 0);
  EXPECT_EQ(testing::open_descriptor_count(), before);
}

TEST(Spawn, GivesTheChildNoBlockedSignals) {
  const Descriptor signals = watch_signals({SIGTERM, SIGCHLD}).value();
  const Child child = spawn(shell("kill -TERM $$; exit 0")).value();
  const Exit end = wait_for_end(child);
  EXPECT_TRUE(end.by_signal);
  EXPECT_EQ(end.number, SIGTERM);
}

TEST(Spawn, ChildDiesWithItsParent) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const SocketPair channel = make_socket_pair().value();
  const PipeEnds never;
  ForkedChild parent([&] {
    SpawnRequest request = shell("read never <&3");
    request.inherited = {never.reading.get()};
    const Child child = spawn(request).value();
    const auto* const octets = reinterpret_cast<const std::uint8_t*>(&child.pid);
    CHECK(write_exactly(channel.theirs, {octets, sizeof(pid_t)}, soon()).ok());
    return ::pause();
  });
  pid_t grandchild = 0;
  ASSERT_TRUE(
      read_exactly(channel.ours, {reinterpret_cast<std::uint8_t*>(&grandchild), sizeof(pid_t)}, soon()).ok());
  const Child orphan{grandchild, open_pidfd(grandchild).value()};
  ASSERT_TRUE(kill_child(parent.child(), SIGKILL).ok());
  parent.wait();
  const Exit end = wait_for_end(orphan);
  EXPECT_TRUE(end.by_signal);
  EXPECT_EQ(end.number, SIGKILL);
}

TEST(TryReap, GivesNothingWhileTheChildRuns) {
  const PipeEnds never;
  const ForkedChild child([&] { return never.wait() ? 0 : 1; });
  EXPECT_FALSE(try_reap(child.child()).has_value());
}

TEST(TryReap, TakesAnEndThatSomebodyElseWaitedForAsOne) {
  ForkedChild child([] { return 7; });
  child.wait();
  const std::optional<Exit> end = try_reap(child.child());
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->is_known);
  EXPECT_FALSE(end->is_well());
}

TEST(TryReap, TakesAnEndThatADebuggerKeepsAsOne) {
  const PipeEnds attached;
  ForkedChild child([] { return ::pause(); });
  const ForkedChild debugger([&] {
    if (::ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr) == 0) attached.say();
    return ::pause();  // He does not look how it ended.
  });
  ASSERT_TRUE(attached.wait());
  ASSERT_TRUE(kill_child(child.child(), SIGKILL).ok());
  const std::array numbers{child.child().pidfd.get()};
  ASSERT_TRUE(wait_readable(numbers, soon()).ok());
  const std::optional<Exit> end = try_reap(child.child());
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->is_known);
}

TEST(ProcessorTime, GrowsWhileAChildComputesAndNotWhileItWaits) {
  const ForkedChild waits([] { return ::pause(); });
  const ForkedChild computes([] {
    while (::getppid() > 0) {
    }
    return 0;
  });
  const Deadline deadline = soon();
  const std::chrono::nanoseconds before = processor_time(waits.child());
  while (processor_time(computes.child()) < std::chrono::milliseconds(50)) {
    ASSERT_NE(deadline.remaining().count(), 0);
  }
  EXPECT_LT(processor_time(waits.child()) - before, std::chrono::milliseconds(50));
}

TEST(KillChild, EndsIt) {
  ForkedChild child([] { return ::pause(); });
  ASSERT_TRUE(kill_child(child.child(), SIGTERM).ok());
  EXPECT_EQ(wait_for_end(child.child()).number, SIGTERM);
  child.mark_reaped();
}

TEST(KillChild, AcceptsThatItHasEnded) {
  ForkedChild child([] { return 0; });
  child.wait();
  EXPECT_TRUE(kill_child(child.child(), SIGTERM).ok());
}

TEST(OpenPidfd, RefusesAProcessThatDoesNotExist) {
  ForkedChild child([] { return 0; });
  child.wait();
  EXPECT_EQ(open_pidfd(child.pid()).error().code, Code::not_found);
}

TEST(WatchSignals, DeliversOnADescriptor) {
  const Descriptor signals = watch_signals({SIGUSR1}).value();
  EXPECT_FALSE(next_signal(signals).value().has_value());
  ::raise(SIGUSR1);
  EXPECT_EQ(next_signal(signals).value(), SIGUSR1);
}

}  // namespace
}  // namespace coffer::host
