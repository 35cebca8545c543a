// Mapping: owns a range of mapped memory and unmaps it.
#include "host/mapping.h"

#include <sys/mman.h>

#include "base/check.h"

namespace coffer::host {

namespace {

Result<Mapping> map(std::size_t bytes, int protection, int flags) {
  void* const octets = ::mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (octets == MAP_FAILED) return Error{Code::unavailable, "the system gives no memory"};
  return Mapping(static_cast<std::uint8_t*>(octets), bytes);
}

}  // namespace

Result<Mapping> Mapping::reserve(std::size_t bytes) { return map(bytes, PROT_NONE, MAP_NORESERVE); }

Result<Mapping> Mapping::zeroes(std::size_t bytes) { return map(bytes, PROT_READ | PROT_WRITE, 0); }

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    unmap();
    octets_ = std::exchange(other.octets_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void Mapping::unmap() {
  if (octets_ != nullptr) CHECK(::munmap(octets_, bytes_) == 0);
  abandon();
}

}  // namespace coffer::host
