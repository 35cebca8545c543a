// Tests of the hidden heap: malloc(3) as ever, in memory that nobody else can read.
#include "host/hidden_heap.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <pthread.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/public_memory.h"
#include "base/secret.h"
#include "host/testing.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::kCheckFailed;
using testing::run_in_child;

// The heap of a process is hidden once and for all, so each test has a process. The value is the line that
// failed.
#define EXPECT_IN_CHILD(condition) \
  if (!(condition)) return __LINE__ % 250 + 1

SecretArena& hide() {
  SecretArena& arena = install_arena(SecretArena::create({.bytes = std::size_t{4} << 20U}).value());
  hide_heap(arena);
  return arena;
}

TEST(HiddenHeap, IsWhereEverythingLiesFromThenOn) {
  const int status = run_in_child([] {
    void* const before = std::malloc(100);
    std::memset(before, 7, 100);
    SecretArena& arena = hide();
    EXPECT_IN_CHILD(!arena.owns(before));
    const auto object = std::make_unique<std::string>(100, 'x');
    EXPECT_IN_CHILD(arena.owns(object.get()) && arena.owns(object->data()));
    EXPECT_IN_CHILD(arena.owns(SecretBytes::zeroes(10).reveal().data()));
    auto* const moved = static_cast<std::uint8_t*>(std::realloc(before, 200));
    EXPECT_IN_CHILD(arena.owns(moved) && moved[0] == 7 && moved[99] == 7);
    std::free(moved);
    const PublicVector<int> list(100);
    EXPECT_IN_CHILD(!arena.owns(list.data()));
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(HiddenHeap, KeepsThePromisesOfMalloc) {
  const int status = run_in_child([] {
    SecretArena& arena = hide();
    EXPECT_IN_CHILD(std::malloc(0) != std::malloc(0));
    const volatile std::size_t too_much = SIZE_MAX;  // volatile: the compiler would warn
    EXPECT_IN_CHILD(std::malloc(too_much) == nullptr && errno == ENOMEM);
    EXPECT_IN_CHILD(std::calloc(too_much / 2, 3) == nullptr);
    for (std::size_t alignment = 16; alignment <= kPageBytes; alignment *= 2) {
      for (const std::size_t bytes :
           {std::size_t{1}, std::size_t{100}, std::size_t{5000}, std::size_t{100000}}) {
        void* const block = std::aligned_alloc(alignment, bytes);
        EXPECT_IN_CHILD(reinterpret_cast<std::uintptr_t>(block) % alignment == 0 && arena.owns(block));
        std::free(block);
      }
    }
    void* block = nullptr;
    EXPECT_IN_CHILD(::posix_memalign(&block, 3, 10) == EINVAL);
    EXPECT_IN_CHILD(::posix_memalign(&block, 64, 10) == 0);
    std::free(block);
    auto* octets = static_cast<std::uint8_t*>(std::malloc(1));
    for (std::size_t bytes = 1; bytes < 3000000; bytes = bytes * 3 / 2 + 1) {
      octets = static_cast<std::uint8_t*>(std::realloc(octets, bytes));
      octets[bytes - 1] = 5;
      EXPECT_IN_CHILD(bytes < 3 || octets[0] == 1);
      octets[0] = 1;
    }
    std::free(octets);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(HiddenHeap, TellsHowMuchABlockHolds) {
  const int status = run_in_child([] {
    void* const before = std::malloc(100);
    EXPECT_IN_CHILD(::malloc_usable_size(before) >= 100);
    hide();
    EXPECT_IN_CHILD(::malloc_usable_size(nullptr) == 0);
    EXPECT_IN_CHILD(::malloc_usable_size(before) >= 100 && ::malloc_usable_size(before) < 200);
    for (const std::size_t bytes :
         {std::size_t{1}, std::size_t{100}, std::size_t{100000}, kSpanBytesMax + 1}) {
      auto* const block = static_cast<std::uint8_t*>(std::malloc(bytes));
      const std::size_t holds = ::malloc_usable_size(block);
      EXPECT_IN_CHILD(holds >= bytes);
      std::memset(block, 7, holds);
      std::free(block);
    }
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(HiddenHeap, RefusesToAlignToMoreThanAPage) {
  const int status = run_in_child([] {
    hide();
    void* block = nullptr;
    EXPECT_IN_CHILD(::posix_memalign(&block, 2 * kPageBytes, 10) == ENOMEM && block == nullptr);
    EXPECT_IN_CHILD(std::aligned_alloc(2 * kPageBytes, 10) == nullptr && errno == ENOMEM);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

// A thread that uses and frees blocks of each small size.
void use_blocks() {
  std::thread([] {
    for (std::size_t bytes = 16; bytes <= SecretArena::kSmallBytesMax; bytes += 16) {
      void* volatile block = std::malloc(bytes);
      std::free(block);
    }
  }).join();
}

TEST(HiddenHeap, GetsBackWhatAThreadKeptThatEnded) {
  const int status = run_in_child([] {
    const SecretArena& arena = hide();
    use_blocks();
    const std::size_t before = arena.bytes_used();
    for (int round = 0; round < 50; ++round) use_blocks();
    EXPECT_IN_CHILD(arena.bytes_used() <= before);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(HiddenHeap, GetsBackWhatIsFreedWhenAThreadHasEnded) {
  const int status = run_in_child([] {
    const SecretArena& arena = hide();
    // The library's destructor comes behind ours, whose key is older.
    static pthread_key_t key;
    EXPECT_IN_CHILD(::pthread_key_create(&key, std::free) == 0);
    const auto use = [] {
      std::thread([] {
        void* volatile block = std::malloc(40);
        std::free(block);
        ::pthread_setspecific(key, std::malloc(1000));
      }).join();
    };
    use();
    const std::size_t before = arena.bytes_used();
    for (int round = 0; round < 50; ++round) use();
    EXPECT_IN_CHILD(arena.bytes_used() <= before);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(HiddenHeap, GivesWipedBlocksAgain) {
  const int status = run_in_child([] {
    hide();
    std::vector<std::uint8_t*> blocks;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 100; ++i) {
        auto* const block = static_cast<std::uint8_t*>(std::malloc(40));
        for (int octet = 0; octet < 40; ++octet) EXPECT_IN_CHILD(block[octet] == 0);
        std::memset(block, 0xAA, 40);
        blocks.push_back(block);
      }
      for (std::uint8_t* each : blocks) std::free(each);
      blocks.clear();
    }
    return 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(HiddenHeap, EndsTheProcessWhenABlockIsFreedTwice) {
  const int status = run_in_child([] {
    hide();
    void* volatile block = std::malloc(40);
    void* volatile again = block;
    std::free(block);
    std::free(again);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(HiddenHeap, EndsTheProcessWhenTwoThreadsFreeABlock) {
  const int status = run_in_child([] {
    hide();
    void* volatile block = std::malloc(40);
    void* volatile again = block;
    std::thread([block] { std::free(block); }).join();
    std::free(again);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(HiddenHeap, EndsTheProcessWhenTheMiddleOfABlockIsFreed) {
  const int status = run_in_child([] {
    hide();
    auto* volatile middle = static_cast<std::uint8_t*>(std::malloc(40)) + 16;
    std::free(middle);
    return 0;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(HiddenHeap, EndsTheProcessWhenAFreedBlockIsMadeLarger) {
  const int status = run_in_child([] {
    hide();
    void* volatile block = std::malloc(40);
    void* volatile again = block;
    std::free(block);
    return std::realloc(again, 41) == nullptr ? 1 : 2;
  });
  EXPECT_TRUE(exited_with(status, kCheckFailed));
}

TEST(HiddenHeap, ServesManyThreads) {
  const int status = run_in_child([] {
    hide();
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&wrong, thread] {
        std::vector<std::string> texts;
        for (int i = 0; i < 5000; ++i) {
          texts.emplace_back(static_cast<std::size_t>(i % 900), static_cast<char>('a' + thread));
          if (texts.size() == 50) {
            for (const std::string& each : texts)
              wrong += each.find_first_not_of(static_cast<char>('a' + thread)) != std::string::npos;
            texts.clear();
          }
        }
      });
    }
    for (std::thread& each : threads) each.join();
    return wrong.load();
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

}  // namespace
}  // namespace coffer::host

#endif
