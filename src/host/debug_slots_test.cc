// Tests of DebugSlots: nobody else can attach, the held process works as before, and dies with its holder.
#include "host/debug_slots.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/process.h"
#include "host/socket.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::ForkedChild;
using testing::PipeEnds;
using testing::run_in_child;

Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

// Serves the held processes until the descriptor can be read, as the guard's loop does.
bool serve_until_readable(DebugSlots& slots, const Descriptor& signals, int number) {
  for (;;) {
    const std::array numbers{number, signals.get()};
    const Result<std::vector<std::size_t>> ready = wait_readable(numbers, soon());
    if (!ready.ok()) return false;
    if (ready.value().front() == 0) return true;
    while (next_signal(signals).value().has_value()) {
    }
    slots.service();
  }
}

// Whether another process, of the same user, can attach to a thread.
bool others_can_attach(pid_t thread) {
  const int status = run_in_child([&] {
    if (::ptrace(PTRACE_ATTACH, thread, nullptr, nullptr) == 0) return 0;
    return errno == EPERM ? 1 : 2;
  });
  CHECK(!exited_with(status, 2));
  return exited_with(status, 0);
}

TEST(DebuggerComplaint, IsEmptyWhenNobodyDebugs) {
  EXPECT_TRUE(exited_with(run_in_child([] { return debugger_complaint().empty() ? 0 : 1; }), 0));
}

TEST(DebuggerComplaint, NamesWhoDebugs) {
  const std::string expected = "(process " + std::to_string(::getpid()) + ")";
  const int status = run_in_child([&] {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 2;
    return debugger_complaint().find(expected) != std::string::npos ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(DebuggerComplaint, IsEmptyWhenHeMay) {
  const int status = run_in_child([] {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 2;
    return debugger_complaint(::getppid()).empty() && !debugger_complaint(::getpid()).empty() ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

int offer_and_run(const std::function<int()>& body) {
  if (DebugSlots::offer() != Offer::made) return 99;
  ::raise(SIGSTOP);
  return body();
}

class DebugSlotsTest : public ::testing::Test {
 protected:
  // Ends the held child; only we can bury its threads.
  void TearDown() override {
    if (held_ == nullptr) return;
    ASSERT_TRUE(kill_child(held_->child(), SIGKILL).ok());
    end_of_held();
  }

  // Runs a function in a child whose debug slot we hold.
  void hold(const std::function<int()>& body) {
    held_ = std::make_unique<ForkedChild>([&body] { return offer_and_run(body); });
    ASSERT_TRUE(slots_.take(held_->pid()).ok());
  }

  // Waits for the end of the held child.
  std::optional<Exit> end_of_held() {
    if (!serve_until_readable(slots_, signals_, held_->child().pidfd.get())) return std::nullopt;
    const std::optional<Exit> end = try_reap(held_->child());
    slots_.forget(held_->pid());
    held_->mark_reaped();
    held_.reset();
    return end;
  }

  Descriptor signals_ = watch_signals({SIGCHLD}).value();
  DebugSlots slots_;
  std::unique_ptr<ForkedChild> held_;
};

TEST_F(DebugSlotsTest, KeepOthersFromAttaching) {
  const PipeEnds end;
  const ForkedChild child([&] { return end.wait() ? 0 : 1; });
  if (!others_can_attach(child.pid())) GTEST_SKIP() << "nobody can attach to anything here";
  hold([&] { return end.wait() ? 0 : 1; });
  EXPECT_FALSE(others_can_attach(held_->pid()));
}

TEST_F(DebugSlotsTest, KeepOthersFromAttachingToThreads) {
  const PipeEnds end;
  const SocketPair channel = make_socket_pair().value();
  hold([&] {
    const std::jthread thread([&] {
      const auto number = static_cast<pid_t>(::syscall(SYS_gettid));
      CHECK(write_exactly(channel.theirs, {reinterpret_cast<const std::uint8_t*>(&number), 4}, soon()).ok());
      static_cast<void>(end.wait());
    });
    return 0;
  });
  ASSERT_TRUE(serve_until_readable(slots_, signals_, channel.ours.get()));
  pid_t thread = 0;
  ASSERT_TRUE(read_exactly(channel.ours, {reinterpret_cast<std::uint8_t*>(&thread), 4}, soon()).ok());
  EXPECT_FALSE(others_can_attach(thread));
}

// A process that cannot be read offers its slot all the same; a parent could not take it by itself.
TEST_F(DebugSlotsTest, AreTakenOfAProcessThatIsNotDumpable) {
  const PipeEnds end;
  held_ = std::make_unique<ForkedChild>([&] {
    ::prctl(PR_SET_DUMPABLE, 0);
    return offer_and_run([&] { return end.wait() ? 0 : 1; });
  });
  ASSERT_TRUE(slots_.take(held_->pid()).ok());
  EXPECT_FALSE(others_can_attach(held_->pid()));
}

TEST_F(DebugSlotsTest, TellThatSomebodyElseHoldsThem) {
  hold([] { return DebugSlots::offer() == Offer::taken ? 5 : 6; });
  const std::optional<Exit> end = end_of_held();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->number, 5);
}

TEST_F(DebugSlotsTest, PassSignalsOn) {
  hold([] { return ::pause(); });
  ASSERT_TRUE(kill_child(held_->child(), SIGTERM).ok());
  const std::optional<Exit> end = end_of_held();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->number, SIGTERM);
}

TEST_F(DebugSlotsTest, LoseNoSignalWhenSomebodyAsksForTheEndFirst) {
  hold([] { return ::pause(); });
  ASSERT_TRUE(kill_child(held_->child(), SIGTERM).ok());
  const std::array numbers{signals_.get()};
  ASSERT_TRUE(wait_readable(numbers, soon()).ok());
  EXPECT_FALSE(try_reap(held_->child()).has_value());
  const std::optional<Exit> end = end_of_held();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->number, SIGTERM);
}

TEST_F(DebugSlotsTest, LetNobodyStopAProcess) {
  const PipeEnds go;
  const PipeEnds done;
  hold([&] {
    while (go.wait()) done.say();
    return 0;
  });
  ASSERT_TRUE(kill_child(held_->child(), SIGSTOP).ok());
  go.say();
  ASSERT_TRUE(serve_until_readable(slots_, signals_, done.reading.get()));
  EXPECT_TRUE(done.wait());
}

TEST_F(DebugSlotsTest, ReportTheEndOfAProcessWithManyThreads) {
  const PipeEnds ready;
  hold([&] {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([] { ::pause(); });
    ready.say();
    return ::pause();
  });
  ASSERT_TRUE(serve_until_readable(slots_, signals_, ready.reading.get()));
  ASSERT_TRUE(kill_child(held_->child(), SIGKILL).ok());
  const std::optional<Exit> end = end_of_held();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->number, SIGKILL);
}

TEST_F(DebugSlotsTest, ReportTheEndOfAProcessWhoseThreadsEndedBefore) {
  const PipeEnds go;
  hold([&] {
    static_cast<void>(go.wait());
    for (int i = 0; i < 20; ++i) std::jthread([] {}).join();
    return 5;
  });
  go.say();
  const std::optional<Exit> end = end_of_held();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->number, 5);
}

TEST_F(DebugSlotsTest, LeaveOtherChildrenAlone) {
  const ForkedChild other([] { return ::pause(); });
  hold([] { return ::pause(); });
  ASSERT_TRUE(kill_child(other.child(), SIGSTOP).ok());
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(other.pid()), &info, WSTOPPED | WNOWAIT), 0);
  slots_.service();
  info = {};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(other.pid()), &info, WSTOPPED | WNOHANG | WNOWAIT), 0);
  EXPECT_EQ(info.si_pid, other.pid());
}

TEST_F(DebugSlotsTest, AreTakenBySpawnBeforeTheProgramStarts) {
  const PipeEnds never;
  SpawnRequest request;
  request.executable = "/bin/sh";
  request.arguments = {"sh", "-c", "read never <&3"};
  request.inherited = {never.reading.get()};
  request.debug_slots = &slots_;
  const Child child = spawn(request).value();
  EXPECT_FALSE(others_can_attach(child.pid));
  ASSERT_TRUE(kill_child(child, SIGKILL).ok());
  ASSERT_TRUE(serve_until_readable(slots_, signals_, child.pidfd.get()));
  EXPECT_TRUE(try_reap(child).has_value());
}

TEST_F(DebugSlotsTest, KillTheHeldProcessWhenTheHolderIsKilled) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const SocketPair channel = make_socket_pair().value();
  ForkedChild guard([&] {
    DebugSlots slots;
    const pid_t held = ::fork();
    if (held == 0) return offer_and_run([] { return ::pause(); });  // It asks for no death signal of its own.
    CHECK(slots.take(held).ok());
    CHECK(write_exactly(channel.theirs, {reinterpret_cast<const std::uint8_t*>(&held), 4}, soon()).ok());
    return ::pause();
  });
  pid_t held = 0;
  ASSERT_TRUE(read_exactly(channel.ours, {reinterpret_cast<std::uint8_t*>(&held), 4}, soon()).ok());
  const Child orphan{held, open_pidfd(held).value()};
  ASSERT_TRUE(kill_child(guard.child(), SIGKILL).ok());
  guard.wait();
  const std::array numbers{orphan.pidfd.get()};
  ASSERT_TRUE(wait_readable(numbers, soon()).ok());
  EXPECT_EQ(try_reap(orphan).value().number, SIGKILL);
}

}  // namespace
}  // namespace coffer::host
