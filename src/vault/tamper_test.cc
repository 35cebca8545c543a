// Tamper response and destruction: each signal at each level, and that nothing is left of a destroyed vault.
#include "vault/tamper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>

#include "vault/vault_fixture.h"
#include "wire/grant_messages.h"
#include "wire/operator_messages.h"

namespace coffer::vault {
namespace {

using testing::HasSubstr;
using wire::TamperLevel;
using wire::TamperSignal;

class TamperTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    key = world.generate_p256().reply.private_key.id;
  }
  Code set(TamperSignal signal, TamperLevel level) {
    return world.owner->call(wire::TamperSet{.signal = signal, .level = level}).code;
  }
  wire::TamperState state_of(TamperSignal signal) {
    return world.owner->call(wire::TamperShow{}).reply.signals[static_cast<std::size_t>(signal)];
  }
  void lock_the_pin() {
    for (int i = 0; i < kPinTriesMax; ++i) {
      world.login(0, "wrong");
      world.wait_for_pins();
    }
  }
  // damage_the_key flips a bit of the key's record and starts anew, so that no cache hides it.
  void damage_the_key() {
    world.stop();
    const auto page = world.memory.range(Buffer{record::kRecordPrefix}, {}, 100).value();
    for (store::Record each : page.records) {
      if (!std::ranges::equal(Bytes(each.key).last(key.size()), key)) continue;
      each.value.back() ^= 1U;
      ASSERT_TRUE(world.memory.commit({{}, {{each.key, false, each.value}}}).ok());
    }
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.login(), Code::ok);
    ASSERT_NE(world.sign(key).code, Code::ok);
  }
  World world;
  wire::ObjectId key{};
};

TEST_F(TamperTest, NothingIsNoticedInAHealthyVault) {
  const auto shown = world.owner->call(wire::TamperShow{});
  ASSERT_TRUE(shown.ok());
  EXPECT_FALSE(shown.reply.is_alarmed);
  for (const auto& each : shown.reply.signals) EXPECT_EQ(each.count, 0U);
}

TEST_F(TamperTest, LockedPinIsCountedAndNoMoreByDefault) {
  lock_the_pin();
  EXPECT_EQ(state_of(TamperSignal::failures).count, 1U);
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
}

TEST(Tamper, TenWrongPassphrasesAreNoticedWhenTheVaultOpens) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize("correct horse"), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(world.owner->call(wire::Unlock{secret("wrong horse")}).code, Code::denied);
    world.clock.advance(3'600'000);
  }
  ASSERT_EQ(world.owner->call(wire::Unlock{secret("correct horse")}).code, Code::ok);
  const auto shown = world.owner->call(wire::TamperShow{});
  EXPECT_EQ(shown.reply.signals[static_cast<std::size_t>(TamperSignal::failures)].count, 1U);
}

TEST_F(TamperTest, LevelLockLocks) {
  ASSERT_EQ(set(TamperSignal::failures, TamperLevel::lock), Code::ok);
  lock_the_pin();
  EXPECT_EQ(world.state(), wire::VaultState::locked);
  EXPECT_EQ(world.owner->call(wire::Unlock{}).code, Code::ok);
}

TEST_F(TamperTest, LevelsSurviveARestart) {
  ASSERT_EQ(set(TamperSignal::failures, TamperLevel::lock), Code::ok);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(state_of(TamperSignal::failures).level, TamperLevel::lock);
}

TEST_F(TamperTest, LevelErrorShutsTheVaultUntilItsOwnerClearsIt) {
  ASSERT_EQ(set(TamperSignal::failures, TamperLevel::error), Code::ok);
  lock_the_pin();
  EXPECT_EQ(world.state(), wire::VaultState::error);
  EXPECT_NE(world.owner->call(wire::Unlock{}).code, Code::ok);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::error);
  EXPECT_TRUE(world.owner->call(wire::TamperShow{}).reply.is_alarmed);
  EXPECT_EQ(world.owner->call(wire::TamperClear{}).code, Code::ok);
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
}

TEST_F(TamperTest, LevelDestroyDestroys) {
  ASSERT_EQ(set(TamperSignal::failures, TamperLevel::destroy), Code::ok);
  lock_the_pin();
  EXPECT_TRUE(world.vault->is_erased());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::uninitialized);
}

TEST_F(TamperTest, AMarkThatCannotBeReadIsNoRollback) {
  ASSERT_EQ(set(TamperSignal::rollback, TamperLevel::destroy), Code::ok);
  world.stop();
  world.mark.break_down(Error{Code::unavailable, "a test made the mark fail"});
  EXPECT_EQ(world.start().error().code, Code::unavailable);
  world.stop();
  world.mark.recover();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  EXPECT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
}

TEST_F(TamperTest, DamagedRecordIsNoticed) {
  damage_the_key();
  EXPECT_GE(state_of(TamperSignal::record).count, 1U);
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
}

TEST_F(TamperTest, DamagedRecordShutsTheVaultAtLevelError) {
  ASSERT_EQ(set(TamperSignal::record, TamperLevel::error), Code::ok);
  damage_the_key();
  EXPECT_EQ(world.state(), wire::VaultState::error);
}

TEST_F(TamperTest, AnotherProgramIsNoticedOnce) {
  world.binary.fill(1);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(state_of(TamperSignal::changed_binary).count, 0U);  // the first one known
  world.binary.fill(2);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(state_of(TamperSignal::changed_binary).count, 1U);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(state_of(TamperSignal::changed_binary).count, 0U);
}

TEST_F(TamperTest, DebuggerOfTheChipBeforeIsNoticedOnce) {
  world.was_debugged = true;
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(state_of(TamperSignal::debugger).count, 1U);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::Unlock{}).code, Code::ok);
  EXPECT_EQ(state_of(TamperSignal::debugger).count, 1U);
}

TEST_F(TamperTest, DebuggerIsAnsweredAsThePolicySays) {
  ASSERT_EQ(set(TamperSignal::debugger, TamperLevel::error), Code::ok);
  world.was_debugged = true;
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::error);
}

TEST_F(TamperTest, DuressPinIsRefusedLikeAWrongOneAndNoticed) {
  EXPECT_FALSE(world.owner->call(wire::TamperShow{}).reply.has_duress_pin);
  ASSERT_EQ(world.owner->call(wire::TamperDuress{secret("9999")}).code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  ASSERT_TRUE(world.start().ok());
  EXPECT_TRUE(world.owner->call(wire::TamperShow{}).reply.has_duress_pin);
  EXPECT_EQ(world.login(0, "9998"), Code::pin_incorrect);
  EXPECT_EQ(state_of(TamperSignal::duress).count, 0U);
  EXPECT_EQ(world.login(0, "9999"), Code::pin_incorrect);
  EXPECT_EQ(state_of(TamperSignal::duress).count, 1U);
  EXPECT_EQ(
      world.owner->call(wire::Login{.user = wire::UserType::security_officer, .pin = secret("9999")}).code,
      Code::pin_incorrect);
  EXPECT_EQ(world.owner->call(wire::OperatorLogin{.name = "nobody", .pin = secret("9999")}).code,
            Code::pin_incorrect);
  EXPECT_EQ(state_of(TamperSignal::duress).count, 3U);
  EXPECT_EQ(world.login(), Code::ok);
}

TEST_F(TamperTest, DuressPinDestroysWhenItShould) {
  ASSERT_EQ(world.owner->call(wire::TamperDuress{secret("9999")}).code, Code::ok);
  ASSERT_EQ(set(TamperSignal::duress, TamperLevel::destroy), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_EQ(world.login(0, "9999"), Code::pin_incorrect);
  EXPECT_TRUE(world.vault->is_erased());
}

TEST_F(TamperTest, DuressPinCanBeTakenAway) {
  EXPECT_EQ(world.owner->call(wire::TamperDuress{secret("999")}).code, Code::pin_length);
  ASSERT_EQ(world.owner->call(wire::TamperDuress{secret("9999")}).code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::TamperDuress{}).code, Code::ok);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_EQ(world.login(0, "9999"), Code::pin_incorrect);
  EXPECT_EQ(state_of(TamperSignal::duress).count, 0U);
}

TEST_F(TamperTest, OnlyTheOwnerSetsLevelsAndDestroys) {
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  EXPECT_EQ(stranger.call(wire::TamperSet{}).code, Code::denied);
  EXPECT_EQ(stranger.call(wire::TamperClear{}).code, Code::denied);
  EXPECT_EQ(stranger.call(wire::TamperDuress{secret("9999")}).code, Code::denied);
  EXPECT_EQ(stranger.call(wire::ZeroizePrepare{}).code, Code::denied);
  const auto prepared = world.owner->call(wire::ZeroizePrepare{});
  EXPECT_EQ(stranger.call(wire::Zeroize{prepared.reply.code}).code, Code::denied);
  EXPECT_TRUE(world.sign(key).ok());
}

TEST_F(TamperTest, ZeroizeNeedsTheCodeInTime) {
  EXPECT_EQ(world.owner->call(wire::Zeroize{}).code, Code::denied);
  auto prepared = world.owner->call(wire::ZeroizePrepare{});
  ASSERT_TRUE(prepared.ok());
  EXPECT_EQ(prepared.reply.object_count, 2U);
  EXPECT_EQ(world.owner->call(wire::Zeroize{"0000000000"}).code, Code::denied);
  EXPECT_EQ(world.owner->call(wire::Zeroize{prepared.reply.code}).code, Code::denied) << "one try only";
  prepared = world.owner->call(wire::ZeroizePrepare{});
  world.clock.advance(60'000);
  EXPECT_EQ(world.owner->call(wire::Zeroize{prepared.reply.code}).code, Code::denied);
  EXPECT_TRUE(world.sign(key).ok());
}

TEST_F(TamperTest, ZeroizeLeavesNoKeyAndASignedRecord) {
  const auto prepared = world.owner->call(wire::ZeroizePrepare{});
  ASSERT_EQ(world.owner->call(wire::Zeroize{prepared.reply.code}).code, Code::ok);
  EXPECT_TRUE(world.vault->is_erased());
  EXPECT_FALSE(world.memory.get(Buffer{record::kRealmHeaderKey}).value().has_value());
  EXPECT_NE(world.sign(key).code, Code::ok);
  EXPECT_EQ(world.initialize(), Code::unavailable);
  const auto lines = world.audit.lines();
  const auto holds = [](std::string_view event) {
    return [event](const std::string& line) { return line.find(event) != std::string::npos; };
  };
  const auto erased = std::ranges::find_if(lines, holds("\"vault.erase\""));
  ASSERT_NE(erased, lines.end());
  EXPECT_TRUE(std::any_of(erased, lines.end(), holds("\"audit.checkpoint\""))) << "it must be signed";
}

TEST_F(TamperTest, ZeroizeDestroysALockedVaultToo) {
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  const auto prepared = world.owner->call(wire::ZeroizePrepare{});
  EXPECT_FALSE(prepared.reply.content_known);
  EXPECT_EQ(world.owner->call(wire::Zeroize{prepared.reply.code}).code, Code::ok);
  EXPECT_TRUE(world.vault->is_erased());
}

TEST_F(TamperTest, ZeroizeThatCannotBeStoredDestroysNothing) {
  const auto prepared = world.owner->call(wire::ZeroizePrepare{});
  // The first commit binds the record of the erasure.
  world.store.fail_commit(2, store::FaultPoint::before_commit, {Code::disk_full, "full"});
  EXPECT_EQ(world.owner->call(wire::Zeroize{prepared.reply.code}).code, Code::unavailable);
  EXPECT_TRUE(world.sign(key).ok());
}

}  // namespace
}  // namespace coffer::vault
