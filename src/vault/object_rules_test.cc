// The rules of attributes in the chip: who may trust, which key asks for the PIN each time, what follows from
// a key and cannot be set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using testing::SizeIs;

constexpr std::uint32_t kAesGenerate = 0x1080;
constexpr std::uint32_t kKeyWrapPad = 0x210B;

const Buffer kBytes32 = number(32);
const Buffer kSecretClass = number(object_class::kSecretKey);
const Buffer kAesType = number(key_type::kAes);

class ObjectRulesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  void become_officer() {
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
    wire::Login login{.user = wire::UserType::security_officer, .pin = secret("12345678")};
    ASSERT_EQ(world.owner->call(login).code, Code::ok);
  }
  void become_user() {
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
    ASSERT_EQ(world.login(), Code::ok);
  }

  Answer<wire::GenerateKey> generate(const wire::Template& more) {
    wire::GenerateKey request{.mechanism = kAesGenerate, .attributes = {{attribute::kValueLen, kBytes32}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    return world.owner->call(request);
  }
  Answer<wire::CreateObject> create(const Buffer& value, const wire::Template& more) {
    wire::CreateObject request{.attributes = {{attribute::kClass, kSecretClass},
                                              {attribute::kKeyType, kAesType},
                                              {attribute::kValue, value}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    return world.owner->call(request);
  }
  Code set(const wire::ObjectId& id, const wire::Template& attributes) {
    return world.owner->call(wire::SetAttributes{.id = id, .attributes = attributes}).code;
  }
  Buffer read(const wire::ObjectId& id, std::uint32_t type) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = id, .types = {type}});
    return answer.ok() ? answer.reply.attributes[0].value : Buffer{};
  }
  Answer<wire::GenerateKeyPair> asking_pair() {
    static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    return world.owner->call(
        wire::GenerateKeyPair{.mechanism = 0x1040,
                              .public_attributes = {{attribute::kEcParams, kP256}},
                              .private_attributes = {truth(attribute::kAlwaysAuthenticate, true)}});
  }
  Code authorize(const wire::ObjectId& key, std::string_view pin) {
    wire::AuthorizeUse request{.key = key, .pin = secret(pin)};
    return world.owner->call(request).code;
  }

  World world;
};

TEST_F(ObjectRulesTest, LetsOnlyTheOfficerTrust) {
  EXPECT_EQ(generate({truth(attribute::kTrusted, true)}).code, Code::attribute_read_only);
  const auto key = generate({truth(attribute::kToken, true), truth(attribute::kPrivate, false),
                             truth(attribute::kWrap, true), truth(attribute::kUnwrap, true)});
  ASSERT_EQ(key.code, Code::ok);
  const auto id = key.reply.object.id;
  EXPECT_EQ(set(id, {truth(attribute::kTrusted, true)}), Code::attribute_read_only);
  become_officer();
  ASSERT_EQ(set(id, {truth(attribute::kTrusted, true)}), Code::ok);
  become_user();
  EXPECT_EQ(read(id, attribute::kTrusted), Buffer{1});
  // Nobody else changes it any more, and it has no copy.
  EXPECT_EQ(set(id, {truth(attribute::kDecrypt, true)}), Code::attribute_read_only);
  EXPECT_EQ(set(id, {{attribute::kLabel, as_bytes("mine")}}), Code::attribute_read_only);
  EXPECT_EQ(world.owner->call(wire::CopyObject{.id = id, .attributes = {}}).code, Code::action_prohibited);
}

TEST_F(ObjectRulesTest, WrapsSensitiveKeysUnderTrustedOnes) {
  const auto wrapping = generate({truth(attribute::kToken, true), truth(attribute::kPrivate, false),
                                  truth(attribute::kWrap, true), truth(attribute::kUnwrap, true)})
                            .reply.object.id;
  const auto key = generate({truth(attribute::kExtractable, true), truth(attribute::kWrapWithTrusted, true)})
                       .reply.object.id;
  const wire::WrapKey wrap{
      .wrapping_key = wrapping, .key = key, .parameters = {.mechanism = kKeyWrapPad}, .room_bytes = 100};
  EXPECT_EQ(world.owner->call(wrap).code, Code::action_prohibited);
  become_officer();
  ASSERT_EQ(set(wrapping, {truth(attribute::kTrusted, true)}), Code::ok);
  become_user();
  const auto again =
      generate({truth(attribute::kExtractable, true), truth(attribute::kWrapWithTrusted, true)});
  wire::WrapKey trusted = wrap;
  trusted.key = again.reply.object.id;
  const auto wrapped = world.owner->call(trusted);
  ASSERT_EQ(wrapped.code, Code::ok);
  // It comes back as a key that still leaves under trusted keys only.
  wire::UnwrapKey unwrap{.unwrapping_key = wrapping,
                         .parameters = {.mechanism = kKeyWrapPad},
                         .wrapped = wrapped.reply.wrapped,
                         .attributes = {{attribute::kClass, kSecretClass}, {attribute::kKeyType, kAesType}}};
  const auto back = world.owner->call(unwrap);
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_EQ(read(back.reply.object.id, attribute::kWrapWithTrusted), Buffer{1});
  unwrap.attributes.push_back(truth(attribute::kWrapWithTrusted, false));
  EXPECT_EQ(world.owner->call(unwrap).code, Code::template_inconsistent);
}

TEST_F(ObjectRulesTest, PermitsOneUseForEachPin) {
  const auto pair = asking_pair();
  ASSERT_EQ(pair.code, Code::ok);
  const auto key = pair.reply.private_key.id;
  EXPECT_EQ(world.sign(key).code, Code::not_logged_in);
  EXPECT_EQ(authorize(key, "9999"), Code::pin_incorrect);
  EXPECT_EQ(world.sign(key).code, Code::not_logged_in);
  ASSERT_EQ(authorize(key, "1234"), Code::ok);
  ASSERT_EQ(authorize(key, "1234"), Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::not_logged_in);
}

TEST_F(ObjectRulesTest, PermitsNoUseOfAnotherKey) {
  const auto one = asking_pair().reply.private_key.id;
  const auto other = asking_pair().reply.private_key.id;
  ASSERT_EQ(authorize(one, "1234"), Code::ok);
  EXPECT_EQ(world.sign(other).code, Code::not_logged_in);
  const auto plain = world.generate_p256().reply.private_key.id;
  EXPECT_EQ(authorize(plain, "1234"), Code::operation_unknown);
}

TEST_F(ObjectRulesTest, BeginsAnOperationInPartsOnceForEachPin) {
  const auto key = asking_pair().reply.private_key.id;
  const wire::Begin begin{.kind = wire::OperationKind::sign, .key = key, .parameters = {.mechanism = 0x1044}};
  EXPECT_EQ(world.owner->call(begin).code, Code::not_logged_in);
  ASSERT_EQ(authorize(key, "1234"), Code::ok);
  EXPECT_EQ(world.owner->call(begin).code, Code::ok);
  EXPECT_EQ(world.owner->call(begin).code, Code::not_logged_in);
}

TEST_F(ObjectRulesTest, WrapsOnlyWhatTheWrapTemplateDescribes) {
  const Buffer only = codec::encode(wire::NestedTemplate{{{attribute::kLabel, as_bytes("may leave")}}});
  const auto wrapping =
      generate({truth(attribute::kWrap, true), {attribute::kWrapTemplate, only}}).reply.object.id;
  const auto stays = generate({truth(attribute::kExtractable, true)}).reply.object.id;
  const auto leaves =
      generate({truth(attribute::kExtractable, true), {attribute::kLabel, as_bytes("may leave")}})
          .reply.object.id;
  wire::WrapKey wrap{
      .wrapping_key = wrapping, .key = stays, .parameters = {.mechanism = kKeyWrapPad}, .room_bytes = 100};
  EXPECT_EQ(world.owner->call(wrap).code, Code::not_found);
  wrap.key = leaves;
  EXPECT_EQ(world.owner->call(wrap).code, Code::ok);
  // Neither a change nor a copy gets rid of it.
  const Buffer anything = codec::encode(wire::NestedTemplate{});
  EXPECT_EQ(set(wrapping, {{attribute::kWrapTemplate, anything}}), Code::attribute_read_only);
  const wire::CopyObject copy{.id = wrapping, .attributes = {{attribute::kWrapTemplate, anything}}};
  EXPECT_EQ(world.owner->call(copy).code, Code::action_prohibited);
}

TEST_F(ObjectRulesTest, UnwrapsOnlyToWhatTheUnwrapTemplateDemands) {
  const Buffer demanded = codec::encode(
      wire::NestedTemplate{{truth(attribute::kExtractable, false), truth(attribute::kDecrypt, false)}});
  const auto wrapping = generate({truth(attribute::kWrap, true),
                                  truth(attribute::kUnwrap, true),
                                  {attribute::kUnwrapTemplate, demanded}})
                            .reply.object.id;
  const auto key = generate({truth(attribute::kExtractable, true)}).reply.object.id;
  const auto wrapped = world.owner->call(wire::WrapKey{
      .wrapping_key = wrapping, .key = key, .parameters = {.mechanism = kKeyWrapPad}, .room_bytes = 100});
  ASSERT_EQ(wrapped.code, Code::ok);
  wire::UnwrapKey unwrap{.unwrapping_key = wrapping,
                         .parameters = {.mechanism = kKeyWrapPad},
                         .wrapped = wrapped.reply.wrapped,
                         .attributes = {{attribute::kClass, kSecretClass}, {attribute::kKeyType, kAesType}}};
  const auto back = world.owner->call(unwrap);
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_EQ(read(back.reply.object.id, attribute::kExtractable), Buffer{0});
  unwrap.attributes.push_back(truth(attribute::kExtractable, true));
  EXPECT_EQ(world.owner->call(unwrap).code, Code::template_inconsistent);
}

TEST_F(ObjectRulesTest, DerivesOnlyToWhatTheDeriveTemplateDemands) {
  const Buffer demanded = codec::encode(wire::NestedTemplate{{truth(attribute::kSensitive, true)}});
  static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  const auto pair = world.owner->call(
      wire::GenerateKeyPair{.mechanism = 0x1040,
                            .public_attributes = {{attribute::kEcParams, kP256}},
                            .private_attributes = {{attribute::kDeriveTemplate, demanded}}});
  ASSERT_EQ(pair.code, Code::ok);
  const Buffer point = read(pair.reply.public_key.id, attribute::kEcPoint);
  wire::DeriveKey derive{.base = pair.reply.private_key.id,
                         .parameters = {.mechanism = 0x1050, .peer = point},
                         .attributes = {}};
  const auto derived = world.owner->call(derive);
  ASSERT_EQ(derived.code, Code::ok);
  EXPECT_EQ(read(derived.reply.object.id, attribute::kSensitive), Buffer{1});
  derive.attributes.push_back(truth(attribute::kSensitive, false));
  EXPECT_EQ(world.owner->call(derive).code, Code::template_inconsistent);
}

TEST_F(ObjectRulesTest, RefusesTemplatesInsideThatAreNone) {
  const Buffer inner = codec::encode(wire::NestedTemplate{});
  const Buffer twice = codec::encode(wire::NestedTemplate{{{attribute::kWrapTemplate, inner}}});
  const Buffer with_value = codec::encode(wire::NestedTemplate{{{attribute::kValue, as_bytes("secret")}}});
  const Buffer unknown = codec::encode(wire::NestedTemplate{{{0x7654321, as_bytes("?")}}});
  EXPECT_EQ(generate({{attribute::kWrapTemplate, as_bytes("rubbish")}}).code, Code::attribute_value);
  EXPECT_EQ(generate({{attribute::kWrapTemplate, twice}}).code, Code::attribute_value);
  EXPECT_EQ(generate({{attribute::kWrapTemplate, with_value}}).code, Code::attribute_value);
  EXPECT_EQ(generate({{attribute::kWrapTemplate, unknown}}).code, Code::attribute_unknown);
}

// The template upgrade by a copy: what cannot be modified is not copied to something that can do more.
TEST_F(ObjectRulesTest, NeverWidensAKeyThatCannotBeModified) {
  const auto key = generate({truth(attribute::kModifiable, false), truth(attribute::kDecrypt, false)});
  ASSERT_EQ(key.code, Code::ok);
  const auto copy_as = [&](const wire::Template& attributes) {
    return world.owner->call(wire::CopyObject{.id = key.reply.object.id, .attributes = attributes}).code;
  };
  EXPECT_EQ(copy_as({truth(attribute::kDecrypt, true)}), Code::attribute_read_only);
  EXPECT_EQ(copy_as({truth(attribute::kModifiable, true)}), Code::attribute_read_only);
  EXPECT_EQ(copy_as({truth(attribute::kEncrypt, false)}), Code::ok);
}

TEST_F(ObjectRulesTest, TellsTheCheckValueOfAesKeysOnly) {
  // AES-128 of zeros under a key of zeros begins with 66e94b (FIPS 197, computed with OpenSSL).
  const Buffer zeros(16, 0);
  const auto key = create(zeros, {});
  ASSERT_EQ(key.code, Code::ok);
  EXPECT_EQ(read(key.reply.object.id, attribute::kCheckValue), (Buffer{0x66, 0xe9, 0x4b}));
  const Buffer right{0x66, 0xe9, 0x4b};
  const Buffer wrong{0x66, 0xe9, 0x4c};
  EXPECT_EQ(create(zeros, {{attribute::kCheckValue, right}}).code, Code::ok);
  EXPECT_EQ(create(zeros, {{attribute::kCheckValue, wrong}}).code, Code::attribute_value);
  const Buffer generic = number(key_type::kGenericSecret);
  const Buffer short_secret{7};
  const auto guessable =
      world.owner->call(wire::CreateObject{.attributes = {{attribute::kClass, kSecretClass},
                                                          {attribute::kKeyType, generic},
                                                          {attribute::kValue, short_secret}}});
  ASSERT_EQ(guessable.code, Code::ok);
  EXPECT_TRUE(read(guessable.reply.object.id, attribute::kCheckValue).empty());
}

TEST_F(ObjectRulesTest, TakesDatesInTheirForm) {
  constexpr std::uint32_t kStartDate = 0x110;
  EXPECT_EQ(generate({{kStartDate, as_bytes("20261123")}}).code, Code::ok);
  EXPECT_EQ(generate({{kStartDate, {}}}).code, Code::ok);
  EXPECT_EQ(generate({{kStartDate, as_bytes("20261323")}}).code, Code::attribute_value);
  EXPECT_EQ(generate({{kStartDate, as_bytes("2026-1-2")}}).code, Code::attribute_value);
  EXPECT_EQ(generate({{kStartDate, as_bytes("2026")}}).code, Code::attribute_value);
}

TEST_F(ObjectRulesTest, FindsOneObjectByItsUniqueId) {
  const auto pair = world.generate_p256();
  const Buffer unique = read(pair.reply.private_key.id, attribute::kUniqueId);
  EXPECT_THAT(unique, SizeIs(32));
  wire::Find find{.attributes = {{attribute::kUniqueId, unique}}, .after = {}};
  const auto found = world.owner->call(find);
  ASSERT_THAT(found.reply.objects, SizeIs(1));
  EXPECT_EQ(found.reply.objects[0].id, pair.reply.private_key.id);
  const Buffer other(32, '0');
  find.attributes[0].value = other;
  EXPECT_THAT(world.owner->call(find).reply.objects, SizeIs(0));
  EXPECT_EQ(set(pair.reply.private_key.id, {{attribute::kUniqueId, unique}}), Code::attribute_read_only);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  find.attributes[0].value = unique;
  EXPECT_THAT(world.owner->call(find).reply.objects, SizeIs(0));
}

// Each value may be long; together they must fit a record, and a reply.
TEST_F(ObjectRulesTest, KeepsLongValuesUpToTheLimitOfAnObject) {
  const Buffer data_class = number(0);
  const Buffer half(wire::kAttributeBytesMax, 7);
  const auto make = [&](Bytes value, Bytes application) {
    return world.owner->call(wire::CreateObject{.attributes = {{attribute::kClass, data_class},
                                                               truth(attribute::kToken, true),
                                                               truth(attribute::kPrivate, false),
                                                               {attribute::kValue, value},
                                                               {attribute::kLabel, application}}});
  };
  EXPECT_EQ(make(half, {}).code, Code::ok);
  EXPECT_EQ(make(half, half).code, Code::limit);
  const std::size_t rest = wire::kObjectBytesMax - half.size() - 1024;
  const auto made = make(half, Bytes(half).first(rest));
  ASSERT_EQ(made.code, Code::ok);
  const auto change = [&](std::size_t bytes) {
    return world.owner
        ->call(wire::SetAttributes{.id = made.reply.object.id,
                                   .attributes = {{attribute::kLabel, Bytes(half).first(bytes)}}})
        .code;
  };
  EXPECT_EQ(change(rest + 2048), Code::limit);
  EXPECT_EQ(change(rest), Code::ok);
}

}  // namespace
}  // namespace coffer::vault
