// RandomPool: hands each octet out once, and a fork's child gets none of them.
#include "pkcs11/random_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace coffer::pkcs11 {
namespace {

void fill(RandomPool& pool) {
  const MutableBytes room = pool.room();
  ASSERT_FALSE(room.empty());
  std::iota(room.begin(), room.end(), std::uint8_t{1});
  pool.filled();
}

TEST(RandomPool, IsEmptyAtFirst) {
  RandomPool pool;
  std::array<std::uint8_t, 1> octet{};
  EXPECT_FALSE(pool.take(octet));
}

TEST(RandomPool, HandsOutEachOctetOnceAndWipesIt) {
  RandomPool pool;
  fill(pool);
  const MutableBytes room = pool.room();
  const Buffer before = to_buffer(room);
  std::array<std::uint8_t, 32> first{};
  std::array<std::uint8_t, 32> second{};
  ASSERT_TRUE(pool.take(first));
  ASSERT_TRUE(pool.take(second));
  EXPECT_TRUE(equal_public(first, Bytes(before).last(32)));
  EXPECT_TRUE(equal_public(second, Bytes(before).last(64).first(32)));
  EXPECT_TRUE(std::ranges::all_of(room.last(64), [](std::uint8_t octet) { return octet == 0; }));
}

TEST(RandomPool, HasAnEnd) {
  RandomPool pool;
  fill(pool);
  std::array<std::uint8_t, RandomPool::kRequestBytesMax> octets{};
  int taken = 0;
  while (pool.take(octets)) ++taken;
  EXPECT_EQ(taken, 15);
}

TEST(RandomPool, AForksChildGetsNothingOfIt) {
  RandomPool pool;
  fill(pool);
  const pid_t child = fork();
  if (child == 0) {
    std::array<std::uint8_t, 1> octet{};
    const MutableBytes room = pool.room();
    const bool is_wiped = std::ranges::all_of(room, [](std::uint8_t each) { return each == 0; });
    _exit(!pool.take(octet) && is_wiped ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  std::array<std::uint8_t, 1> octet{};
  EXPECT_TRUE(pool.take(octet));
}

TEST(RandomPool, ForgetsWhenTold) {
  RandomPool pool;
  fill(pool);
  pool.forget();
  std::array<std::uint8_t, 1> octet{};
  EXPECT_FALSE(pool.take(octet));
}

}  // namespace
}  // namespace coffer::pkcs11
