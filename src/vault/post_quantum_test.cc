// Post-quantum keys in the vault: made, kept, imported, used; and what is refused.
#include "vault/post_quantum.h"

#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kMlKem = 0x17;
constexpr std::uint32_t kMlDsa = 0x1D;
constexpr std::uint32_t kSlhDsa = 0x2E;

class PostQuantumTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  Answer<wire::GenerateKeyPair> generate(std::uint32_t mechanism, std::uint64_t set, bool token = true) {
    const Buffer wanted = number(set);
    wire::GenerateKeyPair request;
    request.mechanism = mechanism;
    request.public_attributes = {{attribute::kParameterSet, wanted}, truth(attribute::kToken, token)};
    request.private_attributes = {truth(attribute::kToken, token)};
    return world.owner->call(request);
  }
  Buffer read(const wire::ObjectId& id, std::uint32_t type) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = id, .types = {type}});
    EXPECT_EQ(answer.code, Code::ok);
    const auto& value = answer.reply.attributes.at(0);
    return value.state == wire::AttributeState::present ? value.value : Buffer{};
  }
  wire::AttributeState state(const wire::ObjectId& id, std::uint32_t type) {
    return world.owner->call(wire::GetAttributes{.id = id, .types = {type}}).reply.attributes.at(0).state;
  }
  // create imports a private key of ML-DSA-44 with some parts.
  Answer<wire::CreateObject> create(wire::Template parts) {
    const Buffer object_class = number(object_class::kPrivateKey);
    const Buffer type = number(key_type::kMlDsa);
    const Buffer set = number(1);
    parts.push_back({attribute::kClass, object_class});
    parts.push_back({attribute::kKeyType, type});
    parts.push_back({attribute::kParameterSet, set});
    parts.push_back(truth(attribute::kSensitive, false));
    parts.push_back(truth(attribute::kExtractable, true));
    return world.owner->call(wire::CreateObject{.attributes = parts});
  }
  Code round_trip(const wire::ObjectId& private_key, const wire::ObjectId& public_key,
                  std::uint32_t mechanism) {
    wire::Sign sign;
    sign.key = private_key;
    sign.parameters.mechanism = mechanism;
    sign.data = as_bytes("message");
    const auto signature = world.owner->call(sign);
    if (signature.code != Code::ok) return signature.code;
    const Buffer made = to_buffer(signature.reply.output);
    wire::Verify verify;
    verify.key = public_key;
    verify.parameters.mechanism = mechanism;
    verify.data = as_bytes("message");
    verify.signature = made;
    return world.owner->call(verify).code;
  }

  World world;
};

TEST_F(PostQuantumTest, SignsWithKeysOfEachKindAlsoAfterARestart) {
  const auto lattice = generate(0x1C, 2);
  const auto hashes = generate(0x2D, 3);
  ASSERT_EQ(lattice.code, Code::ok);
  ASSERT_EQ(hashes.code, Code::ok);
  EXPECT_EQ(lattice.reply.private_key.bits, 8U * 3309U);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(round_trip(lattice.reply.private_key.id, lattice.reply.public_key.id, kMlDsa), Code::ok);
  EXPECT_EQ(round_trip(hashes.reply.private_key.id, hashes.reply.public_key.id, kSlhDsa), Code::ok);
}

TEST_F(PostQuantumTest, ShowsTheParameterSetAndThePublicValueOnly) {
  const auto pair = generate(0x1C, 3);
  ASSERT_EQ(pair.code, Code::ok);
  EXPECT_EQ(read(pair.reply.public_key.id, attribute::kParameterSet), number(3));
  EXPECT_EQ(read(pair.reply.private_key.id, attribute::kParameterSet), number(3));
  EXPECT_EQ(read(pair.reply.public_key.id, attribute::kValue).size(), 2592U);
  EXPECT_EQ(state(pair.reply.private_key.id, attribute::kValue), wire::AttributeState::sensitive);
  EXPECT_EQ(state(pair.reply.private_key.id, attribute::kSeed), wire::AttributeState::sensitive);
  EXPECT_EQ(state(pair.reply.public_key.id, attribute::kSeed), wire::AttributeState::unknown);
}

TEST_F(PostQuantumTest, RefusesUnknownSetsAndNoSet) {
  EXPECT_EQ(generate(0x1C, 4).code, Code::curve_unsupported);
  EXPECT_EQ(generate(0x0F, 0).code, Code::curve_unsupported);
  EXPECT_EQ(generate(0x2D, 13).code, Code::curve_unsupported);
  EXPECT_EQ(world.owner->call(wire::GenerateKeyPair{.mechanism = 0x1C}).code, Code::template_incomplete);
}

TEST_F(PostQuantumTest, RefusesTwoSetsForOnePair) {
  const Buffer one = number(1);
  const Buffer two = number(2);
  wire::GenerateKeyPair request;
  request.mechanism = 0x1C;
  request.public_attributes = {{attribute::kParameterSet, one}};
  request.private_attributes = {{attribute::kParameterSet, two}};
  EXPECT_EQ(world.owner->call(request).code, Code::template_inconsistent);
}

TEST_F(PostQuantumTest, ImportsASeedAValueOrBothThatAgree) {
  const Buffer seed(32, 7);
  const auto by_seed = create({{attribute::kSeed, seed}});
  ASSERT_EQ(by_seed.code, Code::ok);
  const Buffer value = read(by_seed.reply.object.id, attribute::kValue);
  ASSERT_EQ(value.size(), 2560U);
  EXPECT_EQ(read(by_seed.reply.object.id, attribute::kSeed), seed);
  const auto by_value = create({{attribute::kValue, value}});
  ASSERT_EQ(by_value.code, Code::ok);
  EXPECT_EQ(read(by_value.reply.object.id, attribute::kPublicKeyInfo),
            read(by_seed.reply.object.id, attribute::kPublicKeyInfo));
  EXPECT_EQ(create({{attribute::kSeed, seed}, {attribute::kValue, value}}).code, Code::ok);
}

TEST_F(PostQuantumTest, RefusesASeedAndAValueOfTwoKeysAndNeither) {
  const Buffer seed(32, 7);
  const Buffer other(32, 8);
  const auto made = create({{attribute::kSeed, other}});
  ASSERT_EQ(made.code, Code::ok);
  const Buffer value = read(made.reply.object.id, attribute::kValue);
  EXPECT_EQ(create({{attribute::kSeed, seed}, {attribute::kValue, value}}).code, Code::template_inconsistent);
  EXPECT_EQ(create({}).code, Code::template_incomplete);
  const Buffer short_seed(31, 7);
  EXPECT_EQ(create({{attribute::kSeed, short_seed}}).code, Code::attribute_value);
}

TEST_F(PostQuantumTest, EncapsulatesAndDecapsulatesTheSameKey) {
  const auto pair = generate(0x0F, 2, false);
  ASSERT_EQ(pair.code, Code::ok);
  wire::Encapsulate request;
  request.key = pair.reply.public_key.id;
  request.mechanism = kMlKem;
  request.attributes = {truth(attribute::kSensitive, false)};
  const auto made = world.owner->call(request);
  ASSERT_EQ(made.code, Code::ok);
  EXPECT_EQ(made.reply.ciphertext.size(), 1088U);
  wire::Decapsulate back;
  back.key = pair.reply.private_key.id;
  back.mechanism = kMlKem;
  back.ciphertext = made.reply.ciphertext;
  back.attributes = {truth(attribute::kSensitive, false)};
  const auto again = world.owner->call(back);
  ASSERT_EQ(again.code, Code::ok);
  const Buffer secret = read(made.reply.object.id, attribute::kValue);
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(read(again.reply.object.id, attribute::kValue), secret);
  for (const auto& id : {made.reply.object.id, again.reply.object.id}) {
    EXPECT_EQ(read(id, attribute::kLocal), Buffer{0});
    EXPECT_EQ(read(id, attribute::kAlwaysSensitive), Buffer{0});
    EXPECT_EQ(read(id, attribute::kNeverExtractable), Buffer{0});
    EXPECT_EQ(read(id, attribute::kExtractable), Buffer{1});
  }
}

TEST_F(PostQuantumTest, AChangedCiphertextGivesAnotherKeyAndAShortOneNone) {
  const auto pair = generate(0x0F, 1, false);
  ASSERT_EQ(pair.code, Code::ok);
  wire::Decapsulate request;
  request.key = pair.reply.private_key.id;
  request.mechanism = kMlKem;
  const Buffer nobodys(768, 1);
  request.ciphertext = nobodys;
  EXPECT_EQ(world.owner->call(request).code, Code::ok);
  request.ciphertext = Bytes(nobodys).first(767);
  EXPECT_EQ(world.owner->call(request).code, Code::ciphertext_length);
}

TEST_F(PostQuantumTest, RefusesEncapsulationWithoutTheUseOrTheRightKey) {
  const Buffer set = number(1);
  wire::GenerateKeyPair forbidden;
  forbidden.mechanism = 0x0F;
  forbidden.public_attributes = {{attribute::kParameterSet, set}, truth(attribute::kEncapsulate, false)};
  const auto pair = world.owner->call(forbidden);
  ASSERT_EQ(pair.code, Code::ok);
  wire::Encapsulate request;
  request.key = pair.reply.public_key.id;
  request.mechanism = kMlKem;
  EXPECT_EQ(world.owner->call(request).code, Code::key_use);
  request.key = pair.reply.private_key.id;
  EXPECT_EQ(world.owner->call(request).code, Code::key_use);
  request.mechanism = kMlDsa;
  EXPECT_EQ(world.owner->call(request).code, Code::mechanism_invalid);
}

TEST_F(PostQuantumTest, TemplatesBoundWhatAKeyEncapsulates) {
  const Buffer set = number(1);
  const Buffer named = codec::encode(wire::NestedTemplate{{{attribute::kLabel, as_bytes("agreed")}}});
  const Buffer kept = codec::encode(wire::NestedTemplate{{truth(attribute::kExtractable, false)}});
  wire::GenerateKeyPair generate;
  generate.mechanism = 0x0F;
  generate.public_attributes = {{attribute::kParameterSet, set}, {attribute::kEncapsulateTemplate, named}};
  generate.private_attributes = {{attribute::kDecapsulateTemplate, kept}};
  const auto pair = world.owner->call(generate);
  ASSERT_EQ(pair.code, Code::ok);
  const auto value_of = [&](const ObjectId& id, std::uint32_t type) {
    const auto read = world.owner->call(wire::GetAttributes{.id = id, .types = {type}});
    return read.ok() ? to_buffer(read.reply.attributes[0].value) : Buffer();
  };
  wire::Encapsulate request;
  request.key = pair.reply.public_key.id;
  request.mechanism = kMlKem;
  const auto made = world.owner->call(request);
  ASSERT_EQ(made.code, Code::ok);
  EXPECT_EQ(value_of(made.reply.object.id, attribute::kLabel), to_buffer(as_bytes("agreed")));
  request.attributes = {{attribute::kLabel, as_bytes("other")}};
  EXPECT_EQ(world.owner->call(request).code, Code::template_inconsistent);
  wire::Decapsulate back;
  back.key = pair.reply.private_key.id;
  back.mechanism = kMlKem;
  back.ciphertext = made.reply.ciphertext;
  const auto opened = world.owner->call(back);
  ASSERT_EQ(opened.code, Code::ok);
  EXPECT_EQ(value_of(opened.reply.object.id, attribute::kExtractable), Buffer{0});
  back.attributes = {truth(attribute::kExtractable, true)};
  EXPECT_EQ(world.owner->call(back).code, Code::template_inconsistent);
}

TEST_F(PostQuantumTest, RefusesASecretOfAnotherLength) {
  const auto pair = generate(0x0F, 1, false);
  ASSERT_EQ(pair.code, Code::ok);
  const Buffer sixteen = number(16);
  wire::Encapsulate request;
  request.key = pair.reply.public_key.id;
  request.mechanism = kMlKem;
  request.attributes = {{attribute::kValueLen, sixteen}};
  EXPECT_EQ(world.owner->call(request).code, Code::template_inconsistent);
}

TEST_F(PostQuantumTest, AnEcPublicKeyHasNoValue) {
  static constexpr std::uint8_t kOctet[] = {1};
  const Buffer object_class = number(object_class::kPublicKey);
  const Buffer type = number(key_type::kEc);
  const wire::Template attributes = {
      {attribute::kClass, object_class}, {attribute::kKeyType, type}, {attribute::kValue, kOctet}};
  EXPECT_EQ(world.owner->call(wire::CreateObject{.attributes = attributes}).code,
            Code::template_inconsistent);
}

}  // namespace
}  // namespace coffer::vault
