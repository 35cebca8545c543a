// StateFile: a file that tells people how things are.
#pragma once

#include <string>
#include <utility>

#include "base/bytes.h"

namespace coffer::net {

// StateFile belongs to one thread.
class StateFile final {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  // write writes `content` when `state`, which stands for it, is another than what the file has. A write that
  // fails is logged once, and tried again at the next call.
  void write(const std::string& state, Bytes content);

 private:
  std::string path_;
  std::string state_;  // what the file has
  bool is_failing_ = false;
};

}  // namespace coffer::net
