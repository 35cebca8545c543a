// Tests of bad days: power that goes, and disks that are full. What was acknowledged is there, nobody is
// locked out by right PINs, no use vanishes, and no alarm is false.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesKeyGen = 0x1080;
constexpr std::uint32_t kAesEcb = 0x1081;
constexpr std::uint8_t kBytes16[8] = {16};

class BadDay : public ::testing::Test {
 protected:
  BadDay() {
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.initialize(), Code::ok);
    EXPECT_EQ(world.create_token(), Code::ok);
  }

  Code log_in(std::string_view pin, wire::UserType user = wire::UserType::user) {
    world.wait_for_pins();
    return world.owner->call(wire::Login{.slot = 0, .user = user, .pin = secret(pin)}).code;
  }
  // cut_power keeps what is durable and starts again.
  wire::VaultState cut_power() {
    world.audit.lose_power();
    // What the chip still says as it ends arrives nowhere.
    world.audit.break_down({Code::unavailable, "the power is gone"});
    world.stop();
    world.audit.recover();
    EXPECT_TRUE(world.start().ok());
    return world.state();
  }
  ObjectId make_aes() {
    wire::GenerateKey request;
    request.mechanism = kAesKeyGen;
    request.attributes = {{attribute::kValueLen, kBytes16}, truth(attribute::kEncrypt, true)};
    const auto made = world.owner->call(request);
    EXPECT_TRUE(made.ok());
    return made.reply.object.id;
  }
  Code encrypt(const ObjectId& key) {
    static constexpr std::uint8_t kBlock[16] = {};
    wire::Encrypt use;
    use.key = key;
    use.parameters.mechanism = kAesEcb;
    use.data = kBlock;
    return world.owner->call(use).code;
  }
  static wire::Begin begin_of(const ObjectId& key) {
    wire::Begin begin;
    begin.kind = wire::OperationKind::encrypt;
    begin.key = key;
    begin.parameters.mechanism = kAesEcb;
    return begin;
  }
  // count_uses adds up what the log says of encryptions, or of another event.
  std::uint64_t count_uses(const std::string& event = "key.encrypt") const {
    std::uint64_t sum = 0;
    for (const std::string& line : world.audit.lines()) {
      if (line.find('"' + event + '"') == std::string::npos) continue;
      const std::size_t at = line.find("\"count\":");
      sum += at == std::string::npos ? 1 : std::stoull(line.substr(at + 8));
    }
    return sum;
  }

  World world;
};

TEST_F(BadDay, APowerCutAfterWrongPinsIsNoRollback) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(log_in("9999"), Code::pin_incorrect);
    ASSERT_EQ(log_in("9999"), Code::pin_incorrect);
    EXPECT_EQ(cut_power(), wire::VaultState::unlocked) << i;
  }
  EXPECT_EQ(log_in("1234"), Code::ok);
}

TEST_F(BadDay, TheStoreNeverNamesALineThatIsNotDurable) {
  ASSERT_EQ(log_in("9999"), Code::pin_incorrect);
  ASSERT_EQ(log_in("9999"), Code::pin_incorrect);
  // The second try's count was committed behind the first one's line.
  EXPECT_GE(world.audit.durable_count() + 1, world.audit.lines().size());
  EXPECT_EQ(log_in("1234"), Code::ok);
  EXPECT_EQ(world.audit.durable_count(), world.audit.lines().size());
}

TEST_F(BadDay, RightPinsOnAFullDiskLockNobodyOut) {
  ASSERT_TRUE(world.owner->call(wire::Logout{0}).ok());
  for (const bool reserve_too : {false, true}) {
    world.audit.fill_disk(reserve_too);
    for (int i = 0; i < 2 * kPinTriesMax; ++i) {
      EXPECT_EQ(log_in("1234"), Code::disk_full);
      EXPECT_EQ(log_in("12345678", wire::UserType::security_officer), Code::disk_full);
    }
    world.audit.recover();
    EXPECT_EQ(log_in("1234"), Code::ok);
    ASSERT_TRUE(world.owner->call(wire::Logout{0}).ok());
    EXPECT_EQ(log_in("12345678", wire::UserType::security_officer), Code::ok);
    ASSERT_TRUE(world.owner->call(wire::Logout{0}).ok());
  }
}

TEST_F(BadDay, RightPinsThatTheStoreCannotForgiveLockNobodyOut) {
  for (int i = 0; i < 2 * kPinTriesMax; ++i) {
    // The count has its room, its forgiving has none.
    world.store.fail_commit(2, store::FaultPoint::before_commit, {Code::disk_full, "full"});
    EXPECT_EQ(log_in("1234"), Code::disk_full);
  }
  EXPECT_EQ(log_in("1234"), Code::ok);
}

TEST_F(BadDay, WrongPinsCountOnAFullDiskOrAreNotTried) {
  world.audit.fill_disk();
  EXPECT_EQ(log_in("9999"), Code::disk_full);
  world.audit.recover();
  for (int i = 0; i + 1 < kPinTriesMax; ++i) EXPECT_EQ(log_in("9999"), Code::pin_incorrect) << i;
  EXPECT_EQ(log_in("9999"), Code::pin_locked);
}

TEST_F(BadDay, NoUseVanishesWhileTheLogTakesNone) {
  constexpr int kUses = 50;
  const ObjectId key = make_aes();
  world.audit.fill_disk(true);
  for (int i = 0; i < kUses; ++i) {
    ASSERT_EQ(encrypt(key), Code::ok);
    world.clock.advance(100);
    // The committer has something to do, and looks at the uses meanwhile.
    EXPECT_NE(world.generate_p256().code, Code::ok);
  }
  world.audit.recover();
  world.clock.advance(2000);
  EXPECT_TRUE(world.generate_p256().ok());
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(count_uses(), kUses);
}

TEST_F(BadDay, NoUseVanishesWhenTheVaultEndsRightAfterwards) {
  const ObjectId key = make_aes();
  world.audit.fill_disk(true);
  constexpr int kEach = 20;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(encrypt(key), Code::ok);
    // The first round's uses are tried, and wait apart from those of the second.
    world.clock.advance(1500);
    EXPECT_NE(world.generate_p256().code, Code::ok);
  }
  world.audit.recover();
  world.stop();
  EXPECT_EQ(count_uses(), 2U * kEach);
}

TEST_F(BadDay, UsesThatCannotBeRecordedForLongAreRefused) {
  const ObjectId key = make_aes();
  world.audit.fill_disk(true);
  std::uint64_t answered = 0;
  Code last = Code::ok;
  for (int i = 0; i < 20 && last == Code::ok; ++i) {
    last = encrypt(key);
    if (last == Code::ok) ++answered;
    world.clock.advance(2000);
    EXPECT_NE(world.generate_p256().code, Code::ok);
  }
  EXPECT_EQ(last, Code::limit);
  EXPECT_LE(answered, 10U);
  // However it is asked.
  EXPECT_EQ(world.owner->call(begin_of(key)).code, Code::limit);
  wire::GenerateKey another;
  another.mechanism = kAesKeyGen;
  another.attributes = {{attribute::kValueLen, kBytes16}};
  EXPECT_EQ(world.owner->call(another).code, Code::limit);
  world.audit.recover();
  world.clock.advance(2000);
  EXPECT_TRUE(world.generate_p256().ok());
  ASSERT_EQ(world.owner->call(wire::AuditHead{}).code, Code::ok);  // waits until the uses are bound
  EXPECT_EQ(encrypt(key), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(count_uses(), answered + 1);
}

TEST_F(BadDay, ACheckpointThatFindsNoRoomLeavesTheChainAsItWas) {
  world.audit.fill_disk(true);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(world.owner->call(wire::AuditHead{}).code, Code::disk_full);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::disk_full);
  world.audit.recover();
  const auto pair = world.generate_p256();
  ASSERT_TRUE(pair.ok());
  world.audit.fill_disk(true);
  world.stop();  // nor does the last one
  world.audit.recover();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  const auto lines = world.audit.lines();
  for (std::size_t i = 1; i < lines.size(); ++i)
    ASSERT_TRUE(record::follows_line(lines[i], crypto::sha256(as_bytes(lines[i - 1])))) << lines[i];
}

TEST_F(BadDay, WhatNobodyWaitsForIsKeptUntilThereIsRoom) {
  // Room for the administrator alone: the wrong PINs' own lines find none.
  world.audit.fill_ordinary();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(log_in("9999"), Code::pin_incorrect);
  world.audit.recover();
  world.clock.advance(2000);
  EXPECT_TRUE(world.generate_p256().ok());
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  std::uint64_t failures = 0;
  for (const std::string& line : world.audit.lines()) {
    if (line.find(R"("login","result":"pin-incorrect")") == std::string::npos) continue;
    const std::size_t at = line.find("\"count\":");
    failures += at == std::string::npos ? 1 : std::stoull(line.substr(at + 8));
  }
  EXPECT_EQ(failures, 3U);
}

TEST_F(BadDay, VerificationsAreUsesToo) {
  wire::GenerateKey request;
  request.mechanism = 0x350;
  request.attributes = {
      {attribute::kValueLen, kBytes16}, truth(attribute::kSign, true), truth(attribute::kVerify, true)};
  const auto made = world.owner->call(request);
  ASSERT_TRUE(made.ok());
  const auto signature = world.sign(made.reply.object.id, 0x251);
  ASSERT_TRUE(signature.ok());
  wire::Verify verify;
  verify.key = made.reply.object.id;
  verify.parameters.mechanism = 0x251;
  static constexpr std::uint8_t kDigest[32] = {1, 2, 3};
  verify.data = kDigest;
  verify.signature = signature.reply.output;
  EXPECT_EQ(world.owner->call(verify).code, Code::ok);
  world.audit.fill_disk(true);
  for (int i = 0; i < 10; ++i) {
    world.clock.advance(2000);
    EXPECT_NE(world.generate_p256().code, Code::ok);
  }
  EXPECT_EQ(world.owner->call(verify).code, Code::limit);
}

TEST_F(BadDay, AStoreThatIsGoneIsNoNewVault) {
  world.stop();
  store::Transaction removal;
  for (const auto& each : world.memory.range({}, {}, store::kPageRecordsMax).value().records)
    removal.writes.push_back({.key = each.key, .remove = true});
  ASSERT_TRUE(world.memory.commit(removal).ok());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
  EXPECT_EQ(world.initialize(), Code::exists);
  EXPECT_EQ(world.owner->call(wire::AcceptRollback{}).code, Code::not_found);
  EXPECT_EQ(world.owner->call(wire::TamperShow{})
                .reply.signals.at(static_cast<std::size_t>(wire::TamperSignal::rollback))
                .count,
            1U);
  EXPECT_NE(world.owner->call(wire::Unlock{}).code, Code::ok);
  EXPECT_NE(world.owner->call(wire::ZeroizePrepare{}).code, Code::ok);
  EXPECT_NE(world.owner->call(wire::TamperClear{}).code, Code::ok);
  EXPECT_NE(world.owner->call(wire::Lock{}).code, Code::internal);
}

TEST_F(BadDay, AnInitialisationThatWasCutOffIsRepeatedOrFinished) {
  for (const auto point : {store::FaultPoint::before_commit, store::FaultPoint::after_commit}) {
    World fresh;
    ASSERT_TRUE(fresh.start().ok());
    fresh.store.fail_commit(1, point, {Code::unavailable, "gone"});
    EXPECT_NE(fresh.initialize(), Code::ok);
    fresh.stop();
    ASSERT_TRUE(fresh.start().ok());
    if (point == store::FaultPoint::before_commit) {
      EXPECT_EQ(fresh.state(), wire::VaultState::uninitialized);
      EXPECT_EQ(fresh.initialize(), Code::ok);
    }
    EXPECT_EQ(fresh.state(), wire::VaultState::unlocked);
    fresh.stop();
    ASSERT_TRUE(fresh.start().ok());
    std::size_t said = 0;
    for (const std::string& line : fresh.audit.lines())
      said += line.find("\"vault.initialize\"") != std::string::npos ? 1 : 0;
    EXPECT_EQ(said, 1U);
  }
}

TEST_F(BadDay, OnAFullDiskThereIsNoHalfInitialisation) {
  World fresh;
  ASSERT_TRUE(fresh.start().ok());
  fresh.audit.fill_disk(true);
  EXPECT_EQ(fresh.initialize(), Code::disk_full);
  fresh.audit.recover();
  EXPECT_EQ(fresh.initialize(), Code::ok);
}

TEST_F(BadDay, WhatWasRefusedForWantOfRoomIsNotRecordedAsMade) {
  wire::GenerateKey another;
  another.mechanism = kAesKeyGen;
  another.attributes = {{attribute::kValueLen, kBytes16}};
  std::uint64_t made = 0;
  while (world.owner->call(another).ok()) ++made;
  EXPECT_EQ(made, wire::kSessionObjectsMax);
  EXPECT_EQ(world.owner->call(another).code, Code::limit);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(count_uses("key.generate"), made);
}

TEST_F(BadDay, WhatCannotBeRecordedWasNotMade) {
  const ObjectId key = make_aes();
  world.audit.fill_disk(true);
  Code last = Code::ok;
  for (int i = 0; i < 20 && last == Code::ok; ++i) {
    last = encrypt(key);
    world.clock.advance(2000);
    EXPECT_NE(world.generate_p256().code, Code::ok);
  }
  ASSERT_EQ(last, Code::limit);
  wire::GenerateKey another;
  another.mechanism = kAesKeyGen;
  another.attributes = {{attribute::kValueLen, kBytes16}};
  ASSERT_EQ(world.owner->call(another).code, Code::limit);
  const auto found = world.owner->call(wire::Find{.slot = 0, .attributes = {}, .count_max = 10});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found.reply.objects.size(), 1U);
  EXPECT_EQ(found.reply.objects.front().id, key);
}

}  // namespace
}  // namespace coffer::vault
