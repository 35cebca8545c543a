// System calls: the one table of what each role may ask the kernel for, and its loading as a seccomp filter.
#include "host/system_calls.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

namespace coffer::host {

namespace {

// Who a row is for; roles are added up.
constexpr std::uint8_t kChip = static_cast<std::uint8_t>(Role::chip);
constexpr std::uint8_t kStore = static_cast<std::uint8_t>(Role::store);
constexpr std::uint8_t kAudit = static_cast<std::uint8_t>(Role::audit);
constexpr std::uint8_t kNet = static_cast<std::uint8_t>(Role::net);
constexpr std::uint8_t kLink = static_cast<std::uint8_t>(Role::link);
constexpr std::uint8_t kGuard = static_cast<std::uint8_t>(Role::guard);
constexpr std::uint8_t kFiles = kStore | kAudit | kLink;  // the roles that own files
constexpr std::uint8_t kServants = kFiles | kNet;
constexpr std::uint8_t kAll = kChip | kServants;
constexpr std::uint8_t kAllButChip = kServants | kGuard;
constexpr std::uint8_t kStarted = kChip | kStore | kAudit | kNet;  // by the guard

// Verdict is what a row does with a call.
enum class Verdict : std::uint8_t {
  allow,
  refuse,  // EPERM: libraries ask for it, and can live without
  kill,    // ends the process also where the default is EPERM
};

// Condition says that an argument, under a mask, must have a value. A mask of 0 means "always".
struct Condition {
  std::uint8_t argument = 0;
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
};

// The kernel looks at the low half of an argument that is an int, so the filter does too.
constexpr std::uint64_t kInt = 0xffffffff;
// Stands for the own process id, which is known only when the filter is built.
constexpr std::uint64_t kOwnProcess = ~std::uint64_t{0};

constexpr Condition kAlways{};
constexpr Condition kNotExecutable{2, PROT_EXEC, 0};
constexpr Condition kByDescriptor{3, AT_EMPTY_PATH, AT_EMPTY_PATH};  // newfstatat
constexpr Condition kByName{3, AT_EMPTY_PATH, 0};
constexpr Condition kStream{1, 0xf, SOCK_STREAM};         // socket and socketpair, without their flags
constexpr Condition kOfItself{0, kInt, 0};                // prlimit64
constexpr Condition kNoAddress{4, ~std::uint64_t{0}, 0};  // sendto: to who is connected already
// sendmsg and sendmmsg that do not connect.
constexpr Condition kNoConnection2{2, MSG_FASTOPEN, 0};
constexpr Condition kNoConnection3{3, MSG_FASTOPEN, 0};
// clone without CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET.
constexpr Condition kSameNamespaces{0, 0x7e020000, 0};
constexpr Condition kOnlyAsk{2, ~std::uint64_t{0}, 0};  // prlimit64 without a new limit

constexpr Condition command(int number) { return {1, kInt, static_cast<std::uint64_t>(number)}; }
constexpr Condition debug_request(std::uint64_t number) { return {0, ~std::uint64_t{0}, number}; }
// The mode at that place sets no user, group or sticky bit.
constexpr Condition plain_mode(std::uint8_t argument) { return {argument, 07000, 0}; }
constexpr Condition of_process() { return {0, kInt, kOwnProcess}; }

// Row is one line of the table.
struct Row {
  int call;
  std::uint8_t roles;
  Verdict verdict = Verdict::allow;
  Condition condition = kAlways;
};

// The table. What a role has no row for is its default: the end of the chip, ENOSYS for the guard, EPERM for
// the others. The guard is also allowed whatever one of those that it starts is.
constexpr auto kRows = std::to_array<Row>({
    // Octets through descriptors that are open already.
    {SCMP_SYS(read), kAll},
    {SCMP_SYS(write), kAll},
    {SCMP_SYS(readv), kAll},
    {SCMP_SYS(writev), kAll},
    {SCMP_SYS(recvmsg), kAll},
    {SCMP_SYS(sendmsg), kAll, Verdict::allow, kNoConnection2},
    {SCMP_SYS(recvfrom), kAll},
    {SCMP_SYS(sendto), kAll, Verdict::allow, kNoAddress},
    {SCMP_SYS(recvmmsg), kAll},
    {SCMP_SYS(sendmmsg), kAll, Verdict::allow, kNoConnection3},
    {SCMP_SYS(shutdown), kAll},
    {SCMP_SYS(getsockopt), kAll},
    {SCMP_SYS(setsockopt), kAll},
    {SCMP_SYS(accept4), kChip | kNet | kLink},
    {SCMP_SYS(close), kAll},
    {SCMP_SYS(lseek), kAll},
    {SCMP_SYS(fstat), kAll},
    {SCMP_SYS(fstatfs), kAll},
    {SCMP_SYS(newfstatat), kChip, Verdict::allow, kByDescriptor},
    {SCMP_SYS(fcntl), kAll, Verdict::allow, command(F_GETFD)},
    {SCMP_SYS(fcntl), kAll, Verdict::allow, command(F_SETFD)},
    {SCMP_SYS(fcntl), kAll, Verdict::allow, command(F_GETFL)},
    {SCMP_SYS(fcntl), kAll, Verdict::allow, command(F_SETFL)},
    {SCMP_SYS(fcntl), kAll, Verdict::allow, command(F_DUPFD_CLOEXEC)},
    {SCMP_SYS(fcntl), kChip, Verdict::allow, command(F_GET_SEALS)},

    // Waiting.
    {SCMP_SYS(poll), kAll},
    {SCMP_SYS(ppoll), kAll},
    {SCMP_SYS(epoll_create1), kAll},
    {SCMP_SYS(epoll_ctl), kAll},
    {SCMP_SYS(epoll_wait), kAll},
    {SCMP_SYS(epoll_pwait), kAll},
    {SCMP_SYS(epoll_pwait2), kAll},
    {SCMP_SYS(eventfd2), kAll},
    {SCMP_SYS(timerfd_create), kAll},
    {SCMP_SYS(timerfd_settime), kAll},
    {SCMP_SYS(timerfd_gettime), kAll},
    {SCMP_SYS(futex), kAll},
    {SCMP_SYS(futex_waitv), kAll},
    {SCMP_SYS(nanosleep), kAll},
    {SCMP_SYS(clock_nanosleep), kAll},
    {SCMP_SYS(sched_yield), kAll},
    {SCMP_SYS(restart_syscall), kAll},

    // Memory, never executable.
    {SCMP_SYS(mmap), kAll, Verdict::allow, kNotExecutable},
    {SCMP_SYS(mprotect), kAll, Verdict::allow, kNotExecutable},
    {SCMP_SYS(munmap), kAll},
    {SCMP_SYS(mremap), kAll},
    {SCMP_SYS(madvise), kAll},
    {SCMP_SYS(brk), kAll},
    {SCMP_SYS(mlock), kAll},
    {SCMP_SYS(mlock2), kAll},
    {SCMP_SYS(munlock), kAll},
    {SCMP_SYS(memfd_secret), kChip | kNet | kLink},  // for what is too large for the arena
    {SCMP_SYS(ftruncate), kChip | kNet},

    // Time, randomness, who and where am I.
    {SCMP_SYS(clock_gettime), kAll},
    {SCMP_SYS(clock_getres), kAll},
    {SCMP_SYS(gettimeofday), kAll},
    {SCMP_SYS(time), kAll},
    {SCMP_SYS(getrandom), kAll},
    {SCMP_SYS(getpid), kAll},
    {SCMP_SYS(getppid), kAll},
    {SCMP_SYS(gettid), kAll},
    {SCMP_SYS(getuid), kAll},
    {SCMP_SYS(geteuid), kAll},
    {SCMP_SYS(getgid), kAll},
    {SCMP_SYS(getegid), kAll},
    {SCMP_SYS(getrusage), kAll},
    {SCMP_SYS(times), kAll},
    {SCMP_SYS(sysinfo), kAll},
    {SCMP_SYS(uname), kAll},
    {SCMP_SYS(getcpu), kAll},
    {SCMP_SYS(sched_getaffinity), kAll},
    {SCMP_SYS(prlimit64), kAll, Verdict::allow, kOnlyAsk},

    // Threads that run already, signals to oneself, the end.
    {SCMP_SYS(rseq), kAll},
    {SCMP_SYS(set_robust_list), kAll},
    {SCMP_SYS(membarrier), kAll},
    {SCMP_SYS(rt_sigreturn), kAll},
    {SCMP_SYS(rt_sigprocmask), kAll},
    {SCMP_SYS(rt_sigaction), kAll},
    {SCMP_SYS(sigaltstack), kAll},
    {SCMP_SYS(tgkill), kAll, Verdict::allow, of_process()},
    {SCMP_SYS(exit), kAll},
    {SCMP_SYS(exit_group), kAll},

    // What libraries try in the chip although they need not.
    {SCMP_SYS(open), kChip, Verdict::refuse},
    {SCMP_SYS(openat), kChip, Verdict::refuse},
    {SCMP_SYS(newfstatat), kChip, Verdict::refuse, kByName},
    {SCMP_SYS(stat), kChip, Verdict::refuse},
    {SCMP_SYS(lstat), kChip, Verdict::refuse},
    {SCMP_SYS(statx), kChip, Verdict::refuse},
    {SCMP_SYS(access), kChip, Verdict::refuse},
    {SCMP_SYS(faccessat), kChip, Verdict::refuse},
    {SCMP_SYS(faccessat2), kChip, Verdict::refuse},
    {SCMP_SYS(readlink), kChip, Verdict::refuse},
    {SCMP_SYS(readlinkat), kChip, Verdict::refuse},
    {SCMP_SYS(getcwd), kChip, Verdict::refuse},
    {SCMP_SYS(ioctl), kChip, Verdict::refuse},
    {SCMP_SYS(prctl), kChip, Verdict::refuse},

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // The sanitizers of a test build look at memory through a pipe. Never in a release.
    {SCMP_SYS(pipe2), kAll},
#endif

    // Files, for the roles that own some; landlock says which. It does not know modes: they are set through a
    // descriptor, and no file runs as its owner.
    {SCMP_SYS(open), kFiles, Verdict::allow, plain_mode(2)},
    {SCMP_SYS(openat), kFiles, Verdict::allow, plain_mode(3)},
    {SCMP_SYS(newfstatat), kFiles},
    {SCMP_SYS(stat), kFiles},
    {SCMP_SYS(lstat), kFiles},
    {SCMP_SYS(statx), kFiles},
    {SCMP_SYS(access), kFiles},
    {SCMP_SYS(faccessat), kFiles},
    {SCMP_SYS(faccessat2), kFiles},
    {SCMP_SYS(readlink), kFiles},
    {SCMP_SYS(readlinkat), kFiles},
    {SCMP_SYS(getcwd), kFiles},
    {SCMP_SYS(getdents64), kFiles},
    {SCMP_SYS(pread64), kFiles},
    {SCMP_SYS(pwrite64), kFiles},
    {SCMP_SYS(preadv), kFiles},
    {SCMP_SYS(pwritev), kFiles},
    {SCMP_SYS(ftruncate), kFiles},
    {SCMP_SYS(fallocate), kFiles},
    {SCMP_SYS(fadvise64), kFiles},
    {SCMP_SYS(fsync), kFiles},
    {SCMP_SYS(fdatasync), kFiles},
    {SCMP_SYS(sync_file_range), kFiles},
    {SCMP_SYS(msync), kFiles},
    {SCMP_SYS(mkdir), kFiles, Verdict::allow, plain_mode(1)},
    {SCMP_SYS(mkdirat), kFiles, Verdict::allow, plain_mode(2)},
    {SCMP_SYS(rmdir), kFiles},
    {SCMP_SYS(unlink), kFiles},
    {SCMP_SYS(unlinkat), kFiles},
    {SCMP_SYS(rename), kFiles},
    {SCMP_SYS(renameat), kFiles},
    {SCMP_SYS(renameat2), kFiles},
    {SCMP_SYS(fchmod), kFiles, Verdict::allow, plain_mode(1)},
    {SCMP_SYS(fchown), kStore},
    {SCMP_SYS(flock), kFiles},
    {SCMP_SYS(fcntl), kFiles, Verdict::allow, command(F_GETLK)},
    {SCMP_SYS(fcntl), kFiles, Verdict::allow, command(F_SETLK)},
    {SCMP_SYS(fcntl), kFiles, Verdict::allow, command(F_SETLKW)},
    {SCMP_SYS(fcntl), kFiles, Verdict::allow, command(F_OFD_GETLK)},
    {SCMP_SYS(fcntl), kFiles, Verdict::allow, command(F_OFD_SETLK)},

    // The net door makes connections to the chip, a link those to its servers.
    {SCMP_SYS(socketpair), kNet, Verdict::allow, kStream},
    {SCMP_SYS(socket), kLink},
    {SCMP_SYS(connect), kLink},

    // The guard starts programs, which are bound by this before they load their own lists; it listens over
    // TCP,
    // and holds the chip's debug slot. Nobody connects.
    {SCMP_SYS(execve), kGuard},
    {SCMP_SYS(execveat), kGuard},
    {SCMP_SYS(clone), kGuard, Verdict::allow, kSameNamespaces},  // the C library does without clone3
    {SCMP_SYS(fork), kGuard},
    {SCMP_SYS(vfork), kGuard},
    {SCMP_SYS(wait4), kGuard},
    {SCMP_SYS(waitid), kGuard},
    {SCMP_SYS(pidfd_open), kGuard},
    {SCMP_SYS(pidfd_send_signal), kGuard},
    {SCMP_SYS(kill), kGuard},
    {SCMP_SYS(tgkill), kGuard},
    {SCMP_SYS(signalfd4), kGuard},
    {SCMP_SYS(ptrace), kGuard, Verdict::allow, debug_request(PTRACE_TRACEME)},
    {SCMP_SYS(ptrace), kGuard, Verdict::allow, debug_request(PTRACE_SETOPTIONS)},
    {SCMP_SYS(ptrace), kGuard, Verdict::allow, debug_request(PTRACE_CONT)},
    {SCMP_SYS(arch_prctl), kGuard},
    {SCMP_SYS(set_tid_address), kGuard},
    {SCMP_SYS(mmap), kGuard},
    {SCMP_SYS(mprotect), kGuard},
    {SCMP_SYS(memfd_create), kGuard},
    {SCMP_SYS(prlimit64), kGuard, Verdict::allow, kOfItself},
    {SCMP_SYS(prctl), kGuard},
    {SCMP_SYS(seccomp), kGuard},
    {SCMP_SYS(landlock_create_ruleset), kGuard},
    {SCMP_SYS(landlock_add_rule), kGuard},
    {SCMP_SYS(landlock_restrict_self), kGuard},
    {SCMP_SYS(capget), kGuard},
    {SCMP_SYS(capset), kGuard},
    {SCMP_SYS(pipe2), kGuard},
    {SCMP_SYS(dup), kGuard},
    {SCMP_SYS(dup2), kGuard},
    {SCMP_SYS(dup3), kGuard},
    {SCMP_SYS(close_range), kGuard},
    {SCMP_SYS(fcntl), kGuard},
    {SCMP_SYS(socket), kGuard, Verdict::allow, kStream},
    {SCMP_SYS(socketpair), kGuard, Verdict::allow, kStream},
    {SCMP_SYS(bind), kGuard},
    {SCMP_SYS(listen), kGuard},

    // What only an attacker would try.
    {SCMP_SYS(execve), kServants, Verdict::kill},
    {SCMP_SYS(execveat), kServants, Verdict::kill},
    {SCMP_SYS(socket), kStore | kAudit | kNet, Verdict::kill},
    {SCMP_SYS(ptrace), kServants, Verdict::kill},
    {SCMP_SYS(process_vm_readv), kAllButChip, Verdict::kill},
    {SCMP_SYS(process_vm_writev), kAllButChip, Verdict::kill},
    {SCMP_SYS(pidfd_getfd), kAllButChip, Verdict::kill},
    {SCMP_SYS(io_uring_setup), kAllButChip, Verdict::kill},
    {SCMP_SYS(userfaultfd), kAllButChip, Verdict::kill},
    {SCMP_SYS(bpf), kAllButChip, Verdict::kill},
    {SCMP_SYS(perf_event_open), kAllButChip, Verdict::kill},
    {SCMP_SYS(keyctl), kAllButChip, Verdict::kill},
    {SCMP_SYS(add_key), kAllButChip, Verdict::kill},
    {SCMP_SYS(request_key), kAllButChip, Verdict::kill},
    {SCMP_SYS(mount), kAllButChip, Verdict::kill},
    {SCMP_SYS(unshare), kAllButChip, Verdict::kill},
    {SCMP_SYS(setns), kAllButChip, Verdict::kill},
    {SCMP_SYS(init_module), kAllButChip, Verdict::kill},
    {SCMP_SYS(finit_module), kAllButChip, Verdict::kill},
});

bool is_for(const Row& row, Role role) {
  if ((row.roles & static_cast<std::uint8_t>(role)) != 0) return true;
  return role == Role::guard && (row.roles & kStarted) != 0 && row.verdict == Verdict::allow;
}

std::uint32_t default_of(Role role) {
  if (role == Role::chip) return SCMP_ACT_KILL_PROCESS;
  return role == Role::guard ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_ERRNO(EPERM);
}

std::uint32_t action_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::allow: return SCMP_ACT_ALLOW;
    case Verdict::refuse: return SCMP_ACT_ERRNO(EPERM);
    case Verdict::kill: break;
  }
  return SCMP_ACT_KILL_PROCESS;
}

bool add_row(scmp_filter_ctx filter, const Row& row) {
  // libseccomp gives a negative number to a call that this processor does not have.
  if (row.call < 0) return true;
  const std::uint32_t action = action_of(row.verdict);
  if (row.condition.mask == 0) return seccomp_rule_add_array(filter, action, row.call, 0, nullptr) == 0;
  const bool own = row.condition.value == kOwnProcess;
  const std::uint64_t value = own ? static_cast<std::uint64_t>(::getpid()) : row.condition.value;
  const scmp_arg_cmp comparison{row.condition.argument, SCMP_CMP_MASKED_EQ, row.condition.mask, value};
  return seccomp_rule_add_array(filter, action, row.call, 1, &comparison) == 0;
}

}  // namespace

Protection load_seccomp(Role role) {
  const char* const name = "system_call_filter";
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(default_of(role)),
                                                                seccomp_release);
  if (filter == nullptr) return {name, State::off, "no memory for the filter"};
  // Other processor modes (32 bit) end the process; all threads are covered; a tree finds a call in few
  // steps.
  bool built = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
               seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
               seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
  int count = 0;
  for (const Row& row : kRows) {
    if (!is_for(row, role)) continue;
    built = built && add_row(filter.get(), row);
    ++count;
  }
  if (!built) return {name, State::off, "the filter cannot be built"};
  const int loaded = seccomp_load(filter.get());
  if (loaded == -EINVAL || loaded == -ENOSYS)
    return {name, State::unavailable, "the kernel has no seccomp filters"};
  if (loaded != 0) return {name, State::off, "the kernel refused the filter"};
  return {name, State::on,
          std::to_string(count) + " rules; any other system call " +
              (role == Role::chip ? "ends the process" : "is refused")};
}

}  // namespace coffer::host
