// C_DeriveKey in the chip: what each mechanism makes, and that no derived key is weaker than its base.
#include <gtest/gtest.h>

#include <algorithm>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kConcatenateKey = 0x360;
constexpr std::uint32_t kConcatenateData = 0x362;
constexpr std::uint32_t kConcatenateBefore = 0x363;
constexpr std::uint32_t kXor = 0x364;
constexpr std::uint32_t kExtract = 0x365;
constexpr std::uint32_t kSha256Derive = 0x393;
constexpr std::uint32_t kCounterKdf = 0x3AC;
constexpr std::uint32_t kPbkdf2 = 0x3B0;
constexpr std::uint32_t kTlsMaster = 0x3E0;
constexpr std::uint32_t kTlsKeys = 0x3E1;
constexpr std::uint32_t kTlsMasterDh = 0x3E2;
constexpr std::uint32_t kTlsKeysSafe = 0x3E3;
constexpr std::uint32_t kEcbEncryptData = 0x1104;
constexpr std::uint32_t kHkdf = 0x402A;
constexpr std::uint32_t kHkdfData = 0x402B;
constexpr std::uint8_t kSha256 = 3;

// Number is an attribute's number with the octets it views.
struct Number {
  Number(std::uint32_t attribute_type, std::uint64_t number) : type(attribute_type) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(number >> (8U * i));
    }
  }
  [[nodiscard]] wire::Attribute attribute() const { return {type, octets}; }
  std::uint32_t type;
  std::array<std::uint8_t, 8> octets{};
};

class DeriveTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  // generate makes a session key by a mechanism, with the template's defaults: sensitive, not extractable.
  wire::ObjectId generate(std::uint32_t mechanism, std::uint64_t bytes) {
    const Number length(attribute::kValueLen, bytes);
    const auto answer = world.owner->call(wire::GenerateKey{
        .mechanism = mechanism,
        .attributes = {length.attribute(), truth(attribute::kDerive, true), truth(attribute::kSign, true)}});
    EXPECT_EQ(answer.code, Code::ok);
    return answer.reply.object.id;
  }
  wire::ObjectId generic(std::uint64_t bytes = 32) { return generate(0x350, bytes); }

  // cuttable makes a session key that was born for every derivation that needs naming.
  wire::ObjectId cuttable(std::uint32_t mechanism) {
    const Number length(attribute::kValueLen, 32);
    const auto answer = world.owner->call(wire::GenerateKey{
        .mechanism = mechanism,
        .attributes = {
            length.attribute(), truth(attribute::kDerive, true), {attribute::kAllowedMechanisms, cutting}}});
    EXPECT_EQ(answer.code, Code::ok);
    return answer.reply.object.id;
  }

  // import makes a readable session key of these octets.
  wire::ObjectId import(Bytes value) {
    const Number object_class(attribute::kClass, object_class::kSecretKey);
    const Number type(attribute::kKeyType, key_type::kGenericSecret);
    const auto answer =
        world.owner->call(wire::CreateObject{.attributes = {object_class.attribute(),
                                                            type.attribute(),
                                                            {attribute::kValue, value},
                                                            truth(attribute::kSensitive, false),
                                                            truth(attribute::kExtractable, true),
                                                            truth(attribute::kDerive, true)}});
    EXPECT_EQ(answer.code, Code::ok);
    return answer.reply.object.id;
  }

  // derive asks for a key of `bytes` (0: all there is) with further attributes.
  Answer<wire::DeriveKey> derive(const wire::ObjectId& base, const wire::Parameters& parameters,
                                 std::uint64_t bytes = 0, const wire::Template& more = {}) {
    const Number length(attribute::kValueLen, bytes);
    wire::DeriveKey request{.base = base, .parameters = parameters, .attributes = more};
    if (bytes != 0) request.attributes.push_back(length.attribute());
    const bool says = std::ranges::any_of(
        more, [](const wire::Attribute& each) { return each.type == attribute::kDerive; });
    if (!says) request.attributes.push_back(truth(attribute::kDerive, true));
    return world.owner->call(request);
  }
  Code refusal(const wire::ObjectId& base, const wire::Parameters& parameters, std::uint64_t bytes = 0,
               const wire::Template& more = {}) {
    return derive(base, parameters, bytes, more).code;
  }

  Buffer attribute_of(const wire::ObjectId& id, std::uint32_t type) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = id, .types = {type}});
    EXPECT_EQ(answer.code, Code::ok);
    return answer.reply.attributes.empty() ? Buffer() : answer.reply.attributes[0].value;
  }
  bool is_true(const wire::ObjectId& id, std::uint32_t type) { return attribute_of(id, type) == Buffer{1}; }

  World world;
  const wire::Template readable = {truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)};
  const Buffer data = Buffer(16, 0x5A);
  const Buffer cutting =
      numbers({kConcatenateKey, kConcatenateData, kConcatenateBefore, kXor, kExtract, kEcbEncryptData});
};

TEST_F(DeriveTest, GivesReadableKeysTheOctetsOfTheSpecification) {
  const wire::ObjectId base = import(as_bytes("abcd"));
  const auto joined = derive(base, {.mechanism = kConcatenateData, .info = as_bytes("ef")}, 0, readable);
  ASSERT_EQ(joined.code, Code::ok);
  EXPECT_EQ(attribute_of(joined.reply.object.id, attribute::kValue), to_buffer(as_bytes("abcdef")));
  const auto cut = derive(base, {.mechanism = kExtract, .number = 8}, 2, readable);
  ASSERT_EQ(cut.code, Code::ok);
  EXPECT_EQ(attribute_of(cut.reply.object.id, attribute::kValue), to_buffer(as_bytes("bc")));
  const wire::ObjectId other = import(as_bytes("xy"));
  const auto both = derive(base, {.mechanism = kConcatenateKey, .other_key = other}, 0, readable);
  ASSERT_EQ(both.code, Code::ok);
  EXPECT_EQ(attribute_of(both.reply.object.id, attribute::kValue), to_buffer(as_bytes("abcdxy")));
}

TEST_F(DeriveTest, NeverMakesTheOctetsOfAKeyThatCanBeCutReadable) {
  const wire::ObjectId base = cuttable(0x350);
  const wire::ObjectId aes = cuttable(0x1080);
  const wire::ObjectId known = import(data);
  const std::vector<std::pair<wire::ObjectId, wire::Parameters>> ways = {
      {base, {.mechanism = kConcatenateData, .info = data}},
      {base, {.mechanism = kConcatenateBefore, .info = data}},
      {base, {.mechanism = kConcatenateKey, .other_key = known}},
      {known, {.mechanism = kConcatenateKey, .other_key = base}},
      {base, {.mechanism = kXor, .info = data}},
      {base, {.mechanism = kExtract}},
      {aes, {.mechanism = kEcbEncryptData, .info = data}},
  };
  for (const auto& [key, parameters] : ways) {
    EXPECT_EQ(refusal(key, parameters, 0, {truth(attribute::kSensitive, false)}), Code::template_inconsistent)
        << parameters.mechanism;
    EXPECT_EQ(refusal(key, parameters, 0, {truth(attribute::kExtractable, true)}),
              Code::template_inconsistent)
        << parameters.mechanism;
    EXPECT_EQ(refusal(key, parameters, 0, {truth(attribute::kPrivate, false)}), Code::template_inconsistent)
        << parameters.mechanism;
    const auto kept = derive(key, parameters);
    ASSERT_EQ(kept.code, Code::ok) << parameters.mechanism;
    EXPECT_TRUE(is_true(kept.reply.object.id, attribute::kSensitive));
    EXPECT_FALSE(is_true(kept.reply.object.id, attribute::kExtractable));
    EXPECT_FALSE(is_true(kept.reply.object.id, attribute::kAlwaysSensitive));
    EXPECT_FALSE(is_true(kept.reply.object.id, attribute::kNeverExtractable));
  }
}

TEST_F(DeriveTest, KeepsTheWrappingRuleOfTheBase) {
  const Number length(attribute::kValueLen, 32);
  const Buffer xoring = numbers({kXor});
  const auto base =
      world.owner->call(wire::GenerateKey{.mechanism = 0x350,
                                          .attributes = {length.attribute(),
                                                         truth(attribute::kDerive, true),
                                                         truth(attribute::kExtractable, true),
                                                         truth(attribute::kWrapWithTrusted, true),
                                                         {attribute::kAllowedMechanisms, xoring}}});
  ASSERT_EQ(base.code, Code::ok);
  const wire::Parameters parameters{.mechanism = kXor, .info = data};
  EXPECT_EQ(refusal(base.reply.object.id, parameters, 0, {truth(attribute::kWrapWithTrusted, false)}),
            Code::template_inconsistent);
  const auto derived = derive(base.reply.object.id, parameters, 0, {truth(attribute::kExtractable, true)});
  ASSERT_EQ(derived.code, Code::ok);
  EXPECT_TRUE(is_true(derived.reply.object.id, attribute::kWrapWithTrusted));
}

TEST_F(DeriveTest, LetsOneWayDerivationsDecideButTellsTheHistory) {
  const wire::ObjectId base = generic();
  const auto open = derive(base, {.mechanism = kSha256Derive}, 32, readable);
  ASSERT_EQ(open.code, Code::ok);
  EXPECT_FALSE(is_true(open.reply.object.id, attribute::kAlwaysSensitive));
  EXPECT_FALSE(is_true(open.reply.object.id, attribute::kNeverExtractable));
  const auto closed = derive(base, {.mechanism = kSha256Derive}, 32);
  EXPECT_TRUE(is_true(closed.reply.object.id, attribute::kAlwaysSensitive));
  EXPECT_TRUE(is_true(closed.reply.object.id, attribute::kNeverExtractable));
  EXPECT_FALSE(is_true(closed.reply.object.id, attribute::kLocal));
  const auto imported = derive(import(data), {.mechanism = kSha256Derive}, 32);
  EXPECT_FALSE(is_true(imported.reply.object.id, attribute::kAlwaysSensitive));
  EXPECT_FALSE(is_true(imported.reply.object.id, attribute::kNeverExtractable));
}

TEST_F(DeriveTest, RefusesABaseThatMayNotDerive) {
  const Number length(attribute::kValueLen, 32);
  const auto base = world.owner->call(wire::GenerateKey{
      .mechanism = 0x350, .attributes = {length.attribute(), truth(attribute::kDerive, false)}});
  ASSERT_EQ(base.code, Code::ok);
  const wire::ObjectId& forbidden = base.reply.object.id;
  EXPECT_EQ(refusal(forbidden, {.mechanism = kSha256Derive}), Code::key_use);
  EXPECT_EQ(refusal(generic(), {.mechanism = kConcatenateKey, .other_key = forbidden}), Code::key_use);
}

TEST_F(DeriveTest, MakesSeveralKeysOfOneDerivation) {
  const Number length(attribute::kValueLen, 16);
  const Number aes(attribute::kKeyType, key_type::kAes);
  wire::DeriveKey request{
      .base = generic(),
      .parameters = {.mechanism = kCounterKdf,
                     .hash = kSha256,
                     .parts = {{.kind = 1, .bits = 32}, {.kind = 4, .octets = as_bytes("label")}}},
      .attributes = {length.attribute(), aes.attribute()},
      .additional = {{.attributes = {length.attribute()}}, {.attributes = {length.attribute()}}}};
  const auto answer = world.owner->call(request);
  ASSERT_EQ(answer.code, Code::ok);
  ASSERT_EQ(answer.reply.additional.size(), 2U);
  EXPECT_EQ(answer.reply.object.key_type, key_type::kAes);
  EXPECT_EQ(answer.reply.additional[1].bits, 128U);
  request.additional[1].attributes.clear();
  EXPECT_EQ(world.owner->call(request).code, Code::template_incomplete);
  request.additional.clear();
  request.parameters.parts[0].kind = 9;
  EXPECT_EQ(world.owner->call(request).code, Code::mechanism_parameter);
}

TEST_F(DeriveTest, MakesTheKeysOfATlsConnection) {
  const Buffer randoms(64, 1);
  const Number aes(attribute::kKeyType, key_type::kAes);
  wire::DeriveKey request{
      .base = generic(48),
      .parameters = {.mechanism = kTlsKeys, .hash = kSha256, .salt = randoms, .sizes = {32, 16, 4}},
      .attributes = {aes.attribute(), truth(attribute::kEncrypt, true)}};
  const auto all = world.owner->call(request);
  ASSERT_EQ(all.code, Code::ok);
  ASSERT_EQ(all.reply.additional.size(), 3U);
  EXPECT_EQ(all.reply.octets.size(), 8U);
  EXPECT_EQ(all.reply.object.key_type, key_type::kGenericSecret);
  EXPECT_TRUE(is_true(all.reply.object.id, attribute::kSign));
  EXPECT_EQ(all.reply.additional[2].key_type, key_type::kAes);
  EXPECT_TRUE(is_true(all.reply.additional[2].id, attribute::kSensitive));
  request.parameters.sizes = {0, 16, 4};
  request.parameters.mechanism = kTlsKeysSafe;
  const auto sealed = world.owner->call(request);
  ASSERT_EQ(sealed.code, Code::ok);
  EXPECT_EQ(sealed.reply.additional.size(), 1U);
  EXPECT_TRUE(sealed.reply.octets.empty());
  request.parameters.sizes = {0, 0, 4};
  EXPECT_EQ(world.owner->call(request).code, Code::mechanism_parameter);
  request.parameters.sizes = {};
  EXPECT_EQ(world.owner->call(request).code, Code::mechanism_parameter);
}

TEST_F(DeriveTest, TellsOnlyTheVersionOfAPremasterSecret) {
  const Buffer randoms(64, 1);
  const wire::Parameters parameters{.mechanism = kTlsMaster, .hash = kSha256, .salt = randoms};
  Buffer premaster(48, 7);
  premaster[0] = premaster[1] = 3;
  const auto master = derive(import(premaster), parameters);
  ASSERT_EQ(master.code, Code::ok);
  EXPECT_EQ(master.reply.octets, (Buffer{3, 3}));
  EXPECT_EQ(master.reply.object.bits, 384U);
  premaster[0] = 99;
  const auto other = derive(import(premaster), parameters);
  EXPECT_EQ(other.reply.octets, (Buffer{0, 0}));
  EXPECT_EQ(refusal(generic(32), parameters), Code::key_size);
  const auto agreed = derive(generic(32), {.mechanism = kTlsMasterDh, .hash = kSha256, .salt = randoms});
  ASSERT_EQ(agreed.code, Code::ok);
  EXPECT_TRUE(agreed.reply.octets.empty());
}

TEST_F(DeriveTest, HkdfTakesASaltThatIsAKeyAndMakesData) {
  const wire::ObjectId base = import(data);
  wire::Parameters parameters{
      .mechanism = kHkdf, .hash = kSha256, .salt = as_bytes("salt"), .extract = true, .expand = true};
  const auto by_octets = derive(base, parameters, 32, readable);
  parameters.salt = {};
  parameters.other_key = import(as_bytes("salt"));
  const auto by_key = derive(base, parameters, 32, readable);
  ASSERT_EQ(by_octets.code, Code::ok);
  ASSERT_EQ(by_key.code, Code::ok);
  const Buffer value = attribute_of(by_key.reply.object.id, attribute::kValue);
  EXPECT_EQ(value.size(), 32U);
  EXPECT_EQ(value, attribute_of(by_octets.reply.object.id, attribute::kValue));
  parameters.mechanism = kHkdfData;
  const Number length(attribute::kValueLen, 32);
  const auto made = world.owner->call(
      wire::DeriveKey{.base = base, .parameters = parameters, .attributes = {length.attribute()}});
  ASSERT_EQ(made.code, Code::ok);
  EXPECT_EQ(made.reply.object.object_class, object_class::kData);
  EXPECT_EQ(attribute_of(made.reply.object.id, attribute::kValue), value);
}

// RFC 7914, 11.
TEST_F(DeriveTest, StretchesAPasswordToAKeyThatWasNotBornHere) {
  const Number length(attribute::kValueLen, 16);
  wire::GenerateKey request{
      .mechanism = kPbkdf2,
      .attributes = {length.attribute(), truth(attribute::kSensitive, false),
                     truth(attribute::kExtractable, true)},
      .parameters = {.mechanism = kPbkdf2, .hash = kSha256, .salt = as_bytes("salt"), .number = 1},
      .password = secret("passwd")};
  const auto answer = world.owner->call(request);
  ASSERT_EQ(answer.code, Code::ok);
  const Buffer expected = {0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f,
                           0xec, 0x16, 0x91, 0xc2, 0x25, 0x44, 0xb6, 0x05};
  EXPECT_EQ(attribute_of(answer.reply.object.id, attribute::kValue), expected);
  EXPECT_FALSE(is_true(answer.reply.object.id, attribute::kLocal));
  EXPECT_FALSE(is_true(answer.reply.object.id, attribute::kNeverExtractable));
  request.parameters.number = 1'000'000'000;
  EXPECT_EQ(world.owner->call(request).code, Code::mechanism_parameter);
}

TEST_F(DeriveTest, GeneratesKeysUnderTheirOwnNames) {
  struct Made {
    std::uint32_t mechanism;
    std::uint32_t type;
    std::uint32_t bits;
  };
  for (const Made& each : {Made{0x4005, key_type::kSha256Hmac, 256}, Made{0x4003, key_type::kSha1Hmac, 160},
                           Made{0x1225, key_type::kChaCha20, 256}}) {
    const auto answer = world.owner->call(wire::GenerateKey{.mechanism = each.mechanism});
    ASSERT_EQ(answer.code, Code::ok) << each.mechanism;
    EXPECT_EQ(answer.reply.object.key_type, each.type);
    EXPECT_EQ(answer.reply.object.bits, each.bits);
  }
  const Number length(attribute::kValueLen, 32);
  const Number named(attribute::kKeyType, key_type::kSha384Hmac);
  const auto answer = world.owner->call(
      wire::GenerateKey{.mechanism = 0x350, .attributes = {length.attribute(), named.attribute()}});
  ASSERT_EQ(answer.code, Code::ok);
  EXPECT_EQ(answer.reply.object.key_type, key_type::kSha384Hmac);
  EXPECT_EQ(world.owner
                ->call(wire::GenerateKey{.mechanism = 0x1080,
                                         .attributes = {length.attribute(), named.attribute()}})
                .code,
            Code::template_inconsistent);
}

TEST(PublicHalf, IsMadeOfAPrivateKeyAndOfNothingElse) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  const auto pair = world.generate_p256();
  ASSERT_TRUE(pair.ok());
  wire::DeriveKey request;
  request.base = pair.reply.private_key.id;
  request.parameters.mechanism = 0x403A;
  const auto derived = world.owner->call(request);
  ASSERT_TRUE(derived.ok());
  EXPECT_EQ(derived.reply.object.object_class, object_class::kPublicKey);
  EXPECT_FALSE(derived.reply.object.is_token);
  const auto point = [&](const ObjectId& id) {
    wire::GetAttributes read;
    read.id = id;
    read.types = {attribute::kEcPoint, attribute::kEcParams};
    const auto answer = world.owner->call(read);
    Buffer octets;
    for (const auto& each : answer.reply.attributes) append(octets, each.value);
    return octets;
  };
  EXPECT_EQ(point(derived.reply.object.id), point(pair.reply.public_key.id));
  const Buffer rsa(8, 0);
  request.attributes = {{attribute::kKeyType, rsa}};
  EXPECT_EQ(world.owner->call(request).code, Code::template_inconsistent);
  request.attributes.clear();
  request.base = pair.reply.public_key.id;
  EXPECT_EQ(world.owner->call(request).code, Code::key_type);
}

}  // namespace
}  // namespace coffer::vault
