// What ends with a login, and what needs one (docs/key-protection.md, I9).
#include "vault/key_rules_test.h"

namespace coffer::vault {
namespace {

TEST_F(KeyRulesTest, ALoginEndsWithItsToken) {
  ASSERT_EQ(world.create_token(1), Code::ok);
  const auto guest = stranger();
  const auto log_in = [&guest](wire::UserType user, std::string_view pin) {
    return guest->call(wire::Login{.slot = 1, .user = user, .pin = secret(pin)}).code;
  };
  const auto sees_it = [this] {
    return world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {1}}).ok();
  };
  for (const auto user : {wire::UserType::user, wire::UserType::security_officer}) {
    ASSERT_TRUE(sees_it());
    ASSERT_EQ(log_in(user, user == wire::UserType::user ? "1234" : "12345678"), Code::ok);
    ASSERT_EQ(world.owner->call(wire::DestroyToken{.slot = 1}).code, Code::ok);
    ASSERT_EQ(world.create_token(1), Code::ok);
    ASSERT_TRUE(sees_it());
    const Buffer length = number(32);
    const auto made = world.owner->call(
        wire::GenerateKey{.slot = 1,
                          .mechanism = kAesGenerate,
                          .attributes = {{attribute::kValueLen, length}, truth(attribute::kToken, true)}});
    ASSERT_EQ(made.code, Code::ok);
    const wire::ObjectId key = made.reply.object.id;
    EXPECT_EQ(
        guest->call(wire::Encrypt{.slot = 1, .key = key, .parameters = {.mechanism = kAesEcb}, .data = kData})
            .code,
        Code::not_logged_in);
    EXPECT_EQ(guest->call(wire::DestroyObject{.slot = 1, .id = key}).code, Code::not_logged_in);
    EXPECT_NE(guest->call(wire::InitPin{.slot = 1, .pin = secret("4321")}).code, Code::ok);
    EXPECT_EQ(guest->call(wire::Logout{1}).code, Code::not_logged_in);
  }
}

TEST_F(KeyRulesTest, AnOperationDoesNotWaitForTheNextLogin) {
  for (const bool is_token : {true, false}) {
    const wire::ObjectId key = aes({truth(attribute::kToken, is_token), truth(attribute::kPrivate, true)});
    const auto begun = world.owner->call(
        wire::Begin{.kind = wire::OperationKind::decrypt, .key = key, .parameters = {.mechanism = kAesEcb}});
    ASSERT_EQ(begun.code, Code::ok);
    const wire::Update more{.operation = begun.reply.operation, .data = kData};
    ASSERT_EQ(world.login(), Code::ok);  // the PIN once more is the same login
    EXPECT_EQ(world.owner->call(more).code, Code::ok);
    become_user();
    EXPECT_EQ(world.owner->call(more).code, Code::not_logged_in);
    EXPECT_EQ(world.owner->call(wire::Finish{.operation = begun.reply.operation}).code, Code::not_logged_in);
  }
}

TEST_F(KeyRulesTest, ATicketDoesNotTakeTheLoginOfAnother) {
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  const auto user = world.owner->call(wire::Login{.user = wire::UserType::user, .pin = secret("1234")});
  ASSERT_EQ(user.code, Code::ok);
  become_officer();
  EXPECT_EQ(world.owner->call(resume(user.reply)).code, Code::other_user_logged_in);
}

TEST_F(KeyRulesTest, OnlyTheOfficerSaysWhetherAKeyIsTrusted) {
  const wire::ObjectId key = aes({truth(attribute::kToken, true), truth(attribute::kPrivate, false)});
  const auto guest = stranger();
  for (const wire::Template& change : {wire::Template{truth(attribute::kTrusted, false)}, wire::Template{}}) {
    EXPECT_EQ(guest->call(wire::SetAttributes{.id = key, .attributes = change}).code, Code::not_logged_in);
  }
  EXPECT_EQ(set(key, {truth(attribute::kTrusted, false)}), Code::ok);
}

// Public objects too: who exchanges a token's public key has others encrypt to his own.
TEST_F(KeyRulesTest, WhoIsNotLoggedInMakesChangesAndDestroysNoObjectOfAToken) {
  const Buffer data_class = number(object_class::kData);
  const wire::Attribute stored = truth(attribute::kToken, true);
  const auto data = [&data_class](const wire::Attribute& token) {
    return wire::CreateObject{.attributes = {{attribute::kClass, data_class}, token}};
  };
  const auto made = world.owner->call(data(stored));
  ASSERT_EQ(made.code, Code::ok);
  const wire::ObjectId object = made.reply.object.id;
  const auto pair =
      world.owner->call(wire::GenerateKeyPair{.mechanism = 0x1040,
                                              .public_attributes = {{attribute::kEcParams, kP256}, stored},
                                              .private_attributes = {stored}});
  const wire::SetAttributes change{.id = pair.reply.public_key.id,
                                   .attributes = {{attribute::kLabel, as_bytes("mine")}}};
  const wire::Attribute open = truth(attribute::kPrivate, false);
  const wire::GenerateKeyPair stored_pair{.mechanism = 0x1040,
                                          .public_attributes = {{attribute::kEcParams, kP256}, stored},
                                          .private_attributes = {stored, open}};
  const Buffer parameter_set = number(2);
  const auto kem = world.owner->call(
      wire::GenerateKeyPair{.mechanism = 0xF,
                            .public_attributes = {{attribute::kParameterSet, parameter_set}, stored},
                            .private_attributes = {}});
  ASSERT_EQ(kem.code, Code::ok);
  const auto guest = stranger();
  EXPECT_EQ(guest->call(data(stored)).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(wire::CopyObject{.id = object, .attributes = {}}).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(change).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(wire::DestroyObject{.id = object}).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(wire::DestroyObject{.id = pair.reply.public_key.id}).code, Code::not_logged_in);
  EXPECT_EQ(guest->call(stored_pair).code, Code::not_logged_in);
  const wire::Encapsulate agreed{.key = kem.reply.public_key.id,
                                 .mechanism = 0x17,
                                 .attributes = {{attribute::kKeyType, kGenericType}, stored, open}};
  EXPECT_EQ(guest->call(agreed).code, Code::not_logged_in);
  const auto base = guest->call(
      wire::GenerateKey{.mechanism = kGenericGenerate, .attributes = {{attribute::kValueLen, number(32)}}});
  EXPECT_EQ(guest
                ->call(wire::DeriveKey{.base = base.reply.object.id,
                                       .parameters = {.mechanism = kSha256Derive},
                                       .attributes = {stored, open}})
                .code,
            Code::not_logged_in);
  // What is a session's own, and what only looks, needs none.
  EXPECT_EQ(guest->call(data(truth(attribute::kToken, false))).code, Code::ok);
  EXPECT_EQ(guest->call(wire::GetAttributes{.id = object, .types = {attribute::kLabel}}).code, Code::ok);
}

TEST_F(KeyRulesTest, TheOfficerMakesAndDestroysWhatIsPublicInAToken) {
  become_officer();
  const Buffer data_class = number(object_class::kData);
  const auto made = world.owner->call(
      wire::CreateObject{.attributes = {{attribute::kClass, data_class}, truth(attribute::kToken, true)}});
  ASSERT_EQ(made.code, Code::ok);
  EXPECT_EQ(set(made.reply.object.id, {{attribute::kLabel, as_bytes("root")}}), Code::ok);
  EXPECT_EQ(world.owner->call(wire::DestroyObject{.id = made.reply.object.id}).code, Code::ok);
}

// Two changes of a session object that meet: the one that looked first must not undo the other.
TEST_F(KeyRulesTest, AChangeOfASessionObjectIsNotUndoneByOneThatLookedBefore) {
  const auto shelf = Shelf::create().value();
  SessionObjects objects(*shelf, nullptr);
  const auto object = [](bool is_sensitive) {
    auto made = std::make_shared<Object>();
    made->id[0] = 1;
    made->attributes.set_truth(attribute::kSensitive, is_sensitive);
    return made;
  };
  const std::shared_ptr<const Object> born = object(false);
  ASSERT_TRUE(objects.put(born, *objects.expect(0, {})).ok());
  EXPECT_TRUE(objects.replace(born, object(true)).ok());
  EXPECT_EQ(objects.replace(born, object(false)).error().code, Code::conflict);
  EXPECT_TRUE(objects.find(born->id).value()->attributes.truth(attribute::kSensitive));
  const auto present = objects.find(born->id).value();
  EXPECT_TRUE(objects.remove(born->id));
  EXPECT_EQ(objects.replace(present, object(false)).error().code, Code::conflict);
  EXPECT_EQ(objects.find(born->id).value(), nullptr);
}

}  // namespace
}  // namespace coffer::vault
