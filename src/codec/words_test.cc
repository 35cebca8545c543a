// Words: every octet has one, and nothing else is one.
#include "codec/words.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace coffer::codec {
namespace {

std::string words_of(Bytes octets) {
  const SecretBytes words = to_words(octets);
  return std::string(as_text(words.reveal()));
}

Buffer octets_of(std::string_view words) { return to_buffer(from_words(words).value().reveal()); }

TEST(Words, EveryOctetComesBack) {
  std::set<std::string> words;
  for (unsigned octet = 0; octet < 256; ++octet) {
    const Buffer one{static_cast<std::uint8_t>(octet)};
    words.insert(words_of(one));
    EXPECT_EQ(octets_of(words_of(one)), one);
  }
  EXPECT_EQ(words.size(), 256U);
}

TEST(Words, ReadsLinesAndCapitals) {
  EXPECT_EQ(octets_of(" BABOR badan\n\tcofil\r\n"), (Buffer{0x00, 0x01, 0x12}));
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
