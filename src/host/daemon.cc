// Daemon: runs a body in the background and waits until it says that it works.
#include "host/daemon.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "host/deadline.h"
#include "host/errno_error.h"
#include "host/process.h"
#include "host/socket.h"

namespace coffer::host {

namespace {

constexpr int kExitCannotStart = 71;
constexpr std::string_view kReadyWord = "ready";
constexpr std::string_view kFailedWord = "failed";
constexpr std::string_view kProgressWord = "progress";
constexpr mode_t kFileMask = 077;

// What the daemon says over its socket, in lines: its process id, then a word and a text.
Status send_line(const Descriptor& socket, std::string_view word, std::string_view text,
                 Deadline deadline = Deadline::never()) {
  std::string line(word);
  line += ' ';
  line += text.substr(0, kReadinessTextBytesMax);
  for (char& character : line) {
    if (character == '\n') character = ' ';
  }
  line += '\n';
  return write_exactly(socket, as_bytes(line), deadline);
}

// Reads one line without its end. Fails when the daemon ends, or is silent for too long.
Result<std::string> receive_line(const Descriptor& socket, Deadline deadline) {
  std::string line;
  while (line.size() <= kReadinessTextBytesMax + kProgressWord.size() + 1) {
    std::array<std::uint8_t, 1> octet{};
    TRY(read_exactly(socket, octet, deadline));
    if (octet[0] == '\n') return line;
    line += static_cast<char>(octet[0]);
  }
  return Error{Code::malformed, "a daemon says too much"};
}

// Gives the daemon its own standard streams: nothing to read, and the log to write to.
Status redirect_streams(const std::string& log_path) {
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor log(
      ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!nothing.is_open() || !log.is_open()) return errno_error("cannot open the log file");
  if (::dup2(nothing.get(), STDIN_FILENO) < 0 || ::dup2(log.get(), STDOUT_FILENO) < 0 ||
      ::dup2(log.get(), STDERR_FILENO) < 0) {
    return errno_error("cannot redirect the standard streams");
  }
  return {};
}

// Becomes the daemon: the second process after the double fork. Never returns.
[[noreturn]] void run_daemon(const DaemonRequest& request, Descriptor socket,
                             const std::function<int(Readiness&)>& body) {
  const Status introduced = send_line(socket, "pid", std::to_string(::getpid()));
  Readiness readiness(std::move(socket));
  ::umask(kFileMask);
  const Status redirected = redirect_streams(request.log_path);
  if (!introduced.ok() || !redirected.ok() || ::chdir("/") != 0) {
    readiness.failed(redirected.ok() ? "cannot detach from the terminal" : redirected.error().text);
    ::_exit(kExitCannotStart);
  }
  const int code = body(readiness);
  std::fflush(nullptr);
  ::_exit(code);
}

// The first process after the double fork leaves the session and its terminal, and starts the daemon.
[[noreturn]] void run_middle(const DaemonRequest& request, Descriptor socket,
                             const std::function<int(Readiness&)>& body) {
  if (::setsid() < 0) ::_exit(kExitCannotStart);
  const pid_t daemon = ::fork();
  if (daemon == 0) run_daemon(request, std::move(socket), body);
  ::_exit(daemon > 0 ? 0 : kExitCannotStart);
}

Result<pid_t> parse_introduction(std::string_view line) {
  constexpr std::string_view kPrefix = "pid ";
  pid_t pid = -1;
  if (!line.starts_with(kPrefix)) return Error{Code::malformed, "a daemon does not introduce itself"};
  line.remove_prefix(kPrefix.size());
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), pid);
  if (parsed.ec != std::errc{} || pid <= 1)
    return Error{Code::malformed, "a daemon does not introduce itself"};
  return pid;
}

// A daemon that has failed is on its way out: who looks next whether one runs must not meet it.
void await_end(const Result<Descriptor>& daemon) {
  constexpr std::chrono::seconds kPatience{5};
  if (!daemon.ok()) return;
  const std::array<int, 1> waited{daemon.value().get()};
  static_cast<void>(wait_readable(waited, Deadline::after(kPatience)).ok());
}

}  // namespace

void Readiness::progress(std::string_view text) {
  constexpr std::chrono::seconds kPatience{1};
  if (!socket_.is_open()) return;
  // Half a line would spoil the next.
  if (!send_line(socket_, kProgressWord, text, Deadline::after(kPatience)).ok()) socket_.close();
}

void Readiness::ready() { say(kReadyWord, ""); }

void Readiness::failed(std::string_view text) { say(kFailedWord, text); }

void Readiness::say(std::string_view word, std::string_view text) {
  if (!socket_.is_open()) return;
  // The starter may have gone; the daemon works all the same.
  static_cast<void>(send_line(socket_, word, text).ok());
  socket_.close();
}

Result<DaemonStart> start_daemon(const DaemonRequest& request, const std::function<int(Readiness&)>& body) {
  SocketPair pair = TRY(make_socket_pair());
  std::fflush(nullptr);
  const pid_t middle = ::fork();
  if (middle < 0) return errno_error("cannot start a process");
  if (middle == 0) {
    pair.ours.close();
    run_middle(request, std::move(pair.theirs), body);
  }
  pair.theirs.close();
  while (::waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
  }
  // It introduces itself before it does anything that takes time, so that it can be ended if it takes too
  // long.
  const std::string introduction = TRY(receive_line(pair.ours, Deadline::never()));
  DaemonStart start;
  start.pid = TRY(parse_introduction(introduction));
  const auto daemon = open_pidfd(start.pid);
  Result<std::string> answer = receive_line(pair.ours, Deadline::after(request.silence_max));
  while (answer.ok() && answer.value().starts_with(kProgressWord)) {
    if (request.on_progress)
      request.on_progress(std::string_view(answer.value()).substr(kProgressWord.size() + 1));
    answer = receive_line(pair.ours, Deadline::after(request.silence_max));
  }
  if (!answer.ok()) {
    if (answer.error().code != Code::timed_out) {
      start.text = "it ended before it was ready, without a word: killed, or out of memory? See its log";
      await_end(daemon);
      return start;
    }
    ::kill(start.pid, SIGKILL);
    return answer.error();
  }
  const std::string_view line = answer.value();
  start.ready = line.starts_with(kReadyWord);
  if (start.ready) return start;
  start.text = line.substr(std::min(line.size(), kFailedWord.size() + 1));
  await_end(daemon);
  return start;
}

}  // namespace coffer::host
