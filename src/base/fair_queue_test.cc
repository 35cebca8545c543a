// FairQueue: turns.
#include "base/fair_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace coffer {
namespace {

std::string drained(FairQueue<int, char>& queue) {
  std::string order;
  while (!queue.empty()) order += queue.pop();
  return order;
}

TEST(FairQueue, GivesTheItemsOfOneKeyInTheirOrder) {
  FairQueue<int, char> queue;
  for (const char each : {'a', 'b', 'c'}) queue.push(1, each);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(drained(queue), "abc");
}

TEST(FairQueue, LetsAQuietKeyThroughAfterOneItemOfEachOther) {
  FairQueue<int, char> queue;
  for (const char each : {'a', 'b', 'c', 'd'}) queue.push(1, each);
  queue.push(2, 'x');
  queue.push(3, 'y');
  EXPECT_EQ(drained(queue), "axybcd");
}

TEST(FairQueue, ShowsWhatPopWillGive) {
  FairQueue<int, char> queue;
  for (const char each : {'a', 'b'}) queue.push(1, each);
  queue.push(2, 'x');
  for (const char each : {'a', 'x', 'b'}) {
    EXPECT_EQ(queue.next(), each);
    EXPECT_EQ(queue.pop(), each);
  }
}

TEST(FairQueue, PutsAKeyThatComesBackBehindTheOthers) {
  FairQueue<int, char> queue;
  for (const char each : {'a', 'b', 'c'}) queue.push(1, each);
  queue.push(2, 'x');
  EXPECT_EQ(queue.pop(), 'a');
  EXPECT_EQ(queue.pop(), 'x');
  queue.push(2, 'y');
  EXPECT_EQ(drained(queue), "byc");
}

TEST(FairQueue, ForgetsManyIdleKeysAndStillServesThem) {
  FairQueue<int, int> queue;
  for (int round = 0; round < 2; ++round) {
    for (int key = 0; key < 1000; ++key) queue.push(key, key);
    for (int key = 0; key < 1000; ++key) EXPECT_EQ(queue.pop(), key);
  }
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace coffer
