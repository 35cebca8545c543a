// Public memory: the C library's heap, by whichever names reach it.
#include "base/public_memory.h"

#include <cstdlib>

#include "base/check.h"

namespace coffer {

namespace {

constinit PublicMemory public_memory{std::malloc, std::free};

}  // namespace

void use_public_memory(const PublicMemory& memory) { public_memory = memory; }

void* public_allocate(std::size_t bytes) {
  void* const memory = public_memory.allocate(bytes);
  CHECK(memory != nullptr);
  return memory;
}

void public_release(void* memory) { public_memory.release(memory); }

}  // namespace coffer
