// Tests of UTF-8.
#include "codec/utf8.h"

#include <gtest/gtest.h>

namespace coffer::codec {
namespace {

TEST(Utf8, WritesAndReadsEveryCodePoint) {
  for (std::uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    if (code_point == 0xd800) code_point = 0xe000;
    std::string text;
    append_utf8(text, code_point);
    const Utf8Character character = first_utf8(text);
    ASSERT_TRUE(character.valid) << code_point;
    ASSERT_EQ(character.code_point, code_point);
    ASSERT_EQ(character.bytes, text.size());
  }
}

TEST(Utf8, WritesTheExamplesOfTheRfc) {
  std::string text;
  for (const std::uint32_t code_point : {0x41U, 0x2262U, 0x391U, 0x2eU, 0x233b4U})
    append_utf8(text, code_point);
  EXPECT_EQ(text, "A\xe2\x89\xa2\xce\x91.\xf0\xa3\x8e\xb4");
}

TEST(Utf8, RefusesOverlongForms) {
  EXPECT_FALSE(is_utf8("\xc0\x80"));
  EXPECT_FALSE(is_utf8("\xc1\xbf"));
  EXPECT_FALSE(is_utf8("\xe0\x9f\xbf"));
  EXPECT_FALSE(is_utf8("\xf0\x8f\xbf\xbf"));
}

TEST(Utf8, RefusesSurrogates) {
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xed\xbf\xbf"));
}

TEST(Utf8, RefusesWhatIsBeyondTheLastCodePoint) {
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xf8\x88\x80\x80\x80"));
}

TEST(Utf8, RefusesBrokenSequences) {
  EXPECT_FALSE(is_utf8("\x80"));
  EXPECT_FALSE(is_utf8("a\xc3"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));
  EXPECT_FALSE(is_utf8("\xe2 "));
  EXPECT_FALSE(is_utf8("\xff"));
}

}  // namespace
}  // namespace coffer::codec
