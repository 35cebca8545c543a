// Mapping: owns a range of mapped memory and unmaps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::host {

// kPageBytes is the size of a page on every machine that Coffer supports.
inline constexpr std::size_t kPageBytes = 4096;

// Mapping owns memory from mmap(2).
class Mapping final {
 public:
  Mapping() = default;
  Mapping(std::uint8_t* octets, std::size_t bytes) : octets_(octets), bytes_(bytes) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping(Mapping&& other) noexcept
      : octets_(std::exchange(other.octets_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping() { unmap(); }

  // reserve takes address space that nothing can read or write yet.
  static Result<Mapping> reserve(std::size_t bytes);
  // zeroes maps anonymous memory that can be read and written; pages cost memory when they are first touched.
  static Result<Mapping> zeroes(std::size_t bytes);

  [[nodiscard]] std::uint8_t* begin() const { return octets_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  void unmap();
  // abandon leaves the memory mapped for the rest of the process.
  void abandon() {
    octets_ = nullptr;
    bytes_ = 0;
  }

 private:
  std::uint8_t* octets_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace coffer::host
