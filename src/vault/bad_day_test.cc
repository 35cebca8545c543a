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
  // count_uses adds up what the log says of encryptions.
  std::uint64_t count_uses() const {
    std::uint64_t sum = 0;
    for (const std::string& line : world.audit.lines()) {
      if (line.find("\"key.encrypt\"") == std::string::npos) continue;
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
  EXPECT_EQ(encrypt(key), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(count_uses(), answered + 1);
}

}  // namespace
}  // namespace coffer::vault
