// Log file: copied aside and cut, because those who write to it have it open.
#include "host/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/bytes.h"
#include "host/descriptor.h"
#include "host/errno_error.h"
#include "host/file.h"

namespace coffer::host {

namespace {

bool is_standard_error(const struct stat& file) {
  struct stat log{};
  return ::fstat(STDERR_FILENO, &log) == 0 && log.st_dev == file.st_dev && log.st_ino == file.st_ino;
}

// Copies all that there is until nothing more comes.
Status copy(const Descriptor& from, const Descriptor& to) {
  std::array<std::uint8_t, 65536> room{};
  for (;;) {
    const ssize_t count = ::read(from.get(), room.data(), room.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read the log");
    if (count == 0) return {};
    TRY(write_all(to, Bytes(room).first(static_cast<std::size_t>(count))));
  }
}

}  // namespace

Status limit_log(const std::string& path, std::uint64_t bytes_max) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || !is_standard_error(about)) return {};
  if (static_cast<std::uint64_t>(about.st_size) <= bytes_max) return {};
  const std::string kept = path + ".old";
  const std::string half = kept + ".new";
  const Descriptor from(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const Descriptor to(
      ::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kPrivateFile));
  const Status copied = from.is_open() && to.is_open() ? copy(from, to) : errno_error("cannot keep the log");
  if (!copied.ok() && copied.error().code != Code::disk_full) return copied;
  if (::ftruncate(STDERR_FILENO, 0) != 0) return errno_error("cannot cut the log");
  if (!copied.ok()) return remove_file(half);
  if (std::rename(half.c_str(), kept.c_str()) != 0) return errno_error("cannot put the old log in its place");
  return {};
}

}  // namespace coffer::host
