// Wrong PINs count for each principal at each token: whoever types them is locked out, and nobody else.
#include "vault/pin_tries.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "vault/vault_fixture.h"
#include "wire/operator_messages.h"

namespace coffer::vault {
namespace {

constexpr wire::UserType kOfficer = wire::UserType::security_officer;
constexpr std::uint32_t kFirstGuest = 2000;

class PinTriesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  }
  // guest is a user who sees the token.
  std::unique_ptr<Client> guest(std::uint32_t uid) {
    EXPECT_TRUE(world.owner->call(wire::Grant{.uid = uid, .admit = true, .slots = {0}}).ok());
    auto client = std::make_unique<Client>(*world.vault, uid);
    EXPECT_TRUE(client->call(wire::Hello{}).ok());
    return client;
  }
  static Code log_in(Client& client, std::string_view pin, wire::UserType user = wire::UserType::user) {
    return client.call(wire::Login{.slot = 0, .user = user, .pin = secret(pin)}).code;
  }
  Code log_in_as(Client& client, const std::string& name, std::string_view pin) {
    return client.call(wire::OperatorLogin{0, name, secret(pin)}).code;
  }
  // type_wrong types wrong PINs, and waits where it must.
  void type_wrong(Client& client, int count, wire::UserType user = wire::UserType::user) {
    for (int i = 0; i < count;) {
      const Code code = log_in(client, "0000", user);
      if (code == Code::throttled) {
        wait();
        continue;
      }
      ASSERT_TRUE(code == Code::pin_incorrect || code == Code::pin_locked);
      ++i;
    }
  }
  // wait lets the longest wait pass.
  void wait() { world.clock.advance(60'000); }
  static wire::TokenInfo info(Client& client) { return client.call(wire::Slots{}).reply.slots.at(0); }
  [[nodiscard]] std::size_t record_count() {
    return world.memory.range(Buffer{record::kRecordPrefix}, {}, store::kPageRecordsMax)
        .value()
        .records.size();
  }

  World world;
};

TEST_F(PinTriesTest, LockOutWhoeverTypedThemAndNobodyElse) {
  const auto first = guest(kFirstGuest);
  const auto second = guest(kFirstGuest + 1);
  for (const wire::UserType which : {wire::UserType::user, kOfficer}) {
    const std::string_view right = which == kOfficer ? "12345678" : "1234";
    type_wrong(*first, kPinTriesMax, which);
    wait();
    EXPECT_EQ(log_in(*first, right, which), Code::pin_locked);
    EXPECT_EQ(log_in(*second, right, which), Code::ok);
    EXPECT_EQ(second->call(wire::Logout{0}).code, Code::ok);
    EXPECT_EQ(log_in(*world.owner, right, which), Code::ok);
    EXPECT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  }
  EXPECT_EQ(info(*first).user_tries_left, 0);
  EXPECT_EQ(info(*first).officer_tries_left, 0);
  EXPECT_EQ(info(*second).user_tries_left, kPinTriesMax);
  EXPECT_EQ(info(*world.owner).officer_tries_left, kPinTriesMax);
}

TEST_F(PinTriesTest, StayThroughARestart) {
  {
    const auto client = guest(kFirstGuest);
    type_wrong(*client, kPinTriesMax);
  }
  ASSERT_TRUE(world.start().ok());
  wait();
  const auto client = guest(kFirstGuest);
  EXPECT_EQ(log_in(*client, "1234"), Code::pin_locked);
  EXPECT_EQ(log_in(*world.owner, "1234"), Code::ok);
}

TEST_F(PinTriesTest, AreGivenBackToThoseWhomTheOwnerNames) {
  const auto first = guest(kFirstGuest);
  const auto second = guest(kFirstGuest + 1);
  type_wrong(*first, kPinTriesMax);
  type_wrong(*second, kPinTriesMax);
  wait();
  ASSERT_TRUE(
      world.owner->call(wire::TokenUnlock{.slot = 0, .whose = {wire::user_principal(kFirstGuest)}}).ok());
  EXPECT_EQ(log_in(*first, "1234"), Code::ok);
  EXPECT_EQ(log_in(*second, "1234"), Code::pin_locked);
  ASSERT_TRUE(world.owner->call(wire::TokenUnlock{.slot = 0}).ok());
  EXPECT_EQ(log_in(*second, "1234"), Code::ok);
}

TEST_F(PinTriesTest, AreListedForTheOwner) {
  const auto client = guest(kFirstGuest);
  type_wrong(*client, 3);
  type_wrong(*client, 1, kOfficer);
  type_wrong(*world.owner, 2);
  const auto listed = world.owner->call(wire::TokenTries{0});
  ASSERT_EQ(listed.reply.tries.size(), 3U);
  int of_guest = 0;
  for (const wire::PinTries& each : listed.reply.tries) {
    if (each.who == wire::user_principal(kFirstGuest))
      of_guest += each.failures * (each.is_officers ? 10 : 1);
    if (each.who == wire::user_principal(kOwner)) {
      EXPECT_EQ(each.failures, 2);
    }
  }
  EXPECT_EQ(of_guest, 13);
  EXPECT_EQ(client->call(wire::TokenTries{0}).code, Code::denied);
}

TEST_F(PinTriesTest, OfAllTogetherMakeEverybodyWaitAndLockNobody) {
  std::vector<std::unique_ptr<Client>> guests;
  for (std::uint32_t i = 0; i < kTriesOfTokenMax / (kPinTriesMax - 1) + 1; ++i) {
    guests.push_back(guest(kFirstGuest + i));
    type_wrong(*guests.back(), kPinTriesMax - 1);
  }
  const auto late = guest(kFirstGuest + 100);
  EXPECT_EQ(log_in(*late, "1234"), Code::throttled) << "the last wrong PIN was typed just now";
  EXPECT_EQ(info(*late).user_tries_left, kPinTriesMax) << "a PIN that is not looked at does not count";
  // 54 wrong ones: five seconds.
  world.clock.advance(4999);
  EXPECT_EQ(log_in(*late, "1234"), Code::throttled);
  world.clock.advance(1);
  EXPECT_EQ(log_in(*late, "1234"), Code::ok);
}

TEST_F(PinTriesTest, OfOthersNeverMakeATurnLonger) {
  ASSERT_EQ(log_in(*world.owner, "1234"), Code::ok);
  world.owner->call(wire::Logout{0});
  std::vector<std::unique_ptr<Client>> guests;
  for (std::uint32_t i = 0; i < kTriesOfTokenMax / (kPinTriesMax - 1) + 1; ++i) {
    guests.push_back(guest(kFirstGuest + i));
    type_wrong(*guests.back(), kPinTriesMax - 1);
  }
  const auto late = guest(kFirstGuest + 100);
  ASSERT_EQ(log_in(*late, "1234"), Code::throttled);
  // 55 wrong ones: six seconds, in which somebody who knows a PIN types a wrong one after each right one.
  for (int i = 0; i < 6; ++i) {
    world.clock.advance(1000);
    if (log_in(*world.owner, "1234") == Code::ok) world.owner->call(wire::Logout{0});
    log_in(*world.owner, "0000");
  }
  EXPECT_EQ(log_in(*late, "1234"), Code::ok);
}

// Whoever may keep typing, since a right PIN of one's own gives one's tries back, keeps nobody out who is
// known.
TEST_F(PinTriesTest, OfOthersHoldUpNobodyWhoGaveThatPinBefore) {
  ASSERT_EQ(log_in(*world.owner, "1234"), Code::ok);
  world.owner->call(wire::Logout{0});
  std::vector<std::unique_ptr<Client>> guests;
  for (std::uint32_t i = 0; i < 7; ++i) {
    guests.push_back(guest(kFirstGuest + i));
    type_wrong(*guests.back(), kPinTriesMax - 1);
    EXPECT_EQ(log_in(*world.owner, "1234"), Code::ok) << i;
    world.owner->call(wire::Logout{0});
  }
  EXPECT_EQ(log_in(*world.owner, "0000"), Code::pin_incorrect);
  EXPECT_EQ(log_in(*world.owner, "1234"), Code::throttled) << "a wrong one of one's own";
  wait();
  EXPECT_EQ(log_in(*world.owner, "1234"), Code::ok);
  ASSERT_EQ(
      world.owner->call(wire::SetPin{.slot = 0, .old_pin = secret("1234"), .new_pin = secret("5678")}).code,
      Code::ok);
  world.owner->call(wire::Logout{0});
  type_wrong(*guests.back(), 1);
  EXPECT_EQ(log_in(*world.owner, "5678"), Code::throttled) << "nobody has given the new PIN yet";
}

TEST_F(PinTriesTest, ForNamesThatNobodyHasHoldUpNobody) {
  std::vector<std::unique_ptr<Client>> guests;
  for (std::uint32_t i = 0; i < 2; ++i) {
    guests.push_back(guest(kFirstGuest + i));
    for (std::uint32_t j = 0; j < kTriesByNameMax; ++j)
      EXPECT_EQ(log_in_as(*guests.back(), "nobody-" + std::to_string(j), "0000"), Code::pin_incorrect);
  }
  EXPECT_EQ(log_in(*world.owner, "1234"), Code::ok);
  EXPECT_EQ(world.owner->call(wire::TokenTries{0}).reply.tries.size(), 2U);
  ASSERT_TRUE(world.owner->call(wire::TokenUnlock{.slot = 0}).ok());
  EXPECT_TRUE(world.owner->call(wire::TokenTries{0}).reply.tries.empty())
      << "where there are no operators either";
}

TEST_F(PinTriesTest, OfManyAreNoticedWhereNobodysTenthIs) {
  ASSERT_TRUE(world.owner
                  ->call(wire::TamperSet{
                      .signal = wire::TamperSignal::failures, .level = wire::TamperLevel::log, .slots = {0}})
                  .ok());
  const auto noticed = [this] {
    return world.owner->call(wire::TamperShow{})
        .reply.signals[static_cast<std::size_t>(wire::TamperSignal::failures)]
        .count;
  };
  std::vector<std::unique_ptr<Client>> guests;
  for (std::uint32_t i = 0; i < 5; ++i) {
    guests.push_back(guest(kFirstGuest + i));
    type_wrong(*guests.back(), kPinTriesMax - 1);
  }
  EXPECT_EQ(noticed(), 0U);
  guests.push_back(guest(kFirstGuest + 5));
  type_wrong(*guests.back(), 5);
  EXPECT_EQ(noticed(), 1U);
}

TEST_F(PinTriesTest, OfNamesLockAllNamesAfterFifty) {
  ASSERT_EQ(log_in(*world.owner, "12345678", kOfficer), Code::ok);
  ASSERT_TRUE(world.owner->call(wire::OperatorAdd{.name = "alice", .pin = secret("4711")}).ok());
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  const auto client = guest(kFirstGuest);
  for (std::uint32_t i = 0; i < kTriesByNameMax; ++i) {
    wait();
    ASSERT_EQ(log_in_as(*client, "nobody-" + std::to_string(i), "0000"), Code::pin_incorrect) << i;
  }
  wait();
  EXPECT_EQ(log_in_as(*client, "alice", "4711"), Code::pin_locked);
  EXPECT_EQ(log_in_as(*client, "nobody", "4711"), Code::pin_locked);
  EXPECT_EQ(log_in(*client, "1234"), Code::ok) << "that is another PIN";
  EXPECT_EQ(log_in_as(*world.owner, "alice", "4711"), Code::ok);
  EXPECT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_EQ(client->call(wire::Logout{0}).code, Code::ok);
  ASSERT_TRUE(world.owner->call(wire::TokenUnlock{.slot = 0, .name = "alice"}).ok());
  EXPECT_EQ(log_in_as(*client, "alice", "4711"), Code::ok);
}

TEST_F(PinTriesTest, EndWithAPinThatTheOfficerSets) {
  const auto client = guest(kFirstGuest);
  type_wrong(*client, kPinTriesMax);
  ASSERT_EQ(log_in(*world.owner, "12345678", kOfficer), Code::ok);
  ASSERT_EQ(world.owner->call(wire::InitPin{.slot = 0, .pin = secret("5678")}).code, Code::ok);
  EXPECT_EQ(log_in(*client, "5678"), Code::ok);
}

TEST_F(PinTriesTest, OfOthersStayWhenSomebodyChangesThePin) {
  const auto client = guest(kFirstGuest);
  type_wrong(*client, kPinTriesMax);
  ASSERT_EQ(
      world.owner->call(wire::SetPin{.slot = 0, .old_pin = secret("1234"), .new_pin = secret("5678")}).code,
      Code::ok);
  EXPECT_EQ(log_in(*client, "5678"), Code::pin_locked);
}

TEST_F(PinTriesTest, LeaveNoRecordBehind) {
  auto client = guest(kFirstGuest);
  const std::size_t before = record_count();
  type_wrong(*client, 2);
  EXPECT_EQ(record_count(), before + 1);
  EXPECT_EQ(log_in(*client, "1234"), Code::ok);
  EXPECT_EQ(record_count(), before) << "after the right PIN";
  ASSERT_EQ(client->call(wire::Logout{0}).code, Code::ok);
  type_wrong(*client, 2);
  type_wrong(*client, 2, kOfficer);
  ASSERT_TRUE(world.owner->call(wire::DestroyToken{0}).ok());
  EXPECT_EQ(record_count(), before - 1) << "the token's record is gone with the counts";
  client.reset();
  ASSERT_TRUE(world.start().ok());
}

// The rest is about the table itself.
TEST(PinTriesTable, ShowsATryOnceItIsKnownToBeWrong) {
  PinTries tries;
  const PinTries::Place place{ObjectId{1}, user(1)};
  const WhichPin pin{};
  {
    const PinTrial trial(tries, place, pin);
    tries.apply(tries.counted(place, pin, 1).value());
    EXPECT_EQ(tries.shown(place, pin), 0) << "nobody knows yet whether the PIN is wrong";
    EXPECT_EQ(tries.failures(place, pin), 1);
    EXPECT_EQ(tries.shown({ObjectId{1}, user(2)}, pin), 0);
  }
  EXPECT_EQ(tries.shown(place, pin), 1);
}

TEST(PinTriesTable, KeepsCountsOfTokensPrincipalsAndPinsApart) {
  PinTries tries;
  std::uint8_t number = 0;
  for (const std::uint8_t token : {std::uint8_t{1}, std::uint8_t{2}}) {
    for (const std::uint32_t uid : {1U, 2U}) {
      for (const TicketHolder holder : {TicketHolder::security_officer, TicketHolder::user}) {
        ++number;
        tries.apply(tries.counted({ObjectId{token}, user(uid)}, {holder, {}}, number).value());
      }
    }
  }
  EXPECT_EQ(tries.failures({ObjectId{1}, user(1)}, {TicketHolder::security_officer, {}}), 1);
  EXPECT_EQ(tries.failures({ObjectId{1}, user(2)}, {TicketHolder::user, {}}), 4);
  EXPECT_EQ(tries.of_token(ObjectId{1}), 1U + 2 + 3 + 4);
  EXPECT_EQ(tries.of_token(ObjectId{2}), 5U + 6 + 7 + 8);
  EXPECT_EQ(tries.of_token(ObjectId{3}), 0U);
  EXPECT_EQ(tries.most(ObjectId{2}, {TicketHolder::user, {}}), 8);
  const auto next = tries.without(
      ObjectId{1}, [](const record::Who& who, const WhichPin& /*pin*/) { return who == user(1); });
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].tried.version, 3U) << "it was written twice";
  EXPECT_TRUE(next[0].tried.counts.empty());
  tries.apply(next[0]);
  EXPECT_EQ(tries.of_token(ObjectId{1}), 3U + 4);
}

TEST(PinTriesTable, HoldsWrongPinsOfAPrincipalAtSoManyTokens) {
  PinTries tries;
  const auto token = [](std::size_t number) {
    ObjectId id{};
    id[0] = static_cast<std::uint8_t>(number);
    id[1] = static_cast<std::uint8_t>(number >> 8U);
    return id;
  };
  for (std::size_t i = 0; i < kTokensTriedMax; ++i)
    tries.apply(tries.counted({token(i), user(1)}, {}, 1).value());
  EXPECT_EQ(tries.counted({token(kTokensTriedMax), user(1)}, {}, 1).error().code, Code::throttled);
  EXPECT_TRUE(tries.counted({token(0), user(1)}, {}, 2).ok()) << "that token is among them";
  EXPECT_TRUE(tries.counted({token(kTokensTriedMax), user(2)}, {}, 1).ok()) << "nobody else waits for that";
  tries.apply(tries.counted({token(0), user(1)}, {}, 0).value());
  EXPECT_TRUE(tries.counted({token(kTokensTriedMax), user(1)}, {}, 1).ok());
}

TEST(PinTriesTable, LeavesNoRecordOfACountThatWasTakenBackInMemory) {
  PinTries tries;
  const PinTries::Place place{ObjectId{1}, user(1)};
  tries.apply(tries.counted(place, {}, 1).value());
  tries.set(place, {}, 0);
  const auto next =
      tries.without(ObjectId{1}, [](const record::Who& /*who*/, const WhichPin& /*pin*/) { return true; });
  ASSERT_EQ(next.size(), 1U);
  EXPECT_TRUE(next[0].tried.counts.empty());
  EXPECT_EQ(next[0].tried.version, 2U);
}

TEST(PinTriesTable, GoesOnWhereTheRecordIsWhenACountWasTakenBackInMemory) {
  PinTries tries;
  const PinTries::Place place{ObjectId{1}, user(1)};
  const auto first = tries.counted(place, {}, 1).value();
  tries.apply(first);
  tries.set(place, {}, 0);
  EXPECT_EQ(tries.failures(place, {}), 0);
  const auto next = tries.counted(place, {}, 1).value();
  EXPECT_EQ(next.tried.id, first.tried.id);
  EXPECT_EQ(next.tried.version, first.tried.version + 1);
}

}  // namespace
}  // namespace coffer::vault
