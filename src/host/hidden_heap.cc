// Hidden heap: the functions of malloc(3), each for the arena when there is one, else for the C library.
#include "host/hidden_heap.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "base/public_memory.h"
#include "base/secret.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COFFER_PLAIN_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COFFER_PLAIN_HEAP 1
#endif
#endif

#if defined(COFFER_PLAIN_HEAP)

namespace coffer::host {

void hide_heap(SecretArena& /*arena*/) {}

}  // namespace coffer::host

#else

extern "C" {
void* __libc_malloc(std::size_t bytes);
void __libc_free(void* memory);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
}

namespace coffer::host {

namespace {

constinit std::atomic<SecretArena*> heap = nullptr;

SecretArena* arena() { return heap.load(std::memory_order_acquire); }

// The C library's malloc_usable_size(), which has no second name. Found once, before there is a filter of
// system calls: hide_heap() asks.
std::size_t bytes_of_libc(void* memory) {
  using Function = std::size_t (*)(void*);
  static const auto known = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "malloc_usable_size"));
  CHECK(known != nullptr);
  return known(memory);
}

// Magazine is the wiped small blocks of one class that a thread keeps for its next requests. To the arena
// they are in use.
struct Magazine {
  static constexpr std::uint32_t kBlocksMax = 16;

  std::array<void*, kBlocksMax> blocks;
  std::uint32_t count;
};

// Magazines is what one thread keeps. When it ends it gives all back, and keeps nothing from then on.
struct Magazines {
  std::array<Magazine, SecretArena::kSmallClasses> of_class;
  bool is_known_at_end;  // pthread_setspecific(3) was told
  bool has_ended;
};

constinit thread_local Magazines magazines{};

// Its destructor ends the magazines of a thread. A thread_local object with a destructor would allocate.
constinit pthread_key_t at_thread_end = 0;

void end_magazines(void* /*of_this_thread*/) {
  magazines.has_ended = true;
  for (Magazine& magazine : magazines.of_class) {
    while (magazine.count > 0) arena()->put_away(magazine.blocks[--magazine.count]);
  }
}

// Null when the thread has kept none that large.
void* give_kept(SecretArena& from, std::size_t bytes) {
  if (bytes > SecretArena::kSmallBytesMax) return nullptr;
  Magazine& magazine = magazines.of_class[SecretArena::class_of(bytes)];
  if (magazine.count == 0) return nullptr;
  void* const kept = magazine.blocks[--magazine.count];
  from.bring_back(kept);
  return kept;
}

// An allocation of nothing is one of something: malloc(3) gives each its own address.
void* give(SecretArena& from, std::size_t wanted_bytes) {
  const std::size_t bytes = std::max(wanted_bytes, std::size_t{1});
  if (void* const kept = give_kept(from, bytes)) return kept;
  void* const memory = from.allocate_any(bytes);
  if (memory == nullptr) errno = ENOMEM;
  return memory;
}

void keep(SecretArena& arena, std::size_t class_index, void* memory) {
  if (!magazines.is_known_at_end)
    magazines.is_known_at_end = ::pthread_setspecific(at_thread_end, &magazines) == 0;
  // What other libraries free behind our destructor.
  if (magazines.has_ended || !magazines.is_known_at_end) return arena.put_away(memory);
  Magazine& magazine = magazines.of_class[class_index];
  if (magazine.count == Magazine::kBlocksMax) {
    // The older half goes.
    constexpr std::uint32_t kHalf = Magazine::kBlocksMax / 2;
    for (std::uint32_t i = 0; i < kHalf; ++i) arena.put_away(magazine.blocks[i]);
    std::copy(magazine.blocks.begin() + kHalf, magazine.blocks.end(), magazine.blocks.begin());
    magazine.count = kHalf;
  }
  magazine.blocks[magazine.count++] = memory;
}

// False when the memory is none of the arena's.
bool take_back(SecretArena& arena, void* memory) {
  if (const auto small = arena.set_aside(memory)) {
    keep(arena, *small, memory);
    return true;
  }
  if (!arena.owns(memory)) return false;
  arena.release(memory);
  return true;
}

// Blocks of a power of two lie at multiples of it, up to a page; larger ones begin at a page. Nobody in these
// processes asks for more than a page; who does is told that there is no memory, as posix_memalign(3) may.
void* give_aligned(SecretArena& from, std::size_t alignment, std::size_t bytes) {
  if (!std::has_single_bit(alignment) || alignment > kPageBytes || bytes > SIZE_MAX / 4) {
    errno = std::has_single_bit(alignment) ? ENOMEM : EINVAL;
    return nullptr;
  }
  const bool is_plain = alignment <= alignof(std::max_align_t);
  return give(from, is_plain ? bytes : std::bit_ceil(std::max(bytes, alignment)));
}

void* allocate_secret(std::size_t bytes) {
  void* const kept = give_kept(*arena(), bytes);
  void* const octets = kept != nullptr ? kept : arena()->allocate(bytes);
  CHECK(octets != nullptr);
  return octets;
}

void release_secret(void* octets, std::size_t /*bytes*/) { CHECK(take_back(*arena(), octets)); }

}  // namespace

void hide_heap(SecretArena& arena) {
  use_public_memory({__libc_malloc, __libc_free});
  use_secret_memory({allocate_secret, release_secret});
  CHECK(bytes_of_libc(nullptr) == 0);
  CHECK(::pthread_key_create(&at_thread_end, end_magazines) == 0);
  heap.store(&arena, std::memory_order_release);
}

}  // namespace coffer::host

// Shared libraries are to find them too.
#pragma GCC visibility push(default)
extern "C" {

using coffer::host::arena;
using coffer::host::give;
using coffer::host::SecretArena;

void* malloc(std::size_t bytes) {
  SecretArena* const from = arena();
  return from == nullptr ? __libc_malloc(bytes) : give(*from, bytes);
}

void free(void* memory) {
  if (memory == nullptr) return;
  SecretArena* const from = arena();
  const int kept = errno;  // free(3) leaves it alone
  if (from == nullptr || !coffer::host::take_back(*from, memory)) __libc_free(memory);
  errno = kept;
}

void* calloc(std::size_t count, std::size_t bytes) {
  SecretArena* const from = arena();
  if (from == nullptr) return __libc_calloc(count, bytes);
  std::size_t total = 0;
  if (__builtin_mul_overflow(count, bytes, &total)) {
    errno = ENOMEM;
    return nullptr;
  }
  return give(*from, total);  // fresh blocks are zeroes
}

void* realloc(void* memory, std::size_t bytes) {
  SecretArena* const from = arena();
  if (from == nullptr) return __libc_realloc(memory, bytes);
  if (memory == nullptr) return give(*from, bytes);
  if (bytes == 0) {
    free(memory);
    return nullptr;
  }
  if (from->owns(memory)) {
    void* const moved = from->reallocate(memory, bytes);
    if (moved == nullptr) errno = ENOMEM;
    return moved;
  }
  // From before: it moves into the arena.
  const std::size_t before = coffer::host::bytes_of_libc(memory);
  void* const moved = give(*from, bytes);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, std::min(before, bytes));
  __libc_free(memory);
  return moved;
}

std::size_t malloc_usable_size(void* memory) {
  if (memory == nullptr) return 0;
  SecretArena* const from = arena();
  return from != nullptr && from->owns(memory) ? from->usable_bytes(memory)
                                               : coffer::host::bytes_of_libc(memory);
}

void* memalign(std::size_t alignment, std::size_t bytes) {
  SecretArena* const from = arena();
  return from == nullptr ? __libc_memalign(alignment, bytes)
                         : coffer::host::give_aligned(*from, alignment, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int kept = errno;
  void* const made = memalign(alignment, bytes);
  errno = kept;
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}

}  // extern "C"
#pragma GCC visibility pop

#endif
