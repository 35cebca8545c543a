// Budget: bounds for a user and for all, and claims that give back what they had.
#include "wire/budget.h"

#include <gtest/gtest.h>

#include <vector>

namespace coffer::wire {
namespace {

TEST(Budget, HasAnEndForAUser) {
  Budget budget(std::make_shared<Totals>());
  EXPECT_TRUE(budget.take(kKeptOfUserBytesMax));
  EXPECT_FALSE(budget.take(1));
  budget.give(10);
  EXPECT_FALSE(budget.take(11));
  EXPECT_TRUE(budget.take(10));
}

TEST(Budget, HasAnEndForAllUsers) {
  const auto totals = std::make_shared<Totals>();
  std::vector<std::unique_ptr<Budget>> users;
  for (std::size_t i = 0; i < kKeptBytesMax / kKeptOfUserBytesMax; ++i) {
    users.push_back(std::make_unique<Budget>(totals));
    ASSERT_TRUE(users.back()->take(kKeptOfUserBytesMax));
  }
  Budget other(totals);
  EXPECT_FALSE(other.take(1));
  users.front()->give(1);
  EXPECT_TRUE(other.take(1));
  EXPECT_FALSE(users.front()->take(1)) << "it is the other's now";
  EXPECT_TRUE(other.take(0));
}

TEST(Claim, GivesBackWhatItHadWhenItDies) {
  const auto budget = std::make_shared<Budget>(std::make_shared<Totals>());
  {
    Claim claim(budget);
    ASSERT_TRUE(claim.resize(kKeptOfUserBytesMax));
    Claim moved = std::move(claim);
    EXPECT_FALSE(budget->take(1));
  }
  EXPECT_TRUE(budget->take(kKeptOfUserBytesMax));
}

TEST(Claim, StaysAsItIsWhereThereIsNoRoomForMore) {
  const auto budget = std::make_shared<Budget>(std::make_shared<Totals>());
  Claim claim(budget);
  ASSERT_TRUE(claim.resize(100));
  EXPECT_FALSE(claim.resize(kKeptOfUserBytesMax + 1));
  EXPECT_EQ(claim.bytes(), 100U);
  ASSERT_TRUE(claim.resize(50));
  EXPECT_TRUE(budget->take(kKeptOfUserBytesMax - 50));
}

}  // namespace
}  // namespace coffer::wire
