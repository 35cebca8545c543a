// SecretArena: the memory where the chip keeps keys - hidden from other processes, never swapped, dumped,
// forked.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/public_memory.h"
#include "base/result.h"
#include "host/assurance.h"
#include "host/mapping.h"
#include "host/page_pool.h"

namespace coffer::host {

// ArenaKind says which protection the kernel gave. Each one includes those after it.
enum class ArenaKind : std::uint8_t {
  hidden,    // memfd_secret: no other process can read it, not even root through /proc/PID/mem
  locked,    // mlock: never swapped, not in core files, not copied by fork
  unlocked,  // not in core files, not copied by fork; may be swapped
};

// kSpanBytesMax: larger allocations (Argon2's memory) get a mapping of their own, which costs a page fault a
// page.
inline constexpr std::size_t kSpanBytesMax = std::size_t{8} << 20U;

// ArenaOptions says how large and how well protected the arena is to be.
struct ArenaOptions {
  // Without CAP_IPC_LOCK the kernel's limit (RLIMIT_MEMLOCK) may make the protected part smaller.
  std::size_t bytes = std::size_t{4} << 20U;
  // When the protected part is full, up to this much ordinary memory follows (not in core files, not copied
  // by fork, locked where the limit allows). Costs address space only, until it is needed.
  std::size_t spill_bytes_max = std::size_t{256} << 20U;
  // The best protection to try; tests ask for less.
  ArenaKind best = ArenaKind::hidden;
};

// kMappingsMax bounds the allocations that have a mapping of their own, because the kernel bounds mappings
// too.
inline constexpr std::size_t kMappingsMax = 4096;

// kBulkBytes: no key, PIN or passphrase fills that much. A request that could carry one among so much else is
// refused when the room is scarce (wire/connection.h).
inline constexpr std::size_t kBulkBytes = std::size_t{128} << 10U;

// SecretArena is an allocator on one region with an unreadable page on both sides.
//
// Sizes are rounded up to classes (16 octets to 64 KiB); blocks of one class lie together; their book-keeping
// lies elsewhere, so that overflowing a block does not reach it. Freed memory is wiped at once, and a fresh
// block is all zeroes. Freeing twice, or what is not a block, ends the process (CHECK). All methods are safe
// from many threads at once; each thread allocates from one of kShards shards, so threads rarely wait for
// each other.
class SecretArena final {
  // Parts is what create() makes; only it can.
  struct Parts {
    Mapping region;
    std::unique_ptr<PagePool> pages;
    ArenaKind kind;
    std::size_t bytes_protected;
  };

 public:
  // create reserves the region. Fails with `unavailable` only when there is no address space.
  static Result<std::unique_ptr<SecretArena>> create(const ArenaOptions& options);
  explicit SecretArena(Parts parts);
  SecretArena(const SecretArena&) = delete;
  SecretArena& operator=(const SecretArena&) = delete;
  // The memory goes back to the kernel, which clears it before anybody else gets it.
  ~SecretArena() = default;

  // allocate gives at least `bytes` octets of zero, aligned to 16; null when memory is exhausted or `bytes`
  // is 0.
  [[nodiscard]] void* allocate(std::size_t bytes);
  // allocate_any does the same for malloc(3): what is bulk - kBulkBytes and more, the data of a request or
  // the memory of Argon2 - and would leave less than the reserve gets a mapping of its own outside the
  // protected part. It is neither dumped nor forked, locked where the limit allows, and wiped in the end.
  [[nodiscard]] void* allocate_any(std::size_t bytes);
  // reallocate keeps the first octets, as realloc(3), and allocates as allocate_any(). On null, the old block
  // is untouched. The old place is wiped.
  [[nodiscard]] void* reallocate(void* octets, std::size_t bytes);
  // release wipes and frees; null is harmless.
  void release(void* octets);

  // class_of gives the number of the class of a size of at most kSmallBytesMax, below kSmallClasses.
  static constexpr std::size_t kSmallBytesMax = 1024;
  static constexpr std::size_t kSmallClasses = 20;
  [[nodiscard]] static std::size_t class_of(std::size_t bytes);
  // set_aside takes a small block from its owner, as release() does, and wipes it, but leaves it to the
  // caller: for bring_back(), which gives it to an owner again, or put_away(), which frees it. It gives the
  // block's class, and nothing, having done nothing, when the block is not a small one of the protected part.
  [[nodiscard]] std::optional<std::size_t> set_aside(void* octets);
  void bring_back(void* octets);
  void put_away(void* octets);
  // owns tells whether a block came from here.
  [[nodiscard]] bool owns(const void* octets) const;
  // usable_bytes is how many octets a block has, at least those that were asked for.
  [[nodiscard]] std::size_t usable_bytes(const void* octets) const;

  // kind is the protection of the protected part.
  [[nodiscard]] ArenaKind kind() const { return kind_; }
  // protection says the same for `coffer status`.
  [[nodiscard]] Protection protection() const;
  // bytes_used is what is allocated now, rounded up to classes; bytes_protected is the size of the protected
  // part; bytes_spilled is how much of the memory in use is not as well protected, rounded up to pages.
  [[nodiscard]] std::size_t bytes_used() const;
  [[nodiscard]] std::size_t bytes_protected() const { return bytes_protected_; }
  [[nodiscard]] std::size_t bytes_spilled() const;
  // bytes_bulk is how much bulk lies outside now.
  [[nodiscard]] std::size_t bytes_bulk() const { return mapping_bytes(Outside::bulk); }
  // bytes_left is how much of the protected part nobody has taken, in whole pages; bytes_reserved is how much
  // of it is to be left to the requests that are being answered (base/secret_room.h).
  [[nodiscard]] std::size_t bytes_left() const { return pages_->protected_pages_left() * kPageBytes; }
  [[nodiscard]] std::size_t bytes_reserved() const;

 private:
  enum class Outside : std::uint8_t { no, spilled, bulk };

  static constexpr std::size_t kShards = 8;
  static constexpr std::size_t kClasses = 44;

  // Shard is the free blocks of some threads. It fills a cache line or more, so that shards do not share one.
  struct alignas(64) Shard {
    std::mutex mutex;
    std::array<Slab*, kClasses> partial{};  // slabs with at least one free block
    std::atomic<std::size_t> bytes_used = 0;
  };

  void* allocate_block(std::size_t class_index);
  void* try_allocate_block(std::size_t class_index, std::size_t shard_index);
  void* allocate_span(std::size_t bytes);
  void* allocate_mapping(std::size_t bytes, Outside outside);
  void release_block(Slab& slab, std::size_t offset);
  static std::size_t block_of(std::size_t class_index, std::size_t offset);
  static void disown(Slab& slab, std::size_t block);
  void release_span(Slab& slab);
  void release_mapping(void* octets);
  Slab* new_slab(std::size_t class_index, std::size_t shard_index);
  // An empty slab stays with its shard when it is small and the last one of its class there.
  [[nodiscard]] bool is_worth_keeping(const Slab& empty) const;
  static void link(Shard& shard, Slab& slab);
  static void unlink(Shard& shard, Slab& slab);
  void give_back_empty_slabs();
  // Place is where an address in the region lies.
  struct Place {
    Slab* slab;
    std::size_t offset;  // from the slab's first octet
  };
  std::optional<Place> find(const void* octets) const;
  [[nodiscard]] std::size_t mapping_bytes(Outside place) const {
    return mapping_bytes_[static_cast<std::size_t>(place)].load(std::memory_order_relaxed);
  }

  Mapping region_;
  std::unique_ptr<PagePool> pages_;
  ArenaKind kind_;
  std::size_t bytes_protected_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> span_bytes_used_ = 0;

  mutable std::mutex mappings_mutex_;
  struct Large {
    Mapping mapping;
    Outside outside = Outside::no;  // no: as well protected as the arena
  };
  PublicMap<void*, Large> mappings_;  // malloc() may be this arena
  std::atomic<std::size_t> mapping_count_ = 0;
  std::array<std::atomic<std::size_t>, 3> mapping_bytes_{};  // by where they lie
};

// install_arena makes the arena the home of every SecretBytes. Call it once, first thing in main() of the
// chip. The arena then lives until the process ends: libraries free their last blocks in atexit handlers.
SecretArena& install_arena(std::unique_ptr<SecretArena> arena);

}  // namespace coffer::host
