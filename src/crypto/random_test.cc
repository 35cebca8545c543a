// Random octets and the continuous check on them.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "crypto/primitives.h"
#include "crypto/random_check.h"

namespace coffer::crypto {
namespace {

TEST(Random, NeverRepeats) {
  std::set<Buffer> seen;
  for (int i = 0; i < 1000; ++i) {
    Buffer octets(32);
    ASSERT_TRUE(random_bytes(octets).ok());
    EXPECT_TRUE(seen.insert(octets).second);
  }
}

TEST(Random, FillsEverySize) {
  for (const std::size_t bytes : {0U, 1U, 255U, 256U, 257U, 1024U, 100000U}) {
    Buffer octets(bytes);
    EXPECT_TRUE(random_bytes(octets).ok()) << bytes;
  }
}

TEST(Random, ThreadsGetDifferentOctets) {
  Buffer mine(32);
  Buffer other(32);
  ASSERT_TRUE(random_bytes(mine).ok());
  std::thread thread([&other] { EXPECT_TRUE(random_bytes(other).ok()); });
  thread.join();
  EXPECT_NE(mine, other);
}

TEST(Random, TakesSeeds) {
  seed_random(as_bytes("something from outside"));
  seed_random({});
  Buffer octets(32);
  EXPECT_TRUE(random_bytes(octets).ok());
}

TEST(RandomCheck, NoticesARepeatedBlock) {
  RandomCheck check;
  Buffer octets(32, 7);
  EXPECT_FALSE(check.accept(octets));
}

TEST(RandomCheck, NoticesARepeatAcrossCalls) {
  RandomCheck check;
  const Buffer block(16, 7);
  EXPECT_TRUE(check.accept(block));
  EXPECT_FALSE(check.accept(block));
}

TEST(RandomCheck, AcceptsBlocksThatDifferInOneBit) {
  RandomCheck check;
  Buffer octets(32, 7);
  octets[31] ^= 1U;
  EXPECT_TRUE(check.accept(octets));
}

}  // namespace
}  // namespace coffer::crypto
