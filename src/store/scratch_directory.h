// ScratchDirectory: a directory for one test, removed with everything in it. For tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/check.h"

namespace coffer::store {

// ScratchDirectory makes an empty directory and removes it when it dies.
class ScratchDirectory final {
 public:
  ScratchDirectory() : path_(std::filesystem::temp_directory_path() / "coffer-store-XXXXXX") {
    CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  // file names a file in the directory.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace coffer::store
