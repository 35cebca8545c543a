// Files: read whole, write atomically and durably, append-only log, lock file, directories, reserve.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "host/descriptor.h"

namespace coffer::host {

// kPrivateFile is the mode of every file that Coffer writes, unless a caller asks for another.
inline constexpr mode_t kPrivateFile = 0600;
// kPrivateDirectory lets only the owner in; kPassableDirectory lets others reach a socket inside by name.
inline constexpr mode_t kPrivateDirectory = 0700;
inline constexpr mode_t kPassableDirectory = 0711;
// kDirectoryEntriesMax bounds what list_directory() collects.
inline constexpr std::size_t kDirectoryEntriesMax = 1U << 20U;

// read_file reads a whole file of at most `bytes_max` octets. Fails with `not_found`, with `limit` when the
// file is longer, with `denied` when the system refuses, and with `unavailable` when the disk does.
Result<Buffer> read_file(const std::string& path, std::size_t bytes_max);

// read_secret_file reads a PIN, a passphrase or a key file into memory that wipes itself; as read_file().
Result<SecretBytes> read_secret_file(const std::string& path, std::size_t bytes_max);

// open_key_file opens a file of exactly `bytes` octets without reading it: that is for whom it is handed to.
// Fails with `corrupt` when it is no file of that length, and as read_file().
Result<Descriptor> open_key_file(const std::string& path, std::size_t bytes);

// read_key fills `key` from such a file; there is no other copy. Fails with `corrupt` when it has become
// shorter.
Status read_key(const Descriptor& file, MutableBytes key);

// write_all writes all octets at the file's position; when it fails an unknown part has been written.
Status write_all(const Descriptor& file, Bytes octets);

// write_file_durably makes `path` hold exactly `content`, or leaves it as it was: a temporary file in the
// same directory, fsync, rename, fsync of the directory. When it returns ok, the content survives a loss of
// power. Fails with `disk_full` when there is no room; then the old content is still there. One writer a path
// at a time.
Status write_file_durably(const std::string& path, Bytes content, mode_t mode = kPrivateFile);

// exchange_file_durably does what write_file_durably() does, to a private file, and needs no free block for
// it: the content goes over that of PATH.new, which is kept between the calls, and the two exchange their
// names. It needs room the first time, for a content of more blocks than before, and on a file system that
// writes elsewhere than in place. Where the file system cannot exchange names, PATH.new is made again each
// time.
Status exchange_file_durably(const std::string& path, Bytes content);

// keep_exchange_file takes the room for the next exchange: PATH.new becomes as long as `path` is. Without
// `path` it does nothing, and that there is no room now is no failure.
Status keep_exchange_file(const std::string& path, std::size_t bytes_max);

// write_note makes a file hold `content`, for people, and not durably: who reads meanwhile may find half of
// it.
Status write_note(const std::string& path, std::string_view content);

// overwrite_file writes `octets` over the beginning of a file that exists, in place, and makes that durable.
Status overwrite_file(const std::string& path, Bytes octets);

// renew_tail writes the last `bytes` octets of a file again, in place, and makes them durable. After a flush
// that failed the kernel takes octets for written that are not on the disk, and the next flush says nothing
// of them; whoever builds on what such a file holds renews it first. Fails with `not_found` without a file.
Status renew_tail(const std::string& path, std::uint64_t bytes);

// file_exists tells whether something has that name.
bool file_exists(const std::string& path);

// is_regular_file tells whether that name, links followed, is a file with content: none that waits for
// somebody.
bool is_regular_file(const std::string& path);

// remove_file takes the name away, durably; a name that is not there is no failure.
Status remove_file(const std::string& path);

// sync_directory makes names that were created or removed in a directory durable.
Status sync_directory(const std::string& path);

// list_directory gives the names in a directory, sorted, without "." and "..".
Result<std::vector<std::string>> list_directory(const std::string& path);

// create_directory makes one directory (and the missing ones above it, private) and gives it exactly `mode`.
// An existing directory is accepted when it belongs to this user, and its mode is set. Fails with `denied`
// for somebody else's directory and with `exists` when something else has the name.
Status create_directory(const std::string& path, mode_t mode = kPrivateDirectory);

// AppendFile is a log that only grows.
//
// A failed sync is final: the kernel may have thrown the octets away and told us once, so a second fsync that
// succeeds proves nothing. From then on the object refuses everything with `unavailable`; reopen the file,
// and believe only what can be read back. One thread at a time.
class AppendFile final {
 public:
  // open opens the log, or makes it durably when it does not exist.
  static Result<AppendFile> open(const std::string& path, mode_t mode = kPrivateFile);

  // append adds all octets, or none of them: on `disk_full` the part that was written is cut off again.
  Status append(Bytes octets);
  // sync returns ok when everything appended so far survives a loss of power (fdatasync).
  Status sync();
  // truncate_to cuts the log to `bytes` (a torn record at its end) and syncs.
  Status truncate_to(std::uint64_t bytes);
  // read_at reads exactly `octets.size()` octets from `offset`; `malformed` when the log ends before.
  Status read_at(std::uint64_t offset, MutableBytes octets) const;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // unsynced_bytes is how much was appended since the last sync.
  [[nodiscard]] std::uint64_t unsynced_bytes() const { return unsynced_bytes_; }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  AppendFile(Descriptor file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  Error fail(Error error);

  Descriptor file_;
  std::uint64_t size_ = 0;
  std::uint64_t unsynced_bytes_ = 0;
  bool failed_ = false;
};

// LockFile says that one process owns a directory. The lock is the kernel's: it goes when the process
// dies, whatever it leaves behind. The file holds the process id, for people.
class LockFile final {
 public:
  // acquire takes the lock or fails at once with `exists`; lock_holder() then tells who has it.
  static Result<LockFile> acquire(const std::string& path);

  // descriptor may be handed to a child, which then shares the lock: it is free when all holders are gone.
  [[nodiscard]] const Descriptor& descriptor() const { return file_; }

 private:
  explicit LockFile(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

// LockHolder is who holds a lock, as far as the file says: 0 when the disk was full when it was taken.
struct LockHolder {
  pid_t pid = 0;
};

// lock_holder gives who holds a lock now, or nothing when nobody does, or there is no such file. Fails when
// that cannot be told. A process id is a hint (host/keeper.h).
Result<std::optional<LockHolder>> lock_holder(const std::string& path);

// reserve_space makes a file of `bytes` octets with its blocks allocated. When the disk is full,
// remove_file() on it gives the administrator the room to act. An existing reserve that is large enough is
// left alone.
Status reserve_space(const std::string& path, std::uint64_t bytes);

}  // namespace coffer::host
