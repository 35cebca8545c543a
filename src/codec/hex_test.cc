// Tests of hexadecimal text.
#include "codec/hex.h"

#include <gtest/gtest.h>

namespace coffer::codec {
namespace {

TEST(FromHex, ReadsDigitsOfEitherCase) {
  EXPECT_EQ(from_hex("00ff7FaB").value(), (Buffer{0x00, 0xff, 0x7f, 0xab}));
}

TEST(FromHex, ReadsNothingAsNothing) { EXPECT_TRUE(from_hex("").value().empty()); }

TEST(FromHex, ReadsBackWhatToHexWrote) {
  Buffer all;
  for (unsigned octet = 0; octet < 256; ++octet) all.push_back(static_cast<std::uint8_t>(octet));
  EXPECT_EQ(from_hex(to_hex(all)).value(), all);
}

TEST(FromHex, RefusesAnOddNumberOfDigits) { EXPECT_EQ(from_hex("abc").error().code, Code::malformed); }

TEST(FromHex, RefusesWhatIsNoDigit) {
  EXPECT_FALSE(from_hex("0g").ok());
  EXPECT_FALSE(from_hex(" 0").ok());
  EXPECT_FALSE(from_hex("0x00").ok());
  EXPECT_FALSE(from_hex("0\n").ok());
}

}  // namespace
}  // namespace coffer::codec
