// DebugSlots: the guard is the debugger of the chip, so that nobody else can be (ptrace(2)).
#include "host/debug_slots.h"

#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/errno_error.h"
#include "host/file.h"

namespace coffer::host {

namespace {

// The kernel attaches new threads by itself, and kills the process when we die.
constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE;

// The status that waitid() reports for a stop: the signal, and above it the event.
constexpr int kEventShift = 8;
constexpr int kSignalMask = 0x7f;

bool seize(pid_t thread) { return ::ptrace(PTRACE_SEIZE, thread, nullptr, kOptions) == 0; }

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
  if (event == 0) return go_on(thread, signal);
  if (event == PTRACE_EVENT_STOP && stops_the_process(signal)) {
    // The whole process was stopped by somebody: it stays stopped until SIGCONT.
    static_cast<void>(::ptrace(PTRACE_LISTEN, thread, nullptr, nullptr));
    return;
  }
  go_on(thread, 0);
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

// The process that debugs a thread; 0 when none does.
pid_t tracer_of(pid_t thread) {
  constexpr std::string_view kField = "TracerPid:\t";
  constexpr std::size_t kStatusBytesMax = 16384;
  const auto status = read_file("/proc/" + std::to_string(thread) + "/status", kStatusBytesMax);
  if (!status.ok()) return 0;
  const std::string_view text = as_text(status.value());
  const std::size_t at = text.find(kField);
  if (at == std::string_view::npos) return 0;
  pid_t tracer = 0;
  const char* const number = text.data() + at + kField.size();
  std::from_chars(number, text.data() + text.size(), tracer);
  return tracer;
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

Status DebugSlots::hold(pid_t process) {
  if (!seize(process)) {
    const Error refused = errno_error("cannot hold the debug slot of a process");
    if (tracer_of(process) == 0) return refused;
    return Error{Code::conflict, "a debugger is attached to the process: end it"};
  }
  processes_.insert(process);
  // Threads that exist already are taken one by one; those that they start meanwhile are attached by the
  // kernel, so one look at the list after the first thread is held misses none that are not attached.
  while (take_new_threads(process)) {
  }
  return {};
}

bool DebugSlots::take_new_threads(pid_t process) {
  bool found = false;
  for (const pid_t thread : threads_of(process)) {
    if (thread == process || !threads_.insert(thread).second) continue;
    // The kernel has attached most of them to us. Asking for one of those again would wait for ever, when the
    // process is at its execve(2) and waits for us to bury that thread.
    found = (tracer_of(thread) == 0 && seize(thread)) || found;
  }
  return found;
}

void DebugSlots::service() {
  for (;;) {
    siginfo_t info{};
    // Without WEXITED: how a process ended is left for try_reap().
    const int waited = ::waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL);
    if (waited != 0 && errno == EINTR) continue;
    if (waited != 0 || info.si_pid == 0) break;
    if (!processes_.contains(info.si_pid)) threads_.insert(info.si_pid);
    resume(info.si_pid, info.si_status);
  }
  bury_threads();
}

void DebugSlots::bury_threads() {
  // A thread that was being started when hold() looked is found here.
  for (const pid_t process : processes_) static_cast<void>(take_new_threads(process));
  for (auto thread = threads_.begin(); thread != threads_.end();) {
    thread = is_gone(*thread) ? threads_.erase(thread) : std::next(thread);
  }
}

void DebugSlots::forget(pid_t process) { processes_.erase(process); }

}  // namespace coffer::host
