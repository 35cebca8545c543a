// Handles: 64-bit numbers that the module gives out and never gives out again.
//
// A handle is the index of an entry in a table, and how often that entry was used before. The first handles
// are 1, 2, 3, ..., as people expect to see them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

inline constexpr unsigned kHandleIndexBits = 24;
inline constexpr CK_ULONG kHandleIndexMask = (1UL << kHandleIndexBits) - 1;

// make_handle joins an index (less than 2^24 - 1) and a generation; it never gives CK_INVALID_HANDLE.
constexpr CK_ULONG make_handle(std::size_t index, std::uint64_t generation) {
  return (generation << kHandleIndexBits) | (index + 1);
}

// handle_index gives the index back; a handle that was never given out may give any index.
constexpr std::size_t handle_index(CK_ULONG handle) { return (handle & kHandleIndexMask) - 1; }

// handle_generation gives the generation back.
constexpr std::uint64_t handle_generation(CK_ULONG handle) { return handle >> kHandleIndexBits; }

// StableArray grows without moving its entries, so that readers need no lock. Entries live as long as the
// array: a handle that went stale may still be looked up.
template <typename Entry, std::size_t kChunkEntries, std::size_t kChunks>
class StableArray final {
  using Chunk = std::array<Entry, kChunkEntries>;

 public:
  static constexpr std::size_t kEntriesMax = kChunkEntries * kChunks;

  StableArray() = default;
  StableArray(const StableArray&) = delete;
  StableArray& operator=(const StableArray&) = delete;
  ~StableArray() {
    for (const std::atomic<Chunk*>& place : chunks_) const std::unique_ptr<Chunk> owned(place.load());
  }

  // at gives the entry, or null where none was made yet.
  [[nodiscard]] Entry* at(std::size_t index) const {
    if (index >= kEntriesMax) return nullptr;
    Chunk* chunk = chunks_[index / kChunkEntries].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &(*chunk)[index % kChunkEntries];
  }

  // make gives the entry, making it when needed; `index` must be below kEntriesMax. One thread at a time.
  Entry& make(std::size_t index) {
    std::atomic<Chunk*>& place = chunks_[index / kChunkEntries];
    Chunk* chunk = place.load(std::memory_order_relaxed);
    if (chunk == nullptr) {
      chunk = std::make_unique<Chunk>().release();
      place.store(chunk, std::memory_order_release);
    }
    return (*chunk)[index % kChunkEntries];
  }

 private:
  std::array<std::atomic<Chunk*>, kChunks> chunks_{};
};

}  // namespace coffer::pkcs11
