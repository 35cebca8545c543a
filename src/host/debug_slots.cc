// DebugSlots: the guard is the debugger of the chip, so that nobody else can be (ptrace(2)).
#include "host/debug_slots.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/errno_error.h"

namespace coffer::host {

namespace {

// The kernel attaches new threads by itself, and kills the process when we die. Without TRACEEXEC the held
// process would get a SIGTRAP from its execve(2).
constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

// The status that waitid() reports for a stop: the signal, and above it the event.
constexpr int kEventShift = 8;
constexpr int kSignalMask = 0x7f;

void go_on(pid_t thread, int signal) {
  // A thread that has been killed meanwhile cannot go on, and need not.
  static_cast<void>(::ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(signal)));
}

bool stops_the_process(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

void resume(pid_t thread, int status) {
  const int event = status >> kEventShift;
  const int signal = status & kSignalMask;
  // A new thread begins with a SIGSTOP of the kernel's, which cannot be told from somebody else's.
  go_on(thread, event != 0 || stops_the_process(signal) ? 0 : signal);
}

// Waits for a thread if it has ended.
bool is_gone(pid_t thread) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(thread), &info, WEXITED | WNOHANG | __WALL) != 0)
    return errno == ECHILD;
  if (info.si_pid == 0) return false;
  // The kernel reports stops of a traced thread whether they are asked for or not.
  if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) return true;
  resume(thread, info.si_status);
  return false;
}

// Who debugs this process, 0 when nobody does; nothing when that cannot be told. Allocates nothing.
std::optional<pid_t> debugger() {
  constexpr std::string_view kField = "TracerPid:\t";
  std::array<char, 4096> text{};
  const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  const ssize_t count = ::read(file, text.data(), text.size());
  ::close(file);
  const std::string_view status(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::size_t at = status.find(kField);
  if (at == std::string_view::npos) return std::nullopt;
  pid_t found = 0;
  const char* const digits = status.data() + at + kField.size();
  const auto parsed = std::from_chars(digits, status.data() + status.size(), found);
  return parsed.ec == std::errc{} ? std::optional(found) : std::nullopt;
}

// The threads of a process as /proc lists them; ended ones that nobody has waited for included.
std::vector<pid_t> threads_of(pid_t process) {
  std::vector<pid_t> threads;
  const std::string path = "/proc/" + std::to_string(process) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (directory == nullptr) return threads;
  while (const dirent* entry = ::readdir(directory.get())) {
    const char* const name = static_cast<const char*>(entry->d_name);
    pid_t thread = 0;
    const auto parsed = std::from_chars(name, name + std::strlen(name), thread);
    if (parsed.ec == std::errc{}) threads.push_back(thread);
  }
  return threads;
}

}  // namespace

Offer DebugSlots::offer() {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) return Offer::made;
  return debugger().value_or(0) != 0 ? Offer::taken : Offer::forbidden;
}

std::string debugger_complaint(pid_t permitted) {
  constexpr const char* kAdvice = ": end it, or run coffer where nobody debugs it";
  const std::optional<pid_t> found = debugger();
  if (!found) return "/proc/self/status cannot be read, so a debugger may be attached to this process";
  if (*found == 0 || *found == permitted) return {};
  return "a debugger is attached to this process (process " + std::to_string(*found) + ")" + kAdvice;
}

Status DebugSlots::take(pid_t process) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(process), &info, WSTOPPED | WEXITED | WNOWAIT | __WALL) != 0) {
    if (errno != EINTR) return errno_error("cannot wait for a child");
  }
  if (info.si_code != CLD_TRAPPED) return Error{Code::unavailable, "a process ended before it began"};
  ::waitid(P_PID, static_cast<id_t>(process), &info, WSTOPPED | WNOHANG | __WALL);  // this stop is seen to
  if (::ptrace(PTRACE_SETOPTIONS, process, nullptr, kOptions) != 0)
    return errno_error("cannot hold the debug slot of a process");
  processes_.insert(process);
  go_on(process, 0);
  return {};
}

void DebugSlots::note_threads(pid_t process) {
  for (const pid_t thread : threads_of(process)) {
    if (thread != process) threads_.insert(thread);
  }
}

void DebugSlots::service() {
  // By name, never "any child": stops of the other children are not ours to take.
  for (const pid_t process : processes_) {
    note_threads(process);
    siginfo_t info{};
    // Without WEXITED: how a process ended is left for try_reap().
    const int waited = ::waitid(P_PID, static_cast<id_t>(process), &info, WSTOPPED | WNOHANG | __WALL);
    if (waited == 0 && info.si_pid != 0) resume(process, info.si_status);
  }
  for (auto thread = threads_.begin(); thread != threads_.end();) {
    thread = is_gone(*thread) ? threads_.erase(thread) : std::next(thread);
  }
}

void DebugSlots::forget(pid_t process) { processes_.erase(process); }

}  // namespace coffer::host
