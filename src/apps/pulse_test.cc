// Tests of Pulse: who is taken for alive, and who is not.
#include "apps/pulse.h"

#include <gtest/gtest.h>

namespace coffer::apps {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Looks until the child is taken for dead; gives how many looks that took, 100 when it is not.
int looks_until_dead(Pulse& pulse, nanoseconds work_each) {
  nanoseconds used{0};
  for (int count = 1; count < 100; ++count) {
    used += work_each;
    if (!pulse.look(false, used)) return count;
  }
  return 100;
}

TEST(Pulse, EndsWithAChildThatIsSilentAndDoesNothing) {
  Pulse pulse(Pulse::kRealWork);
  EXPECT_EQ(looks_until_dead(pulse, nanoseconds(0)), Pulse::kSilentLooksMax);
}

TEST(Pulse, StaysWithAChildThatComputes) {
  Pulse pulse(Pulse::kRealWork);
  EXPECT_EQ(looks_until_dead(pulse, Pulse::kRealWork), 100);
}

TEST(Pulse, EndsWithAChildWhoseThreadsOnlyLookAround) {
  Pulse pulse(Pulse::kRealWork);
  EXPECT_EQ(looks_until_dead(pulse, milliseconds(1)), Pulse::kSilentLooksMax);
}

TEST(Pulse, StaysWithAChildThatStartsSlowly) {
  Pulse pulse(Pulse::kAnyWork);
  EXPECT_EQ(looks_until_dead(pulse, nanoseconds(1)), 100);
}

TEST(Pulse, BeginsAnewWithEachWord) {
  Pulse pulse(Pulse::kRealWork);
  for (int i = 1; i < Pulse::kSilentLooksMax; ++i) ASSERT_TRUE(pulse.look(false, nanoseconds(0)));
  ASSERT_TRUE(pulse.look(true, nanoseconds(0)));
  EXPECT_EQ(looks_until_dead(pulse, nanoseconds(0)), Pulse::kSilentLooksMax);
}

}  // namespace
}  // namespace coffer::apps
