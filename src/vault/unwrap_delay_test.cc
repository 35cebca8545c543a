// UnwrapDelays: how long, for whom, and that a flood of keys gains nothing.
#include "vault/unwrap_delay.h"

#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

TEST(UnwrapDelays, DoubleUpToAMinute) {
  EXPECT_EQ(unwrap_delay_milliseconds(10), 0U);
  EXPECT_EQ(unwrap_delay_milliseconds(11), 100U);
  EXPECT_EQ(unwrap_delay_milliseconds(12), 200U);
  EXPECT_EQ(unwrap_delay_milliseconds(20), 51'200U);
  EXPECT_EQ(unwrap_delay_milliseconds(21), 60'000U);
  EXPECT_EQ(unwrap_delay_milliseconds(4'000'000'000), 60'000U);
}

TEST(UnwrapDelays, AreForgottenAfterAnHour) {
  FixedClock clock;
  UnwrapDelays delays(clock);
  for (int i = 0; i < 30; ++i) delays.failed(user(1), 7);
  EXPECT_EQ(delays.check(user(1), 7).error().code, Code::too_fast);
  clock.advance(3'600'000);
  EXPECT_TRUE(delays.check(user(1), 7).ok());
  delays.failed(user(1), 7);
  EXPECT_TRUE(delays.check(user(1), 7).ok());
}

TEST(UnwrapDelays, AUsersTooManyKeysShareOneCountAndNobodyElsesDo) {
  FixedClock clock;
  UnwrapDelays delays(clock);
  for (KeyMark key = 1; key < 1000; ++key) delays.failed(user(1), key);
  EXPECT_EQ(delays.check(user(1), 5000).error().code, Code::too_fast);
  EXPECT_TRUE(delays.check(user(2), 5000).ok());
  delays.failed(user(2), 5000);
  EXPECT_TRUE(delays.check(user(2), 5001).ok());
}

TEST(UnwrapDelays, TooManyUsersShareOneCount) {
  FixedClock clock;
  UnwrapDelays delays(clock);
  for (std::uint32_t uid = 0; uid < UnwrapDelays::kUsersMax; ++uid) delays.failed(user(uid), 7);
  for (std::uint32_t uid = 10'000; uid < 10'020; ++uid) delays.failed(user(uid), 7);
  EXPECT_EQ(delays.check(user(20'000), 7).error().code, Code::too_fast);
  EXPECT_TRUE(delays.check(user(5), 7).ok());
}

}  // namespace
}  // namespace coffer::vault
