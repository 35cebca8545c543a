// Subordinate users: lines of /etc/subuid, right ones and wrong ones, and who is in them.
#include "host/subordinate_users.h"

#include <gtest/gtest.h>

#include <string>

namespace coffer::host {
namespace {

using Ranges = std::vector<UserRange>;

TEST(SubordinateUsers, AreSortedAndThoseThatTouchAreOne) {
  const auto ranges = parse_subordinate_users("bob:165536:65536\nalice:100000:65536\n1000:500000:1\n");
  ASSERT_TRUE(ranges.ok());
  EXPECT_EQ(ranges.value(), (Ranges{{100000, 231071}, {500000, 500000}}));
  EXPECT_FALSE(holds(ranges.value(), 99999));
  EXPECT_TRUE(holds(ranges.value(), 100000));
  EXPECT_TRUE(holds(ranges.value(), 231071));
  EXPECT_FALSE(holds(ranges.value(), 231072));
  EXPECT_TRUE(holds(ranges.value(), 500000));
  EXPECT_FALSE(holds({}, 0));
}

TEST(SubordinateUsers, LiesInsideAnotherRangeOrOverlapsIt) {
  const auto ranges = parse_subordinate_users("a:100:100\nb:110:5\nc:150:100");
  ASSERT_TRUE(ranges.ok());
  EXPECT_EQ(ranges.value(), (Ranges{{100, 249}}));
}

TEST(SubordinateUsers, EndAtTheLastNumber) {
  const auto ranges = parse_subordinate_users("a:4294967290:100\nb:0:1\nc:5:18446744073709551615\n");
  ASSERT_TRUE(ranges.ok());
  EXPECT_EQ(ranges.value(), (Ranges{{0, 0}, {5, 4294967295}}));
  EXPECT_TRUE(holds(ranges.value(), 4294967295));
}

TEST(SubordinateUsers, ArePassedOverWhereALineIsNone) {
  const auto ranges = parse_subordinate_users(
      "\n:\n::\na:b:c\n# alice:1:1 \nalice:1\nalice:-1:5\nalice:1:0\nalice:4294967296:1\nalice: "
      "1:1\nalice:7:2");
  ASSERT_TRUE(ranges.ok());
  EXPECT_EQ(ranges.value(), (Ranges{{7, 8}}));
}

TEST(SubordinateUsers, TooManyAreRefused) {
  std::string text;
  for (std::size_t i = 0; i < kUserRangesMax; ++i) text += "a:" + std::to_string(10 * i) + ":5\n";
  EXPECT_TRUE(parse_subordinate_users(text).ok());
  text += "a:900000000:5\n";
  EXPECT_EQ(parse_subordinate_users(text).error().code, Code::limit);
}

TEST(SubordinateUsers, WithoutAFileThereAreNone) {
  const auto ranges = read_subordinate_users("/nowhere/subuid");
  ASSERT_TRUE(ranges.ok());
  EXPECT_TRUE(ranges.value().empty());
}

}  // namespace
}  // namespace coffer::host
