// SecretArena: the memory where the chip keeps keys - hidden from other processes, never swapped, dumped,
// forked.
#include "host/secret_arena.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/secret.h"
#include "base/secret_room.h"
#include "host/descriptor.h"

namespace coffer::host {

namespace {

constexpr std::size_t kAlignmentBytes = 16;
constexpr std::size_t kLinearBytesMax = 128;  // up to here, classes are 16 apart
constexpr std::size_t kClassBytesMax = std::size_t{64} << 10U;
constexpr std::size_t kLinearClasses = kLinearBytesMax / kAlignmentBytes;
constexpr std::size_t kClassesPerDoubling = 4;
constexpr std::size_t kClassCount =
    kLinearClasses + kClassesPerDoubling * (std::bit_width(kClassBytesMax) - std::bit_width(kLinearBytesMax));
// Marks a slab that is one span of pages.
constexpr std::uint8_t kSpanClass = 255;
// The smallest protected part worth having.
constexpr std::size_t kProtectedBytesMin = std::size_t{64} << 10U;
// Empty slabs of at most this many pages stay with their shard for the next allocation.
constexpr std::size_t kKeptSlabPagesMax = 4;

// SizeClass is one size of blocks and how they lie in a slab.
struct SizeClass {
  std::uint32_t bytes = 0;
  std::uint32_t slab_pages = 0;
  std::uint32_t block_count = 0;
  std::uint64_t reciprocal = 0;  // 2^40 / bytes, rounded up: offset * reciprocal >> 40 is offset / bytes
};

constexpr unsigned kReciprocalBits = 40;

constexpr SizeClass describe_class(std::size_t bytes) {
  // Small blocks share one page; middle ones share four, so that odd sizes waste little; large ones stand
  // alone.
  std::size_t pages = (bytes + kPageBytes - 1) / kPageBytes;
  if (bytes > 512 && bytes <= 2 * kPageBytes) pages = 4;
  return {static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(pages),
          static_cast<std::uint32_t>(pages * kPageBytes / bytes),
          ((std::uint64_t{1} << kReciprocalBits) + bytes - 1) / bytes};
}

constexpr std::array<SizeClass, kClassCount> make_classes() {
  std::array<SizeClass, kClassCount> classes{};
  std::size_t bytes = 0;
  std::size_t step = kAlignmentBytes;
  for (std::size_t i = 0; i < kClassCount; ++i) {
    if (i >= kLinearClasses && (i - kLinearClasses) % kClassesPerDoubling == 0)
      step = bytes / kClassesPerDoubling;
    bytes += step;
    classes[i] = describe_class(bytes);
  }
  return classes;
}

constexpr std::array<SizeClass, kClassCount> kSizeClasses = make_classes();
static_assert(kSizeClasses.back().bytes == kClassBytesMax);

constexpr std::size_t class_number(std::size_t bytes) {
  if (bytes <= kLinearBytesMax) return (bytes - 1) / kAlignmentBytes;
  // A doubling is cut in four: its number, and which quarter of it.
  const std::size_t width = std::bit_width(bytes - 1);
  const std::size_t doubling = width - std::bit_width(kLinearBytesMax);
  const std::size_t quarter = ((bytes - 1) >> (width - 3)) - kClassesPerDoubling;
  return kLinearClasses + doubling * kClassesPerDoubling + quarter;
}

constexpr bool classes_are_sound() {
  for (std::size_t i = 0; i < kClassCount; ++i) {
    const SizeClass& size_class = kSizeClasses[i];
    if (size_class.block_count == 0 || size_class.block_count > kBlocksMax) return false;
    if (class_number(size_class.bytes) != i) return false;
    if (i + 1 < kClassCount && class_number(size_class.bytes + 1) != i + 1) return false;
    for (std::uint64_t block = 0; block < size_class.block_count; ++block) {
      const std::uint64_t last = (block + 1) * size_class.bytes - 1;
      if ((last * size_class.reciprocal) >> kReciprocalBits != block) return false;
    }
  }
  return true;
}
static_assert(classes_are_sound());
static_assert(kSizeClasses[SecretArena::kSmallClasses - 1].bytes == SecretArena::kSmallBytesMax);

std::size_t round_to_pages(std::size_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

// Which shard this thread allocates from. Threads are counted as they come, so the first kShards of them
// never share one.
std::size_t shard_of_this_thread(std::size_t shard_count) {
  static constinit std::atomic<std::size_t> threads_seen = 0;
  thread_local const std::size_t number = threads_seen.fetch_add(1, std::memory_order_relaxed);
  return number % shard_count;
}

bool may_lock_without_limit() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

// How much memory this process may lock, after raising its limit as far as it may.
std::size_t locked_bytes_max() {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  if (may_lock_without_limit()) {
    // The capability goes later; the limit stays.
    static_cast<void>(::setrlimit(RLIMIT_MEMLOCK, &limit));
    return SIZE_MAX;
  }
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_MEMLOCK, &limit));
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return 0;
  return limit.rlim_cur / kPageBytes * kPageBytes;
}

bool keep_from_dumps_and_forks(std::uint8_t* begin, std::size_t bytes) {
  return ::madvise(begin, bytes, MADV_DONTDUMP) == 0 && ::madvise(begin, bytes, MADV_DONTFORK) == 0;
}

// A mapping of hidden memory wherever there is room, that nobody may use yet; none where the kernel gives
// none.
Mapping map_hidden(std::size_t bytes) {
  const Descriptor region(static_cast<int>(::syscall(SYS_memfd_secret, O_CLOEXEC)));
  if (!region.is_open() || ::ftruncate(region.get(), static_cast<off_t>(bytes)) != 0) return {};
  void* const mapped = ::mmap(nullptr, bytes, PROT_NONE, MAP_SHARED, region.get(), 0);
  // The descriptor closes here: who steals it from us could map the memory.
  if (mapped == MAP_FAILED) return {};
  return {static_cast<std::uint8_t*>(mapped), bytes};
}

bool open_hidden(std::uint8_t* begin, std::size_t bytes) {
  return ::mprotect(begin, bytes, PROT_READ | PROT_WRITE) == 0 && keep_from_dumps_and_forks(begin, bytes);
}

// Puts hidden memory in the place of reserved addresses. A MAP_FIXED that fails for the limit would leave a
// hole there, which others could get; here the limit has counted the memory before it moves.
bool make_hidden(std::uint8_t* begin, std::size_t bytes) {
  Mapping hidden = map_hidden(bytes);
  if (hidden.begin() == nullptr || !open_hidden(hidden.begin(), bytes)) return false;
  CHECK(::mremap(hidden.begin(), bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, begin) == begin);
  hidden.abandon();
  return true;
}

bool make_locked(std::uint8_t* begin, std::size_t bytes) {
  return ::mprotect(begin, bytes, PROT_READ | PROT_WRITE) == 0 && keep_from_dumps_and_forks(begin, bytes) &&
         ::syscall(SYS_mlock2, begin, bytes, MLOCK_ONFAULT) == 0;
}

bool make_unlocked(std::uint8_t* begin, std::size_t bytes) {
  return ::mprotect(begin, bytes, PROT_READ | PROT_WRITE) == 0 && keep_from_dumps_and_forks(begin, bytes);
}

struct Protected {
  ArenaKind kind = ArenaKind::unlocked;
  std::size_t bytes = 0;
};

// Protects as much of the region's start as it can, as well as it can: better before larger.
Protected protect(std::uint8_t* begin, std::size_t bytes_wanted, ArenaKind best) {
  const std::size_t allowed = std::min(bytes_wanted, locked_bytes_max());
  for (const ArenaKind kind : {ArenaKind::hidden, ArenaKind::locked}) {
    if (kind < best) continue;
    // What the process has locked already counts too, so the limit alone does not tell what is left of it.
    for (std::size_t bytes = allowed; bytes >= kProtectedBytesMin;
         bytes = bytes / 2 / kPageBytes * kPageBytes) {
      const bool made = kind == ArenaKind::hidden ? make_hidden(begin, bytes) : make_locked(begin, bytes);
      if (made) return {kind, bytes};
    }
  }
  return {ArenaKind::unlocked, make_unlocked(begin, bytes_wanted) ? bytes_wanted : 0};
}

}  // namespace

Result<std::unique_ptr<SecretArena>> SecretArena::create(const ArenaOptions& options) {
  static_assert(kClassCount == kClasses);
  CHECK(::sysconf(_SC_PAGESIZE) == static_cast<long>(kPageBytes));
  const std::size_t bytes = round_to_pages(std::max(options.bytes, kProtectedBytesMin));
  const std::size_t bytes_all = bytes + round_to_pages(options.spill_bytes_max);
  Mapping region = TRY(Mapping::reserve(bytes_all + 2 * kPageBytes));
  std::uint8_t* const begin = region.begin() + kPageBytes;
  keep_from_dumps_and_forks(begin, bytes_all);
  const Protected part = protect(begin, bytes, options.best);
  std::unique_ptr<PagePool> pages =
      TRY(PagePool::create(begin, part.bytes / kPageBytes, bytes_all / kPageBytes));
  return std::make_unique<SecretArena>(Parts{std::move(region), std::move(pages), part.kind, part.bytes});
}

SecretArena::SecretArena(Parts parts)
    : region_(std::move(parts.region)),
      pages_(std::move(parts.pages)),
      kind_(parts.kind),
      bytes_protected_(parts.bytes_protected) {}

bool SecretArena::owns(const void* octets) const {
  if (find(octets).has_value()) return true;
  if (mapping_count_.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(mappings_mutex_);
  return mappings_.contains(const_cast<void*>(octets));
}

void* SecretArena::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  void* octets = nullptr;
  if (bytes <= kClassBytesMax) {
    octets = allocate_block(class_number(bytes));
  } else if (bytes <= kSpanBytesMax) {
    octets = allocate_span(bytes);
  }
  return octets != nullptr ? octets : allocate_mapping(bytes, Outside::no);
}

void* SecretArena::allocate_any(std::size_t bytes) {
  if (bytes < kBulkBytes || kind_ == ArenaKind::unlocked) return allocate(bytes);
  const std::size_t left = bytes_left();
  if (bytes <= left && left - bytes >= bytes_reserved()) {
    void* const octets = allocate(bytes);
    const auto place = find(octets);
    if (!place || pages_->is_protected(*place->slab)) return octets;
    release(octets);  // the pages that are left do not lie together
  }
  // There are only so many mappings (kMappingsMax).
  void* const octets = allocate_mapping(bytes, Outside::bulk);
  return octets != nullptr ? octets : allocate(bytes);
}

std::size_t SecretArena::bytes_reserved() const {
  constexpr std::size_t kReservedBytesMax = std::size_t{8} << 20U;
  return std::min(bytes_protected_ / 4, kReservedBytesMax);
}

void* SecretArena::reallocate(void* octets, std::size_t bytes) {
  if (octets == nullptr) return allocate(bytes);
  if (bytes == 0) {
    release(octets);
    return nullptr;
  }
  const std::size_t usable = usable_bytes(octets);
  if (bytes <= usable && bytes > usable / 2) {
    wipe({static_cast<std::uint8_t*>(octets) + bytes, usable - bytes});
    return octets;
  }
  void* const moved = allocate_any(bytes);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, octets, std::min(bytes, usable));
  release(octets);
  return moved;
}

void SecretArena::release(void* octets) {
  if (octets == nullptr) return;
  const std::optional<Place> place = find(octets);
  if (!place.has_value()) return release_mapping(octets);
  CHECK(place->slab != nullptr);
  if (place->slab->class_index == kSpanClass) {
    CHECK(place->offset == 0);
    return release_span(*place->slab);
  }
  disown(*place->slab, block_of(place->slab->class_index, place->offset));
  release_block(*place->slab, place->offset);
}

std::optional<std::size_t> SecretArena::set_aside(void* octets) {
  const std::optional<Place> place = find(octets);
  if (!place.has_value() || place->slab == nullptr || place->slab->class_index >= kSmallClasses ||
      !pages_->is_protected(*place->slab))
    return std::nullopt;
  const std::size_t class_index = place->slab->class_index;
  disown(*place->slab, block_of(class_index, place->offset));
  wipe({static_cast<std::uint8_t*>(octets), kSizeClasses[class_index].bytes});
  return class_index;
}

void SecretArena::bring_back(void* octets) {
  const Place place = find(octets).value();
  const std::size_t block = block_of(place.slab->class_index, place.offset);
  place.slab->owned_blocks[block / 64].fetch_or(std::uint64_t{1} << (block % 64), std::memory_order_relaxed);
}

void SecretArena::put_away(void* octets) {
  const Place place = find(octets).value();
  release_block(*place.slab, place.offset);
}

std::size_t SecretArena::block_of(std::size_t class_index, std::size_t offset) {
  const SizeClass& size_class = kSizeClasses[class_index];
  const std::size_t block = (offset * size_class.reciprocal) >> kReciprocalBits;
  CHECK(block * size_class.bytes == offset && block < size_class.block_count);  // its first octet
  return block;
}

void SecretArena::disown(Slab& slab, std::size_t block) {
  const std::uint64_t bit = std::uint64_t{1} << (block % 64);
  // Freed twice.
  CHECK((slab.owned_blocks[block / 64].fetch_and(~bit, std::memory_order_acq_rel) & bit) != 0);
}

Protection SecretArena::protection() const {
  Protection protection{"secret_memory", State::off, ""};
  const std::string size = std::to_string(bytes_protected_ >> 10U) + " KiB (" +
                           std::to_string((bytes_protected_ - bytes_left()) >> 10U) + " KiB taken) ";
  switch (kind_) {
    case ArenaKind::hidden:
      protection.state = State::on;
      protection.reason = size + "hidden from every other process, never swapped or dumped (memfd_secret)";
      break;
    case ArenaKind::locked:
      protection.reason =
          size +
          "never swapped or dumped (mlock), but root can read them: no memfd_secret (boot with "
          "secretmem.enable=1)";
      break;
    case ArenaKind::unlocked:
      protection.reason = "not dumped, but may be swapped: no memfd_secret and RLIMIT_MEMLOCK too small";
      break;
  }
  const std::size_t spilled = bytes_spilled();
  if (spilled != 0) {
    protection.state = State::off;
    protection.reason +=
        "; full: " + std::to_string(spilled >> 10U) + " KiB lie outside (raise RLIMIT_MEMLOCK)";
  }
  if (const std::size_t bulk = bytes_bulk(); bulk != 0) {
    protection.reason += "; " + std::to_string(bulk >> 10U) + " KiB of requests' data lie outside now";
  }
  return protection;
}

std::size_t SecretArena::bytes_used() const {
  std::size_t used = span_bytes_used_.load(std::memory_order_relaxed);
  for (const Shard& shard : shards_) used += shard.bytes_used.load(std::memory_order_relaxed);
  return used + mapping_bytes(Outside::no) + mapping_bytes(Outside::spilled) + mapping_bytes(Outside::bulk);
}

std::size_t SecretArena::bytes_spilled() const {
  return pages_->pages_spilled() * kPageBytes + mapping_bytes(Outside::spilled);
}

std::optional<SecretArena::Place> SecretArena::find(const void* octets) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(region_.begin()) + kPageBytes;
  const auto address = reinterpret_cast<std::uintptr_t>(octets);
  if (address < begin || address - begin >= region_.size() - 2 * kPageBytes) return std::nullopt;
  Slab* const slab = pages_->slab_at((address - begin) / kPageBytes);
  if (slab == nullptr) return Place{nullptr, 0};
  return Place{slab, address - begin - std::size_t{slab->first_page} * kPageBytes};
}

std::size_t SecretArena::class_of(std::size_t bytes) { return class_number(bytes); }

std::size_t SecretArena::usable_bytes(const void* octets) const {
  const std::optional<Place> place = find(octets);
  if (place.has_value()) {
    CHECK(place->slab != nullptr);
    const Slab& slab = *place->slab;
    if (slab.class_index == kSpanClass) return slab.page_count * kPageBytes;
    const std::size_t block = block_of(slab.class_index, place->offset);
    CHECK((slab.owned_blocks[block / 64].load(std::memory_order_relaxed) >> (block % 64) & 1U) != 0);
    return kSizeClasses[slab.class_index].bytes;
  }
  const std::lock_guard lock(mappings_mutex_);
  const auto mapping = mappings_.find(const_cast<void*>(octets));
  CHECK(mapping != mappings_.end());
  return mapping->second.mapping.size() - 2 * kPageBytes;
}

void* SecretArena::allocate_block(std::size_t class_index) {
  const std::size_t shard_index = shard_of_this_thread(kShards);
  void* const octets = try_allocate_block(class_index, shard_index);
  if (octets != nullptr) return octets;
  // Other classes and threads may sit on empty slabs.
  give_back_empty_slabs();
  return try_allocate_block(class_index, shard_index);
}

void* SecretArena::try_allocate_block(std::size_t class_index, std::size_t shard_index) {
  Shard& shard = shards_[shard_index];
  const std::lock_guard lock(shard.mutex);
  Slab* slab = shard.partial[class_index];
  // What lies outside is used only while nothing else is left.
  const bool is_better_elsewhere = slab != nullptr && !pages_->is_protected(*slab) &&
                                   pages_->protected_pages_left() >= kSizeClasses[class_index].slab_pages;
  if (slab == nullptr || is_better_elsewhere) {
    Slab* const fresh = new_slab(class_index, shard_index);
    if (fresh != nullptr && slab != nullptr && !pages_->is_protected(*fresh)) {
      pages_->give(*fresh);  // the pages that are left do not lie together
    } else if (fresh != nullptr) {
      link(shard, *fresh);
      slab = fresh;
    }
  }
  if (slab == nullptr) return nullptr;
  std::size_t word = 0;
  while (slab->free_blocks[word] == 0) ++word;
  const auto bit = static_cast<std::size_t>(std::countr_zero(slab->free_blocks[word]));
  slab->free_blocks[word] &= slab->free_blocks[word] - 1;
  if (--slab->free_count == 0) unlink(shard, *slab);
  slab->owned_blocks[word].fetch_or(std::uint64_t{1} << bit, std::memory_order_relaxed);
  const std::size_t bytes = kSizeClasses[class_index].bytes;
  shard.bytes_used.store(shard.bytes_used.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  return pages_->octets_of(*slab) + (word * 64 + bit) * bytes;
}

void SecretArena::release_block(Slab& slab, std::size_t offset) {
  const std::size_t class_index = slab.class_index;
  const SizeClass& size_class = kSizeClasses[class_index];
  const std::size_t block = block_of(class_index, offset);
  wipe({pages_->octets_of(slab) + offset, size_class.bytes});
  Shard& shard = shards_[slab.shard_index];
  const std::lock_guard lock(shard.mutex);
  std::uint64_t& word = slab.free_blocks[block / 64];
  const std::uint64_t bit = std::uint64_t{1} << (block % 64);
  CHECK((word & bit) == 0);  // Freed twice.
  word |= bit;
  if (slab.free_count++ == 0) link(shard, slab);
  shard.bytes_used.store(shard.bytes_used.load(std::memory_order_relaxed) - size_class.bytes,
                         std::memory_order_relaxed);
  if (slab.free_count == size_class.block_count && !is_worth_keeping(slab)) {
    unlink(shard, slab);
    pages_->give(slab);
  }
}

bool SecretArena::is_worth_keeping(const Slab& empty) const {
  const bool is_last = empty.previous == nullptr && empty.next == nullptr;
  return is_last && empty.page_count <= kKeptSlabPagesMax && pages_->is_protected(empty);
}

Slab* SecretArena::new_slab(std::size_t class_index, std::size_t shard_index) {
  const SizeClass& size_class = kSizeClasses[class_index];
  Slab* const slab = pages_->take(size_class.slab_pages);
  if (slab == nullptr) return nullptr;
  slab->class_index = static_cast<std::uint8_t>(class_index);
  slab->shard_index = static_cast<std::uint8_t>(shard_index);
  slab->free_count = static_cast<std::uint16_t>(size_class.block_count);
  for (std::size_t word = 0; word * 64 < size_class.block_count; ++word) {
    const std::size_t left = size_class.block_count - word * 64;
    slab->free_blocks[word] = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  }
  return slab;
}

void SecretArena::link(Shard& shard, Slab& slab) {
  Slab*& first = shard.partial[slab.class_index];
  slab.previous = nullptr;
  slab.next = first;
  if (first != nullptr) first->previous = &slab;
  first = &slab;
}

void SecretArena::unlink(Shard& shard, Slab& slab) {
  if (slab.previous != nullptr) {
    slab.previous->next = slab.next;
  } else {
    shard.partial[slab.class_index] = slab.next;
  }
  if (slab.next != nullptr) slab.next->previous = slab.previous;
  slab.previous = nullptr;
  slab.next = nullptr;
}

void SecretArena::give_back_empty_slabs() {
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (Slab* slab : shard.partial) {
      while (slab != nullptr) {
        Slab* const next = slab->next;
        if (slab->free_count == kSizeClasses[slab->class_index].block_count) {
          unlink(shard, *slab);
          pages_->give(*slab);
        }
        slab = next;
      }
    }
  }
}

void* SecretArena::allocate_span(std::size_t bytes) {
  const std::size_t page_count = round_to_pages(bytes) / kPageBytes;
  Slab* slab = pages_->take(page_count);
  if (slab == nullptr) {
    give_back_empty_slabs();
    slab = pages_->take(page_count);
  }
  if (slab == nullptr) return nullptr;
  slab->class_index = kSpanClass;
  span_bytes_used_.fetch_add(page_count * kPageBytes, std::memory_order_relaxed);
  return pages_->octets_of(*slab);
}

void SecretArena::release_span(Slab& slab) {
  const std::size_t bytes = slab.page_count * kPageBytes;
  wipe({pages_->octets_of(slab), bytes});
  span_bytes_used_.fetch_sub(bytes, std::memory_order_relaxed);
  pages_->give(slab);
}

void* SecretArena::allocate_mapping(std::size_t bytes, Outside outside) {
  if (bytes > SIZE_MAX / 2) return nullptr;
  const std::size_t bytes_used = round_to_pages(bytes);
  const std::size_t bytes_mapped = bytes_used + 2 * kPageBytes;  // an unreadable page on both sides
  Mapping mapping = kind_ == ArenaKind::hidden ? map_hidden(bytes_mapped) : Mapping();
  if (mapping.begin() != nullptr && open_hidden(mapping.begin() + kPageBytes, bytes_used)) {
    outside = Outside::no;
  } else {
    Result<Mapping> made = Mapping::reserve(bytes_mapped);
    if (!made.ok()) return nullptr;
    mapping = std::move(made).value();
    std::uint8_t* const begin = mapping.begin() + kPageBytes;
    if (!make_unlocked(begin, bytes_used)) return nullptr;
    if (kind_ == ArenaKind::hidden && outside == Outside::no) outside = Outside::spilled;
    // Where the limit does not allow it, the memory can be swapped while it is in use.
    static_cast<void>(::syscall(SYS_mlock2, begin, bytes_used, MLOCK_ONFAULT));
  }
  std::uint8_t* const octets = mapping.begin() + kPageBytes;
  const std::lock_guard lock(mappings_mutex_);
  if (mappings_.size() >= kMappingsMax) return nullptr;
  mappings_[octets] = {std::move(mapping), outside};
  mapping_bytes_[static_cast<std::size_t>(outside)].fetch_add(bytes_used, std::memory_order_relaxed);
  mapping_count_.fetch_add(1, std::memory_order_relaxed);
  return octets;
}

void SecretArena::release_mapping(void* octets) {
  Mapping mapping;
  {
    const std::lock_guard lock(mappings_mutex_);
    const auto found = mappings_.find(octets);
    CHECK(found != mappings_.end());
    mapping = std::move(found->second.mapping);
    const std::size_t bytes = mapping.size() - 2 * kPageBytes;
    mapping_bytes_[static_cast<std::size_t>(found->second.outside)].fetch_sub(bytes,
                                                                              std::memory_order_relaxed);
    mappings_.erase(found);
    mapping_count_.fetch_sub(1, std::memory_order_relaxed);
  }
  wipe({static_cast<std::uint8_t*>(octets), mapping.size() - 2 * kPageBytes});
}

namespace {

constinit std::atomic<SecretArena*> installed_arena = nullptr;

SecretArena& installed() {
  SecretArena* const arena = installed_arena.load(std::memory_order_acquire);
  CHECK(arena != nullptr);
  return *arena;
}

void* allocate_secret(std::size_t bytes) {
  void* const octets = installed().allocate(bytes);
  CHECK(octets != nullptr);
  return octets;
}

void release_secret(void* octets, std::size_t /*bytes*/) { installed().release(octets); }

// Data that lies outside counts too, once it is much: it is wiped memory of the same process, and has an end.
std::size_t secret_bytes_left() {
  constexpr std::size_t kOutsideBytesMax = std::size_t{256} << 20U;
  const SecretArena& arena = installed();
  const bool is_full = arena.bytes_bulk() + arena.bytes_spilled() >= kOutsideBytesMax;
  return is_full ? 0 : arena.bytes_left();
}

}  // namespace

SecretArena& install_arena(std::unique_ptr<SecretArena> arena) {
  CHECK(arena != nullptr && installed_arena.load(std::memory_order_acquire) == nullptr);
  SecretArena* const forever = arena.release();
  installed_arena.store(forever, std::memory_order_release);
  use_secret_memory({allocate_secret, release_secret});
  use_secret_limit({.bytes_left = secret_bytes_left, .reserve_bytes = forever->bytes_reserved()});
  return *forever;
}

}  // namespace coffer::host
