// BlindIndex: what was put in is found, and nothing else.
#include "record/blind_index.h"

#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coffer::record {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr std::uint64_t kHash = 0x123456789abc0000;

TEST(BlindIndexTest, GivesTheBucketsOfAHashInOrder) {
  BlindIndex index;
  index.insert(kHash, 16383);
  index.insert(kHash, 0);
  index.insert(kHash, 7);
  index.insert(kHash, 7);
  index.insert(kHash + 0x4000, 8);  // the next hash that it can tell apart
  EXPECT_THAT(index.buckets(kHash), ElementsAre(0, 7, 16383));
  EXPECT_THAT(index.buckets(kHash + 0x4000), ElementsAre(8));
  EXPECT_THAT(index.buckets(kHash - 0x4000), IsEmpty());
}

TEST(BlindIndexTest, ForgetsOneBucketOnly) {
  BlindIndex index;
  index.insert(kHash, 7);
  index.insert(kHash, 8);
  index.erase(kHash, 7);
  index.erase(kHash, 9);  // was never there
  EXPECT_THAT(index.buckets(kHash), ElementsAre(8));
}

TEST(BlindIndexTest, AgreesWithAMapOfSets) {
  BlindIndex index;
  std::map<std::uint64_t, std::set<std::uint16_t>> expected;
  std::mt19937_64 random{1};
  std::vector<std::uint64_t> hashes;
  for (int i = 0; i < 300; ++i) hashes.push_back(random());
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t hash = hashes[random() % hashes.size()];
    const auto bucket = static_cast<std::uint16_t>(random() % 40);
    if (random() % 3 == 0) {
      index.erase(hash, bucket);
      expected[hash].erase(bucket);
    } else {
      index.insert(hash, bucket);
      expected[hash].insert(bucket);
    }
  }
  for (const std::uint64_t hash : hashes) EXPECT_THAT(index.buckets(hash), ElementsAreArray(expected[hash]));
}

}  // namespace
}  // namespace coffer::record
