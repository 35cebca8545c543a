// NewFile: a temporary file in the same directory, fsync, rename, fsync of the directory.
#include "host/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "host/errno_error.h"

namespace coffer::host {

namespace {

std::string temporary_of(const std::string& path) { return path + ".new"; }

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<NewFile> NewFile::create(const std::string& path, mode_t mode) {
  const std::string temporary = temporary_of(path);
  // What an earlier attempt left behind, or what somebody else put there to share the file with us, goes
  // first.
  ::unlink(temporary.c_str());
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
  Descriptor file(::open(temporary.c_str(), kFlags, mode));
  if (!file.is_open()) return errno_error("cannot create a file");
  if (::fchmod(file.get(), mode) != 0) return errno_error("cannot set the mode of a file");
  return NewFile(path, std::move(file));
}

NewFile::~NewFile() {
  if (file_.is_open()) ::unlink(temporary_of(path_).c_str());
}

Status NewFile::append(Bytes octets) {
  size_ += octets.size();
  while (!octets.empty()) {
    const ssize_t written = ::write(file_.get(), octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("cannot write to a file");
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Status NewFile::finish() {
  if (::fsync(file_.get()) != 0) return errno_error("cannot make a file durable");
  if (::rename(temporary_of(path_).c_str(), path_.c_str()) != 0) {
    return errno_error("cannot put a file in its place");
  }
  file_.close();
  return sync_directory(directory_of(path_));
}

}  // namespace coffer::host
