// Public memory: what says by name that it holds no secrets. In the chip all other memory is hidden
// (host/hidden_heap.h), which costs locked pages; lists that grow with the number of objects live here.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace coffer {

// PublicMemory is how the C library's heap is reached: malloc(3), unless a program has put that on its hidden
// memory.
struct PublicMemory {
  void* (*allocate)(std::size_t bytes);
  void (*release)(void* memory);
};

// use_public_memory sets it; call once, before another thread is there.
void use_public_memory(const PublicMemory& memory);

// public_allocate gives memory of the C library's own heap; it never returns null. public_release frees it.
void* public_allocate(std::size_t bytes);
void public_release(void* memory);

// PublicAllocator is for containers of what anybody may know.
template <typename T>
struct PublicAllocator {
  using value_type = T;

  PublicAllocator() = default;
  template <typename U>
  PublicAllocator(const PublicAllocator<U>& /*other*/) noexcept {}  // NOLINT: containers convert them

  T* allocate(std::size_t count) { return static_cast<T*>(public_allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t /*count*/) { public_release(memory); }

  bool operator==(const PublicAllocator& /*other*/) const { return true; }
};

template <typename T>
using PublicVector = std::vector<T, PublicAllocator<T>>;
template <typename Key, typename T, typename Less = std::less<Key>>
using PublicMap = std::map<Key, T, Less, PublicAllocator<std::pair<const Key, T>>>;

}  // namespace coffer
