// PINs of a token: counted before they are checked, delayed, locked.
#include "vault/pin.h"

#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

class PinTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  }
  World world;
};

TEST_F(PinTest, LocksAPinAfterTenWrongOnesAndARestartDoesNotHelp) {
  for (int i = 1; i < 10; ++i) {
    ASSERT_EQ(world.login(0, "0000"), Code::pin_incorrect) << i;
    world.wait_for_pins();
  }
  ASSERT_TRUE(world.start().ok());
  world.wait_for_pins();
  EXPECT_EQ(world.login(0, "0000"), Code::pin_locked);
  EXPECT_EQ(world.login(0, "1234"), Code::pin_locked);
}

TEST_F(PinTest, WaitsLongerAfterEachWrongPinFromTheFifthOn) {
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(world.login(0, "0000"), Code::pin_incorrect) << i;
  for (std::uint64_t second = 1; second <= 4; ++second) {
    const auto tries_left = [this] {
      return world.owner->call(wire::Slots{}).reply.slots[0].user_tries_left;
    };
    const auto before = tries_left();
    EXPECT_EQ(world.login(0, "1234"), Code::throttled);
    world.clock.advance(1000 * second - 1);
    EXPECT_EQ(world.login(0, "1234"), Code::throttled);
    EXPECT_EQ(tries_left(), before) << "a PIN that is not looked at does not count";
    world.clock.advance(1);
    EXPECT_EQ(world.login(0, "0000"), Code::pin_incorrect);
  }
  world.clock.advance(5000);
  EXPECT_EQ(world.login(0, "1234"), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_EQ(world.login(0, "0000"), Code::pin_incorrect);
  EXPECT_EQ(world.login(0, "1234"), Code::ok) << "the right PIN ends it";
}

TEST_F(PinTest, WaitsAnewForAPinAfterARestart) {
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(world.login(0, "0000"), Code::pin_incorrect) << i;
  world.clock.advance(500);
  ASSERT_TRUE(world.start().ok());
  world.clock.advance(999);
  EXPECT_EQ(world.login(0, "1234"), Code::throttled);
  world.clock.advance(1);
  EXPECT_EQ(world.login(0, "1234"), Code::ok);
}

TEST_F(PinTest, OneWaitsForItsOwnWrongPinsOnly) {
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(world.login(0, "0000"), Code::pin_incorrect) << i;
  wire::Login officer{.slot = 0, .user = wire::UserType::security_officer, .pin = secret("12345678")};
  EXPECT_EQ(world.owner->call(officer).code, Code::ok);
}

TEST_F(PinTest, CountsAWrongPinDurablyBeforeItIsChecked) {
  world.store.fail_commit(1, store::FaultPoint::before_commit,
                          Error{Code::disk_full, "a test filled the disk"});
  EXPECT_EQ(world.login(0, "1234"), Code::disk_full);
  EXPECT_EQ(world.login(0, "1234"), Code::ok);
}

}  // namespace
}  // namespace coffer::vault
