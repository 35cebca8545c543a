// MarkFile: one small sealed note outside the store, the high-water mark that exposes a store set back in
// time.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::store {

inline constexpr std::size_t kMarkBytesMax = 4096;

// MarkFile holds one opaque note. It is safe from many threads at once.
class MarkFile {
 public:
  virtual ~MarkFile() = default;

  // read_mark returns the last note that write_mark took, or nothing when there was never one.
  virtual Result<std::optional<Buffer>> read_mark() = 0;

  // write_mark replaces the note. When it returns, the new note survives kill -9 and power loss; when it
  // fails, the old or the new one is there, never a mixture. Fails with `limit` past kMarkBytesMax,
  // `disk_full` (the old one stays) and `unavailable`.
  virtual Status write_mark(Bytes mark) = 0;
};

// DiskMarkFile is a MarkFile at `path`. The next note is written into PATH.new, which has its room already,
// and the two exchange their names: a full disk refuses no note. The directory must exist.
class DiskMarkFile final : public MarkFile {
 public:
  explicit DiskMarkFile(std::string path) : path_(std::move(path)) {}

  // keep_room takes the room for the next note where an earlier build left none.
  Status keep_room();

  Result<std::optional<Buffer>> read_mark() override;
  Status write_mark(Bytes mark) override;

 private:
  const std::string path_;
  std::mutex mutex_;  // one writer at a time
};

// MemoryMarkFile is a MarkFile for tests.
class MemoryMarkFile final : public MarkFile {
 public:
  // break_down makes every call fail with `error` from now on; recover forgets that.
  void break_down(Error error);
  void recover();
  // remove takes the note away.
  void remove();
  // fail_write makes the next note be refused with `error`, once.
  void fail_write(Error error);

  Result<std::optional<Buffer>> read_mark() override;
  Status write_mark(Bytes mark) override;

 private:
  std::mutex mutex_;  // guards all below
  std::optional<Buffer> mark_;
  std::optional<Error> broken_;
  std::optional<Error> next_write_;
};

}  // namespace coffer::store
