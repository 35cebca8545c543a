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
  const wire::ObjectId key{1};
  for (int i = 0; i < 30; ++i) delays.failed(1, key);
  EXPECT_EQ(delays.check(1, key).error().code, Code::too_fast);
  clock.advance(3'600'000);
  EXPECT_TRUE(delays.check(1, key).ok());
  delays.failed(1, key);
  EXPECT_TRUE(delays.check(1, key).ok());
}

TEST(UnwrapDelays, CountTogetherWhatIsTooManyToCountApart) {
  FixedClock clock;
  UnwrapDelays delays(clock);
  wire::ObjectId key{};
  for (unsigned i = 0; i < 5000; ++i) {
    key[0] = static_cast<std::uint8_t>(i);
    key[1] = static_cast<std::uint8_t>(i >> 8U);
    key[2] = 1;
    delays.failed(1, key);
  }
  EXPECT_EQ(delays.check(1, {9, 9, 9}).error().code, Code::too_fast);
  EXPECT_TRUE(delays.check(2, {9, 9, 9}).ok());
}

}  // namespace
}  // namespace coffer::vault
