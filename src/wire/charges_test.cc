// Charges: who is next, and who may not have another worker.
#include "wire/charges.h"

#include <gtest/gtest.h>

namespace coffer::wire {
namespace {

constexpr TurnOf kLoud{.principal = 1, .share = 10};
constexpr TurnOf kLoudElsewhere{.principal = 1, .share = 11};
constexpr TurnOf kQuiet{.principal = 2, .share = 20};
constexpr std::uint64_t kSecond = 1'000'000'000;

// Serves a turn that takes so long.
void serve(Charges& charges, const TurnOf& turn, std::uint64_t nanoseconds) {
  charges.begin(turn);
  charges.charge(turn, nanoseconds, nanoseconds);
}

TEST(Charges, PutWhoHasUsedLeastFirst) {
  Charges charges(1);
  serve(charges, kLoud, kSecond);
  serve(charges, kQuiet, 1);
  EXPECT_TRUE(charges.rank(kQuiet).is_before(charges.rank(kLoud)));
  serve(charges, kQuiet, 2 * kSecond);
  EXPECT_TRUE(charges.rank(kLoud).is_before(charges.rank(kQuiet)));
}

TEST(Charges, CountAPrincipalOnceHoweverManySharesItHas) {
  Charges charges(1);
  serve(charges, kLoud, kSecond);
  serve(charges, kQuiet, 1);
  EXPECT_TRUE(charges.rank(kQuiet).is_before(charges.rank(kLoudElsewhere)));
  EXPECT_TRUE(charges.rank(kLoudElsewhere).is_before(charges.rank(kLoud))) << "among its own it is next";
}

TEST(Charges, SaveNothingUpForWhoDoesNotAsk) {
  Charges charges(1);
  serve(charges, kQuiet, 1);
  for (int i = 0; i < 100; ++i) serve(charges, kLoud, kSecond);
  serve(charges, kQuiet, 1);
  EXPECT_TRUE(charges.rank(kQuiet).is_before(charges.rank(kLoud)));
  serve(charges, kQuiet, 2 * kSecond);
  EXPECT_TRUE(charges.rank(kLoud).is_before(charges.rank(kQuiet))) << "not after a hundred seconds";
}

TEST(Charges, CallWhoseLastTurnWasLongSlow) {
  Charges charges(1);
  serve(charges, kLoud, kLongNanoseconds + 1);
  EXPECT_TRUE(charges.rank(kLoud).is_slow);
  EXPECT_FALSE(charges.rank(kLoudElsewhere).is_slow);
  serve(charges, kLoud, kLongNanoseconds);
  EXPECT_FALSE(charges.rank(kLoud).is_slow);
}

TEST(Charges, LeaveTheLastWorkerToOthers) {
  Charges charges(3);
  EXPECT_TRUE(charges.try_enter(kLoud.principal));
  EXPECT_TRUE(charges.try_enter(kLoud.principal));
  EXPECT_FALSE(charges.try_enter(kLoud.principal));
  EXPECT_TRUE(charges.may_enter(kQuiet.principal));
  charges.leave(kLoud.principal);
  EXPECT_TRUE(charges.may_enter(kLoud.principal));
}

TEST(Charges, ForgetNobodyWhoHasUsedMuch) {
  Charges charges(1);
  serve(charges, kQuiet, 1);
  serve(charges, kLoud, kSecond);
  for (std::uint64_t other = 100; other < 300; ++other) serve(charges, {.principal = other, .share = 0}, 1);
  EXPECT_TRUE(charges.rank(kQuiet).is_before(charges.rank(kLoud)));
}

}  // namespace
}  // namespace coffer::wire
