// Tests of the SSH encoding.
#include "codec/ssh.h"

#include <gtest/gtest.h>

#include "codec/hex.h"

namespace coffer::codec {
namespace {

enum class Colour : std::uint32_t { red = 1, blue = 2 };
constexpr bool is_valid(Colour colour) { return colour == Colour::red || colour == Colour::blue; }

struct ColourNames {
  static std::string_view name(Colour colour) { return colour == Colour::red ? "red" : "blue"; }
  static std::optional<Colour> find(std::string_view name) {
    if (name == "red") return Colour::red;
    if (name == "blue") return Colour::blue;
    return std::nullopt;
  }
};

struct Pair {
  std::string name;
  Buffer data;
  bool operator==(const Pair&) const = default;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, 8));
    return visit(in.data, 8);
  }
};

struct Everything {
  std::uint8_t octet = 0;
  bool truth = false;
  std::uint32_t number = 0;
  std::uint64_t large = 0;
  Colour colour = Colour::red;
  Colour written = Colour::red;
  Buffer magnitude;
  std::vector<std::string> names;
  std::vector<std::string> texts;
  std::vector<Pair> pairs;
  Pair pair;
  bool operator==(const Everything&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.octet));
    TRY(visit(in.truth));
    TRY(visit(in.number));
    TRY(visit(in.large));
    TRY(visit(in.colour));
    TRY(visit.named(in.written, ColourNames{}, 16));
    TRY(visit.literal("fixed"));
    TRY(visit.mpint(in.magnitude, 8));
    TRY(visit.names(in.names, 4, 8));
    TRY(visit.list(in.texts, 4, 8));
    TRY(visit.list(in.pairs, 4));
    return visit.inside(in.pair, 24);
  }
};

const Everything kSample{7,
                         true,
                         0x01020304,
                         0x05060708090a0b0c,
                         Colour::blue,
                         Colour::blue,
                         {0x80, 0x01},
                         {"zlib", "none"},
                         {"alice", ""},
                         {{"n", {1}}, {"m", {}}},
                         {"x", {9, 9}}};

// Number is one mpint, Names one name-list: the examples of RFC 4251, 5.
struct Number {
  Buffer magnitude;
  static Status fields(auto& visit, auto& in) { return visit.mpint(in.magnitude, 8); }
};
struct Names {
  std::vector<std::string> names;
  static Status fields(auto& visit, auto& in) { return visit.names(in.names, 4, 8); }
};
struct Texts {
  std::vector<std::string> texts;
  static Status fields(auto& visit, auto& in) { return visit.list(in.texts, 2, 4); }
};
struct Flag {
  bool truth = false;
  static Status fields(auto& visit, auto& in) { return visit(in.truth); }
};
struct OneName {
  Colour colour = Colour::red;
  static Status fields(auto& visit, auto& in) { return visit.named(in.colour, ColourNames{}, 16); }
};
struct OneNumber {
  Colour colour = Colour::red;
  static Status fields(auto& visit, auto& in) { return visit(in.colour); }
};
struct Fixed {
  static Status fields(auto& visit, auto& /*in*/) { return visit.literal("ab"); }
};
struct Outer {
  Pair pair;
  static Status fields(auto& visit, auto& in) { return visit.inside(in.pair, 24); }
};

template <typename T>
Code refusal(std::string_view hex) {
  const Result<T> decoded = decode_ssh<T>(from_hex(hex).value());
  return decoded.ok() ? Code::ok : decoded.error().code;
}

TEST(Ssh, ReadsBackEveryKindOfField) {
  EXPECT_EQ(decode_ssh<Everything>(encode_ssh(kSample)).value(), kSample);
}

TEST(Ssh, WritesFieldsAsTheRfcSays) {
  EXPECT_EQ(to_hex(encode_ssh(kSample)),
            "07"
            "01"
            "01020304"
            "05060708090a0b0c"
            "00000002"
            "00000004626c7565"
            "000000056669786564"
            "00000003008001"
            "000000097a6c69622c6e6f6e65"
            "0000000d00000005616c69636500000000"
            "00000013"
            "000000016e0000000101"
            "000000016d00000000"
            "0000000b"
            "0000000178"
            "000000020909");
}

TEST(Ssh, RefusesEveryTruncation) {
  const Buffer octets = encode_ssh(kSample);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    EXPECT_FALSE(decode_ssh<Everything>(Bytes(octets).first(size)).ok()) << size;
  }
}

TEST(Ssh, RefusesTrailingOctets) {
  Buffer octets = encode_ssh(kSample);
  octets.push_back(0);
  EXPECT_EQ(decode_ssh<Everything>(octets).error().code, Code::malformed);
}

TEST(Ssh, ReadsAndWritesTheNumbersOfTheRfc) {
  for (const std::string_view hex : {"00000000", "0000000809a378f9b2e332a7", "000000020080"}) {
    EXPECT_EQ(to_hex(encode_ssh(decode_ssh<Number>(from_hex(hex).value()).value())), hex);
  }
  EXPECT_EQ(to_hex(decode_ssh<Number>(from_hex("000000020080").value()).value().magnitude), "80");
}

TEST(Ssh, DropsLeadingZerosOfNumbersItWrites) {
  EXPECT_EQ(to_hex(encode_ssh(Number{{0, 0, 0x7f}})), "000000017f");
  EXPECT_EQ(to_hex(encode_ssh(Number{{0, 0}})), "00000000");
}

TEST(Ssh, RefusesNumbersThatAreNegativeOrNotShortest) {
  EXPECT_EQ(refusal<Number>("0000000180"), Code::malformed);
  EXPECT_EQ(refusal<Number>("00000002edcc"), Code::malformed);
  EXPECT_EQ(refusal<Number>("0000000100"), Code::malformed);
  EXPECT_EQ(refusal<Number>("00000002007f"), Code::malformed);
}

TEST(Ssh, RefusesNumbersAboveTheLimit) {
  EXPECT_EQ(refusal<Number>("00000009008000000000000000"), Code::ok);
  EXPECT_EQ(refusal<Number>("00000009010000000000000000"), Code::malformed);
  EXPECT_EQ(refusal<Number>("0000000a00800000000000000000"), Code::malformed);
}

TEST(Ssh, ReadsNameLists) {
  EXPECT_TRUE(decode_ssh<Names>(from_hex("00000000").value()).value().names.empty());
  EXPECT_EQ(decode_ssh<Names>(from_hex("000000097a6c69622c6e6f6e65").value()).value().names,
            (std::vector<std::string>{"zlib", "none"}));
}

TEST(Ssh, RefusesBadNameLists) {
  EXPECT_EQ(refusal<Names>("000000012c"), Code::malformed);
  EXPECT_EQ(refusal<Names>("00000002612c"), Code::malformed);
  EXPECT_EQ(refusal<Names>("000000022c61"), Code::malformed);
  EXPECT_EQ(refusal<Names>("000000016120"), Code::malformed);
  EXPECT_EQ(refusal<Names>("0000000120"), Code::malformed);
  EXPECT_EQ(refusal<Names>("000000017f"), Code::malformed);
  EXPECT_EQ(refusal<Names>("00000009616161616161616161"), Code::malformed);
  EXPECT_EQ(refusal<Names>("00000009612c622c632c642c65"), Code::malformed);
}

TEST(Ssh, RefusesListsAboveTheirLimits) {
  EXPECT_EQ(refusal<Texts>("00000008"
                           "00000000"
                           "00000000"),
            Code::ok);
  EXPECT_EQ(refusal<Texts>("0000000c"
                           "00000000"
                           "00000000"
                           "00000000"),
            Code::malformed);
  EXPECT_EQ(refusal<Texts>("00000009"
                           "000000056161616161"),
            Code::malformed);
}

TEST(Ssh, RefusesListsWhoseElementsDoNotEndWithThem) {
  EXPECT_EQ(refusal<Texts>("00000004"
                           "00000001"
                           "61"),
            Code::malformed);
  EXPECT_EQ(refusal<Texts>("00000006"
                           "00000001"
                           "6161"),
            Code::malformed);
  EXPECT_EQ(refusal<Texts>("ffffffff"
                           "00000000"),
            Code::malformed);
}

TEST(Ssh, RefusesTruthsThatAreNeither0Nor1) { EXPECT_EQ(refusal<Flag>("02"), Code::malformed); }

TEST(Ssh, RefusesNumbersOutsideTheirEnumeration) {
  EXPECT_EQ(refusal<OneNumber>("00000001"), Code::ok);
  EXPECT_EQ(refusal<OneNumber>("00000003"), Code::malformed);
}

TEST(Ssh, SaysThatAnUnknownNameIsUnsupported) {
  EXPECT_EQ(refusal<OneName>("00000003726564"), Code::ok);
  EXPECT_EQ(refusal<OneName>("00000003726565"), Code::unsupported);
  EXPECT_EQ(refusal<OneName>("00000011"
                             "6161616161616161616161616161616161"),
            Code::malformed);
}

TEST(Ssh, RefusesAFixedStringThatIsAnother) {
  EXPECT_EQ(refusal<Fixed>("000000026162"), Code::ok);
  EXPECT_EQ(refusal<Fixed>("000000026163"), Code::malformed);
  EXPECT_EQ(refusal<Fixed>("0000000161"), Code::malformed);
  EXPECT_EQ(refusal<Fixed>("00000003616263"), Code::malformed);
}

TEST(Ssh, RefusesAStructureThatDoesNotFillItsString) {
  EXPECT_EQ(refusal<Outer>("00000008"
                           "00000000"
                           "00000000"),
            Code::ok);
  EXPECT_EQ(refusal<Outer>("00000009"
                           "00000000"
                           "00000000"
                           "00"),
            Code::malformed);
  EXPECT_EQ(refusal<Outer>("00000004"
                           "00000000"
                           "00000000"),
            Code::malformed);
}

}  // namespace
}  // namespace coffer::codec
