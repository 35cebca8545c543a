// Who may use a key, whom it is trusted to, and what a template leaves open.
#include "vault/key_rules_test.h"

namespace coffer::vault {
namespace {

TEST_F(KeyRulesTest, TheOfficerTrustsNoKeyThatDoesMoreThanWrapOrThatOthersMayHave) {
  const auto stored = [this](wire::Template more) {
    more.push_back(truth(attribute::kToken, true));
    more.push_back(truth(attribute::kPrivate, false));
    return aes(more);
  };
  const wire::ObjectId decrypts = stored({truth(attribute::kWrap, true), truth(attribute::kDecrypt, true)});
  const wire::ObjectId left = stored({truth(attribute::kWrap, true), truth(attribute::kExtractable, true)});
  const wire::ObjectId wraps = stored({truth(attribute::kWrap, true)});
  const auto rsa =
      world.owner->call(wire::GenerateKeyPair{.mechanism = 0,
                                              .public_attributes = {{attribute::kModulusBits, kRsaBits},
                                                                    truth(attribute::kWrap, true),
                                                                    truth(attribute::kToken, true)},
                                              .private_attributes = {}});
  become_officer();
  EXPECT_EQ(set(decrypts, {truth(attribute::kTrusted, true)}), Code::attribute_read_only);
  EXPECT_EQ(set(left, {truth(attribute::kTrusted, true)}), Code::attribute_read_only);
  EXPECT_EQ(set(rsa.reply.public_key.id, {truth(attribute::kTrusted, true)}), Code::attribute_read_only);
  EXPECT_EQ(set(wraps, {truth(attribute::kTrusted, true)}), Code::ok);
}

// A public half whose private half decrypts here is trusted by no detour, and a trusted key has no twin.
TEST_F(KeyRulesTest, TrustFromBirthIsForWhatTheOfficerImportsOrWrapsOnly) {
  const wire::Attribute trusted = truth(attribute::kTrusted, true);
  const wire::Attribute stored = truth(attribute::kToken, true);
  const wire::Attribute open = truth(attribute::kPrivate, false);
  const auto pair = world.owner->call(wire::GenerateKeyPair{
      .mechanism = 0,
      .public_attributes = {{attribute::kModulusBits, kRsaBits}, truth(attribute::kWrap, true), stored},
      .private_attributes = {stored, open}});
  become_officer();
  EXPECT_EQ(copy(pair.reply.public_key.id, {trusted}), Code::attribute_read_only);
  EXPECT_EQ(world.owner
                ->call(wire::DeriveKey{.base = pair.reply.private_key.id,
                                       .parameters = {.mechanism = 0x403A},
                                       .attributes = {trusted, truth(attribute::kWrap, true)}})
                .code,
            Code::attribute_read_only);
  EXPECT_EQ(
      world.owner
          ->call(wire::GenerateKeyPair{.mechanism = 0,
                                       .public_attributes = {{attribute::kModulusBits, kRsaBits}, trusted},
                                       .private_attributes = {}})
          .code,
      Code::attribute_read_only);
  EXPECT_EQ(try_generate(kAesGenerate, 32, {trusted, stored, open, truth(attribute::kDecrypt, true)}).code,
            Code::attribute_read_only);
  EXPECT_EQ(try_generate(kAesGenerate, 32, {trusted, stored, open, truth(attribute::kWrap, true)}).code,
            Code::ok);
  const Buffer value(32, 9);
  wire::CreateObject import{.attributes = {{attribute::kClass, kSecretClass},
                                           {attribute::kKeyType, kAesType},
                                           {attribute::kValue, value},
                                           trusted,
                                           stored,
                                           open,
                                           truth(attribute::kWrap, true)}};
  EXPECT_EQ(world.owner->call(import).code, Code::ok);
  import.attributes.push_back(truth(attribute::kExtractable, true));
  EXPECT_EQ(world.owner->call(import).code, Code::template_inconsistent);
}

TEST_F(KeyRulesTest, AKeyThatOthersRelyOnForWrappingHasNoCopy) {
  EXPECT_EQ(copy(wrapping_key(), {}), Code::action_prohibited);
}

TEST_F(KeyRulesTest, TheOfficerFindsPrivateSecretKeysAndDoesNothingButTrustThem) {
  const wire::ObjectId wrapping = wrapping_key({truth(attribute::kToken, true)});
  const auto pair = world.generate_p256();
  become_officer();
  const wire::Find find{.attributes = {{attribute::kClass, kSecretClass}}, .after = {}};
  const auto found = world.owner->call(find);
  ASSERT_EQ(found.reply.objects.size(), 1U);
  EXPECT_EQ(found.reply.objects[0].id, wrapping);
  EXPECT_EQ(set(wrapping, {{attribute::kLabel, as_bytes("mine")}}), Code::not_logged_in);
  EXPECT_EQ(set(wrapping, {truth(attribute::kTrusted, true), {attribute::kLabel, as_bytes("mine")}}),
            Code::not_logged_in);
  EXPECT_EQ(copy(wrapping, {}), Code::not_logged_in);
  EXPECT_EQ(world.owner->call(wire::DestroyObject{.id = wrapping}).code, Code::not_logged_in);
  EXPECT_EQ(unwrap(wrapping, kData, kAesType).code, Code::not_logged_in);
  EXPECT_EQ(set(wrapping, {truth(attribute::kTrusted, true)}), Code::ok);
  EXPECT_EQ(set(pair.reply.private_key.id, {truth(attribute::kTrusted, true)}), Code::not_logged_in);
  become_user();
  EXPECT_TRUE(says(wrapping, attribute::kTrusted));
  EXPECT_EQ(set(wrapping, {truth(attribute::kTrusted, false)}), Code::attribute_read_only);
  const auto key = aes({truth(attribute::kExtractable, true), truth(attribute::kWrapWithTrusted, true)});
  EXPECT_EQ(wrap(wrapping, key).code, Code::ok);
  become_officer();
  EXPECT_EQ(set(wrapping, {truth(attribute::kTrusted, false)}), Code::ok);
}

TEST_F(KeyRulesTest, ATokensKeysAreUsedByWhoIsLoggedInWhateverCkaPrivateSays) {
  const wire::Template open = {truth(attribute::kToken, true), truth(attribute::kPrivate, false)};
  const wire::ObjectId key = aes(open);
  const wire::ObjectId wrapping = wrapping_key(open);
  wire::Template more = open;
  more.push_back(truth(attribute::kDerive, true));
  const wire::ObjectId base = generic(more);
  const auto pair = ec_pair(open);
  const auto guest = stranger();
  EXPECT_EQ(encrypt(*guest, key), Code::not_logged_in);
  EXPECT_EQ(guest->call(World::signature_by(pair.reply.private_key.id)).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(wire::CopyObject{.id = key, .attributes = {truth(attribute::kToken, false)}}).code,
            Code::not_logged_in);
  EXPECT_EQ(guest->call(wire::DeriveKey{.base = base, .parameters = {.mechanism = kSha256Derive}}).code,
            Code::not_logged_in);
  const wire::UnwrapKey unwrapping{
      .unwrapping_key = wrapping,
      .parameters = kKwp,
      .wrapped = kIv,
      .attributes = {{attribute::kClass, kSecretClass}, {attribute::kKeyType, kAesType}}};
  EXPECT_EQ(guest->call(unwrapping).code, Code::not_logged_in);
  const wire::WrapKey leaving{
      .wrapping_key = pair.reply.public_key.id, .key = key, .parameters = kKwp, .room_bytes = 100};
  EXPECT_NE(guest->call(leaving).code, Code::ok);
  const auto begun = guest->call(
      wire::Begin{.kind = wire::OperationKind::encrypt, .key = key, .parameters = {.mechanism = kAesEcb}});
  EXPECT_EQ(begun.code, Code::not_logged_in);
  // It is seen, and used after a login.
  EXPECT_EQ(guest->call(wire::GetAttributes{.id = key, .types = {attribute::kLabel}}).code, Code::ok);
  ASSERT_EQ(guest->call(wire::Login{.user = wire::UserType::user, .pin = secret("1234")}).code, Code::ok);
  EXPECT_EQ(encrypt(*guest, key), Code::ok);
}

TEST_F(KeyRulesTest, AnOperationEndsWithItsLogin) {
  const wire::ObjectId key = aes({truth(attribute::kToken, true)});
  const auto begun = world.owner->call(
      wire::Begin{.kind = wire::OperationKind::decrypt, .key = key, .parameters = {.mechanism = kAesEcb}});
  ASSERT_EQ(begun.code, Code::ok);
  const wire::Update more{.operation = begun.reply.operation, .data = kData};
  EXPECT_EQ(world.owner->call(more).code, Code::ok);
  become_officer();
  EXPECT_EQ(world.owner->call(more).code, Code::not_logged_in);
  EXPECT_EQ(world.owner->call(wire::Finish{.operation = begun.reply.operation}).code, Code::not_logged_in);
}

TEST_F(KeyRulesTest, ASessionsCopyOfATokensKeyIsPrivate) {
  const wire::ObjectId key = aes({truth(attribute::kToken, true), truth(attribute::kPrivate, false)});
  EXPECT_EQ(copy(key, {truth(attribute::kToken, false), truth(attribute::kPrivate, false)}),
            Code::template_inconsistent);
  const auto made =
      world.owner->call(wire::CopyObject{.id = key, .attributes = {truth(attribute::kToken, false)}});
  ASSERT_EQ(made.code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_NE(encrypt(*world.owner, made.reply.object.id), Code::ok);
}

TEST_F(KeyRulesTest, WhoKnowsNoPinNeitherChangesNorDestroysATokensKeys) {
  const wire::ObjectId key = aes({truth(attribute::kToken, true), truth(attribute::kPrivate, false)});
  const auto guest = stranger();
  const wire::SetAttributes change{.id = key, .attributes = {truth(attribute::kDecrypt, false)}};
  EXPECT_EQ(guest->call(change).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(wire::DestroyObject{.id = key}).code, Code::not_logged_in);
  become_officer();
  EXPECT_EQ(world.owner->call(change).code, Code::not_logged_in);
}

TEST_F(KeyRulesTest, SessionObjectsNeedNoLogin) {
  const auto guest = stranger();
  const Buffer length = number(32);
  const auto made = guest->call(
      wire::GenerateKey{.mechanism = kAesGenerate, .attributes = {{attribute::kValueLen, length}}});
  ASSERT_EQ(made.code, Code::ok);
  EXPECT_FALSE(made.reply.object.is_private);
  EXPECT_EQ(encrypt(*guest, made.reply.object.id), Code::ok);
  const auto pair = guest->call(
      wire::GenerateKeyPair{.mechanism = 0x1040, .public_attributes = {{attribute::kEcParams, kP256}}});
  ASSERT_EQ(pair.code, Code::ok);
  EXPECT_EQ(guest->call(World::signature_by(pair.reply.private_key.id)).code, Code::ok);
  const wire::GenerateKey stored{
      .mechanism = kAesGenerate,
      .attributes = {{attribute::kValueLen, length}, truth(attribute::kToken, true)}};
  EXPECT_EQ(guest->call(stored).code, Code::not_logged_in);
  // With a login they are private, as ever.
  EXPECT_TRUE(says(aes(), attribute::kPrivate));
}

// ---- what a template leaves open
// ---------------------------------------------------------------------------

TEST_F(KeyRulesTest, AUseThatIsNamedFalseTakesNothingElseAway) {
  const wire::ObjectId key = aes({truth(attribute::kWrap, false)});
  EXPECT_TRUE(says(key, attribute::kEncrypt));
  EXPECT_TRUE(says(key, attribute::kDecrypt));
  EXPECT_FALSE(says(key, attribute::kWrap));
  const auto pair = ec_pair({truth(attribute::kDerive, false)});
  EXPECT_TRUE(says(pair.reply.private_key.id, attribute::kSign));
  EXPECT_FALSE(says(pair.reply.private_key.id, attribute::kDerive));
}

TEST_F(KeyRulesTest, AUseThatIsNamedTrueKeepsTheOtherDefaultsUnlessTheKeyOnlyWraps) {
  const wire::ObjectId key = aes({truth(attribute::kEncrypt, true)});
  EXPECT_TRUE(says(key, attribute::kDecrypt));
  EXPECT_FALSE(says(key, attribute::kWrap));
  const wire::ObjectId wrapping = aes({truth(attribute::kUnwrap, true), truth(attribute::kSign, false)});
  EXPECT_FALSE(says(wrapping, attribute::kEncrypt));
  EXPECT_TRUE(says(wrapping, attribute::kWrapsOnly));
  const auto rsa =
      world.owner->call(wire::GenerateKeyPair{.mechanism = 0,
                                              .public_attributes = {{attribute::kModulusBits, kRsaBits}},
                                              .private_attributes = {truth(attribute::kUnwrap, true)}});
  EXPECT_TRUE(says(rsa.reply.private_key.id, attribute::kSign));
  EXPECT_TRUE(says(rsa.reply.private_key.id, attribute::kDecrypt));
}

TEST_F(KeyRulesTest, WhoSaysNotSensitiveMayHaveTheKey) {
  EXPECT_TRUE(says(aes({truth(attribute::kSensitive, false)}), attribute::kExtractable));
  EXPECT_FALSE(says(aes(), attribute::kExtractable));
  EXPECT_TRUE(says(aes(), attribute::kSensitive));
  const auto pair = ec_pair();
  const Buffer peer = read(ec_pair().reply.public_key.id, attribute::kEcPoint);
  const auto agreed = derive(pair.reply.private_key.id, {.mechanism = kEcdh, .peer = peer}, 0,
                             {truth(attribute::kSensitive, false)});
  ASSERT_EQ(agreed.code, Code::ok);
  EXPECT_EQ(read(agreed.reply.object.id, attribute::kValue).size(), 32U);
}

}  // namespace
}  // namespace coffer::vault
