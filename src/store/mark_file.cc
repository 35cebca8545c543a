// MarkFile: on disk, and in memory for tests.
#include "store/mark_file.h"

#include <utility>

#include "host/file.h"

namespace coffer::store {

Status DiskMarkFile::keep_room() {
  const std::lock_guard lock(mutex_);
  return host::keep_exchange_file(path_, kMarkBytesMax);
}

Result<std::optional<Buffer>> DiskMarkFile::read_mark() {
  const std::lock_guard lock(mutex_);
  auto content = host::read_file(path_, kMarkBytesMax);
  if (content.ok()) return std::optional<Buffer>(std::move(content).value());
  if (content.error().code == Code::not_found) return std::optional<Buffer>();
  return content.error();
}

Status DiskMarkFile::write_mark(Bytes mark) {
  if (mark.size() > kMarkBytesMax) return Error{Code::limit, "the mark is too long"};
  const std::lock_guard lock(mutex_);
  return host::exchange_file_durably(path_, mark);
}

void MemoryMarkFile::break_down(Error error) {
  const std::lock_guard lock(mutex_);
  broken_ = error;
}

void MemoryMarkFile::recover() {
  const std::lock_guard lock(mutex_);
  broken_.reset();
}

void MemoryMarkFile::remove() {
  const std::lock_guard lock(mutex_);
  mark_.reset();
}

void MemoryMarkFile::fail_write(Error error) {
  const std::lock_guard lock(mutex_);
  next_write_ = error;
}

Result<std::optional<Buffer>> MemoryMarkFile::read_mark() {
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  return mark_;
}

Status MemoryMarkFile::write_mark(Bytes mark) {
  if (mark.size() > kMarkBytesMax) return Error{Code::limit, "the mark is too long"};
  const std::lock_guard lock(mutex_);
  if (broken_.has_value()) return *broken_;
  if (const auto refused = std::exchange(next_write_, std::nullopt)) return *refused;
  mark_ = to_buffer(mark);
  return {};
}

}  // namespace coffer::store
