// Tests of Coffer's own binary encoding.
#include "codec/binary.h"

#include <gtest/gtest.h>

#include "codec/hex.h"

namespace coffer::codec {
namespace {

enum class Colour : std::uint8_t { red = 1, blue = 2 };
constexpr bool is_valid(Colour colour) { return colour == Colour::red || colour == Colour::blue; }

struct Pair {
  std::string name;
  std::uint16_t number = 0;
  bool operator==(const Pair&) const = default;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, 8));
    return visit(in.number);
  }
};

struct Everything {
  std::uint8_t octet = 0;
  bool truth = false;
  std::uint64_t large = 0;
  Colour colour = Colour::red;
  std::array<std::uint8_t, 4> fixed{};
  Buffer data;
  std::optional<std::uint32_t> absent;
  std::optional<Pair> present;
  std::vector<std::uint32_t> numbers;
  std::vector<std::string> texts;
  std::vector<Pair> pairs;
  bool operator==(const Everything&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.octet));
    TRY(visit(in.truth));
    TRY(visit(in.large));
    TRY(visit(in.colour));
    TRY(visit(in.fixed));
    TRY(visit(in.data, 8));
    TRY(visit(in.absent));
    TRY(visit(in.present));
    TRY(visit(in.numbers, 4));
    TRY(visit(in.texts, 2, 4));
    return visit(in.pairs, 4);
  }
};

const Everything kSample{7,         true,         0x0102030405060708, Colour::blue, {1, 2, 3, 4},
                         {9},       std::nullopt, Pair{"a", 0x0102},  {5, 6},       {"x", ""},
                         {{"b", 1}}};

struct Flag {
  bool truth = false;
  static Status fields(auto& visit, auto& in) { return visit(in.truth); }
};
struct OneColour {
  Colour colour = Colour::red;
  static Status fields(auto& visit, auto& in) { return visit(in.colour); }
};
struct Texts {
  std::vector<std::string> texts;
  static Status fields(auto& visit, auto& in) { return visit(in.texts, 2, 4); }
};
struct Pin {
  SecretBytes pin;
  Secret<2> key;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.pin, 8));
    return visit(in.key);
  }
};

template <typename T>
Code refusal(std::string_view hex) {
  const Buffer octets = from_hex(hex).value();
  const Result<T> decoded = decode<T>(octets);
  return decoded.ok() ? Code::ok : decoded.error().code;
}

TEST(Binary, ReadsBackEveryKindOfField) {
  const Buffer octets = encode(kSample);
  EXPECT_EQ(decode<Everything>(octets).value(), kSample);
}

TEST(Binary, WritesLittleEndianWithLengthsInFront) {
  EXPECT_EQ(to_hex(encode(kSample)),
            "07"
            "01"
            "0807060504030201"
            "02"
            "01020304"
            "0100000009"
            "00"
            "01"
            "01000000610201"
            "02000000"
            "05000000"
            "06000000"
            "02000000"
            "0100000078"
            "00000000"
            "01000000"
            "01000000620100");
}

TEST(Binary, RefusesEveryTruncation) {
  const Buffer octets = encode(kSample);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    EXPECT_FALSE(decode<Everything>(Bytes(octets).first(size)).ok()) << size;
  }
}

TEST(Binary, RefusesTrailingOctets) { EXPECT_EQ(refusal<Flag>("0100"), Code::malformed); }

TEST(Binary, RefusesTruthsThatAreNeither0Nor1) { EXPECT_EQ(refusal<Flag>("02"), Code::malformed); }

TEST(Binary, RefusesNumbersOutsideTheirEnumeration) {
  EXPECT_EQ(refusal<OneColour>("01"), Code::ok);
  EXPECT_EQ(refusal<OneColour>("03"), Code::malformed);
}

TEST(Binary, RefusesLongFieldsAndLists) {
  EXPECT_EQ(refusal<Texts>("01000000"
                           "04000000"
                           "61616161"),
            Code::ok);
  EXPECT_EQ(refusal<Texts>("01000000"
                           "05000000"
                           "6161616161"),
            Code::malformed);
  EXPECT_EQ(refusal<Texts>("03000000"
                           "00000000"
                           "00000000"
                           "00000000"),
            Code::malformed);
  EXPECT_EQ(refusal<Texts>("ffffffff"), Code::malformed);
}

TEST(Binary, CarriesSecretsIntoTheChip) {
  Pin pin;
  pin.pin = SecretBytes::copy_of(as_bytes("1234"));
  pin.key.reveal()[0] = 5;
  WipingBuffer buffer;
  encode_secret_into(pin, buffer.octets);
  EXPECT_EQ(to_hex(buffer.octets), "04000000313233340500");
  const Pin read = decode<Pin>(buffer.octets).value();
  EXPECT_TRUE(equal_secret(read.pin.reveal(), as_bytes("1234")));
  EXPECT_EQ(read.key.reveal()[0], 5);
}

template <typename T>
concept WritableInTheOpen = requires(BinaryWriter& writer, const T& value) { writer(value); } ||
                            requires(BinaryWriter& writer, const T& value) { writer(value, std::size_t{8}); };

TEST(Binary, HasNoWayToWriteASecretInTheOpen) {
  EXPECT_TRUE(WritableInTheOpen<Buffer>);
  EXPECT_FALSE(WritableInTheOpen<SecretBytes>);
  EXPECT_FALSE(WritableInTheOpen<Secret<2>>);
}

}  // namespace
}  // namespace coffer::codec
