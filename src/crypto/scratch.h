// Scratch: room for a plaintext that must not be released yet; wiped when it dies.
#pragma once

#include "base/secret.h"

namespace coffer::crypto {

// Scratch takes its room from a block that each thread keeps, or one of its own when it is large. One thread
// may have several at a time; the first gets the kept block.
class Scratch final {
 public:
  explicit Scratch(std::size_t bytes);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  [[nodiscard]] MutableBytes octets() { return block_.reveal().first(bytes_); }

 private:
  SecretBytes block_;
  std::size_t bytes_;
};

}  // namespace coffer::crypto
