// Dispatch: a request in a batch passes every gate that it passes alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using testing::Each;
using testing::ElementsAre;

class DispatchTest : public testing::Test {
 protected:
  DispatchTest() {
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.initialize(), Code::ok);
    EXPECT_EQ(world.create_token(), Code::ok);
    sign = World::signature_by(world.generate_p256().reply.private_key.id);
    past = world.clock.boot_milliseconds() - 1;
  }
  World world;
  wire::Sign sign;
  std::uint64_t past = 0;
  Batch batch;
};

TEST_F(DispatchTest, ARequestPastItsDeadlineIsRefusedAndItsNeighboursSign) {
  batch.add(*world.owner, sign);
  batch.add(*world.owner, sign, past);
  batch.add(*world.owner, sign, past + 1);
  EXPECT_THAT(batch.handle(*world.vault), ElementsAre(Code::ok, Code::timed_out, Code::ok));
}

TEST_F(DispatchTest, ALateRequestBesideASignatureIsRefused) {
  batch.add(*world.owner, sign);
  batch.add(*world.owner, wire::Slots{}, past);
  EXPECT_THAT(batch.handle(*world.vault), ElementsAre(Code::ok, Code::timed_out));
}

TEST_F(DispatchTest, ALateHelloIsRefused) {
  batch.add(*world.owner, wire::Hello{}, past);
  EXPECT_THAT(batch.handle(*world.vault), Each(Code::timed_out));
}

TEST_F(DispatchTest, WithoutHelloNothingIsSigned) {
  const Client silent(*world.vault, kOwner);
  batch.add(silent, sign);
  batch.add(silent, sign);
  EXPECT_THAT(batch.handle(*world.vault), Each(Code::invalid));
}

TEST_F(DispatchTest, NobodyLendsItsHelloToANeighbour) {
  const Client silent(*world.vault, kOwner);
  batch.add(*world.owner, sign);
  batch.add(silent, sign);
  batch.add(*world.owner, sign);
  EXPECT_THAT(batch.handle(*world.vault), ElementsAre(Code::ok, Code::invalid, Code::ok));
}

TEST_F(DispatchTest, ALockedVaultSignsNothing) {
  ASSERT_TRUE(world.owner->call(wire::Lock{}).ok());
  batch.add(*world.owner, sign);
  batch.add(*world.owner, sign);
  EXPECT_THAT(batch.handle(*world.vault), Each(Code::locked));
}

TEST_F(DispatchTest, ABatchFollowsTheLoginOfItsApplication) {
  const auto hello = world.owner->call(wire::Hello{});
  Client other(*world.vault, kOwner);
  ASSERT_TRUE(world.login() == Code::ok);
  ASSERT_TRUE(other.call(wire::Hello{.joins = true, .application = clone(hello.reply.application)}).ok());
  ASSERT_TRUE(world.owner->call(wire::Logout{}).ok());
  batch.add(other, sign);
  batch.add(other, sign);
  EXPECT_THAT(batch.handle(*world.vault), Each(Code::not_logged_in));
  EXPECT_EQ(other.context()->share(), kOwner);
}

}  // namespace
}  // namespace coffer::vault
