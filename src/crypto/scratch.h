// Scratch: room for a plaintext that must not be released yet; wiped when it dies.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace coffer::crypto {

// Scratch takes its room from a block that each thread keeps, or from the heap when it is large. One thread
// may have several at a time; the first gets the kept block.
class Scratch final {
 public:
  explicit Scratch(std::size_t bytes);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  [[nodiscard]] MutableBytes octets() { return {block_.get(), bytes_}; }

 private:
  std::unique_ptr<std::uint8_t[]> block_;
  std::size_t bytes_;
};

}  // namespace coffer::crypto
