// Files: read whole, write atomically and durably, append-only log, lock file, directories, reserve.
#include "host/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string_view>

#include "host/errno_error.h"

namespace coffer::host {

namespace {

constexpr std::size_t kReadAtOnceBytes = 64 * 1024;
constexpr std::size_t kLockTextBytesMax = 32;
// The mode of a lock file: its content is no secret, and other users may ask who holds it.
constexpr mode_t kLockFileMode = 0644;
constexpr Error kOtherLength{Code::corrupt, "a key file does not have the length of a key"};

Result<Descriptor> open_file(const std::string& path, int flags, mode_t mode = 0) {
  for (;;) {
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode));
    if (file.is_open()) return file;
    if (errno != EINTR) return errno_error("cannot open a file");
  }
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Fills `octets` as far as the file reaches, from its current position.
Result<std::size_t> read_up_to(const Descriptor& file, MutableBytes octets) {
  std::size_t filled = 0;
  while (filled < octets.size()) {
    const ssize_t count = ::read(file.get(), octets.data() + filled, octets.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read a file");
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Status sync_file(const Descriptor& file) {
  if (::fsync(file.get()) != 0) return errno_error("cannot make a file durable");
  return {};
}

// Writes the temporary file that write_file_durably() renames, under a name nobody else uses.
Status write_temporary(const std::string& path, Bytes content, mode_t mode) {
  // What an earlier attempt left behind, or what somebody else put there to share the file with us, goes
  // first.
  ::unlink(path.c_str());
  const Descriptor file = TRY(open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
  if (::fchmod(file.get(), mode) != 0) return errno_error("cannot set the mode of a file");
  TRY(write_all(file, content));
  return sync_file(file);
}

// Opens the file that exchange_file_durably() writes, or makes it. What somebody else put there, to share the
// file with us, goes first.
Result<Descriptor> open_exchange_file(const std::string& path) {
  Result<Descriptor> kept = open_file(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat about{};
  if (kept.ok() && ::fstat(kept.value().get(), &about) == 0 && S_ISREG(about.st_mode) &&
      about.st_nlink == 1) {
    return kept;
  }
  ::unlink(path.c_str());
  return open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, kPrivateFile);
}

Status fill_exchange_file(const std::string& path, Bytes content) {
  const Descriptor file = TRY(open_exchange_file(path));
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return errno_error("cannot inspect a file");
  TRY(write_all(file, content));
  const bool is_longer = static_cast<std::uint64_t>(about.st_size) > content.size();
  if (is_longer && ::ftruncate(file.get(), static_cast<off_t>(content.size())) != 0) {
    return errno_error("cannot cut a file");
  }
  return sync_file(file);
}

// Makes the file for the next exchange, with as many blocks as this content takes.
Status make_exchange_file(const std::string& path, Bytes content) {
  const Status made = fill_exchange_file(path, content);
  return made.ok() || made.error().code == Code::disk_full ? Status{} : made;
}

// A lock on the whole file. It belongs to the open file, not to the process: children may share it, and
// closing another descriptor of the same file does not drop it.
struct flock whole_file_lock() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<Buffer> read_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file = TRY(open_file(path, O_RDONLY));
  Buffer content;
  // Files in /proc have no size, so the loop grows the buffer instead of trusting fstat.
  while (content.size() <= bytes_max) {
    const std::size_t before = content.size();
    const std::size_t wanted = std::min(kReadAtOnceBytes, bytes_max - before + 1);
    content.resize(before + wanted);
    const std::size_t count = TRY(read_up_to(file, MutableBytes(content).subspan(before)));
    content.resize(before + count);
    if (count < wanted) return content;
  }
  return Error{Code::limit, "a file is longer than its limit"};
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file = TRY(open_file(path, O_RDONLY));
  // One buffer of the final size: growing it would leave copies of the secret in freed memory.
  Buffer content(bytes_max + 1);
  const Result<std::size_t> count = read_up_to(file, content);
  SecretBytes secret;
  const bool fits = count.ok() && count.value() <= bytes_max;
  if (fits) secret = SecretBytes::copy_of(Bytes(content).first(count.value()));
  wipe(content);
  if (!count.ok()) return count.error();
  if (!fits) return Error{Code::limit, "a file is longer than its limit"};
  return secret;
}

Result<Descriptor> open_key_file(const std::string& path, std::size_t bytes) {
  Descriptor file = TRY(open_file(path, O_RDONLY | O_NONBLOCK));  // a pipe would wait for its writer
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return errno_error("cannot inspect a file");
  if (!S_ISREG(about.st_mode) || static_cast<std::uint64_t>(about.st_size) != bytes) return kOtherLength;
  return file;
}

Status read_key(const Descriptor& file, MutableBytes key) {
  const std::size_t count = TRY(read_up_to(file, key));
  return count == key.size() ? Status{} : kOtherLength;
}

Status write_all(const Descriptor& file, Bytes octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(file.get(), octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("cannot write to a file");
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_file_durably(const std::string& path, Bytes content, mode_t mode) {
  const std::string temporary = path + ".new";
  const Status written = write_temporary(temporary, content, mode);
  if (!written.ok()) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = errno_error("cannot put a file in its place");
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_directory(directory_of(path));
}

Status exchange_file_durably(const std::string& path, Bytes content) {
  const std::string next = path + ".new";
  TRY(fill_exchange_file(next, content));
  const bool exchanged = ::renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0;
  // There is none yet, or this file system cannot do it (renameat2(2): EINVAL).
  if (!exchanged && errno != ENOENT && errno != EINVAL && errno != ENOSYS) {
    return errno_error("cannot put a file in its place");
  }
  if (!exchanged && ::rename(next.c_str(), path.c_str()) != 0) {
    return errno_error("cannot put a file in its place");
  }
  TRY(sync_directory(directory_of(path)));
  return exchanged ? Status{} : make_exchange_file(next, content);
}

Status keep_exchange_file(const std::string& path, std::size_t bytes_max) {
  const auto content = read_file(path, bytes_max);
  if (content.ok()) return make_exchange_file(path + ".new", content.value());
  return content.error().code == Code::not_found ? Status{} : content.error();
}

Status write_note(const std::string& path, std::string_view content) {
  return write_all(TRY(open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, kPrivateFile)),
                   as_bytes(content));
}

Status overwrite_file(const std::string& path, Bytes octets) {
  const Descriptor file = TRY(open_file(path, O_WRONLY | O_NOFOLLOW));
  TRY(write_all(file, octets));
  return sync_file(file);
}

Status renew_tail(const std::string& path, std::uint64_t bytes) {
  const Descriptor file = TRY(open_file(path, O_RDWR | O_NOFOLLOW));
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return errno_error("cannot inspect a file");
  const auto end = static_cast<std::uint64_t>(about.st_size);
  Buffer octets(kReadAtOnceBytes);
  for (std::uint64_t at = end - std::min(end, bytes); at < end;) {
    const auto offset = static_cast<off_t>(at);
    const ssize_t count =
        ::pread(file.get(), octets.data(), std::min<std::uint64_t>(octets.size(), end - at), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read a file");
    if (count == 0) return Error{Code::unavailable, "a file became shorter while it was read"};
    if (::lseek(file.get(), offset, SEEK_SET) < 0) return errno_error("cannot write to a file");
    TRY(write_all(file, Bytes(octets).first(static_cast<std::size_t>(count))));
    at += static_cast<std::uint64_t>(count);
  }
  return sync_file(file);
}

bool file_exists(const std::string& path) {
  struct stat about{};
  return ::lstat(path.c_str(), &about) == 0;
}

bool is_regular_file(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return errno_error("cannot remove a file");
  }
  return sync_directory(directory_of(path));
}

Status sync_directory(const std::string& path) {
  return sync_file(TRY(open_file(path, O_RDONLY | O_DIRECTORY)));
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (directory == nullptr) return errno_error("cannot open a directory");
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name == "." || name == "..") continue;
    if (names.size() == kDirectoryEntriesMax) return Error{Code::limit, "a directory has too many entries"};
    names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return errno_error("cannot read a directory");
  std::sort(names.begin(), names.end());
  return names;
}

Status create_directory(const std::string& path, mode_t mode) {
  if (path.empty()) return Error{Code::invalid, "a directory needs a name"};
  if (::mkdir(path.c_str(), kPrivateDirectory) != 0) {
    if (errno == ENOENT) {
      TRY(create_directory(directory_of(path), kPrivateDirectory));
      return create_directory(path, mode);
    }
    if (errno != EEXIST) return errno_error("cannot create a directory");
  } else {
    TRY(sync_directory(directory_of(path)));
  }
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return errno_error("cannot inspect a directory");
  if (!S_ISDIR(about.st_mode))
    return Error{Code::exists, "the name of a directory is taken by something else"};
  if (about.st_uid != ::geteuid()) return Error{Code::denied, "a directory belongs to another user"};
  if ((about.st_mode & 07777) == mode) return {};
  // Not by name: no sandbox looks at who is named then.
  const Descriptor directory = TRY(open_file(path, O_RDONLY | O_DIRECTORY, 0));
  if (::fchmod(directory.get(), mode) != 0) return errno_error("cannot set the mode of a directory");
  return {};
}

Result<AppendFile> AppendFile::open(const std::string& path, mode_t mode) {
  const bool existed = file_exists(path);
  Descriptor file = TRY(open_file(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, mode));
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return errno_error("cannot inspect a log");
  if (!S_ISREG(about.st_mode)) return Error{Code::invalid, "a log is not an ordinary file"};
  if (!existed) {
    TRY(sync_file(file));
    TRY(sync_directory(directory_of(path)));
  }
  return AppendFile(std::move(file), static_cast<std::uint64_t>(about.st_size));
}

Error AppendFile::fail(Error error) {
  failed_ = true;
  return error;
}

Status AppendFile::append(Bytes octets) {
  if (failed_) return Error{Code::unavailable, "this log has failed before"};
  const Status written = write_all(file_, octets);
  if (written.ok()) {
    size_ += octets.size();
    unsynced_bytes_ += octets.size();
    return {};
  }
  if (written.error().code != Code::disk_full) return fail(written.error());
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
    return fail(Error{Code::unavailable, "cannot cut off a record that did not fit"});
  }
  return written;
}

Status AppendFile::sync() {
  if (failed_) return Error{Code::unavailable, "this log has failed before"};
  if (::fdatasync(file_.get()) != 0) return fail(Error{Code::unavailable, "cannot make a log durable"});
  unsynced_bytes_ = 0;
  return {};
}

Status AppendFile::truncate_to(std::uint64_t bytes) {
  if (failed_) return Error{Code::unavailable, "this log has failed before"};
  if (bytes > size_) return Error{Code::invalid, "a log is shorter than it is to become"};
  if (::ftruncate(file_.get(), static_cast<off_t>(bytes)) != 0) {
    return fail(Error{Code::unavailable, "cannot cut a log"});
  }
  size_ = bytes;
  return sync();
}

Status AppendFile::read_at(std::uint64_t offset, MutableBytes octets) const {
  if (failed_) return Error{Code::unavailable, "this log has failed before"};
  if (offset > size_ || octets.size() > size_ - offset) return Error{Code::malformed, "a log ends too early"};
  while (!octets.empty()) {
    const ssize_t count = ::pread(file_.get(), octets.data(), octets.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read a log");
    if (count == 0) return Error{Code::malformed, "a log ends too early"};
    octets = octets.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<LockFile> LockFile::acquire(const std::string& path) {
  Descriptor file = TRY(open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, kLockFileMode));
  struct flock lock = whole_file_lock();
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return Error{Code::exists, "another process holds the lock"};
    return errno_error("cannot lock a file");
  }
  if (::fchmod(file.get(), kLockFileMode) != 0) return errno_error("cannot set the mode of a lock file");
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0) return errno_error("cannot write a lock file");
  // A full disk must not keep a vault from starting: the number is for people, the lock is the kernel's.
  const Status written = write_all(file, as_bytes(text));
  if (!written.ok() && written.error().code != Code::disk_full) return written.error();
  return LockFile(std::move(file));
}

Result<std::optional<LockHolder>> lock_holder(const std::string& path) {
  const auto file = open_file(path, O_RDONLY);
  if (!file.ok() && file.error().code == Code::not_found) return std::optional<LockHolder>();
  if (!file.ok()) return file.error();
  struct flock lock = whole_file_lock();
  if (::fcntl(file.value().get(), F_OFD_GETLK, &lock) != 0) return errno_error("cannot inspect a lock");
  if (lock.l_type == F_UNLCK) return std::optional<LockHolder>();
  std::array<std::uint8_t, kLockTextBytesMax> octets{};
  const std::size_t count = TRY(read_up_to(file.value(), octets));
  const std::string_view text = as_text(Bytes(octets).first(count));
  LockHolder holder;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), holder.pid);
  if (parsed.ec != std::errc{} || holder.pid < 0) holder.pid = 0;
  return std::optional(holder);
}

Status reserve_space(const std::string& path, std::uint64_t bytes) {
  const Descriptor file = TRY(open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW, kPrivateFile));
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return errno_error("cannot inspect the reserve");
  constexpr std::uint64_t kStatBlockBytes = 512;
  if (static_cast<std::uint64_t>(about.st_blocks) * kStatBlockBytes >= bytes) return {};
  const int failure = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
  if (failure != 0) {
    errno = failure;
    const Error error = errno_error("cannot reserve space");
    // Half a reserve would only take room from others.
    ::unlink(path.c_str());
    return error;
  }
  TRY(sync_file(file));
  return sync_directory(directory_of(path));
}

}  // namespace coffer::host
