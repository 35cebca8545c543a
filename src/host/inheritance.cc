// Inheritance: what a program takes over from whoever starts it, put in order before anything else happens.
#include "host/inheritance.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>

#include "host/file.h"
#include "host/process.h"

namespace coffer::host {

namespace {

Status occupy_closed_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // For the other direction: what is read or written there fails, as it does on a closed one.
    const int direction = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // The kernel gives the lowest number that is free; those below are taken.
    if (::open("/dev/null", direction) != stream) {
      return Error{Code::unavailable, "a standard stream is closed, and /dev/null cannot be opened for it"};
    }
  }
  return {};
}

// How many processes and threads a user has, as far as they can be seen.
std::uint64_t count_tasks(uid_t user) {
  std::uint64_t count = 0;
  const auto names = list_directory("/proc");
  if (!names.ok()) return count;
  for (const std::string& name : names.value()) {
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    const auto status = process_status(pid);
    if (status.ok() && status_number(status.value(), "Uid") == user)
      count += status_number(status.value(), "Threads").value_or(0);
  }
  return count;
}

Status want_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kFilesMin) return {};
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, kFilesMin);
  if (limit.rlim_cur < kFilesMin || ::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return Error{Code::limit, "too few files may be open here: it takes 64 (ulimit -n)"};
  return {};
}

}  // namespace

Status mend_inheritance() {
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);
  TRY(occupy_closed_streams());
  return want_files();
}

Status check_address_space() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= kAddressSpaceBytesMin) return {};
  return Error{Code::limit, "too little memory may be mapped here: it takes 1 GiB (ulimit -v)"};
}

Status check_vault_limits() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < kFileBytesMin)
    return Error{Code::limit, "files may not grow far enough here: it takes 128 MiB (ulimit -f 131072)"};
  if (::getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur < kDataBytesMin)
    return Error{Code::limit, "a process may have too little memory: it takes 256 MiB (ulimit -d 262144)"};
  if (::geteuid() == 0 || ::getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return {};
  if (limit.rlim_cur >= count_tasks(::getuid()) + kTasksMin) return {};
  return Error{Code::limit,
               "too few processes may run here: it takes 128 more than this user has now (ulimit -u)"};
}

}  // namespace coffer::host
