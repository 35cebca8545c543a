// RandomPool: one private page that a fork wipes.
#include "pkcs11/random_pool.h"

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/secret.h"

namespace coffer::pkcs11 {

namespace {

constexpr std::size_t kPageBytes = 4096;

}  // namespace

// A page of zeroes is an empty pool: what a fork's child finds.
struct RandomPool::Page {
  std::uint64_t left;
  std::array<std::uint8_t, kPageBytes - sizeof(std::uint64_t)> octets;
};

RandomPool::RandomPool(RandomPool&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}

RandomPool& RandomPool::operator=(RandomPool&& other) noexcept {
  std::swap(page_, other.page_);
  return *this;
}

RandomPool::~RandomPool() {
  if (page_ == nullptr) return;
  forget();
  ::munmap(page_, kPageBytes);
}

bool RandomPool::take(MutableBytes octets) {
  if (page_ == nullptr || octets.size() > page_->left) return false;
  const MutableBytes taken =
      MutableBytes(page_->octets)
          .subspan(static_cast<std::size_t>(page_->left) - octets.size(), octets.size());
  std::memcpy(octets.data(), taken.data(), octets.size());
  wipe(taken);
  page_->left -= octets.size();
  return true;
}

MutableBytes RandomPool::room() {
  static_assert(sizeof(Page) == kPageBytes);
  if (page_ != nullptr) return page_->octets;
  void* const mapping =
      ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return {};
  if (::madvise(mapping, kPageBytes, MADV_WIPEONFORK) != 0 ||
      ::madvise(mapping, kPageBytes, MADV_DONTDUMP) != 0) {
    ::munmap(mapping, kPageBytes);
    return {};
  }
  page_ = static_cast<Page*>(mapping);
  return page_->octets;
}

void RandomPool::filled() { page_->left = page_->octets.size(); }

void RandomPool::forget() {
  if (page_ == nullptr) return;
  wipe({reinterpret_cast<std::uint8_t*>(page_), kPageBytes});
}

}  // namespace coffer::pkcs11
