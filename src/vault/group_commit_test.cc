// Tests of group commit: what one submission is refused for, or is too large for, is not the fate of the
// others; nobody is told what is not durable; and the audit log tells what came of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "vault/vault_fixture.h"
#include "wire/once_messages.h"

namespace coffer::vault {
namespace {

// Groups is a vault with a counted key, whose commits a test holds, so that what comes meanwhile is a group.
class Groups : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    key = counted_key();
  }
  void TearDown() override { world.store.hold_commits(false); }

  wire::ObjectId counted_key() {
    const auto made = world.generate_p256().reply.private_key.id;
    EXPECT_EQ(world.owner->call(wire::KeyPolicySet{.key = made, .policy = {.uses_max = 100'000}}).code,
              Code::ok);
    return made;
  }
  std::unique_ptr<Client> guest(std::uint32_t uid, std::vector<std::uint32_t> slots) {
    EXPECT_TRUE(world.owner->call(wire::Grant{.uid = uid, .admit = true, .slots = std::move(slots)}).ok());
    auto client = std::make_unique<Client>(*world.vault, uid);
    EXPECT_TRUE(client->call(wire::Hello{}).ok());
    return client;
  }
  std::shared_ptr<CapturedReply> sign(Client& client) {
    return client.send(wire::kOp<wire::Sign>, codec::encode(World::signature_by(key)));
  }
  std::shared_ptr<CapturedReply> sign() { return sign(*world.owner); }
  // A pair, asked for under a number, so that it is made once.
  std::shared_ptr<CapturedReply> make(std::uint8_t request) {
    static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    wire::GenerateKeyPair pair;
    pair.mechanism = 0x1040;
    pair.public_attributes = {{attribute::kEcParams, kP256}, truth(attribute::kToken, true)};
    pair.private_attributes = {truth(attribute::kToken, true)};
    codec::WipingBuffer encoded;
    codec::encode_secret_into(pair, encoded.octets);
    const wire::RequestId id{request};
    return world.owner->send(
        wire::kOp<wire::Once>,
        codec::encode(
            wire::Once{id, static_cast<std::uint32_t>(wire::kOp<wire::GenerateKeyPair>), encoded.octets}));
  }
  // hold makes one commit wait, the first that a test can have fail: what is asked from now on waits behind
  // it.
  void hold() {
    world.store.hold_commits(true);
    held = sign();
    world.store.wait_until_held();
  }
  void let_go() {
    world.store.hold_commits(false);
    EXPECT_EQ(held->wait(), Code::ok);
  }
  std::size_t objects() {
    return world.owner->call(wire::Find{.count_max = 100, .after = {}}).reply.objects.size();
  }
  std::size_t lines(std::string_view event, std::string_view result) {
    const std::string start = R"("event":")" + std::string(event) + R"(","result":")" + std::string(result);
    return static_cast<std::size_t>(std::ranges::count_if(
        world.audit.lines(), [&](const std::string& line) { return line.find(start) != std::string::npos; }));
  }

  World world;
  wire::ObjectId key{};
  std::shared_ptr<CapturedReply> held;
};

constexpr Error kFull{Code::disk_full, "no room"};
constexpr Error kTooLarge{Code::limit, "a transaction is too large"};

TEST_F(Groups, LargeObjectsOfOneUserDoNotFailTheCommitsOfOthers) {
  const auto client = guest(kStranger, {});
  wire::InitToken init{
      .slot = 1, .officer_pin = secret("12345678"), .label = "g", .user_pin = secret("1234")};
  ASSERT_EQ(client->call(init).code, Code::ok);
  ASSERT_EQ(client->call(wire::Login{.slot = 1, .pin = secret("1234")}).code, Code::ok);
  const Buffer big(32768, 7);
  const Buffer certificate = number(object_class::kCertificate);
  const Buffer x509 = number(0);
  wire::CreateObject create;
  create.slot = 1;
  create.attributes = {{attribute::kClass, certificate}, truth(attribute::kToken, true)};
  create.attributes.push_back({0x80, x509});
  for (const std::uint32_t type : {0x101U, 0x81U, 0x82U, 0x102U, 0x3U, 0x11U})
    create.attributes.push_back({type, big});
  const Buffer asks = codec::encode(create);
  hold();
  std::vector<std::shared_ptr<CapturedReply>> large;
  for (int i = 0; i < 200; ++i) large.push_back(client->send(wire::kOp<wire::CreateObject>, asks));
  const auto own = sign();
  let_go();
  EXPECT_EQ(own->wait(), Code::ok);
  for (const auto& each : large) EXPECT_EQ(each->wait(), Code::ok);
}

TEST_F(Groups, WhatTheStoreFindsTooLargeTogetherIsCommittedOneByOne) {
  hold();
  const auto first = make(1);
  const auto second = make(2);
  const auto third = make(3);
  world.store.fail_commit(2, store::FaultPoint::before_commit, kTooLarge);
  world.store.fail_commit(4, store::FaultPoint::before_commit, kTooLarge);
  let_go();
  EXPECT_EQ(first->wait(), Code::ok);
  EXPECT_EQ(second->wait(), Code::limit);
  EXPECT_EQ(third->wait(), Code::ok);
  EXPECT_EQ(objects(), 6U);
}

TEST_F(Groups, ASecondDeliveryIsNotAnsweredBeforeTheFirstIsDurable) {
  hold();
  const auto first = make(1);
  const auto second = make(1);
  world.store.fail_commit(2, store::FaultPoint::before_commit, kFull);
  let_go();
  EXPECT_EQ(first->wait(), Code::disk_full);
  EXPECT_EQ(second->wait(), Code::disk_full);
  EXPECT_EQ(objects(), 2U);
}

TEST_F(Groups, ASecondDeliveryGetsTheAnswerOfTheFirstAndNoLine) {
  hold();
  const std::size_t before = lines("key.generate", "ok");
  const auto first = make(1);
  const auto second = make(1);
  let_go();
  EXPECT_EQ(first->wait(), Code::ok);
  EXPECT_EQ(second->wait(), Code::ok);
  EXPECT_EQ(first->payload(), second->payload());
  EXPECT_EQ(objects(), 4U);
  EXPECT_EQ(lines("key.generate", "ok"), before + 1);
}

TEST_F(Groups, WhatIsRefusedHasNoLineThatSaysOk) {
  ASSERT_TRUE(world.owner->call(wire::TokenPolicySet{.slot = 0, .policy = {.objects_max = 4}}).ok());
  hold();
  const std::size_t before = lines("key.generate", "ok");
  const auto first = make(1);
  const auto second = make(2);
  let_go();
  EXPECT_EQ(first->wait(), Code::ok);
  EXPECT_EQ(second->wait(), Code::limit);
  EXPECT_EQ(lines("key.generate", "ok"), before + 1);
}

TEST_F(Groups, WhatTheStoreRefusedHasALineThatSaysSo) {
  hold();
  const auto first = make(1);
  world.store.fail_commit(2, store::FaultPoint::before_commit, kFull);
  let_go();
  EXPECT_EQ(first->wait(), Code::disk_full);
  world.clock.advance(2000);
  ASSERT_EQ(sign()->wait(), Code::ok);
  EXPECT_EQ(lines("key.generate", "disk-full"), 1U);
}

TEST_F(Groups, AUserWhoHasNothingWaitingIsLetInWhenOthersFillTheQueue) {
  std::vector<std::unique_ptr<Client>> loud;
  for (std::uint32_t i = 0; i < kWaitingMax / kWaitingOfUserMax; ++i) {
    loud.push_back(guest(kStranger + i, {0}));
    ASSERT_EQ(loud.back()->call(wire::Login{.slot = 0, .pin = secret("1234")}).code, Code::ok);
  }
  world.store.hold_commits(true);
  std::vector<std::shared_ptr<CapturedReply>> asked{sign(*loud.front())};
  world.store.wait_until_held();
  for (const auto& client : loud) {
    for (std::size_t i = 0; i < kWaitingOfUserMax; ++i) asked.push_back(sign(*client));
  }
  const auto own = sign();
  EXPECT_FALSE(own->is_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(own->wait(), Code::ok);
}

}  // namespace
}  // namespace coffer::vault
