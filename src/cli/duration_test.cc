// Tests of durations and times.
#include "cli/duration.h"

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

TEST(Duration, ReadsEachUnit) {
  EXPECT_EQ(parse_duration("30s").value(), 30U);
  EXPECT_EQ(parse_duration("5m").value(), 300U);
  EXPECT_EQ(parse_duration("12h").value(), 43200U);
  EXPECT_EQ(parse_duration("7d").value(), 604800U);
  EXPECT_EQ(parse_duration("52w").value(), 31449600U);
}

TEST(Duration, ReadsUnitsBehindEachOther) { EXPECT_EQ(parse_duration("1h30m").value(), 5400U); }

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text :
       {"", "5", "m", "5x", "-5m", "5m ", " 5m", "5.5m", "5mm", "5m5m", "5s1m", "0x5m", "1e3s"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(Duration, RefusesNothing) { EXPECT_FALSE(parse_duration("0s").ok()); }

TEST(Duration, RefusesWhatWouldWrap) {
  EXPECT_FALSE(parse_duration("18446744073709551615w").ok());
  EXPECT_FALSE(parse_duration("18446744073709551616s").ok());
  EXPECT_FALSE(parse_duration("30500000000000w").ok());
  EXPECT_FALSE(parse_duration("5228w3153600000s").ok());
}

TEST(Duration, WritesWhatItReads) {
  for (const std::uint64_t seconds : {1ULL, 60ULL, 3600ULL, 5400ULL, 86400ULL, 604800ULL, 90061ULL}) {
    EXPECT_EQ(parse_duration(format_duration(seconds)).value(), seconds);
  }
  EXPECT_EQ(format_duration(86400), "1d");
  EXPECT_EQ(format_duration(0), "0s");
}

TEST(Time, IsWrittenInUtc) { EXPECT_EQ(format_time(1700000000), "2023-11-14T22:13:20Z"); }

}  // namespace
}  // namespace coffer::cli
