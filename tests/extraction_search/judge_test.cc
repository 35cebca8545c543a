// Judge: planted leaks are found, and what depends on the whole key is none.
#include "tests/extraction_search/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace coffer::extraction {
namespace {

constexpr std::uint8_t kMasks[] = {0x5a, 0x01, 0x5b, 0x03, 0x02, 0x42, 0x18, 0x0c, 0x30, 0x11, 0x24, 0x06};
constexpr std::size_t kKeyBytes = 32;
// A leak is found with the first two changes by chance only.
constexpr std::uint64_t kTries = 60;

std::uint64_t mixed(Bytes octets) {
  std::uint64_t state = octets.size();
  for (const std::uint8_t each : octets) state = Dice(state ^ each).roll();
  return state;
}

Buffer tag_of(Bytes octets) {
  Buffer tag;
  Dice dice(mixed(octets));
  for (int i = 0; i < 16; ++i) tag.push_back(static_cast<std::uint8_t>(dice.roll()));
  return tag;
}

// HMAC's way to make a key as long as a block.
Buffer padded(Bytes octets) {
  Buffer block = to_buffer(octets);
  block.resize(64);
  return block;
}

// A fake vault shows something of a key.
using FakeVault = std::function<void(Bytes, Observations&)>;

// found tries one vault often, and gives every position that was said to be given away.
std::set<std::size_t> found(const FakeVault& vault, std::uint8_t key_octet = 0x5a) {
  std::set<std::size_t> positions;
  for (std::uint64_t seed = 0; seed < kTries; ++seed) {
    Dice dice(seed);
    const auto observe = [&](const Change& change) {
      Buffer key(kKeyBytes, key_octet);
      for (const OctetChange& each : change) key[each.position] ^= each.by;
      Observations seen;
      vault(key, seen);
      seen.finish();
      return seen;
    };
    Judge judge(observe, kKeyBytes, kMasks, dice);
    for (const Leak& leak : judge.leaks(observe({}), [](const Place&) { return false; })) {
      positions.insert(leak.positions.begin(), leak.positions.end());
    }
  }
  return positions;
}

constexpr Place kOutput{.call = 1, .aspect = Aspect::octets};
constexpr Place kCode{.call = 1, .aspect = Aspect::code};

std::set<std::size_t> range(std::size_t first, std::size_t behind) {
  std::set<std::size_t> positions;
  for (std::size_t i = first; i < behind; ++i) positions.insert(i);
  return positions;
}

TEST(Judge, PassesWhatDependsOnTheWholeKey) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, tag_of(key)); }), range(0, 0));
}

TEST(Judge, PassesWhatDependsOnSixteenOctets) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, tag_of(key.first(16))); }),
            range(0, 0));
}

TEST(Judge, PassesAShortTagOfTheWholeKey) {
  EXPECT_EQ(
      found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, Bytes(tag_of(key)).first(1)); }),
      range(0, 0));
}

// One octet decides here, but only for who knows the other 31.
TEST(Judge, PassesAComparisonWithAnAlmostRightKey) {
  Buffer guess(kKeyBytes, 0x5a);
  guess[3] = 0x00;
  EXPECT_EQ(
      found([&guess](Bytes key, Observations& seen) { seen.add(kCode, equal_public(key, guess) ? 1 : 0); }),
      range(0, 0));
}

TEST(Judge, FindsAPieceAtTheFront) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, tag_of(key.first(1))); }),
            range(0, 1));
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, tag_of(key.first(15))); }),
            range(0, 15));
}

TEST(Judge, FindsAPieceAtTheEndAndInTheMiddle) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, tag_of(key.last(2))); }),
            range(30, 32));
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, tag_of(key.subspan(9, 8))); }),
            range(9, 17));
}

TEST(Judge, FindsTheKeyItself) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add_octets(kOutput, key); }), range(0, kKeyBytes));
}

TEST(Judge, FindsAReturnCodeThatTellsOfAnOctet) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) { seen.add(kCode, key[7] == 0 ? 1 : 0); }), range(7, 8));
}

TEST(Judge, FindsAPropertyThatIsThereForSomeKeysOnly) {
  EXPECT_EQ(found([](Bytes key, Observations& seen) {
              if (key[4] == 0x5a) seen.add(kOutput, 1);
            }),
            range(4, 5));
}

// Both outputs depend on the whole key; that they are equal tells the last octet.
TEST(Judge, FindsAnEqualityOfKeysThatArePaddedWithZeros) {
  const auto vault = [](Bytes key, Observations& seen) {
    const Buffer whole = tag_of(padded(key));
    const Buffer shorter = tag_of(padded(key.first(kKeyBytes - 1)));
    seen.add_octets(kOutput, whole);
    seen.add_octets({.call = 2, .aspect = Aspect::octets}, shorter);
    if (equal_public(whole, shorter)) seen.add({.call = 2, .aspect = Aspect::equality, .piece = 1}, 1);
  };
  EXPECT_EQ(found(vault, 0x00), range(31, 32));
  EXPECT_EQ(found(vault, 0x5a), range(31, 32));
}

TEST(Judge, LooksAtNothingThatIsToBeSkipped) {
  Dice dice(1);
  int runs = 0;
  const auto observe = [&runs](const Change& change) {
    ++runs;
    Observations seen;
    seen.add(kCode, change.empty() || change.front().position != 0 ? 0 : 1);
    seen.finish();
    return seen;
  };
  Judge judge(observe, kKeyBytes, kMasks, dice);
  EXPECT_TRUE(judge.leaks(observe({}), [](const Place&) { return true; }).empty());
  EXPECT_EQ(runs, 3);
}

}  // namespace
}  // namespace coffer::extraction
