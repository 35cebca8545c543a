// NewFile: a file that is written piece by piece and appears whole, durably, or not at all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "host/file.h"

namespace coffer::host {

// NewFile writes PATH.new and renames it at the end. One writer a path at a time; one thread at a time.
class NewFile final {
 public:
  static Result<NewFile> create(const std::string& path, mode_t mode = kPrivateFile);
  // The destructor takes away what was not finished.
  ~NewFile();
  NewFile(NewFile&& other) noexcept = default;
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // append fails with `disk_full` when there is no room.
  Status append(Bytes octets);
  // finish flushes, gives the file its name, and makes that durable. An older file of that name is replaced.
  Status finish();

  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  NewFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  Descriptor file_;  // closed when finished
  std::uint64_t size_ = 0;
};

}  // namespace coffer::host
