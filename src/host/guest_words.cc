// Guest words: a look at what standard error is, and a datagram to /dev/log.
#include "host/guest_words.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>

#include "host/descriptor.h"

namespace coffer::host {

namespace {

constexpr const char* kSystemLog = "/dev/log";
constexpr unsigned kFacilityUser = 1;  // RFC 5424, 6.2.1
constexpr unsigned kFacilityShift = 3;

// Whether number 2 may be where a program's complaints go. inetd hands its programs the peer's connection
// there; systemd hands them a socket of this machine.
bool is_error_stream() {
  struct stat about{};
  const int flags = ::fcntl(STDERR_FILENO, F_GETFL);
  if (flags < 0 || ::fstat(STDERR_FILENO, &about) != 0) return false;
  if (S_ISREG(about.st_mode)) return (flags & O_ACCMODE) == O_WRONLY;
  if (!S_ISSOCK(about.st_mode)) return S_ISCHR(about.st_mode) || S_ISFIFO(about.st_mode);
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  return ::getsockname(STDERR_FILENO, reinterpret_cast<sockaddr*>(&name), &length) == 0 &&
         name.ss_family == AF_UNIX;
}

std::string line_of(std::string_view start, std::string_view text) {
  std::string line(start);
  for (const char each : text) {
    const auto octet = static_cast<unsigned char>(each);
    line += octet < 0x20 || octet == 0x7f ? '?' : each;
  }
  return line;
}

// Writes with SIGPIPE kept away from the program, also one that waits for it already.
void write_quietly(std::string_view line) {
  sigset_t pipe;
  sigset_t pending;
  sigset_t before;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::sigpending(&pending);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const bool failed = ::write(STDERR_FILENO, line.data(), line.size()) < 0;
  if (failed && errno == EPIPE && ::sigismember(&pending, SIGPIPE) == 0) {
    const timespec now{};
    while (::sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

void say_on_error_stream(std::string_view role, std::string_view text) {
  if (is_error_stream()) write_quietly(line_of("coffer[" + std::string(role) + "]: ", text) + '\n');
}

bool say_in_system_log(Urgency urgency, std::string_view role, std::string_view text) {
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, kSystemLog, std::strlen(kSystemLog) + 1);
  if (!socket.is_open() ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0)
    return false;
  const unsigned priority = kFacilityUser << kFacilityShift | static_cast<unsigned>(urgency);
  const std::string line = line_of("<" + std::to_string(priority) + ">coffer-" + std::string(role) + "[" +
                                       std::to_string(::getpid()) + "]: ",
                                   text);
  return ::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL) >= 0;
}

}  // namespace coffer::host
