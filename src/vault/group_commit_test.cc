// Tests of group commit: what one submission is refused for, or is too large for, is not the fate of the
// others; nobody is told what is not durable; and the audit log tells what came of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "vault/vault_fixture.h"
#include "wire/once_messages.h"

namespace coffer::vault {
namespace {

constexpr std::uint8_t kNewLabel[] = {'n', 'e', 'w'};

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
  // Data objects that leave no room for `id` in its part of the cache.
  std::vector<wire::ObjectId> four_large_beside(const wire::ObjectId& id) {
    static const Buffer kValue(std::size_t{400} << 10U, 7);
    static const Buffer kClass = number(object_class::kData);
    const wire::CreateObject create{.attributes = {{attribute::kClass, kClass},
                                                   truth(attribute::kToken, true),
                                                   {attribute::kValue, kValue}}};
    std::vector<wire::ObjectId> made;
    while (made.size() < 4) {
      const auto object = world.owner->call(create);
      EXPECT_EQ(object.code, Code::ok);
      if (object.code != Code::ok) break;
      const auto& other = object.reply.object.id;
      if (other[15] % 16 == id[15] % 16) {
        made.push_back(other);
      } else {
        EXPECT_EQ(world.owner->call(wire::DestroyObject{.id = other}).code, Code::ok);
      }
    }
    return made;
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
  for (int i = 0; i < 80; ++i) large.push_back(client->send(wire::kOp<wire::CreateObject>, asks));
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
  for (std::uint32_t i = 0; i < record::kWaitingMax / record::kWaitingOfUserMax; ++i) {
    loud.push_back(guest(kStranger + i, {0}));
    ASSERT_EQ(loud.back()->call(wire::Login{.slot = 0, .pin = secret("1234")}).code, Code::ok);
  }
  world.store.hold_commits(true);
  std::vector<std::shared_ptr<CapturedReply>> asked{sign(*loud.front())};
  world.store.wait_until_held();
  for (const auto& client : loud) {
    for (std::size_t i = 0; i < record::kWaitingOfUserMax; ++i) asked.push_back(sign(*client));
  }
  const auto own = sign();
  EXPECT_FALSE(own->is_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(own->wait(), Code::ok);
}

TEST_F(Groups, AUseWhoseCountIsNotWrittenIsNotSaidToBeDone) {
  hold();
  const auto refused = sign();
  world.store.fail_commit(2, store::FaultPoint::before_commit, kFull);
  let_go();
  EXPECT_EQ(refused->wait(), Code::disk_full);
  world.stop();
  EXPECT_EQ(lines("key.sign", "ok"), 1U) << "the one that was held";
  EXPECT_EQ(lines("key.sign", "disk-full"), 1U);
}

TEST_F(Groups, OneUsersLargeChangesThatWaitAreBoundedByOctets) {
  static const Buffer kValue(std::size_t{500} << 10U, 7);
  static const Buffer kClass = number(object_class::kData);
  const wire::CreateObject create{.attributes = {{attribute::kClass, kClass},
                                                 truth(attribute::kToken, true),
                                                 {attribute::kValue, kValue}}};
  hold();
  std::vector<std::shared_ptr<CapturedReply>> asked;
  for (std::size_t i = 0; i <= record::kWaitingOfUserBytesMax / kValue.size(); ++i) {
    codec::WipingBuffer octets;
    codec::encode_secret_into(create, octets.octets);
    asked.push_back(world.owner->send(wire::kOp<wire::CreateObject>, octets.octets));
  }
  EXPECT_EQ(asked.back()->wait(), Code::limit);
  let_go();
  asked.pop_back();
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
}

// What is read is newer than the manifests between the store's commit and their publication.
TEST_F(Groups, WhoReadsAnObjectWhileItIsChangedSeesNoForgery) {
  const auto changed = world.generate_p256().reply.public_key.id;
  const auto others = four_large_beside(changed);
  const auto read = [&](const wire::ObjectId& id) {
    return world.owner->call(wire::GetAttributes{.id = id, .types = {attribute::kLabel}});
  };
  world.store.hold_commits(true, store::FaultPoint::after_commit);
  codec::WipingBuffer change;
  codec::encode_secret_into(
      wire::SetAttributes{.id = changed, .attributes = {{attribute::kLabel, kNewLabel}}}, change.octets);
  const auto set = world.owner->send(wire::kOp<wire::SetAttributes>, change.octets);
  world.store.wait_until_held();
  for (const auto& id : others) ASSERT_EQ(read(id).code, Code::ok);  // they take its place in the cache
  const std::uint64_t readings = world.store.reading_count();
  auto seen = std::async(std::launch::async, [&] { return read(changed); });
  world.store.wait_for_readings(readings + 1);
  world.store.hold_commits(false);
  EXPECT_EQ(set->wait(), Code::ok);
  const auto answer = seen.get();
  ASSERT_EQ(answer.code, Code::ok);
  EXPECT_EQ(answer.reply.attributes.front().value, to_buffer(kNewLabel));
  const auto signals = world.owner->call(wire::TamperShow{}).reply.signals;
  EXPECT_EQ(signals.at(static_cast<std::size_t>(wire::TamperSignal::record)).count, 0U);
}

TEST_F(Groups, ACheckpointKnowsOfAllThatWasAskedBefore) {
  hold();
  const auto before = sign();
  const auto head = world.owner->send(wire::kOp<wire::AuditHead>, {});
  let_go();
  EXPECT_EQ(head->wait(), Code::ok);
  EXPECT_TRUE(before->is_answered());
}

// The chip's head is told between two groups, and neither keeps a worker nor waits until nobody commits.
TEST_F(Groups, ACheckpointWaitsForNobodyWhoCameLater) {
  hold();
  const auto head = world.owner->send(wire::kOp<wire::AuditHead>, {});
  const auto behind = sign();
  EXPECT_FALSE(head->is_answered());
  let_go();
  EXPECT_EQ(head->wait(), Code::ok);
  EXPECT_EQ(behind->wait(), Code::ok);
  const auto told = codec::decode<wire::AuditHeadReply>(head->payload());
  ASSERT_TRUE(told.ok());
  EXPECT_LT(told.value().sequence, world.audit.tail().value().line_count);
}

}  // namespace
}  // namespace coffer::vault
