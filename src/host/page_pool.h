// PagePool: hands out runs of pages of the secret arena, first fit, and knows which slab a page belongs to.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/public_memory.h"
#include "base/result.h"
#include "host/mapping.h"

namespace coffer::host {

// kBlocksMax is the most blocks in one slab; one bit of Slab::free_blocks stands for each.
inline constexpr std::size_t kBlocksMax = 256;

// Slab is the book-keeping of one run of pages: equal blocks of a class, or a single span. It lies outside of
// the memory that it describes.
struct alignas(64) Slab {
  std::uint32_t first_page = 0;
  std::uint32_t page_count = 0;
  std::uint8_t class_index = 0;
  std::uint8_t shard_index = 0;
  std::uint16_t free_count = 0;
  std::array<std::uint64_t, kBlocksMax / 64> free_blocks{};
  std::array<std::atomic<std::uint64_t>, kBlocksMax / 64> owned_blocks{};  // that somebody was given
  Slab* previous = nullptr;
  Slab* next = nullptr;
};

// PagePool divides a region of memory whose first part is protected (hidden or locked) and can be used from
// the start; the rest, the spill, is reserved only and is made usable piece by piece. Safe from many threads
// at once.
class PagePool final {
  // Parts is what create() makes; only it can.
  struct Parts {
    std::uint8_t* memory;
    std::size_t usable_count;
    std::size_t page_count;
    Mapping slabs;
    Mapping owners;
  };

 public:
  // create makes the book-keeping for `page_count` pages at `memory`, of which `usable_count` are usable
  // already. The memory must outlive the pool. Fails with `unavailable` when there is no address space.
  static Result<std::unique_ptr<PagePool>> create(std::uint8_t* memory, std::size_t usable_count,
                                                  std::size_t page_count);

  explicit PagePool(Parts parts);

  // take gives a slab of `page_count` pages, the lowest that fit; null when none do.
  Slab* take(std::size_t page_count);
  // give returns pages, which the caller has wiped.
  void give(Slab& slab);

  // slab_at gives the slab that a taken page belongs to. No lock: the caller owns a block on that page.
  [[nodiscard]] Slab* slab_at(std::size_t page);
  [[nodiscard]] std::uint8_t* octets_of(const Slab& slab) const {
    return memory_ + std::size_t{slab.first_page} * kPageBytes;
  }
  // is_protected tells whether all pages of a slab lie in the protected part.
  [[nodiscard]] bool is_protected(const Slab& slab) const { return spilled_part(slab) == 0; }
  // pages_spilled is how many taken pages lie outside of the protected part.
  [[nodiscard]] std::size_t pages_spilled() const { return pages_spilled_.load(std::memory_order_relaxed); }
  // protected_pages_left is how many pages of the protected part nobody has taken.
  [[nodiscard]] std::size_t protected_pages_left() const {
    return protected_count_ - protected_taken_.load(std::memory_order_relaxed);
  }

 private:
  bool make_usable(std::size_t page_end);
  [[nodiscard]] std::size_t spilled_part(const Slab& slab) const;

  std::uint8_t* memory_;
  std::size_t page_count_;
  std::size_t protected_count_;
  Mapping slabs_memory_;
  Mapping owners_memory_;
  Slab* slabs_;            // one for each page; the one of a run's first page describes the run
  std::uint32_t* owners_;  // for each page, the first page of its run plus one; 0: free

  std::mutex mutex_;
  std::size_t usable_count_;                       // guarded by mutex_
  PublicMap<std::size_t, std::size_t> free_runs_;  // first page -> pages; guarded by mutex_
  std::atomic<std::size_t> pages_spilled_ = 0;
  std::atomic<std::size_t> protected_taken_ = 0;
};

}  // namespace coffer::host
