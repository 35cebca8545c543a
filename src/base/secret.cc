// Secret types: wiping, comparing in constant time, and the run-time sized secret.
#include "base/secret.h"

#include <cstdlib>

#include "base/check.h"

namespace coffer {

namespace {

void* heap_allocate(std::size_t bytes) {
  void* octets = std::malloc(bytes);
  CHECK(octets != nullptr);
  return octets;
}

void heap_release(void* octets, std::size_t /*bytes*/) { std::free(octets); }

constinit SecretMemory secret_memory{heap_allocate, heap_release};

}  // namespace

void use_secret_memory(const SecretMemory& memory) { secret_memory = memory; }

const SecretMemory* installed_secret_memory() {
  return secret_memory.allocate == heap_allocate ? nullptr : &secret_memory;
}

void wipe(MutableBytes bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal_secret(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

SecretBytes SecretBytes::copy_of(Bytes bytes) {
  SecretBytes secret = zeroes(bytes.size());
  if (!bytes.empty()) std::memcpy(secret.octets_, bytes.data(), bytes.size());
  return secret;
}

SecretBytes SecretBytes::zeroes(std::size_t size) {
  SecretBytes secret;
  if (size == 0) return secret;
  secret.octets_ = static_cast<std::uint8_t*>(secret_memory.allocate(size));
  secret.capacity_ = size;
  secret.size_ = size;
  std::memset(secret.octets_, 0, size);
  return secret;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    clear();
    octets_ = std::exchange(other.octets_, nullptr);
    capacity_ = std::exchange(other.capacity_, 0);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void SecretBytes::clear() {
  if (octets_ == nullptr) return;
  wipe({octets_, capacity_});
  secret_memory.release(octets_, capacity_);
  octets_ = nullptr;
  capacity_ = 0;
  size_ = 0;
}

void SecretBytes::shrink(std::size_t size) {
  CHECK(size <= size_);
  wipe(reveal().subspan(size));
  size_ = size;
}

}  // namespace coffer
