// Tests of the lists of system calls: what is refused ends or fails, and each role can still do its work.
#include "host/system_calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

#include "host/debug_slots.h"
#include "host/process.h"
#include "host/secret_arena.h"
#include "host/shared_memory.h"
#include "host/socket.h"
#include "host/tcp.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::killed_by;
using testing::PipeEnds;
using testing::run_in_child;
using testing::TemporaryDirectory;

// Runs the body under the role's list.
int run_as(Role role, const std::function<int()>& body) {
  return run_in_child([&] { return load_seccomp(role).state == State::on ? body() : 99; });
}

// Forbidden is a system call with arguments that would do no harm.
struct Forbidden {
  const char* name;
  long number;
  std::array<long, 6> arguments;
};

void PrintTo(const Forbidden& call, std::ostream* out) { *out << call.name; }

long call(const Forbidden& forbidden) {
  const auto& a = forbidden.arguments;
  return ::syscall(forbidden.number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

constexpr std::chrono::milliseconds kPause{1};
constexpr long kExecutable = PROT_READ | PROT_EXEC;
constexpr long kPrivate = MAP_PRIVATE | MAP_ANONYMOUS;

class EndsTheChip : public ::testing::TestWithParam<Forbidden> {};

INSTANTIATE_TEST_SUITE_P(
    Calls, EndsTheChip,
    ::testing::Values(
        Forbidden{"socket", SYS_socket, {1, 1, 0}}, Forbidden{"socketpair", SYS_socketpair, {1, 1, 0, 0}},
        Forbidden{"connect", SYS_connect, {-1, 0, 0}}, Forbidden{"bind", SYS_bind, {-1, 0, 0}},
        Forbidden{"execve", SYS_execve, {}}, Forbidden{"execveat", SYS_execveat, {-1}},
        Forbidden{"clone", SYS_clone, {0}}, Forbidden{"clone3", SYS_clone3, {}},
        Forbidden{"mmap executable", SYS_mmap, {0, 4096, kExecutable, kPrivate, -1, 0}},
        Forbidden{"mprotect executable", SYS_mprotect, {0, 4096, kExecutable}},
        Forbidden{"pkey_mprotect", SYS_pkey_mprotect, {0, 4096, kExecutable, -1}},
        Forbidden{"ptrace", SYS_ptrace, {-1}}, Forbidden{"process_vm_readv", SYS_process_vm_readv, {-1}},
        Forbidden{"process_vm_writev", SYS_process_vm_writev, {-1}},
        Forbidden{"pidfd_open", SYS_pidfd_open, {-1}}, Forbidden{"pidfd_getfd", SYS_pidfd_getfd, {-1}},
        Forbidden{"io_uring_setup", SYS_io_uring_setup, {}}, Forbidden{"userfaultfd", SYS_userfaultfd, {-1}},
        Forbidden{"bpf", SYS_bpf, {-1}}, Forbidden{"perf_event_open", SYS_perf_event_open, {}},
        Forbidden{"keyctl", SYS_keyctl, {-1}}, Forbidden{"memfd_create", SYS_memfd_create, {}},
        Forbidden{"kill", SYS_kill, {0, 0}}, Forbidden{"tgkill another", SYS_tgkill, {1, 1, 0}},
        Forbidden{"openat2", SYS_openat2, {-1}}, Forbidden{"unlinkat", SYS_unlinkat, {-1}},
        Forbidden{"fcntl of locks", SYS_fcntl, {0, F_SETLK, 0}}, Forbidden{"seccomp", SYS_seccomp, {-1}},
        Forbidden{"unshare", SYS_unshare, {0}}, Forbidden{"setrlimit", SYS_prlimit64, {0, 0, 1, 0}}));

TEST_P(EndsTheChip, AtOnce) {
  const int status = run_as(Role::chip, [&] { return call(GetParam()) == 0 ? 0 : 1; });
  EXPECT_TRUE(killed_by(status, SIGSYS)) << GetParam().name << ", status " << status;
}

class EndsTheBroker : public ::testing::TestWithParam<Forbidden> {};

INSTANTIATE_TEST_SUITE_P(Calls, EndsTheBroker,
                         ::testing::Values(Forbidden{"socket", SYS_socket, {1, 1, 0}},
                                           Forbidden{"execve", SYS_execve, {}},
                                           Forbidden{"ptrace", SYS_ptrace, {-1}},
                                           Forbidden{"io_uring_setup", SYS_io_uring_setup, {}},
                                           Forbidden{"process_vm_readv", SYS_process_vm_readv, {-1}}));

TEST_P(EndsTheBroker, AtOnce) {
  const int store = run_as(Role::store, [&] { return call(GetParam()) == 0 ? 0 : 1; });
  EXPECT_TRUE(killed_by(store, SIGSYS)) << GetParam().name << ", status " << store;
  const int audit = run_as(Role::audit, [&] { return call(GetParam()) == 0 ? 0 : 1; });
  EXPECT_TRUE(killed_by(audit, SIGSYS)) << GetParam().name << ", status " << audit;
}

class EndsTheGuard : public ::testing::TestWithParam<Forbidden> {};

INSTANTIATE_TEST_SUITE_P(
    Calls, EndsTheGuard,
    ::testing::Values(Forbidden{"process_vm_readv", SYS_process_vm_readv, {-1}},
                      Forbidden{"process_vm_writev", SYS_process_vm_writev, {-1}},
                      Forbidden{"pidfd_getfd", SYS_pidfd_getfd, {-1}},
                      Forbidden{"io_uring_setup", SYS_io_uring_setup, {}},
                      Forbidden{"userfaultfd", SYS_userfaultfd, {-1}}, Forbidden{"bpf", SYS_bpf, {-1}},
                      Forbidden{"perf_event_open", SYS_perf_event_open, {}},
                      Forbidden{"keyctl", SYS_keyctl, {-1}}, Forbidden{"mount", SYS_mount, {}},
                      Forbidden{"unshare", SYS_unshare, {0}}, Forbidden{"setns", SYS_setns, {-1}},
                      Forbidden{"init_module", SYS_init_module, {}}));

TEST_P(EndsTheGuard, AndWhatItStarts) {
  const int status = run_as(Role::guard, [&] { return call(GetParam()) == 0 ? 0 : 1; });
  EXPECT_TRUE(killed_by(status, SIGSYS)) << GetParam().name << ", status " << status;
  const int started = run_as(Role::guard, [&] {
    return killed_by(run_in_child([&] { return call(GetParam()) == 0 ? 0 : 1; }), SIGSYS) ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(started, 0)) << GetParam().name << ", status " << started;
}

class IsUnknownToTheGuard : public ::testing::TestWithParam<Forbidden> {};

INSTANTIATE_TEST_SUITE_P(
    Calls, IsUnknownToTheGuard,
    ::testing::Values(Forbidden{"ptrace attach", SYS_ptrace, {PTRACE_ATTACH, -1}},
                      Forbidden{"ptrace peek", SYS_ptrace, {PTRACE_PEEKDATA, -1}},
                      Forbidden{"open_by_handle_at", SYS_open_by_handle_at, {-1}},
                      Forbidden{"chroot", SYS_chroot, {}}, Forbidden{"kexec_load", SYS_kexec_load, {}},
                      Forbidden{"delete_module", SYS_delete_module, {}},
                      Forbidden{"personality", SYS_personality, {-1}}, Forbidden{"umount2", SYS_umount2, {}},
                      Forbidden{"pivot_root", SYS_pivot_root, {}}, Forbidden{"swapon", SYS_swapon, {}},
                      Forbidden{"acct", SYS_acct, {}}, Forbidden{"iopl", SYS_iopl, {-1}},
                      Forbidden{"setuid", SYS_setuid, {-1}}, Forbidden{"link", SYS_link, {}},
                      Forbidden{"symlink", SYS_symlink, {}}, Forbidden{"mknod", SYS_mknod, {}},
                      Forbidden{"fanotify_init", SYS_fanotify_init, {}},
                      Forbidden{"socket of netlink", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
                      Forbidden{"socket of datagrams", SYS_socket, {AF_INET, SOCK_DGRAM, 0}},
                      Forbidden{"connect", SYS_connect, {-1, 0, 0}},
                      Forbidden{"process_madvise", SYS_process_madvise, {-1}}));

TEST_P(IsUnknownToTheGuard, AndWhatItStarts) {
  const int status = run_as(Role::guard, [&] { return call(GetParam()) == -1 && errno == ENOSYS ? 0 : 1; });
  EXPECT_TRUE(exited_with(status, 0)) << GetParam().name << ", status " << status;
}

TEST(Guard, StartsAProgramAndHoldsItsDebugSlot) {
  const int status = run_as(Role::guard, [] {
    DebugSlots slots;
    const Child child =
        spawn({.executable = "/usr/bin/true", .arguments = {"true"}, .debug_slots = &slots}).value();
    std::optional<Exit> exit;
    while (!exit.has_value()) {
      slots.service();
      static_cast<void>(wait_readable(std::array{child.pidfd.get()}, Deadline::after(kPause)).ok());
      exit = try_reap(child);
    }
    return exit->by_signal ? 1 : exit->number;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(Guard, LetsTheOthersLoadTheirLists) {
  for (const Role role : {Role::chip, Role::store, Role::audit, Role::net}) {
    const int status = run_as(Role::guard, [role] {
      return exited_with(run_in_child([role] {
                           const PipeEnds loaded;
                           std::thread worker([&] { static_cast<void>(loaded.wait()); });
                           if (load_seccomp(role).state != State::on) return 99;
                           loaded.say();
                           worker.join();
                           return 0;
                         }),
                         0)
                 ? 0
                 : 1;
    });
    EXPECT_TRUE(exited_with(status, 0)) << static_cast<int>(role) << ", status " << status;
  }
}

TEST(Guard, ListensOverTcp) {
  const int status = run_as(Role::guard, [] { return listen_tcp({.host = "127.0.0.1"}).ok() ? 0 : 1; });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(Guard, LetsAProcessAbort) {
  const int status = run_as(
      Role::guard, [] { return killed_by(run_in_child([]() -> int { std::abort(); }), SIGABRT) ? 0 : 1; });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(Chip, FindsNoFileButLives) {
  const int status = run_as(Role::chip, [] {
    const bool opened = Descriptor(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)).is_open();
    return !opened && errno == EPERM && !file_exists("/etc/passwd") ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(Chip, IsEndedByAThreadThatStartedBeforeTheFilter) {
  const int status = run_in_child([] {
    const PipeEnds loaded;
    std::thread worker([&] {
      static_cast<void>(loaded.wait());
      ::syscall(SYS_socket, 1, 1, 0);
    });
    if (load_seccomp(Role::chip).state != State::on) return 99;
    loaded.say();
    worker.join();
    return 0;
  });
  EXPECT_TRUE(killed_by(status, SIGSYS)) << "status " << status;
}

TEST(Chip, CanTalkMapWaitAndAllocate) {
  const TemporaryDirectory directory;
  const int status = run_in_child([&] {
    const Descriptor listener = listen_unix(directory / "socket", 0600).value();
    const Descriptor client = connect_unix(directory / "socket", Deadline::never()).value();
    const SharedMemory shared = SharedMemory::create(65536).value();
    const auto arena = SecretArena::create({65536, 64U << 20U, ArenaKind::hidden}).value();
    if (load_seccomp(Role::chip).state != State::on) return 99;

    const Descriptor server = accept_unix(listener).value().value();
    CHECK(peer_of(server).value().pid == ::getpid());
    const std::array sent{shared.descriptor().get()};
    CHECK(send_with_descriptors(client, as_bytes("ring"), sent, Deadline::never()).ok());
    Buffer octets(4);
    Received received = receive_with_descriptors(server, octets, 1, Deadline::never()).value();
    const SharedMemory mapped =
        SharedMemory::map_untrusted(std::move(received.descriptors[0]), 65536).value();
    auto& word = *reinterpret_cast<std::atomic<std::uint32_t>*>(mapped.octets().data());
    CHECK(futex_wait(word, 0, Deadline::after(std::chrono::milliseconds(1))) == Wake::timed_out);
    CHECK(futex_wake(word, 1) == 0);

    const Descriptor events(::eventfd(1, EFD_CLOEXEC));
    const Descriptor poller(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{EPOLLIN, {}};
    CHECK(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, events.get(), &event) == 0);
    CHECK(::epoll_wait(poller.get(), &event, 1, -1) == 1);

    void* const spilled = arena->allocate(1U << 20U);
    void* const mapping = arena->allocate(8U << 20U);
    CHECK(spilled != nullptr && mapping != nullptr);
    arena->release(spilled);
    arena->release(mapping);
    std::vector<std::uint8_t> heap(4U << 20U, 1);
    heap.resize(16U << 20U);
    std::array<std::uint8_t, 32> random{};
    CHECK(::getrandom(random.data(), random.size(), 0) == 32);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(Chip, LetsItsThreadsEnd) {
  const int status = run_in_child([] {
    const PipeEnds loaded;
    std::thread worker([&] {
      static_cast<void>(loaded.wait());
      std::vector<std::uint8_t> heap(1U << 20U, 1);
    });
    if (load_seccomp(Role::chip).state != State::on) return 99;
    loaded.say();
    worker.join();
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

TEST(Chip, AbortsAsAProcessShould) {
  const int status = run_as(Role::chip, []() -> int { std::abort(); });
  EXPECT_TRUE(killed_by(status, SIGABRT)) << "status " << status;
}

// What SQLite and the audit log do with files.
int work_with_files(const TemporaryDirectory& directory) {
  CHECK(create_directory(directory / "sub").ok());
  CHECK(write_file_durably(directory / "sub/file", as_bytes("text")).ok());
  AppendFile log = AppendFile::open(directory / "log").value();
  CHECK(log.append(as_bytes("record")).ok() && log.sync().ok() && log.truncate_to(3).ok());
  CHECK(LockFile::acquire(directory / "lock").ok());
  CHECK(reserve_space(directory / "reserve", 65536).ok());
  CHECK(list_directory(directory.path()).value().size() == 4);
  const Descriptor file(::open((directory / "database").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  CHECK(::pwrite(file.get(), "page", 4, 4096) == 4 && ::fsync(file.get()) == 0);
  struct flock lock{};
  lock.l_type = F_WRLCK;
  CHECK(::fcntl(file.get(), F_SETLK, &lock) == 0 && ::fcntl(file.get(), F_GETLK, &lock) == 0);
  CHECK(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0) != MAP_FAILED);
  CHECK(::access((directory / "database").c_str(), F_OK) == 0);
  CHECK(remove_file(directory / "database").ok());
  return 0;
}

TEST(Store, CanWorkWithFiles) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(exited_with(run_as(Role::store, [&] { return work_with_files(directory); }), 0));
}

TEST(Audit, CanWorkWithFiles) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(exited_with(run_as(Role::audit, [&] { return work_with_files(directory); }), 0));
}

TEST(Guard, CanWorkWithFiles) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(exited_with(run_as(Role::guard, [&] { return work_with_files(directory); }), 0));
}

// Landlock does not know modes: who writes in one directory must not change those of files elsewhere.
TEST(Servants, SetModesOfWhatTheyHaveOpenedOnly) {
  for (const Role role : {Role::store, Role::audit, Role::link}) {
    const TemporaryDirectory directory;
    ASSERT_TRUE(write_file_durably(directory / "key", as_bytes("secret")).ok());
    const std::string path = directory / "key";
    const std::string other = directory / "other";
    const int status = run_as(role, [&] {
      if (::chmod(path.c_str(), 0644) == 0 || ::fchmodat(AT_FDCWD, path.c_str(), 0644, 0) == 0) return 1;
      if (::syscall(452, AT_FDCWD, path.c_str(), 0644, 0) == 0) return 2;  // fchmodat2
      if (::open(other.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 04755) >= 0) return 3;
      const Descriptor file(::open(other.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      if (!file.is_open() || ::fchmod(file.get(), 0640) != 0) return 4;
      return ::fchmod(file.get(), 04755) == 0 ? 5 : 0;
    });
    EXPECT_TRUE(exited_with(status, 0)) << status;
    struct stat about{};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600U);
  }
}

TEST(Guard, ReachesNobodyByTheArgumentsOfItsCalls) {
  const int status = run_as(Role::guard, [] {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()) == 0) return 1;
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return 2;
    if (::send(ends[0], "x", 1, MSG_NOSIGNAL) != 1) return 3;
    sockaddr_un name{.sun_family = AF_UNIX, .sun_path = "/nowhere"};
    if (::sendto(ends[0], "x", 1, 0, reinterpret_cast<sockaddr*>(&name), sizeof name) >= 0 || errno != ENOSYS)
      return 4;
    msghdr message{};
    if (::sendmsg(ends[0], &message, MSG_FASTOPEN) >= 0 || errno != ENOSYS) return 5;
    rlimit limit{};
    if (::getrlimit(RLIMIT_CPU, &limit) != 0 || ::setrlimit(RLIMIT_CPU, &limit) != 0) return 6;
    if (::prlimit(::getppid(), RLIMIT_CPU, &limit, nullptr) == 0) return 7;
    if (::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0) return 8;
    std::thread([] {}).join();
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST(Store, GetsNoExecutableMemoryAndNoProcess) {
  const int status = run_as(Role::store, [] {
    const bool mapped = ::mmap(nullptr, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    return !mapped && errno == EPERM && ::fork() < 0 ? 0 : 1;
  });
  EXPECT_TRUE(exited_with(status, 0)) << "status " << status;
}

}  // namespace
}  // namespace coffer::host
