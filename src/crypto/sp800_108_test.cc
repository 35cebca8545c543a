// SP 800-108 in its three modes, and what it must refuse.
#include "crypto/sp800_108.h"

#include <gtest/gtest.h>

#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

using Kind = DataPart::Kind;

// Case holds what the views of its parameters point to.
struct Case {
  explicit Case(const Vector& vector)
      : key(make_key(vector)), iv(vector.hex("Iv")), fixed(vector.hex("Fixed")) {
    parameters.mechanism = vector.mechanism();
    parameters.hash = vector.hash("Hash");
    parameters.iv = iv;
    parameters.output_bytes = static_cast<std::uint32_t>(vector.hex("Output").size());
    parts.push_back({.kind = Kind::iteration,
                     .little_endian = vector.number("LittleEndian") == 1,
                     .bits = vector.number("CounterBits")});
    if (vector.number("Optional") != 0) {
      parts.push_back({.kind = Kind::counter, .bits = vector.number("Optional")});
    }
    parts.push_back({.kind = Kind::octets, .octets = fixed});
    parts.push_back({.kind = Kind::keys_length, .bits = 32});
    parameters.parts = parts;
  }
  static SecretKey make_key(const Vector& vector) {
    const KeyType type = vector.text("Hash") == "cmac" ? KeyType::aes : KeyType::generic;
    auto created = SecretKey::create(type, vector.hex("Key"));
    CHECK(created.ok());
    return std::move(created).value();
  }
  Code refusal() {
    parameters.parts = parts;
    const auto output = derive(key, parameters);
    return output.ok() ? Code::ok : output.error().code;
  }

  SecretKey key;
  Buffer iv;
  Buffer fixed;
  std::vector<DataPart> parts;
  Parameters parameters;
};

Case first_of(std::string_view name) {
  for (const Vector& vector : read_vectors("sp800_108.vec")) {
    if (vector.text("Mechanism") == name) return Case(vector);
  }
  CHECK(false);
  return Case({});
}

TEST(Sp800108, GivesTheOutputsOfTheFormulas) {
  for (const Vector& vector : read_vectors("sp800_108.vec")) {
    const Case test(vector);
    const auto output = derive(test.key, test.parameters);
    ASSERT_TRUE(output.ok()) << vector.title;
    EXPECT_EQ(to_buffer(output.value().reveal()), vector.hex("Output")) << vector.title;
  }
}

TEST(Sp800108, CountsTheLengthOfAllBlocksWhenAsked) {
  Case keys = first_of("sp800-108-counter");
  Case blocks = first_of("sp800-108-counter");
  blocks.parts.back().kind = Kind::blocks_length;
  blocks.parameters.parts = blocks.parts;
  keys.parameters.output_bytes = 96;  // three whole blocks
  blocks.parameters.output_bytes = 70;
  const auto whole = derive(keys.key, keys.parameters);
  const auto part = derive(blocks.key, blocks.parameters);
  ASSERT_TRUE(whole.ok() && part.ok());
  EXPECT_EQ(to_buffer(part.value().reveal()), to_buffer(whole.value().reveal().first(70)));
}

TEST(Sp800108, RefusesPartsThatAreMissingDoubleOrOfOddWidth) {
  for (const char* name : {"sp800-108-counter", "sp800-108-feedback", "sp800-108-pipeline"}) {
    Case test = first_of(name);
    const std::vector<DataPart> good = test.parts;
    test.parts.erase(test.parts.begin());
    EXPECT_EQ(test.refusal(), Code::mechanism_parameter) << name;
    test.parts = good;
    test.parts.push_back(good.front());
    EXPECT_EQ(test.refusal(), Code::mechanism_parameter) << name;
    test.parts = good;
    test.parts.push_back(good.back());
    EXPECT_EQ(test.refusal(), Code::mechanism_parameter) << name;
    test.parts = good;
    test.parts.front().bits = 12;
    EXPECT_EQ(test.refusal(), Code::mechanism_parameter) << name;
    test.parts = good;
    test.parts.back().bits = 72;
    EXPECT_EQ(test.refusal(), Code::mechanism_parameter) << name;
  }
}

TEST(Sp800108, RefusesACounterOrLengthThatOverflows) {
  Case test = first_of("sp800-108-counter");
  test.parts.front().bits = 8;
  test.parts.back().bits = 16;
  test.parameters.output_bytes = 4096;
  EXPECT_EQ(test.refusal(), Code::ok);  // 128 blocks, 32768 bits
  test.parts.back().bits = 8;
  EXPECT_EQ(test.refusal(), Code::mechanism_parameter);
}

TEST(Sp800108, RefusesAnIvOutsideFeedbackAndAKeyOfAnotherType) {
  Case test = first_of("sp800-108-counter");
  const Buffer iv(16);
  test.parameters.iv = iv;
  EXPECT_EQ(test.refusal(), Code::mechanism_parameter);
  test.parameters.iv = {};
  test.parameters.hash = Hash::none;
  EXPECT_EQ(test.refusal(), Code::key_type);
}

TEST(Sp800108, NeedsALength) {
  Case test = first_of("sp800-108-counter");
  test.parameters.output_bytes = 0;
  EXPECT_EQ(test.refusal(), Code::template_incomplete);
}

}  // namespace
}  // namespace coffer::crypto
