// Grants: what guests see and do, and what becomes of them when their grant is taken back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/grant.h"
#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kGuest = 3000;

// CountedLine is the server's end of a connection that only notes whether it was cut.
class CountedLine final : public wire::Line {
 public:
  void cut_off() override { ++cuts; }
  int cuts = 0;
};

class GrantTest : public testing::Test {
 protected:
  GrantTest() {
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.initialize(), Code::ok);
    for (const std::uint32_t slot : {0U, 1U}) EXPECT_EQ(world.create_token(slot), Code::ok);
  }

  Code grant(std::vector<std::uint32_t> slots, bool admit = true, std::uint32_t uid = kGuest) {
    return world.owner->call(wire::Grant{.uid = uid, .admit = admit, .slots = std::move(slots)}).code;
  }
  std::unique_ptr<Client> guest(std::uint32_t uid = kGuest) {
    auto client = std::make_unique<Client>(*world.vault, uid);
    EXPECT_EQ(client->refused(), Code::ok);
    EXPECT_TRUE(client->call(wire::Hello{}).ok());
    return client;
  }
  std::shared_ptr<CountedLine> watch(Client& client) {
    auto line = std::make_shared<CountedLine>();
    client.context()->set_line(line);
    return line;
  }
  static std::vector<std::uint32_t> seen_by(Client& client) {
    std::vector<std::uint32_t> slots;
    for (const auto& token : client.call(wire::Slots{}).reply.slots) {
      if (token.initialized) slots.push_back(token.slot);
    }
    return slots;
  }
  wire::GrantInfo shown() {
    const auto reply = world.owner->call(wire::Grants{}).reply;
    return reply.grants.empty() ? wire::GrantInfo{} : reply.grants.front();
  }
  Code make_token(Client& client, std::uint32_t slot) {
    return client.call(wire::InitToken{.slot = slot, .officer_pin = secret("12345678"), .label = "mine"})
        .code;
  }
  // Ten wrong PINs, with the waits between them.
  static void guess(World& in, Client& client, std::uint32_t slot) {
    for (int i = 0; i < kPinTriesMax; ++i) {
      in.wait_for_pins();
      EXPECT_NE(client.call(wire::Login{.slot = slot, .pin = secret("wrong")}).code, Code::ok);
    }
  }

  World world;
};

TEST_F(GrantTest, AGuestSeesTheTokensThatItsGrantNames) {
  ASSERT_EQ(grant({1}), Code::ok);
  const auto client = guest();
  EXPECT_THAT(seen_by(*client), ElementsAre(1));
  EXPECT_THAT(seen_by(*world.owner), ElementsAre(0, 1));
  EXPECT_EQ(client->call(wire::Login{.slot = 0, .pin = secret("1234")}).code, Code::slot_invalid);
  EXPECT_EQ(client->call(wire::Login{.slot = 1, .pin = secret("1234")}).code, Code::ok);
}

TEST_F(GrantTest, WhoNamesSomebodyElsesTokenIsRecorded) {
  ASSERT_EQ(grant({1}), Code::ok);
  {
    const auto client = guest();
    for (const std::uint32_t slot : {0U, 5U}) {
      EXPECT_EQ(client->call(wire::Find{.slot = slot, .count_max = 1, .after = {}}).code, Code::slot_invalid);
    }
  }
  world.stop();
  const auto is_about = [](const std::string& line) {
    return line.find("\"token.refused\"") != std::string::npos && line.find("failed") != std::string::npos;
  };
  const auto lines = world.audit.lines();
  EXPECT_EQ(std::ranges::count_if(lines, is_about), 1);
}

TEST_F(GrantTest, ATokenThatAGuestDoesNotSeeKeepsAllItsTries) {
  ASSERT_EQ(grant({1}), Code::ok);
  guess(world, *guest(), 0);
  EXPECT_EQ(world.owner->call(wire::Slots{}).reply.slots.front().user_tries_left, kPinTriesMax);
}

TEST_F(GrantTest, WithoutNamesAGuestSeesWhatItMakesAndOthersDoNot) {
  ASSERT_EQ(grant({}), Code::ok);
  ASSERT_EQ(grant({}, true, kGuest + 1), Code::ok);
  {
    const auto client = guest();
    EXPECT_THAT(seen_by(*client), IsEmpty());
    ASSERT_EQ(make_token(*client, 2), Code::ok);
    EXPECT_THAT(seen_by(*client), ElementsAre(2));
    EXPECT_THAT(seen_by(*guest(kGuest + 1)), IsEmpty());
  }
  ASSERT_TRUE(world.start().ok());
  EXPECT_THAT(seen_by(*guest()), ElementsAre(2)) << "after a restart";
  EXPECT_THAT(shown().slots, ElementsAre(2));
}

TEST_F(GrantTest, GivenAgainItSeesMoreAndTakenBackInPartLess) {
  ASSERT_EQ(grant({0}), Code::ok);
  ASSERT_EQ(grant({1}), Code::ok);
  EXPECT_THAT(shown().slots, ElementsAre(0, 1));
  ASSERT_EQ(grant({0}, false), Code::ok);
  EXPECT_THAT(shown().slots, ElementsAre(1));
  EXPECT_EQ(grant({7}), Code::slot_invalid);
  EXPECT_EQ(grant({2}), Code::not_initialized);
  EXPECT_THAT(shown().slots, ElementsAre(1));
}

TEST_F(GrantTest, ASlotThatAnotherTokenGetsIsNotSeen) {
  ASSERT_EQ(grant({1}), Code::ok);
  ASSERT_TRUE(world.owner->call(wire::DestroyToken{1}).ok());
  ASSERT_EQ(world.create_token(1), Code::ok);
  EXPECT_THAT(seen_by(*guest()), IsEmpty());
}

TEST_F(GrantTest, TakenBackItEndsConnectionsAndAllThatIsAskedOnThem) {
  ASSERT_EQ(grant({1}), Code::ok);
  const auto client = guest();
  const auto other = watch(*world.owner);
  const auto line = watch(*client);
  ASSERT_EQ(client->call(wire::Login{.slot = 1, .pin = secret("1234")}).code, Code::ok);
  ASSERT_EQ(grant({}, false), Code::ok);
  EXPECT_EQ(line->cuts, 1);
  EXPECT_EQ(other->cuts, 0);
  // What was under way when the connection was cut is refused too.
  EXPECT_EQ(client->call(wire::Slots{}).code, Code::denied);
  EXPECT_EQ(client->call(wire::Random{.bytes = 8}).code, Code::denied);
  EXPECT_EQ(Client(*world.vault, kGuest).refused(), Code::denied);
}

TEST_F(GrantTest, WhatBeganAtATokenDoesNotGoOnWithoutIt) {
  ASSERT_EQ(grant({1}), Code::ok);
  const auto client = guest();
  ASSERT_EQ(client->call(wire::Login{.slot = 1, .pin = secret("1234")}).code, Code::ok);
  const Buffer length = number(32);
  const auto key = client->call(
      wire::GenerateKey{.slot = 1,
                        .mechanism = 0x1080,
                        .attributes = {{attribute::kValueLen, length}, truth(attribute::kEncrypt, true)}});
  ASSERT_EQ(key.code, Code::ok);
  const Buffer iv(16, 1);
  const auto begun = client->call(wire::Begin{.kind = wire::OperationKind::encrypt,
                                              .slot = 1,
                                              .key = key.reply.object.id,
                                              .parameters = {.mechanism = 0x1082, .iv = iv}});
  ASSERT_EQ(begun.code, Code::ok);
  const wire::Update part{.operation = begun.reply.operation, .data = iv};
  ASSERT_EQ(client->call(part).code, Code::ok);
  ASSERT_EQ(grant({1}, false), Code::ok);
  EXPECT_EQ(client->call(part).code, Code::slot_invalid);
  EXPECT_EQ(client->call(wire::Finish{.operation = begun.reply.operation}).code, Code::slot_invalid);
}

TEST_F(GrantTest, TheOperatorsOfAGuestMakeNoBackups) {
  ASSERT_EQ(grant({}), Code::ok);
  wire::BackupKeep keep;
  keep.terms = {.choice = wire::BackupChoice::passphrase,
                .passphrase = secret("correct horse battery"),
                .stretch_milliseconds = 1};
  ASSERT_EQ(world.owner->call(keep).code, Code::ok);
  const auto client = guest();
  ASSERT_EQ(make_token(*client, 2), Code::ok);
  ASSERT_EQ(
      client
          ->call(wire::Login{.slot = 2, .user = wire::UserType::security_officer, .pin = secret("12345678")})
          .code,
      Code::ok);
  ASSERT_EQ(client
                ->call(wire::OperatorAdd{
                    .slot = 2, .name = "bob", .role = wire::OperatorRole::backup, .pin = secret("1234")})
                .code,
            Code::ok);
  ASSERT_TRUE(client->call(wire::Logout{2}).ok());
  ASSERT_EQ(client->call(wire::OperatorLogin{.slot = 2, .name = "bob", .pin = secret("1234")}).code,
            Code::ok);
  wire::BackupBegin begin;
  begin.terms.choice = wire::BackupChoice::kept;
  EXPECT_EQ(client->call(begin).code, Code::denied);
}

TEST_F(GrantTest, TokensThatAreGoneTakeNoRoomInAGrant) {
  ASSERT_EQ(grant({1}), Code::ok);
  ASSERT_TRUE(world.owner->call(wire::DestroyToken{1}).ok());
  ASSERT_EQ(grant({0}), Code::ok);
  EXPECT_THAT(shown().slots, ElementsAre(0));
}

TEST_F(GrantTest, LockingCutsGuestsOffAndTheOwnerUnlocks) {
  ASSERT_EQ(grant({1}), Code::ok);
  const auto client = guest();
  const auto line = watch(*client);
  const auto own = watch(*world.owner);
  ASSERT_TRUE(world.owner->call(wire::Lock{}).ok());
  EXPECT_EQ(line->cuts, 1);
  EXPECT_EQ(own->cuts, 0);
  EXPECT_EQ(client->call(wire::Unlock{}).code, Code::denied);
  EXPECT_EQ(world.owner->call(wire::Unlock{}).code, Code::ok);
}

TEST_F(GrantTest, AGuestsWrongPinsLockTheVaultOnlyAtTokensThatAreNamed) {
  const auto set = [this](std::vector<std::uint32_t> slots) {
    return world.owner
        ->call(wire::TamperSet{.signal = wire::TamperSignal::failures,
                               .level = wire::TamperLevel::lock,
                               .slots = std::move(slots)})
        .code;
  };
  ASSERT_EQ(grant({0, 1}), Code::ok);
  ASSERT_EQ(set({0}), Code::ok);
  const auto client = guest();
  guess(world, *client, 1);
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  guess(world, *client, 0);
  EXPECT_EQ(world.state(), wire::VaultState::locked);
}

TEST_F(GrantTest, OnlySignalsOfPinsNameTokens) {
  EXPECT_EQ(world.owner->call(wire::TamperSet{.signal = wire::TamperSignal::rollback, .slots = {0}}).code,
            Code::invalid);
  ASSERT_EQ(world.owner->call(wire::TamperSet{.signal = wire::TamperSignal::duress, .slots = {1}}).code,
            Code::ok);
  const auto signals = world.owner->call(wire::TamperShow{}).reply.signals;
  EXPECT_THAT(signals.at(static_cast<std::size_t>(wire::TamperSignal::duress)).slots, ElementsAre(1));
}

TEST_F(GrantTest, TheGroupAdmitsNoSubordinateUserAndAGrantDoes) {
  constexpr gid_t kGroup = 900;
  constexpr std::uint32_t kSubordinate = 100000;
  world.stop();
  world.group_gid = kGroup;
  world.subordinate_users = {{kSubordinate, kSubordinate + 9}};
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(Client(*world.vault, kSubordinate - 1, {kGroup}).refused(), Code::ok);
  EXPECT_EQ(Client(*world.vault, kSubordinate - 1, {kGroup + 1}).refused(), Code::denied);
  EXPECT_EQ(Client(*world.vault, kSubordinate, {kGroup}).refused(), Code::denied);
  EXPECT_EQ(Client(*world.vault, kSubordinate + 9, {1, kGroup}).refused(), Code::denied);
  EXPECT_EQ(Client(*world.vault, kSubordinate + 10, {kGroup}).refused(), Code::ok);
  ASSERT_EQ(grant({}, true, kSubordinate), Code::ok);
  EXPECT_EQ(Client(*world.vault, kSubordinate, {kGroup}).refused(), Code::ok);
}

TEST(GrantRecords, OfBeforeFormat6SeeAllTokens) {
  const auto old = decode_grant(Buffer{0xE8, 3, 0, 0});
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old.value().uid, 1000U);
  EXPECT_TRUE(old.value().may_see(ObjectId{1}));
  const GrantRecord now{.uid = 1000, .tokens = {ObjectId{2}}};
  const auto again = decode_grant(codec::encode(now));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again.value().may_see(ObjectId{2}));
  EXPECT_FALSE(again.value().may_see(ObjectId{1}));
}

TEST(TamperRecords, OfBeforeFormat6NameNoTokens) {
  TamperRecord record;
  record.levels[3] = 2;
  Buffer octets = codec::encode(record);
  octets.resize(octets.size() - sizeof(std::uint32_t));
  const auto old = decode_tamper_record(octets);
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old.value().levels[3], 2);
  octets.pop_back();
  EXPECT_FALSE(decode_tamper_record(octets).ok());
}

}  // namespace
}  // namespace coffer::vault
