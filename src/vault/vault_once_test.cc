// Creations that are delivered twice: they happen once, whatever happened in between.
#include <gtest/gtest.h>

#include <optional>

#include "vault/vault_fixture.h"
#include "wire/once_messages.h"

namespace coffer::vault {
namespace {

constexpr wire::RequestId kFirst{1, 2, 3};
constexpr wire::RequestId kSecond{1, 2, 4};

class OnceTest : public ::testing::Test {
 protected:
  OnceTest() {
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.initialize(), Code::ok);
    EXPECT_EQ(world.create_token(), Code::ok);
  }

  // Sends a request inside Once and opens the answer.
  template <typename Request>
  Answer<Request> once(Client& client, const wire::RequestId& id, const Request& request) {
    codec::WipingBuffer encoded;
    codec::encode_secret_into(request, encoded.octets);
    const auto outer =
        client.call(wire::Once{id, static_cast<std::uint32_t>(wire::kOp<Request>), encoded.octets});
    Answer<Request> answer;
    answer.code = outer.code;
    if (!outer.ok()) return answer;
    answer.octets = to_buffer(outer.reply.output);
    auto decoded = codec::decode<typename Request::Response>(answer.octets);
    EXPECT_TRUE(decoded.ok());
    answer.reply = std::move(decoded).value();
    return answer;
  }

  std::size_t count() {
    return world.owner->call(wire::Find{.count_max = 100, .after = {}}).reply.objects.size();
  }

  static wire::GenerateKeyPair pair_request(bool token = true) {
    static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    wire::GenerateKeyPair request;
    request.mechanism = 0x1040;
    request.public_attributes = {{attribute::kEcParams, kP256}, truth(attribute::kToken, token)};
    request.private_attributes = {truth(attribute::kToken, token)};
    return request;
  }

  World world;
};

TEST_F(OnceTest, ASecondDeliveryGetsTheAnswerOfTheFirst) {
  const auto first = once(*world.owner, kFirst, pair_request());
  ASSERT_TRUE(first.ok());
  const auto again = once(*world.owner, kFirst, pair_request());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.octets, first.octets);
  EXPECT_EQ(count(), 2U);
  EXPECT_NE(first.reply.public_key.id, first.reply.private_key.id);
  EXPECT_TRUE(world.sign(first.reply.private_key.id).ok());
}

TEST_F(OnceTest, SurvivesARestartOfTheVault) {
  const auto first = once(*world.owner, kFirst, pair_request());
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  const auto again = once(*world.owner, kFirst, pair_request());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.octets, first.octets);
  EXPECT_EQ(count(), 2U);
}

TEST_F(OnceTest, ASecondDeliveryIsNotInTheAuditLog) {
  ASSERT_TRUE(once(*world.owner, kFirst, pair_request()).ok());
  const std::size_t before = world.audit.lines().size();
  ASSERT_TRUE(once(*world.owner, kFirst, pair_request()).ok());
  EXPECT_EQ(world.audit.lines().size(), before);
}

TEST_F(OnceTest, AnotherNumberIsAnotherKey) {
  ASSERT_TRUE(once(*world.owner, kFirst, pair_request()).ok());
  ASSERT_TRUE(once(*world.owner, kSecond, pair_request()).ok());
  EXPECT_EQ(count(), 4U);
}

TEST_F(OnceTest, NobodyMeetsTheKeysOfAnotherPrincipal) {
  ASSERT_EQ(world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}}).code, Code::ok);
  const auto owners = once(*world.owner, kFirst, pair_request());
  ASSERT_TRUE(owners.ok());
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  ASSERT_TRUE(stranger.call(wire::Login{.user = wire::UserType::user, .pin = secret("1234")}).ok());
  const auto strangers = once(stranger, kFirst, pair_request());
  ASSERT_TRUE(strangers.ok());
  EXPECT_NE(strangers.reply.private_key.id, owners.reply.private_key.id);
}

TEST_F(OnceTest, NeedsALoginTheSecondTimeToo) {
  ASSERT_TRUE(once(*world.owner, kFirst, pair_request()).ok());
  ASSERT_EQ(world.owner->call(wire::Logout{}).code, Code::ok);
  EXPECT_EQ(once(*world.owner, kFirst, pair_request()).code, Code::not_logged_in);
}

TEST_F(OnceTest, ACreationWhoseCommitFailedIsMadeTheSecondTime) {
  world.store.fail_commit(1, store::FaultPoint::before_commit, Error{Code::unavailable, "a test"});
  EXPECT_EQ(once(*world.owner, kFirst, pair_request()).code, Code::unavailable);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_TRUE(once(*world.owner, kFirst, pair_request()).ok());
  EXPECT_EQ(count(), 2U);
}

TEST_F(OnceTest, ACreationThatWasCommittedThoughItFailedIsNotMadeAgain) {
  world.store.fail_commit(1, store::FaultPoint::after_commit, Error{Code::unavailable, "a test"});
  EXPECT_EQ(once(*world.owner, kFirst, pair_request()).code, Code::unavailable);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(count(), 2U);
  EXPECT_TRUE(once(*world.owner, kFirst, pair_request()).ok());
  EXPECT_EQ(count(), 2U);
}

TEST_F(OnceTest, TwoDeliveriesThatMeetMakeOneKey) {
  codec::WipingBuffer encoded;
  codec::encode_secret_into(pair_request(), encoded.octets);
  const Buffer request = codec::encode(
      wire::Once{kFirst, static_cast<std::uint32_t>(wire::kOp<wire::GenerateKeyPair>), encoded.octets});
  std::vector<std::shared_ptr<CapturedReply>> replies;
  constexpr int kDeliveries = 8;
  for (int i = 0; i < kDeliveries; ++i) replies.push_back(world.owner->send(wire::kOp<wire::Once>, request));
  for (const auto& reply : replies) {
    EXPECT_EQ(reply->wait(), Code::ok);
    EXPECT_EQ(reply->payload(), replies.front()->payload());
  }
  EXPECT_EQ(count(), 2U);
}

TEST_F(OnceTest, SessionObjectsAreMadeEachTime) {
  ASSERT_TRUE(once(*world.owner, kFirst, pair_request(false)).ok());
  ASSERT_TRUE(once(*world.owner, kFirst, pair_request(false)).ok());
  EXPECT_EQ(count(), 4U);
}

TEST_F(OnceTest, RefusesWhatMakesNothing) {
  EXPECT_EQ(once(*world.owner, kFirst, wire::Slots{}).code, Code::unsupported);
  EXPECT_EQ(once(*world.owner, kFirst, wire::Once{}).code, Code::unsupported);
  EXPECT_EQ(once(*world.owner, kFirst, wire::Encapsulate{}).code, Code::unsupported);
}

TEST_F(OnceTest, RefusesARequestThatIsCutShort) {
  Buffer request = codec::encode(pair_request());
  request.pop_back();
  const wire::Once cut{kFirst, static_cast<std::uint32_t>(wire::kOp<wire::GenerateKeyPair>), request};
  EXPECT_EQ(world.owner->call(cut).code, Code::malformed);
}

TEST_F(OnceTest, ARefusalSaysWhy) {
  wire::GenerateKeyPair wrong = pair_request();
  wrong.slot = 9;
  EXPECT_EQ(once(*world.owner, kFirst, wrong).code, Code::slot_invalid);
}

}  // namespace
}  // namespace coffer::vault
