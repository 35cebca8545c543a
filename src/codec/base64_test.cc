// Tests of base64.
#include "codec/base64.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace coffer::codec {
namespace {

// RFC 4648, 10.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{{
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
}};

TEST(Base64, WritesTheVectorsOfTheRfc) {
  for (const auto& [octets, text] : kVectors) EXPECT_EQ(to_base64(as_bytes(octets)), text);
}

TEST(Base64, ReadsTheVectorsOfTheRfc) {
  for (const auto& [octets, text] : kVectors) EXPECT_EQ(as_text(from_base64(text).value()), octets);
}

TEST(Base64, ReadsBackEveryOctetInEveryPosition) {
  Buffer octets;
  for (unsigned i = 0; i < 3 * 256 + 2; ++i) octets.push_back(static_cast<std::uint8_t>(i * 171U + i / 256U));
  for (std::size_t size = 0; size < octets.size(); ++size) {
    const Bytes part = Bytes(octets).first(size);
    ASSERT_TRUE(equal_public(from_base64(to_base64(part)).value(), part));
  }
}

TEST(Base64, RefusesMissingPadding) {
  EXPECT_FALSE(from_base64("Zg").ok());
  EXPECT_FALSE(from_base64("Zg=").ok());
}

TEST(Base64, RefusesPaddingInTheMiddle) {
  EXPECT_FALSE(from_base64("Zg==Zg==").ok());
  EXPECT_FALSE(from_base64("Z=g=").ok());
}

TEST(Base64, RefusesTooMuchPadding) {
  EXPECT_FALSE(from_base64("Z===").ok());
  EXPECT_FALSE(from_base64("====").ok());
  EXPECT_FALSE(from_base64("Zg======").ok());
}

TEST(Base64, RefusesUnusedBits) {
  EXPECT_FALSE(from_base64("Zh==").ok());
  EXPECT_FALSE(from_base64("Zm9=").ok());
}

TEST(Base64, RefusesWhiteSpaceAndOtherAlphabets) {
  EXPECT_FALSE(from_base64("Zm9v\n").ok());
  EXPECT_FALSE(from_base64("Zm 9v===").ok());
  EXPECT_FALSE(from_base64("-_-_").ok());
  EXPECT_FALSE(from_base64("Zm9\xff").ok());
}

}  // namespace
}  // namespace coffer::codec
