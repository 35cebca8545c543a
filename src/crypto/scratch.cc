// Scratch: one kept block a thread.
#include "crypto/scratch.h"

#include <algorithm>

namespace coffer::crypto {
namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;

SecretBytes& kept_block() {
  thread_local SecretBytes block;
  return block;
}

}  // namespace

Scratch::Scratch(std::size_t bytes) : bytes_(bytes) {
  if (bytes <= kKeptBytes) block_ = std::move(kept_block());
  if (block_.empty()) block_ = SecretBytes::zeroes(std::max(bytes, kKeptBytes));
}

Scratch::~Scratch() {
  wipe(octets());
  if (bytes_ <= kKeptBytes && kept_block().empty()) kept_block() = std::move(block_);
}

}  // namespace coffer::crypto
