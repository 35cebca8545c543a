// LossyDisk: the functions of the C library that change files, replaced for the whole test program.
#include "store/lossy_disk_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "base/check.h"

namespace coffer::store {
namespace {

constexpr int kStopped = 9;

std::atomic<LossyDisk*> active = nullptr;

std::string path_of(int file) {
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  std::array<char, PATH_MAX> path{};
  const ssize_t bytes = ::readlink(link.c_str(), path.data(), path.size());
  return bytes < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(bytes));
}

std::uint64_t inode_of(const std::string& path) {
  struct stat about{};
  return ::lstat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

// disk_of gives the disk on which `place` (a descriptor or a path) lies, if it is watched.
template <typename Place>
LossyDisk* disk_of(const Place& place) {
  LossyDisk* const disk = active.load();
  return disk != nullptr && disk->holds(place) ? disk : nullptr;
}

// change does one change of `place` and tells the disk about it when it succeeded.
template <typename Place>
auto change(const Place& place, auto do_it, auto tell) {
  LossyDisk* const disk = disk_of(place);
  if (disk != nullptr) disk->changing();
  const auto result = do_it();
  if (disk != nullptr && result >= 0) tell(*disk, result);
  return result;
}

Bytes octets_of(const void* start, ssize_t bytes) {
  return {static_cast<const std::uint8_t*>(start), static_cast<std::size_t>(bytes)};
}

int flush(int file, long call) {
  LossyDisk* const disk = disk_of(file);
  if (disk == nullptr) return static_cast<int>(::syscall(call, file));
  disk->changing();
  if (disk->flush(file)) return 0;
  errno = EIO;
  return -1;
}

int truncate_file(int file, off_t bytes) {
  return change(
      file, [&] { return static_cast<int>(::syscall(SYS_ftruncate, file, bytes)); },
      [&](LossyDisk& disk, int /*result*/) { disk.truncated(file, static_cast<std::uint64_t>(bytes)); });
}

ssize_t write_at(int file, const void* octets, size_t bytes, off_t offset) {
  return change(
      file, [&] { return static_cast<ssize_t>(::syscall(SYS_pwrite64, file, octets, bytes, offset)); },
      [&](LossyDisk& disk, ssize_t done) {
        disk.wrote(file, static_cast<std::uint64_t>(offset), octets_of(octets, done));
      });
}

int rename_file(const char* from, const char* to, unsigned flags) {
  const LossyDisk* const disk = disk_of(std::string(to));
  if (flags != 0 && disk != nullptr && !disk->exchanges()) {
    errno = EINVAL;
    return -1;
  }
  return change(
      std::string(to),
      [&] { return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags)); },
      [](LossyDisk& lossy, int /*result*/) { lossy.names_changed(); });
}

}  // namespace

LossyDisk::LossyDisk(std::string directory) : directory_(std::move(directory)) {
  CHECK(active.load() == nullptr);
  look();
  for (const auto& [name, index] : names_) {
    std::ifstream content(directory_ + "/" + name, std::ios::binary);
    files_[index].durable = Buffer(std::istreambuf_iterator<char>(content), {});
  }
  durable_names_ = names_;
  active = this;
}

LossyDisk::~LossyDisk() { active = nullptr; }

bool LossyDisk::holds(int file) const { return holds(path_of(file)); }

bool LossyDisk::holds(const std::string& path) const {
  return path == directory_ || path.starts_with(directory_ + "/");
}

// look finds the files behind the names; a file that has no name any more is forgotten.
void LossyDisk::look() {
  std::set<std::uint64_t> present;
  names_.clear();
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::uint64_t inode = inode_of(entry.path());
    const auto [place, is_new] = file_of_inode_.try_emplace(inode, files_.size());
    if (is_new) files_.emplace_back();
    names_[entry.path().filename()] = place->second;
    present.insert(inode);
  }
  std::erase_if(file_of_inode_, [&present](const auto& each) { return !present.contains(each.first); });
}

LossyDisk::File& LossyDisk::file_of(int file) {
  look();
  const std::string name = std::filesystem::path(path_of(file)).filename();
  CHECK(names_.contains(name));
  return files_[names_[name]];
}

void LossyDisk::changing() {
  const std::lock_guard lock(mutex_);
  if (changes_left_ == 0 || --changes_left_ > 0) return;
  look();
  write_out(target_ + "/lost", Names::lost);
  write_out(target_ + "/kept", Names::kept);
  ::_exit(kStopped);
}

bool LossyDisk::flush(int file) {
  const std::lock_guard lock(mutex_);
  if (path_of(file) == directory_) {
    look();
    durable_names_ = names_;
    return true;
  }
  File& flushed = file_of(file);
  const auto pending = std::exchange(flushed.pending, {});
  if (!failing_.empty() && std::filesystem::path(path_of(file)).filename() == failing_) {
    failing_.clear();
    return false;
  }
  for (const Change& each : pending) {
    const std::uint64_t end = each.offset + each.octets.size();
    if (each.truncates || flushed.durable.size() < end) flushed.durable.resize(end);
    std::ranges::copy(each.octets, flushed.durable.begin() + static_cast<std::ptrdiff_t>(each.offset));
  }
  return true;
}

void LossyDisk::wrote(int file, std::uint64_t offset, Bytes octets) {
  const std::lock_guard lock(mutex_);
  file_of(file).pending.push_back({offset, to_buffer(octets), false});
}

void LossyDisk::truncated(int file, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  file_of(file).pending.push_back({bytes, {}, true});
}

void LossyDisk::names_changed() {
  const std::lock_guard lock(mutex_);
  look();
}

void LossyDisk::fail_flush(const std::string& name) {
  const std::lock_guard lock(mutex_);
  failing_ = name;
}

void LossyDisk::end_before(std::size_t count, const std::string& target) {
  const std::lock_guard lock(mutex_);
  changes_left_ = count;
  target_ = target;
}

void LossyDisk::lose_power(const std::string& target, Names names) {
  const std::lock_guard lock(mutex_);
  look();
  write_out(target, names);
}

void LossyDisk::write_out(const std::string& target, Names names) const {
  std::filesystem::create_directories(target);
  for (const auto& [name, index] : names == Names::kept ? names_ : durable_names_) {
    std::ofstream(target + "/" + name, std::ios::binary) << as_text(files_[index].durable);
  }
}

}  // namespace coffer::store

// The linker gives these to SQLite too.
extern "C" {
[[gnu::visibility("default")]] ssize_t write(int file, const void* octets, size_t bytes) {
  return coffer::store::change(
      file, [&] { return static_cast<ssize_t>(::syscall(SYS_write, file, octets, bytes)); },
      [&](coffer::store::LossyDisk& disk, ssize_t done) {
        const off_t end = ::lseek(file, 0, SEEK_CUR);
        disk.wrote(file, static_cast<std::uint64_t>(end - done), coffer::store::octets_of(octets, done));
      });
}
[[gnu::visibility("default")]] ssize_t pwrite(int file, const void* octets, size_t bytes, off_t offset) {
  return coffer::store::write_at(file, octets, bytes, offset);
}
[[gnu::visibility("default")]] ssize_t pwrite64(int file, const void* octets, size_t bytes, off64_t offset) {
  return coffer::store::write_at(file, octets, bytes, offset);
}
[[gnu::visibility("default")]] int ftruncate(int file, off_t bytes) noexcept {
  return coffer::store::truncate_file(file, bytes);
}
[[gnu::visibility("default")]] int ftruncate64(int file, off64_t bytes) noexcept {
  return coffer::store::truncate_file(file, bytes);
}
[[gnu::visibility("default")]] int fsync(int file) { return coffer::store::flush(file, SYS_fsync); }
[[gnu::visibility("default")]] int fdatasync(int file) { return coffer::store::flush(file, SYS_fdatasync); }
[[gnu::visibility("default")]] int unlink(const char* path) noexcept {
  return coffer::store::change(
      std::string(path), [&] { return static_cast<int>(::syscall(SYS_unlink, path)); },
      [](coffer::store::LossyDisk& disk, int) { disk.names_changed(); });
}
[[gnu::visibility("default")]] int rename(const char* from, const char* to) noexcept {
  return coffer::store::rename_file(from, to, 0);
}
[[gnu::visibility("default")]] int renameat2(int /*from_directory*/, const char* from, int /*to_directory*/,
                                             const char* to, unsigned flags) noexcept {
  return coffer::store::rename_file(from, to, flags);
}
}
