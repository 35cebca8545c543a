// Processes: spawn a role, watch it by pidfd, wait for signals.
#include "host/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <time.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <span>
#include <string_view>
#include <utility>

#include "host/deadline.h"
#include "host/errno_error.h"
#include "host/file.h"
#include "host/socket.h"

namespace coffer::host {

namespace {

constexpr int kExitCannotStart = 127;

struct Pipe {
  Descriptor reading;
  Descriptor writing;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("cannot make a pipe");
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// What a child says before its program runs.
constexpr std::uint8_t kWordCannotStart = 'n';
constexpr std::uint8_t kWordSlotOffered = 'o';
constexpr std::uint8_t kWordSlotTaken = 't';
constexpr std::uint8_t kWordSlotForbidden = 'f';

std::uint8_t word_of(Offer offer) {
  if (offer == Offer::made) return kWordSlotOffered;
  return offer == Offer::taken ? kWordSlotTaken : kWordSlotForbidden;
}

// Reads one octet, or nothing when the other end was closed without writing.
std::optional<std::uint8_t> read_octet(int pipe) {
  std::uint8_t octet = 0;
  for (;;) {
    const ssize_t count = ::read(pipe, &octet, 1);
    if (count == 1) return octet;
    if (count < 0 && errno == EINTR) continue;
    return std::nullopt;
  }
}

bool write_octet(int pipe, std::uint8_t octet) {
  for (;;) {
    const ssize_t count = ::write(pipe, &octet, 1);
    if (count >= 0 || errno != EINTR) return count == 1;
  }
}

// Pointers into strings, ended by null, as execve() wants them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Everything that the child needs between fork and exec, prepared before: there it may not allocate.
struct ChildPlan {
  const char* executable;
  int image;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<int> inherited;
  bool offers_slot;  // its debug slot, to the parent
  int words;         // the child says here what became of that, and that it could not start; closed by exec
  pid_t parent;
};

// Moves `number` above all numbers that the child uses in the end.
int move_high(int number) {
  return ::fcntl(number, F_DUPFD_CLOEXEC, kInheritedFirst + static_cast<int>(kInheritedMax));
}

bool arrange_descriptors(ChildPlan& plan) {
  for (int& number : plan.inherited) {
    number = move_high(number);
    if (number < 0) return false;
  }
  for (int* each : {&plan.words, &plan.image}) {
    if (*each < 0) continue;
    *each = move_high(*each);
    if (*each < 0) return false;
  }
  int target = kInheritedFirst;
  for (const int number : plan.inherited) {
    if (::dup2(number, target) < 0) return false;
    ++target;
  }
  // All others close on exec, also those that somebody opened without CLOEXEC.
  return ::syscall(SYS_close_range, static_cast<unsigned>(target), ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

bool reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);  // Fails for SIGKILL; harmless.
  sigset_t none;
  sigemptyset(&none);
  return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// Returns only on failure.
void run_program(const ChildPlan& plan) {
  if (plan.image < 0) {
    ::execve(plan.executable, plan.arguments.data(), plan.environment.data());
  } else {
    ::syscall(SYS_execveat, plan.image, "", plan.arguments.data(), plan.environment.data(), AT_EMPTY_PATH);
  }
}

// Offers the debug slot, says what came of it, and waits until it is taken.
bool offer_slot(const ChildPlan& plan) {
  const Offer offer = DebugSlots::offer();
  if (!write_octet(plan.words, word_of(offer))) return false;
  return offer != Offer::made || ::raise(SIGSTOP) == 0;
}

[[noreturn]] void run_child(ChildPlan& plan) {
  // The parent may have died before the death signal was set.
  const bool watched = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == plan.parent;
  if (watched && (!plan.offers_slot || offer_slot(plan)) && reset_signals() && arrange_descriptors(plan)) {
    run_program(plan);
  }
  write_octet(plan.words, kWordCannotStart);
  ::_exit(kExitCannotStart);
}

// Takes the slot that a child offers; the value tells whether we have it.
Result<bool> take_slot(int words, DebugSlots& debug_slots, pid_t pid) {
  const auto word = read_octet(words);
  if (word == kWordSlotForbidden) return false;
  if (word == kWordSlotTaken) return Error{Code::conflict, "a debugger is attached to the process: end it"};
  if (word != kWordSlotOffered) return Error{Code::unavailable, "a process ended before it began"};
  TRY(debug_slots.take(pid));
  return true;
}

// A held child stops at every signal (Control-C reaches it too), and would never get to its exec.
void serve_until_readable(int pipe, DebugSlots& debug_slots) {
  constexpr std::chrono::milliseconds kPause{1};
  do debug_slots.service();
  while (!wait_readable(std::span<const int>(&pipe, 1), Deadline::after(kPause)).ok());
}

void end_half_started(pid_t pid) {
  ::kill(pid, SIGKILL);
  for (;;) {
    int status = 0;
    const pid_t waited = ::waitpid(pid, &status, 0);
    if (waited < 0 && errno != EINTR) return;
    if (waited == pid && !WIFSTOPPED(status)) return;
  }
}

Status check_request(const SpawnRequest& request) {
  if (request.arguments.empty()) return Error{Code::invalid, "a program needs a name"};
  if (request.inherited.size() > kInheritedMax) return Error{Code::limit, "too many descriptors for a child"};
  return {};
}

}  // namespace

Result<Child> spawn(const SpawnRequest& request) {
  TRY(check_request(request));
  Pipe words = TRY(make_pipe());
  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> environment = request.environment;
  ChildPlan plan{request.executable.c_str(), request.image,     pointers_to(arguments),
                 pointers_to(environment),   request.inherited, request.debug_slots != nullptr,
                 words.writing.get(),        ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) return errno_error("cannot start a process");
  if (pid == 0) run_child(plan);
  words.writing.close();
  Result<Descriptor> pidfd = open_pidfd(pid);
  if (!pidfd.ok()) {
    end_half_started(pid);
    return pidfd.error();
  }
  bool is_held = false;
  if (request.debug_slots != nullptr) {
    const auto taken = take_slot(words.reading.get(), *request.debug_slots, pid);
    if (!taken.ok()) {
      end_half_started(pid);
      return taken.error();
    }
    is_held = taken.value();
  }
  if (is_held) serve_until_readable(words.reading.get(), *request.debug_slots);
  if (read_octet(words.reading.get()).has_value()) {
    end_half_started(pid);
    if (is_held) request.debug_slots->forget(pid);
    return Error{Code::unavailable, "cannot run the program of a process"};
  }
  return Child{pid, std::move(pidfd).value(), is_held};
}

Error become(const SpawnRequest& request) {
  const Status checked = check_request(request);
  if (!checked.ok()) return checked.error();
  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> environment = request.environment;
  ChildPlan plan{request.executable.c_str(),
                 request.image,
                 pointers_to(arguments),
                 pointers_to(environment),
                 request.inherited,
                 false,
                 -1,
                 0};
  if (arrange_descriptors(plan)) run_program(plan);
  return errno_error("the program cannot be run anew");
}

Result<Descriptor> open_pidfd(pid_t pid) {
  Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (pidfd.is_open()) return pidfd;
  if (errno == ESRCH) return Error{Code::not_found, "no such process"};
  return errno_error("cannot watch a process");
}

std::optional<Exit> try_reap(const Child& child) {
  constexpr Exit kUnknown{.is_known = false};
  const auto pidfd = static_cast<id_t>(child.pidfd.get());
  // Asked first: what has ended by now leaves its status to nobody else but a debugger.
  const std::array<int, 1> ended{child.pidfd.get()};
  const bool has_ended = wait_readable(ended, Deadline::after(std::chrono::milliseconds(0))).ok();
  siginfo_t info{};
  // First only a look: of a child whose debug slot we hold, the kernel reports stops too, and a stop that is
  // taken here would never reach DebugSlots::service().
  if (::waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return kUnknown;
  if (info.si_pid == 0 || info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED) {
    return has_ended ? std::optional(kUnknown) : std::nullopt;
  }
  if (::waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG) != 0) return kUnknown;
  return Exit{.by_signal = info.si_code != CLD_EXITED, .number = info.si_status};
}

Status kill_child(const Child& child, int signal) {
  if (::syscall(SYS_pidfd_send_signal, child.pidfd.get(), signal, nullptr, 0) == 0 || errno == ESRCH)
    return {};
  return errno_error("cannot signal a child");
}

std::chrono::nanoseconds processor_time(const Child& child) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(child.pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

Result<Buffer> process_status(pid_t pid) {
  constexpr std::size_t kBytesMax = 65536;
  return read_file("/proc/" + std::to_string(pid) + "/status", kBytesMax);
}

std::optional<std::uint64_t> status_number(Bytes status, const std::string& field) {
  const std::string_view text = as_text(status);
  const std::string start = "\n" + field + ":\t";
  const std::size_t at = text.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data() + at + start.size(), text.data() + text.size(), number);
  return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

Result<Descriptor> watch_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return Error{Code::invalid, "cannot block signals"};
  Descriptor made(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!made.is_open()) return errno_error("cannot watch signals");
  return made;
}

Result<std::optional<int>> next_signal(const Descriptor& signals) {
  signalfd_siginfo info{};
  for (;;) {
    const ssize_t count = ::read(signals.get(), &info, sizeof(info));
    if (count == static_cast<ssize_t>(sizeof(info))) {
      return std::optional<int>(static_cast<int>(info.ssi_signo));
    }
    if (count < 0 && errno == EAGAIN) return std::optional<int>();
    if (count < 0 && errno != EINTR) return errno_error("cannot read a signal");
  }
}

}  // namespace coffer::host
