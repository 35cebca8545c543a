// Scratch: one kept block a thread.
#include "crypto/scratch.h"

#include "base/secret.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;

std::unique_ptr<std::uint8_t[]>& kept_block() {
  thread_local std::unique_ptr<std::uint8_t[]> block;
  return block;
}

}  // namespace

Scratch::Scratch(std::size_t bytes) : bytes_(bytes) {
  if (bytes <= kKeptBytes) block_ = std::move(kept_block());
  if (block_ == nullptr)
    block_ = std::make_unique_for_overwrite<std::uint8_t[]>(bytes <= kKeptBytes ? kKeptBytes : bytes);
}

Scratch::~Scratch() {
  wipe(octets());
  if (bytes_ <= kKeptBytes && kept_block() == nullptr) kept_block() = std::move(block_);
}

}  // namespace coffer::crypto
