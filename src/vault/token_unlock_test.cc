// The owner gives tries of PINs back (TokenUnlock), and tokens are made with their user's PIN (InitToken).
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "vault/vault_fixture.h"
#include "wire/operator_messages.h"

namespace coffer::vault {
namespace {

constexpr wire::UserType kUser = wire::UserType::user;
constexpr wire::UserType kOfficer = wire::UserType::security_officer;

class TokenUnlockTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  }
  Code try_pin(wire::UserType user, std::string_view pin) {
    return world.owner->call(wire::Login{.slot = 0, .user = user, .pin = secret(pin)}).code;
  }
  Code unlock(wire::UserType user) {
    return world.owner->call(wire::TokenUnlock{.slot = 0, .user = user}).code;
  }
  // lock types wrong PINs until the PIN is locked, and gives the time that this took at least.
  std::uint64_t lock(wire::UserType user) {
    const std::uint64_t begun = world.clock.boot_milliseconds();
    for (Code code = Code::ok; code != Code::pin_locked;) {
      code = try_pin(user, "0000");
      if (code == Code::throttled) world.clock.advance(1000);
      EXPECT_TRUE(code == Code::throttled || code == Code::pin_incorrect || code == Code::pin_locked);
    }
    return world.clock.boot_milliseconds() - begun;
  }
  // wait lets the longest wait pass.
  void wait() { world.clock.advance(60'000); }
  [[nodiscard]] std::string last_line_of(const std::string& event) const {
    const auto lines = world.audit.lines();
    const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const std::string& line) {
      return line.find("\"event\":\"" + event + "\"") != std::string::npos;
    });
    return found == lines.rend() ? "" : *found;
  }
  [[nodiscard]] wire::TokenInfo info(std::size_t index = 0) {
    return world.owner->call(wire::Slots{}).reply.slots.at(index);
  }

  World world;
};

TEST_F(TokenUnlockTest, GivesTheOfficersTriesBackAndKeepsThePin) {
  lock(kOfficer);
  wait();
  ASSERT_EQ(try_pin(kOfficer, "12345678"), Code::pin_locked);
  ASSERT_EQ(unlock(kOfficer), Code::ok);
  EXPECT_EQ(info().officer_tries_left, kPinTriesMax);
  EXPECT_EQ(try_pin(kOfficer, "12345678"), Code::ok);
}

TEST_F(TokenUnlockTest, GivesTheUsersTriesBackAlsoAfterARestart) {
  lock(kUser);
  ASSERT_EQ(unlock(kUser), Code::ok);
  ASSERT_TRUE(world.start().ok());
  wait();
  EXPECT_EQ(try_pin(kUser, "1234"), Code::ok);
}

TEST_F(TokenUnlockTest, GivesAnOperatorsTriesBackAndNobodyElses) {
  ASSERT_EQ(try_pin(kOfficer, "12345678"), Code::ok);
  ASSERT_TRUE(world.owner->call(wire::OperatorAdd{.name = "alice", .pin = secret("4711")}).ok());
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  lock(kUser);
  const auto log_in = [this](std::string_view pin) {
    return world.owner->call(wire::OperatorLogin{0, "alice", secret(pin)}).code;
  };
  for (Code code = Code::ok; code != Code::pin_locked; code = log_in("0000")) wait();
  ASSERT_TRUE(world.owner->call(wire::TokenUnlock{.slot = 0, .name = "alice"}).ok());
  wait();
  EXPECT_EQ(try_pin(kUser, "1234"), Code::pin_locked);
  EXPECT_EQ(log_in("4711"), Code::ok);
}

TEST_F(TokenUnlockTest, EndsNoLogin) {
  ASSERT_EQ(try_pin(kUser, "1234"), Code::ok);
  const auto key = world.generate_p256().reply.private_key.id;
  ASSERT_EQ(unlock(kUser), Code::ok);
  EXPECT_TRUE(world.sign(key).ok());
}

TEST_F(TokenUnlockTest, IsTheOwnersOnly) {
  lock(kUser);
  ASSERT_TRUE(world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}}).ok());
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  EXPECT_EQ(stranger.call(wire::TokenUnlock{.slot = 0}).code, Code::denied);
  wait();
  EXPECT_EQ(try_pin(kUser, "1234"), Code::pin_locked);
}

TEST_F(TokenUnlockTest, SaysWhoAndWhoseInTheAuditLog) {
  ASSERT_EQ(unlock(kOfficer), Code::ok);
  const std::string line = last_line_of("token.unlock");
  for (const std::string& part :
       {std::string("\"slot\":0"), std::string("\"user\":\"security-officer\""),
        std::string("{\"kind\":\"user\",\"id\":\"000000000000000000000000000003e8\",\"name\":\"1000\"}"),
        std::string("\"result\":\"ok\"")}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " is not in " << line;
  }
}

TEST_F(TokenUnlockTest, NeedsNoRoomButTheAdministrators) {
  lock(kUser);
  world.audit.fill_disk();
  EXPECT_EQ(unlock(kUser), Code::ok);
  world.audit.recover();
  lock(kUser);
  world.audit.fill_disk(true);
  EXPECT_EQ(unlock(kUser), Code::disk_full);
  world.audit.recover();
  wait();
  EXPECT_EQ(try_pin(kUser, "1234"), Code::pin_locked) << "what is not recorded is not done";
}

TEST_F(TokenUnlockTest, RefusesAPinThatIsNotThere) {
  ASSERT_TRUE(
      world.owner->call(wire::InitToken{.slot = 1, .officer_pin = secret("12345678"), .label = "new"}).ok());
  EXPECT_EQ(world.owner->call(wire::TokenUnlock{.slot = 1}).code, Code::pin_not_set);
  EXPECT_EQ(world.owner->call(wire::TokenUnlock{.slot = 0, .name = "nobody"}).code, Code::not_found);
  EXPECT_EQ(world.owner->call(wire::TokenUnlock{.slot = 2}).code, Code::not_initialized);
}

TEST_F(TokenUnlockTest, MakesGuessingNoFaster) {
  std::uint64_t before = lock(kUser);
  EXPECT_GE(before, 15'000U);
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(unlock(kUser), Code::ok);
    const std::uint64_t taken = lock(kUser);
    EXPECT_GE(taken, before + 90'000) << "each of ten tries waits ten seconds longer than before";
    before = taken;
  }
}

TEST_F(TokenUnlockTest, AWaitIsAMinuteAtMost) {
  for (int round = 0; round < 10; ++round) {
    lock(kUser);
    ASSERT_EQ(unlock(kUser), Code::ok);
  }
  EXPECT_EQ(try_pin(kUser, "1234"), Code::throttled);
  world.clock.advance(59'999);
  EXPECT_EQ(try_pin(kUser, "1234"), Code::throttled);
  world.clock.advance(1);
  EXPECT_EQ(try_pin(kUser, "1234"), Code::ok);
}

TEST_F(TokenUnlockTest, TheRightPinEndsTheWaits) {
  lock(kUser);
  ASSERT_EQ(unlock(kUser), Code::ok);
  wait();
  ASSERT_EQ(try_pin(kUser, "1234"), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(try_pin(kUser, "0000"), Code::pin_incorrect) << i;
}

TEST_F(TokenUnlockTest, ANewPinEndsTheWaits) {
  lock(kUser);
  ASSERT_EQ(unlock(kUser), Code::ok);
  ASSERT_EQ(try_pin(kOfficer, "12345678"), Code::ok);
  ASSERT_TRUE(world.owner->call(wire::InitPin{.slot = 0, .pin = secret("5678")}).ok());
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_EQ(try_pin(kUser, "5678"), Code::ok);
}

wire::InitToken with_user_pin(std::uint32_t slot, std::string_view pin) {
  return {.slot = slot, .officer_pin = secret("12345678"), .label = "both", .user_pin = secret(pin)};
}

TEST_F(TokenUnlockTest, ATokenIsMadeWithBothPinsInOneCommit) {
  const std::uint64_t before = world.owner->call(wire::StatusRequest{}).reply.commits;
  ASSERT_TRUE(world.owner->call(with_user_pin(1, "4321")).ok());
  EXPECT_EQ(world.owner->call(wire::StatusRequest{}).reply.commits, before + 1);
  EXPECT_TRUE(info(1).user_pin_set);
  EXPECT_EQ(world.login(1, "4321"), Code::ok);
  EXPECT_NE(last_line_of("pin.initialize").find("\"slot\":1"), std::string::npos);
}

TEST_F(TokenUnlockTest, ATokenIsEmptiedWithBothPins) {
  ASSERT_TRUE(world.owner->call(with_user_pin(0, "4321")).ok());
  EXPECT_EQ(world.login(0, "1234"), Code::pin_incorrect);
  EXPECT_EQ(world.login(0, "4321"), Code::ok);
}

TEST_F(TokenUnlockTest, ATokenWhoseUsersPinIsRefusedIsNotMade) {
  EXPECT_EQ(world.owner->call(with_user_pin(1, "1")).code, Code::pin_length);
  EXPECT_EQ(world.owner->call(with_user_pin(0, "1")).code, Code::pin_length);
  EXPECT_FALSE(info(1).initialized);
  EXPECT_EQ(world.login(0, "1234"), Code::ok);
}

}  // namespace
}  // namespace coffer::vault
