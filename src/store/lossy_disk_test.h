// LossyDisk: what of a directory a loss of power leaves, and flushes that fail once. For tests.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace coffer::store {

// LossyDisk watches what this process does to the files of one directory while it lives. What the directory
// holds before is on the disk. Octets reach the disk when their file is flushed, names when their directory
// is. As Linux does it, a flush that fails takes what it did not write for written: no later flush brings it.
//
// One at a time. Calls come from the functions of the C library that this program replaces, from any thread.
class LossyDisk final {
 public:
  explicit LossyDisk(std::string directory);
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  // Names says what a loss of power does to names that were made, exchanged or removed and not flushed.
  enum class Names : std::uint8_t { lost, kept };

  // lose_power fills the directory `target`, which must be empty, with what is on the disk.
  void lose_power(const std::string& target, Names names = Names::lost);

  // fail_flush makes the next flush of the file of that name fail.
  void fail_flush(const std::string& name);
  // refuse_exchanges makes it a file system that cannot exchange two names.
  void refuse_exchanges() { exchanges_ = false; }
  [[nodiscard]] bool exchanges() const { return exchanges_; }
  // end_before ends the process (exit status 9) before its `count`th change from now on, and loses the power
  // into `target` first; both kinds of names, in TARGET/lost and TARGET/kept.
  void end_before(std::size_t count, const std::string& target);

  // What the replaced functions ask and tell. `file` is one of the directory, or the directory itself.
  [[nodiscard]] bool holds(int file) const;
  [[nodiscard]] bool holds(const std::string& path) const;
  void changing();
  // flush tells whether it succeeds.
  bool flush(int file);
  void wrote(int file, std::uint64_t offset, Bytes octets);
  void truncated(int file, std::uint64_t bytes);
  void names_changed();

 private:
  struct Change {
    std::uint64_t offset = 0;
    Buffer octets;
    bool truncates = false;  // to `offset`
  };
  struct File {
    Buffer durable;
    std::vector<Change> pending;
  };

  File& file_of(int file);
  void look();
  void write_out(const std::string& target, Names names) const;

  const std::string directory_;
  std::atomic<bool> exchanges_ = true;
  std::mutex mutex_;  // guards all below
  std::vector<File> files_;
  std::map<std::uint64_t, std::size_t> file_of_inode_;
  std::map<std::string, std::size_t> names_;          // as they are now
  std::map<std::string, std::size_t> durable_names_;  // as they are on the disk
  std::string failing_;
  std::size_t changes_left_ = 0;  // 0: without end
  std::string target_;
};

}  // namespace coffer::store
