// Tests of the sandbox: what a process gave up is really gone. Each test gives it up in a child.
#include "host/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "codec/binary.h"
#include "host/process.h"
#include "host/socket.h"
#include "host/tcp.h"
#include "host/testing.h"
#include "host/vault_home.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::PipeEnds;
using testing::run_in_child;
using testing::TemporaryDirectory;

constexpr int kSkip = 42;

bool can_open(const std::string& path, int flags) {
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600)).is_open();
}

bool is_denied(const std::string& path, int flags) { return !can_open(path, flags) && errno == EACCES; }

// Runs the body after `protection` in a child; it gives true when all is as the test says.
void expect_in_child(const std::function<Protection()>& protect, const std::function<bool()>& body) {
  const int status = run_in_child([&] {
    // ThreadSanitizer starts a thread in every child, which is one too many.
    if (list_directory("/proc/self/task").value().size() != 1) return kSkip;
    const Protection protection = protect();
    if (protection.state == State::unavailable) return kSkip;
    if (protection.state == State::off) return 2;
    return body() ? 0 : 1;
  });
  if (exited_with(status, kSkip)) GTEST_SKIP() << "this kernel or build cannot";
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(ForbidCoreDumps, SetsTheLimitAndMakesTheProcessNotDumpable) {
  expect_in_child(forbid_core_dumps, [] {
    rlimit limit{1, 1};
    ::getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0;
  });
}

TEST(ForbidNewPrivileges, IsSet) {
  expect_in_child(forbid_new_privileges, [] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1; });
}

TEST(DenyExecutableMemory, RefusesNewCode) {
  expect_in_child(deny_executable_memory, [] {
    void* const plain = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return plain != MAP_FAILED && ::mprotect(plain, 4096, PROT_READ | PROT_EXEC) != 0;
  });
}

TEST(LowerPrivileges, TakesRootsPowersAway) {
  const TemporaryDirectory directory;
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chown(directory.path().c_str(), 65534, 65534), 0);
  expect_in_child(lower_privileges, [&] { return is_denied(directory / "file", O_WRONLY | O_CREAT); });
}

// The first 32 capabilities that this process has.
std::uint32_t capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  CHECK(::syscall(SYS_capget, &header, sets.data()) == 0);
  return sets[0].effective;
}

TEST(LowerPrivilegesToStart, KeepsWhatHiddenMemoryAndPortsNeed) {
  const TemporaryDirectory directory;
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chown(directory.path().c_str(), 65534, 65534), 0);
  constexpr std::uint32_t kKept =
      CAP_TO_MASK(CAP_IPC_LOCK) | CAP_TO_MASK(CAP_SYS_RESOURCE) | CAP_TO_MASK(CAP_NET_BIND_SERVICE);
  const std::uint32_t before = capabilities();
  ASSERT_NE(before & kKept, 0U);
  expect_in_child(lower_privileges_to_start, [&] {
    return is_denied(directory / "file", O_WRONLY | O_CREAT) && capabilities() == (before & kKept);
  });
}

TEST(DenyFilesystem, RefusesToOpenAnyFile) {
  expect_in_child(deny_filesystem, [] {
    return is_denied("/etc/passwd", O_RDONLY) && is_denied("/proc/self/maps", O_RDONLY) &&
           is_denied("/", O_RDONLY | O_DIRECTORY);
  });
}

TEST(DenyFilesystem, LeavesOpenDescriptorsUsable) {
  const Descriptor file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  expect_in_child(deny_filesystem, [&] {
    char octet = 0;
    return ::read(file.get(), &octet, 1) == 1;
  });
}

TEST(DenyFilesystem, RefusesTcp) {
  expect_in_child(deny_filesystem, [] {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    return !bound && errno == EACCES;
  });
}

TEST(DenyFilesystem, SaysSoWhenAThreadWouldEscape) {
  const int status = run_in_child([] {
    const PipeEnds end;
    const std::jthread other([&] { static_cast<void>(end.wait()); });
    const State state = deny_filesystem().state;
    end.say();
    return state == State::on ? 1 : 0;
  });
  EXPECT_TRUE(exited_with(status, 0));
}

TEST(AllowOnlyDirectory, AllowsItsFiles) {
  const TemporaryDirectory directory;
  expect_in_child([&] { return allow_only_directory(directory.path()); },
                  [&] {
                    return write_file_durably(directory / "file", as_bytes("text")).ok() &&
                           read_file(directory / "file", 10).ok() && remove_file(directory / "file").ok();
                  });
}

TEST(AllowOnlyDirectory, RefusesAllOthers) {
  const TemporaryDirectory directory;
  const TemporaryDirectory other;
  expect_in_child(
      [&] { return allow_only_directory(directory.path()); },
      [&] { return is_denied("/etc/passwd", O_RDONLY) && is_denied(other / "new", O_WRONLY | O_CREAT); });
}

TEST(AllowOnlyDirectory, RefusesToRunAProgramInIt) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_durably(directory / "script", as_bytes("#!/bin/sh\nexit 0\n"), 0700).ok());
  expect_in_child([&] { return allow_only_directory(directory.path()); },
                  [&] {
                    ::execl((directory / "script").c_str(), "script", nullptr);
                    return errno == EACCES;
                  });
}

TEST(AllowHomeAndPrograms, AllowsItsFilesAndToReadWhatProgramsNeed) {
  const TemporaryDirectory home;
  const TemporaryDirectory other;
  expect_in_child([&] { return allow_home_and_programs(home.path(), Descriptor()); },
                  [&] {
                    return write_file_durably(home / "file", as_bytes("text")).ok() &&
                           listen_unix(home / "socket", 0600).ok() &&
                           can_open("/proc/self/status", O_RDONLY) &&
                           is_denied(other / "new", O_WRONLY | O_CREAT) &&
                           is_denied("/etc/passwd", O_RDONLY) &&
                           is_denied(other.path(), O_RDONLY | O_DIRECTORY) &&
                           is_denied("/proc/self/comm", O_WRONLY) && is_denied("/dev/null", O_WRONLY);
                  });
}

TEST(AllowHomeAndPrograms, RunsTheSystemsProgramsAndItsOwn) {
  const TemporaryDirectory home;
  const TemporaryDirectory other;
  std::filesystem::copy_file("/usr/bin/true", other / "own");
  std::filesystem::copy_file("/usr/bin/true", other / "another");
  const Descriptor own(::open((other / "own").c_str(), O_RDONLY | O_CLOEXEC));
  const auto runs = [](SpawnRequest request) {
    request.arguments = {"true"};
    const auto child = spawn(request);
    if (!child.ok() || !wait_readable(std::array{child.value().pidfd.get()}, Deadline::never()).ok())
      return false;
    const auto exit = try_reap(child.value());
    return exit.has_value() && exit->is_well();
  };
  expect_in_child([&] { return allow_home_and_programs(home.path(), own); },
                  [&] {
                    return runs({.executable = "/usr/bin/true"}) && runs({.image = own.get()}) &&
                           !runs({.executable = other / "another"});
                  });
}

TEST(AllowHomeAndPrograms, ReadsAHostKeyThatIsElsewhere) {
  const TemporaryDirectory home;
  const TemporaryDirectory other;
  ASSERT_TRUE(write_file_durably(other / "key", as_bytes("key")).ok());
  ASSERT_EQ(::symlink((other / "key").c_str(), vault_host_key(home.path()).c_str()), 0);
  expect_in_child([&] { return allow_home_and_programs(home.path(), Descriptor()); },
                  [&] {
                    return can_open(vault_host_key(home.path()), O_RDONLY) &&
                           is_denied(vault_host_key(home.path()), O_WRONLY);
                  });
}

TEST(AllowHomeAndPrograms, ListensAndDoesNotConnect) {
  const TemporaryDirectory home;
  const auto listener = listen_tcp({.host = "127.0.0.1"});
  ASSERT_TRUE(listener.ok());
  sockaddr_in address{};
  socklen_t bytes = sizeof address;
  ASSERT_EQ(::getsockname(listener.value().get(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  expect_in_child([&] { return allow_home_and_programs(home.path(), Descriptor()); },
                  [&] {
                    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
                    return listen_tcp({.host = "127.0.0.1"}).ok() &&
                           ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), bytes) == -1 &&
                           errno == EACCES;
                  });
}

TEST(AllowHomeAndPrograms, SignalsOnlyWhatItHasStarted) {
  constexpr long kWithScopes = 6;  // of landlock
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < kWithScopes) GTEST_SKIP() << "this kernel cannot";
  const TemporaryDirectory home;
  expect_in_child([&] { return allow_home_and_programs(home.path(), Descriptor()); },
                  [&] {
                    const testing::ForkedChild started([] { return ::pause(); });
                    return ::kill(started.pid(), 0) == 0 && ::kill(::getppid(), 0) == -1 && errno == EPERM;
                  });
}

TEST(AllowDirectoryAndConnect, AllowsItsFilesAndNoOthers) {
  const TemporaryDirectory directory;
  expect_in_child([&] { return allow_directory_and_connect(directory.path()); },
                  [&] {
                    return write_file_durably(directory / "file", as_bytes("text")).ok() &&
                           is_denied("/etc/passwd", O_RDONLY);
                  });
}

TEST(AllowDirectoryAndConnect, AllowsToConnectAndNotToListen) {
  const TemporaryDirectory directory;
  const auto listener = listen_tcp({.host = "127.0.0.1"});
  ASSERT_TRUE(listener.ok());
  sockaddr_in address{};
  socklen_t bytes = sizeof address;
  ASSERT_EQ(::getsockname(listener.value().get(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  expect_in_child([&] { return allow_directory_and_connect(directory.path()); },
                  [&] {
                    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
                    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), bytes) == 0;
                  });
  expect_in_child([&] { return allow_directory_and_connect(directory.path()); },
                  [&] {
                    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
                    sockaddr_in any = address;
                    any.sin_port = 0;
                    return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&any), bytes) == -1 &&
                           errno == EACCES;
                  });
}

TEST(AllowOnlyDirectory, IsOffWhenTheDirectoryIsMissing) {
  const int status =
      run_in_child([] { return allow_only_directory("/nonexistent").state == State::on ? 1 : 0; });
  EXPECT_TRUE(exited_with(status, 0));
}

TEST(Posture, GivesAReasonForEachOfItsChecks) {
  for (const Protection& protection :
       {check_swap(), check_ptrace_scope(), check_proc_mem(), check_hibernation()}) {
    EXPECT_FALSE(protection.name.empty());
    EXPECT_FALSE(protection.reason.empty()) << protection.name;
    EXPECT_LE(protection.reason.size(), kProtectionReasonBytesMax);
  }
}

TEST(Assurance, GoesOverTheWire) {
  const Assurance sent{{{"swap_off", State::unavailable, "why"}}};
  const Assurance received = codec::decode<Assurance>(codec::encode(sent)).value();
  ASSERT_EQ(received.protections.size(), 1U);
  EXPECT_EQ(received.protections[0].name, "swap_off");
  EXPECT_EQ(received.protections[0].state, State::unavailable);
  EXPECT_EQ(received.protections[0].reason, "why");
}

TEST(Assurance, RefusesAStateThatDoesNotExist) {
  const Assurance sent{{{"swap_off", static_cast<State>(3), "why"}}};
  EXPECT_EQ(codec::decode<Assurance>(codec::encode(sent)).error().code, Code::malformed);
}

TEST(Assurance, RefusesALongReason) {
  const Assurance sent{{{"swap_off", State::on, std::string(kProtectionReasonBytesMax + 1, 'x')}}};
  EXPECT_EQ(codec::decode<Assurance>(codec::encode(sent)).error().code, Code::malformed);
}

}  // namespace
}  // namespace coffer::host
