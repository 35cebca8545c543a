// Words: every octet has one, and nothing else is one.
#include "codec/words.h"

#include <gtest/gtest.h>

#include <set>

namespace coffer::codec {
namespace {

TEST(Words, EveryOctetComesBack) {
  std::set<std::string> words;
  for (unsigned octet = 0; octet < 256; ++octet) {
    const Buffer one{static_cast<std::uint8_t>(octet)};
    words.insert(to_words(one));
    EXPECT_EQ(from_words(to_words(one)).value(), one);
  }
  EXPECT_EQ(words.size(), 256U);
}

TEST(Words, ReadsLinesAndCapitals) {
  EXPECT_EQ(from_words(" BABOR badan\n\tcofil\r\n").value(), (Buffer{0x00, 0x01, 0x12}));
}

TEST(Words, NoSlipOfOneLetterIsAnotherWordWithTheSameOtherSyllable) {
  EXPECT_FALSE(from_words("bador").ok());
  EXPECT_FALSE(from_words("xabor").ok());
}

TEST(Words, RefusesWhatIsNoWord) {
  EXPECT_FALSE(from_words("babo").ok());
  EXPECT_FALSE(from_words("baborx").ok());
  EXPECT_FALSE(from_words("babor,badan").ok());
}

}  // namespace
}  // namespace coffer::codec
