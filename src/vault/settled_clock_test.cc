// Tests of the settled clock.
#include "vault/settled_clock.h"

#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr Timestamp kYear = Timestamp{365} * 86400;

TEST(SettledClock, IsBelievedAfterAnHour) {
  FixedClock clock;
  SettledClock settled(clock);
  EXPECT_FALSE(settled.is_settled());
  clock.advance(kClockSettlesMilliseconds - 1);
  EXPECT_FALSE(settled.is_settled());
  clock.advance(1);
  EXPECT_TRUE(settled.is_settled());
}

TEST(SettledClock, WhoeverSetsItHasAnHourToPutItRight) {
  for (const Timestamp other : {Timestamp{0}, 1'800'000'000 - kYear, 1'800'000'000 + kYear}) {
    FixedClock clock;
    SettledClock settled(clock);
    EXPECT_FALSE(settled.is_settled());
    clock.advance(kClockSettlesMilliseconds);
    EXPECT_TRUE(settled.is_settled());
    clock.set_wall(other);
    EXPECT_FALSE(settled.is_settled()) << other;
    clock.advance(kClockSettlesMilliseconds - 1);
    EXPECT_FALSE(settled.is_settled()) << other;
    clock.advance(1);
    EXPECT_TRUE(settled.is_settled()) << other;
  }
}

TEST(SettledClock, SmallCorrectionsDoNotDisturb) {
  FixedClock clock;
  SettledClock settled(clock);
  EXPECT_FALSE(settled.is_settled());
  clock.advance(kClockSettlesMilliseconds);
  clock.set_wall(clock.now() - 50);
  EXPECT_TRUE(settled.is_settled());
  clock.set_wall(clock.now() + 100);
  EXPECT_TRUE(settled.is_settled());
}

TEST(SettledClock, ManySmallCorrectionsOneWayDo) {
  FixedClock clock;
  SettledClock settled(clock);
  EXPECT_FALSE(settled.is_settled());
  clock.advance(kClockSettlesMilliseconds);
  clock.set_wall(clock.now() + 50);
  EXPECT_TRUE(settled.is_settled());
  clock.set_wall(clock.now() + 50);
  EXPECT_FALSE(settled.is_settled());
}

}  // namespace
}  // namespace coffer::vault
