// Vault start: a helper process that sends no signal when it ends, and below it `coffer up`.
//
// After clone() the new process has one thread and locks that other threads may have held; it makes system
// calls and nothing else until it executes the program.
#include "pkcs11/vault_start.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

#include "host/deadline.h"

namespace coffer::pkcs11 {

namespace {

constexpr int kExitNoExecute = 127;
constexpr mode_t kFileMask = 077;
constexpr long kPollNanoseconds = 2'000'000;
// Look whether the helper has ended, which wait() does not show to others, for it sends no signal.
constexpr int kLook = WNOHANG | static_cast<int>(__WCLONE);

// Forks without the handlers that the application may have registered. `exit_signal` goes to the parent when
// the new process ends; 0: none.
pid_t raw_fork(int exit_signal) {
  return static_cast<pid_t>(::syscall(SYS_clone, static_cast<unsigned long>(exit_signal), 0, 0, 0, 0));
}

void close_from(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
  const long count = ::sysconf(_SC_OPEN_MAX);
  for (long each = static_cast<long>(first); each < count; ++each) ::close(static_cast<int>(each));
}

// Threads take their stacks' size from this limit. None at all would change how memory is laid out.
void want_stack() {
  constexpr rlim_t kStackBytesMin = rlim_t{8} << 20U;
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kStackBytesMin) return;
  limit.rlim_cur = std::min(limit.rlim_max, kStackBytesMin);
  ::setrlimit(RLIMIT_STACK, &limit);
}

// The vault serves others too: it runs as long, as often and on as many processors as it may, whatever the
// application has chosen for itself. (Only root, or who has RLIMIT_NICE, takes back what it gave away of its
// priority.)
void take_what_may_be_had() {
  for (const auto resource :
       {RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_MEMLOCK, RLIMIT_NPROC}) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) continue;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(resource, &limit);
  }
  want_stack();
  const sched_param usual{};
  ::sched_setscheduler(0, SCHED_OTHER, &usual);
  ::setpriority(PRIO_PROCESS, 0, 0);
  constexpr int kOfProcess = 1;   // IOPRIO_WHO_PROCESS
  constexpr int kAsPriority = 0;  // IOPRIO_CLASS_NONE
  ::syscall(SYS_ioprio_set, kOfProcess, 0, kAsPriority);
  cpu_set_t all;
  std::memset(&all, 0xff, sizeof(all));
  ::sched_setaffinity(0, sizeof(all), &all);
}

void forget_the_application() {
  ::setsid();
  ::umask(kFileMask);
  take_what_may_be_had();
  const int null = ::open("/dev/null", O_RDWR);
  if (null >= 0) {
    for (int each = 0; each < 3; ++each) ::dup2(null, each);
  }
  close_from(3);
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  for (int each = 1; each < NSIG; ++each) ::sigaction(each, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void help(const char* program, char* const* arguments, char* const* environment) {
  forget_the_application();
  const pid_t child = raw_fork(SIGCHLD);
  if (child == 0) {
    ::execve(program, arguments, environment);
    ::_exit(kExitNoExecute);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : kExitNoExecute);
}

// The environment of this process with another COFFER_HOME, and without what makes the loader take libraries
// of the application's.
std::vector<std::string> environment_with(const std::string& home) {
  constexpr std::string_view kName = "COFFER_HOME=";
  std::vector<std::string> result;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view variable(*each);
    if (!variable.starts_with(kName) && !variable.starts_with("LD_")) result.emplace_back(variable);
  }
  result.push_back(std::string(kName) + home);
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& each : texts) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

// The directory of this library, or of the program that it is linked into.
std::string library_directory() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&library_directory), &info) == 0 || info.dli_fname == nullptr)
    return {};
  const std::string path = info.dli_fname;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string(".") : path.substr(0, slash);
}

}  // namespace

Status VaultStart::run(const std::string& program, const std::string& home) {
  if (helper_ > 0 && ::waitpid(helper_, nullptr, kLook) != 0) helper_ = 0;
  if (helper_ == 0) {
    std::vector<std::string> arguments = {"coffer", "up"};
    std::vector<std::string> environment = environment_with(home);
    const std::vector<char*> argument_pointers = pointers_to(arguments);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    helper_ = raw_fork(0);
    if (helper_ == 0) help(program.c_str(), argument_pointers.data(), environment_pointers.data());
    if (helper_ < 0) {
      helper_ = 0;
      return Error{Code::limit, "no process to start the vault with"};
    }
  }
  const auto deadline = host::Deadline::after(kStartTimeMax);
  while (deadline.remaining().count() > 0) {
    int status = 0;
    const pid_t ended = ::waitpid(helper_, &status, kLook);
    if (ended != 0) {
      helper_ = 0;
      const bool is_well = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
      return is_well ? Status{} : Error{Code::unavailable, "'coffer up' failed"};
    }
    const timespec pause{0, kPollNanoseconds};
    ::nanosleep(&pause, nullptr);
  }
  return Error{Code::timed_out, "'coffer up' takes too long"};
}

std::string find_program(const std::string& chosen, const std::string& path) {
  if (!chosen.empty()) return is_program(chosen) ? chosen : std::string();
  const std::string directory = library_directory();
  for (const std::string_view near : {"/../bin/coffer", "/../../bin/coffer"}) {
    std::string candidate = directory + std::string(near);
    if (!directory.empty() && is_program(candidate)) return candidate;
  }
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    std::string candidate = path.substr(start, end - start) + "/coffer";
    if (candidate.front() == '/' && candidate != "/coffer" && is_program(candidate)) return candidate;
    start = end + 1;
  }
  return {};
}

}  // namespace coffer::pkcs11
