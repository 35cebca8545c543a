// recording_fs: a file system over a directory that writes down every change in its order, and can kill who
// makes one, or refuse it; and that can be slow to read.
//
// usage: recording_fs DIRECTORY CONTROL JOURNAL MOUNT_POINT
// It stays in front until it is unmounted. CONTROL (struct Control) is mapped by whoever watches; journal.py
// reads JOURNAL (struct Entry). What is written to the file `ledger` in the mount's root goes into the
// journal as a note, in its place among the changes, and is no change.
#include <dirent.h>
#include <fcntl.h>
#include <fuse.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

enum class Kind : std::uint8_t {
  create = 1,
  write = 2,
  resize = 3,
  sync = 4,
  sync_names = 5,
  rename = 6,
  remove = 7,
  make_directory = 8,
  remove_directory = 9,
  failed_sync = 10,  // what the file still had to write is lost, though readers see it
  note = 11,
};

// What happens to the change number `target`, or to the first one behind it that it can happen to.
enum class Fault : std::uint32_t {
  none = 0,
  kill_before = 1,
  kill_after = 2,
  kill_half = 3,  // of a write; another change is made whole first
  refuse = 4,
};

struct Control {
  std::uint64_t changes;  // so many were begun
  std::uint64_t target;
  Fault fault;  // set back to `none` when it happened
  std::int32_t error;
  std::uint32_t read_microseconds;  // how long each reading takes, on a disk that is slow
};
constexpr std::size_t kControlBytes = 4096;

struct __attribute__((packed)) Entry {
  Kind kind;
  std::uint64_t inode;
  std::uint64_t offset;  // of a write; the size of a resize; the flags of a rename
  std::uint16_t name_bytes;
  std::uint32_t data_bytes;
};

int root = -1;
int journal = -1;
volatile Control* control = nullptr;

void record(Kind kind, std::uint64_t inode, std::uint64_t offset, std::string_view name = {},
            std::string_view data = {}) {
  const Entry entry{kind, inode, offset, static_cast<std::uint16_t>(name.size()),
                    static_cast<std::uint32_t>(data.size())};
  std::string octets(reinterpret_cast<const char*>(&entry), sizeof entry);
  octets.append(name).append(data);
  if (write(journal, octets.data(), octets.size()) != static_cast<ssize_t>(octets.size())) std::abort();
}

// begin counts a change. A negative answer is what to refuse it with.
int begin() {
  control->changes = control->changes + 1;
  if (control->fault == Fault::none || control->changes < control->target) return 0;
  if (control->fault == Fault::refuse) {
    control->fault = Fault::none;
    return -control->error;
  }
  if (control->fault != Fault::kill_before) return 0;
  control->fault = Fault::none;
  kill(fuse_get_context()->pid, SIGKILL);
  return -EIO;
}

// end gives the answer to a change that was made.
int end(int answer) {
  const bool kills = control->fault == Fault::kill_after || control->fault == Fault::kill_half;
  if (kills && control->changes >= control->target) {
    control->fault = Fault::none;
    kill(fuse_get_context()->pid, SIGKILL);
  }
  return answer;
}

const char* below(const char* path) { return path[1] == '\0' ? "." : path + 1; }
bool is_ledger(const char* path) { return std::string_view(path) == "/ledger"; }
int file_of(const fuse_file_info* info) { return static_cast<int>(info->fh); }
int answer_of(int result) { return result < 0 ? -errno : 0; }

std::uint64_t inode_of(int file) {
  struct stat about{};
  return fstat(file, &about) == 0 ? about.st_ino : 0;
}

int on_getattr(const char* path, struct stat* about, fuse_file_info* info) {
  return answer_of(info != nullptr ? fstat(file_of(info), about)
                                   : fstatat(root, below(path), about, AT_SYMLINK_NOFOLLOW));
}

int open_file(const char* path, int flags, mode_t mode, fuse_file_info* info) {
  const bool is_new = (flags & O_CREAT) != 0 && !is_ledger(path) &&
                      faccessat(root, below(path), F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  if (is_new) {
    if (const int refused = begin(); refused != 0) return refused;
  }
  // The kernel has made offsets of O_APPEND already, and sends O_TRUNC as a change of the size.
  const int file = openat(root, below(path), (flags & ~(O_APPEND | O_TRUNC)) | O_CLOEXEC, mode);
  if (file < 0) return -errno;
  info->fh = static_cast<std::uint64_t>(file);
  // As with any disk, what was read once is in memory.
  info->keep_cache = 1;
  if (!is_new) return 0;
  record(Kind::create, inode_of(file), 0, path);
  return end(0);
}
int on_create(const char* path, mode_t mode, fuse_file_info* info) {
  return open_file(path, info->flags | O_CREAT, mode, info);
}
int on_open(const char* path, fuse_file_info* info) {
  return open_file(path, info->flags & ~O_CREAT, 0, info);
}
int on_release(const char* /*path*/, fuse_file_info* info) { return answer_of(close(file_of(info))); }

int on_read(const char* /*path*/, char* octets, std::size_t count, off_t offset, fuse_file_info* info) {
  if (control->read_microseconds != 0) usleep(control->read_microseconds);
  const ssize_t done = pread(file_of(info), octets, count, offset);
  return done < 0 ? -errno : static_cast<int>(done);
}

int on_write(const char* path, const char* octets, std::size_t count, off_t offset, fuse_file_info* info) {
  if (is_ledger(path)) {
    record(Kind::note, 0, 0, {}, {octets, count});
  } else if (const int refused = begin(); refused != 0) {
    return refused;
  }
  const bool is_half =
      !is_ledger(path) && control->fault == Fault::kill_half && control->changes >= control->target;
  const ssize_t done = pwrite(file_of(info), octets, is_half ? (count + 1) / 2 : count, offset);
  if (done < 0) return -errno;
  if (is_ledger(path)) return static_cast<int>(done);
  record(Kind::write, inode_of(file_of(info)), static_cast<std::uint64_t>(offset), {},
         {octets, static_cast<std::size_t>(done)});
  return end(static_cast<int>(done));
}

int on_truncate(const char* path, off_t size, fuse_file_info* info) {
  if (is_ledger(path)) return 0;
  if (const int refused = begin(); refused != 0) return refused;
  const int file = info != nullptr ? dup(file_of(info)) : openat(root, below(path), O_WRONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  const int answer = answer_of(ftruncate(file, size));
  if (answer == 0) record(Kind::resize, inode_of(file), static_cast<std::uint64_t>(size));
  close(file);
  return answer == 0 ? end(0) : answer;
}

int on_fallocate(const char* /*path*/, int mode, off_t offset, off_t count, fuse_file_info* info) {
  if (mode != 0) return -EOPNOTSUPP;
  if (const int refused = begin(); refused != 0) return refused;
  const int file = file_of(info);
  if (fallocate(file, mode, offset, count) != 0) return -errno;
  struct stat about{};
  if (fstat(file, &about) != 0) return -errno;
  record(Kind::resize, about.st_ino, static_cast<std::uint64_t>(about.st_size));
  return end(0);
}

int on_fsync(const char* path, int /*data_only*/, fuse_file_info* info) {
  if (is_ledger(path)) return 0;
  const std::uint64_t inode = inode_of(file_of(info));
  if (const int refused = begin(); refused != 0) {
    record(Kind::failed_sync, inode, 0);
    return refused;
  }
  record(Kind::sync, inode, 0);
  return end(0);
}

int on_fsyncdir(const char* path, int /*data_only*/, fuse_file_info* /*info*/) {
  if (const int refused = begin(); refused != 0) return refused;
  record(Kind::sync_names, 0, 0, path);
  return end(0);
}

int on_rename(const char* from, const char* to, unsigned flags) {
  if (const int refused = begin(); refused != 0) return refused;
  if (renameat2(root, below(from), root, below(to), flags) != 0) return -errno;
  record(Kind::rename, 0, flags, std::string(from) + '\n' + to);
  return end(0);
}

int remove_name(const char* path, Kind kind, int flags) {
  if (const int refused = begin(); refused != 0) return refused;
  if (unlinkat(root, below(path), flags) != 0) return -errno;
  record(kind, 0, 0, path);
  return end(0);
}
int on_unlink(const char* path) { return remove_name(path, Kind::remove, 0); }
int on_rmdir(const char* path) { return remove_name(path, Kind::remove_directory, AT_REMOVEDIR); }

int on_mkdir(const char* path, mode_t mode) {
  if (const int refused = begin(); refused != 0) return refused;
  if (mkdirat(root, below(path), mode) != 0) return -errno;
  record(Kind::make_directory, 0, 0, path);
  return end(0);
}

// Sockets are not there after a loss of power, and modes, owners and times say nothing about a vault: none is
// recorded.
int on_mknod(const char* path, mode_t mode, dev_t device) {
  return answer_of(mknodat(root, below(path), mode, device));
}
int on_chmod(const char* path, mode_t mode, fuse_file_info* info) {
  return answer_of(info != nullptr ? fchmod(file_of(info), mode) : fchmodat(root, below(path), mode, 0));
}
int on_chown(const char* path, uid_t user, gid_t group, fuse_file_info* /*info*/) {
  return answer_of(fchownat(root, below(path), user, group, AT_SYMLINK_NOFOLLOW));
}
int on_utimens(const char* path, const timespec times[2], fuse_file_info* /*info*/) {
  return answer_of(utimensat(root, below(path), times, AT_SYMLINK_NOFOLLOW));
}
int on_statfs(const char* /*path*/, struct statvfs* about) { return answer_of(fstatvfs(root, about)); }

int on_readdir(const char* path, void* entries, fuse_fill_dir_t fill, off_t /*offset*/,
               fuse_file_info* /*info*/, fuse_readdir_flags /*flags*/) {
  DIR* const directory = fdopendir(openat(root, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory == nullptr) return -errno;
  while (const dirent* entry = readdir(directory))
    fill(entries, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
  closedir(directory);
  return 0;
}

void* on_init(fuse_conn_info* /*connection*/, fuse_config* config) {
  config->use_ino = 1;
  config->hard_remove = 1;
  // Nothing is remembered: what the kernel believes is what is there.
  config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
  return nullptr;
}

fuse_operations operations() {
  fuse_operations all{};
  all.init = on_init;
  all.getattr = on_getattr;
  all.create = on_create;
  all.open = on_open;
  all.release = on_release;
  all.read = on_read;
  all.write = on_write;
  all.truncate = on_truncate;
  all.fallocate = on_fallocate;
  all.fsync = on_fsync;
  all.fsyncdir = on_fsyncdir;
  all.rename = on_rename;
  all.unlink = on_unlink;
  all.rmdir = on_rmdir;
  all.mkdir = on_mkdir;
  all.mknod = on_mknod;
  all.chmod = on_chmod;
  all.chown = on_chown;
  all.utimens = on_utimens;
  all.statfs = on_statfs;
  all.readdir = on_readdir;
  return all;
}

bool open_all(char** paths) {
  root = open(paths[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int page = open(paths[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  journal = open(paths[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (root < 0 || page < 0 || journal < 0 || ftruncate(page, kControlBytes) != 0) return false;
  void* const mapped = mmap(nullptr, kControlBytes, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
  close(page);
  if (mapped == MAP_FAILED) return false;
  control = static_cast<Control*>(mapped);
  return true;
}

}  // namespace

int main(int count, char** values) {
  if (count != 5) {
    std::fprintf(stderr, "usage: recording_fs DIRECTORY CONTROL JOURNAL MOUNT_POINT\n");
    return 2;
  }
  umask(0);
  if (!open_all(values)) {
    std::perror("recording_fs");
    return 1;
  }
  // One thread: the journal is the order in which changes happened.
  std::array<std::string, 4> words{values[0], values[4], "-s", "-f"};
  std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  const fuse_operations all = operations();
  return fuse_main(4, arguments.data(), &all, nullptr);
}
