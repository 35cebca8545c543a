// Tests: what a counted key gives leaves the chip when its count is on the disk, not before; and nobody waits
// for that in a worker.
#include "vault/pending_commits.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kSha256 = 0x250;
constexpr std::uint32_t kEcdsaSha256 = 0x1044;
constexpr std::uint32_t kHkdfDerive = 0x402A;

// CountedKeys are two keys of 20 uses, in a vault whose commits a test can hold.
class CountedKeys : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    for (wire::ObjectId& key : keys) {
      const auto pair = world.generate_p256();
      ASSERT_EQ(pair.code, Code::ok);
      key = pair.reply.private_key.id;
      ASSERT_EQ(count(key), Code::ok);
    }
  }
  void TearDown() override { world.store.hold_commits(false); }

  Code count(const wire::ObjectId& key) {
    return world.owner->call(wire::KeyPolicySet{.key = key, .policy = {.uses_max = 20}}).code;
  }
  std::uint64_t uses(const wire::ObjectId& key) {
    return world.owner->call(wire::KeyPolicyShow{.key = key}).reply.uses;
  }
  // ask gives the answer to come. The test fails, and goes on, when the worker does not come back.
  template <typename Request>
  std::shared_ptr<CapturedReply> ask(const Request& request) {
    codec::WipingBuffer payload;
    codec::encode_secret_into(request, payload.octets);
    auto asked =
        std::async(std::launch::async, [&] { return world.owner->send(wire::kOp<Request>, payload.octets); });
    if (asked.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
      ADD_FAILURE() << "a worker waits for a commit";
      world.store.hold_commits(false);
    }
    return asked.get();
  }
  // change_between_counts has the first key counted, changed, and counted again, all while the commit of
  // another one is held. It gives what became of those: two counts, the change, two counts.
  template <typename Request>
  std::vector<Code> change_between_counts(const Request& change) {
    world.store.hold_commits(true);
    const auto other = ask(World::signature_by(keys[1]));
    world.store.wait_until_held();
    std::vector<std::shared_ptr<CapturedReply>> asked;
    for (int i = 0; i < 2; ++i) asked.push_back(ask(World::signature_by(keys[0])));
    asked.push_back(ask(change));
    for (int i = 0; i < 2; ++i) asked.push_back(ask(World::signature_by(keys[0])));
    world.store.hold_commits(false);
    EXPECT_EQ(other->wait(), Code::ok);
    std::vector<Code> codes;
    for (const auto& each : asked) codes.push_back(each->wait());
    return codes;
  }
  // remove_policy asks for the end of the first key's policy.
  std::shared_ptr<CapturedReply> remove_policy(Client& officer) {
    codec::WipingBuffer payload;
    codec::encode_secret_into(wire::KeyPolicySet{.key = keys[0], .remove = true}, payload.octets);
    return officer.send(wire::kOp<wire::KeyPolicySet>, payload.octets);
  }
  std::unique_ptr<Client> officer() {
    EXPECT_EQ(world.owner->call(wire::Logout{}).code, Code::ok);
    auto client = std::make_unique<Client>(*world.vault, kOwner);
    EXPECT_TRUE(client->call(wire::Hello{}).ok());
    wire::Login login{.user = wire::UserType::security_officer, .pin = secret("12345678")};
    EXPECT_EQ(client->call(login).code, Code::ok);
    EXPECT_EQ(world.login(), Code::ok);
    return client;
  }
  std::size_t session_objects() {
    wire::Find find;
    const Buffer is_session{0};
    find.attributes = {{attribute::kToken, is_session}};
    return world.owner->call(find).reply.objects.size();
  }
  // derive asks for a session key of session 1, from a key that is counted.
  std::shared_ptr<CapturedReply> derive(bool is_private) {
    const Buffer length = number(32);
    const auto base = world.owner->call(wire::GenerateKey{.mechanism = 0x350,
                                                          .attributes = {{attribute::kValueLen, length},
                                                                         truth(attribute::kToken, true),
                                                                         truth(attribute::kDerive, true)}});
    EXPECT_EQ(base.code, Code::ok);
    EXPECT_EQ(count(base.reply.object.id), Code::ok);
    const Buffer secret_key = number(object_class::kSecretKey);
    const Buffer generic = number(key_type::kGenericSecret);
    world.store.hold_commits(true);
    const auto derived =
        ask(wire::DeriveKey{.session = 1,
                            .base = base.reply.object.id,
                            .parameters = {.mechanism = kHkdfDerive, .hash = 3, .expand = true},
                            .attributes = {{attribute::kClass, secret_key},
                                           {attribute::kKeyType, generic},
                                           {attribute::kValueLen, length},
                                           truth(attribute::kToken, false),
                                           truth(attribute::kPrivate, is_private)}});
    world.store.wait_until_held();
    return derived;
  }
  World world;
  wire::ObjectId keys[2];
};

TEST_F(CountedKeys, GiveNothingBeforeTheCountIsOnTheDisk) {
  world.store.hold_commits(true);
  const auto signature = ask(World::signature_by(keys[0]));
  world.store.wait_until_held();
  EXPECT_FALSE(signature->is_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(signature->wait(), Code::ok);
  EXPECT_EQ(uses(keys[0]), 1U);
}

TEST_F(CountedKeys, ShareACommit) {
  world.store.hold_commits(true);
  std::vector<std::shared_ptr<CapturedReply>> asked{ask(World::signature_by(keys[0]))};
  world.store.wait_until_held();
  const std::uint64_t before = world.store.commit_count();
  for (int i = 0; i < 9; ++i) {
    asked.push_back(ask(World::signature_by(keys[0])));
    asked.push_back(ask(World::signature_by(keys[1])));
  }
  world.store.hold_commits(false);
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
  EXPECT_EQ(world.store.commit_count(), before + 2) << "the one that was held, and one for all the others";
  EXPECT_EQ(uses(keys[0]), 10U);
  EXPECT_EQ(uses(keys[1]), 9U);
}

TEST_F(CountedKeys, GiveNoMoreThanTheyMayWhileCountsAreUnderWay) {
  world.store.hold_commits(true);
  std::vector<std::shared_ptr<CapturedReply>> asked;
  for (int i = 0; i < 21; ++i) asked.push_back(ask(World::signature_by(keys[0])));
  EXPECT_EQ(asked.back()->wait(), Code::denied);
  world.store.hold_commits(false);
  asked.pop_back();
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
}

TEST_F(CountedKeys, GiveNothingWhenTheCountFailsAndGoOnAfterwards) {
  world.store.hold_commits(true);
  world.store.fail_commit(1, store::FaultPoint::before_commit, {Code::disk_full, "no room"});
  const auto first = ask(World::signature_by(keys[0]));
  world.store.wait_until_held();
  const auto second = ask(World::signature_by(keys[0]));
  world.store.hold_commits(false);
  EXPECT_EQ(first->wait(), Code::disk_full);
  EXPECT_TRUE(first->payload().size() < 64) << "a text, not a signature";
  EXPECT_EQ(second->wait(), Code::conflict) << "it was counted on top of the first";
  EXPECT_EQ(world.sign(keys[0]).code, Code::ok);
  EXPECT_EQ(uses(keys[0]), 1U);
}

// What others change meanwhile is between two counts, and no count takes it back.
TEST_F(CountedKeys, AreChangedInTheMiddleOfUses) {
  const auto codes = change_between_counts(
      wire::SetAttributes{.id = keys[0], .attributes = {truth(attribute::kExtractable, false)}});
  EXPECT_EQ(codes, std::vector<Code>(5, Code::ok));
  const auto shown =
      world.owner->call(wire::GetAttributes{.id = keys[0], .types = {attribute::kExtractable}});
  ASSERT_EQ(shown.reply.attributes.size(), 1U);
  EXPECT_EQ(shown.reply.attributes.front().value, Buffer{0});
  EXPECT_EQ(world.sign(keys[0]).code, Code::ok);
  EXPECT_EQ(uses(keys[0]), 5U);
}

TEST_F(CountedKeys, AreDestroyedInTheMiddleOfUses) {
  const auto codes = change_between_counts(wire::DestroyObject{.id = keys[0]});
  EXPECT_EQ(codes, (std::vector<Code>{Code::ok, Code::ok, Code::ok, Code::not_found, Code::not_found}));
  EXPECT_EQ(world.sign(keys[0]).code, Code::not_found);
}

TEST_F(CountedKeys, AreKeptInTheirTokensDaysOfGraceWhenDestroyedInTheMiddleOfUses) {
  ASSERT_TRUE(world.owner->call(wire::TokenPolicySet{.policy = {.undelete_seconds = 600}}).ok());
  const auto by = officer();
  const auto codes = change_between_counts(wire::DestroyObject{.id = keys[0]});
  EXPECT_EQ(codes, (std::vector<Code>{Code::ok, Code::ok, Code::ok, Code::not_found, Code::not_found}));
  ASSERT_EQ(by->call(wire::KeyUndelete{.id = keys[0]}).code, Code::ok);
  EXPECT_EQ(uses(keys[0]), 2U);
}

TEST_F(CountedKeys, LiveOnWhenTheirDestructionFails) {
  world.store.hold_commits(true);
  world.store.fail_commit(1, store::FaultPoint::before_commit, {Code::disk_full, "no room"});
  const auto destroyed = ask(wire::DestroyObject{.id = keys[0]});
  world.store.wait_until_held();
  const auto use = ask(World::signature_by(keys[0]));
  EXPECT_TRUE(use->is_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(use->wait(), Code::not_found);
  EXPECT_EQ(destroyed->wait(), Code::disk_full);
  EXPECT_EQ(world.sign(keys[0]).code, Code::ok);
  EXPECT_EQ(uses(keys[0]), 1U);
}

TEST_F(CountedKeys, GiveNothingUncountedBecauseOfARemovalThatFails) {
  const auto by = officer();
  world.store.hold_commits(true);
  world.store.fail_commit(1, store::FaultPoint::before_commit, {Code::disk_full, "no room"});
  const auto removal = remove_policy(*by);
  world.store.wait_until_held();
  const auto use = ask(World::signature_by(keys[0]));
  EXPECT_FALSE(use->is_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(removal->wait(), Code::disk_full);
  EXPECT_EQ(use->wait(), Code::disk_full);
  EXPECT_EQ(world.sign(keys[0]).code, Code::ok);
  EXPECT_EQ(uses(keys[0]), 1U);
}

TEST_F(CountedKeys, AreFreeOnceTheirPolicyIsRemoved) {
  const auto by = officer();
  world.store.hold_commits(true);
  const auto removal = remove_policy(*by);
  world.store.wait_until_held();
  const auto use = ask(World::signature_by(keys[0]));
  world.store.hold_commits(false);
  EXPECT_EQ(removal->wait(), Code::ok);
  EXPECT_EQ(use->wait(), Code::ok);
}

TEST_F(CountedKeys, PrivateSessionKeysDoNotOutliveTheLoginThatDerivedThem) {
  const auto derived = derive(true);
  ASSERT_TRUE(world.owner->call(wire::Logout{}).ok());
  world.store.hold_commits(false);
  EXPECT_EQ(derived->wait(), Code::not_logged_in);
}

TEST_F(CountedKeys, LeaveNoDerivedKeyInASessionThatWasClosedMeanwhile) {
  const auto derived = derive(false);
  ASSERT_TRUE(world.owner->call(wire::CloseSession{.session = 1}).ok());
  world.store.hold_commits(false);
  EXPECT_EQ(derived->wait(), Code::session_invalid);
  EXPECT_EQ(session_objects(), 0U);
}

TEST_F(CountedKeys, LeaveADerivedKeyWhereAnotherSessionWasClosed) {
  const auto derived = derive(false);
  ASSERT_TRUE(world.owner->call(wire::CloseSession{.session = 2}).ok());
  world.store.hold_commits(false);
  EXPECT_EQ(derived->wait(), Code::ok);
  EXPECT_EQ(session_objects(), 1U);
}

TEST_F(CountedKeys, OfOneUserDoNotFillTheQueueOfAll) {
  const auto many = world.generate_p256();
  ASSERT_EQ(
      world.owner->call(wire::KeyPolicySet{.key = many.reply.private_key.id, .policy = {.uses_max = 100'000}})
          .code,
      Code::ok);
  ASSERT_TRUE(world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}}).ok());
  Client loud(*world.vault, kStranger);
  ASSERT_TRUE(loud.call(wire::Hello{}).ok());
  ASSERT_EQ(loud.call(wire::Login{.slot = 0, .pin = secret("1234")}).code, Code::ok);
  world.store.hold_commits(true);
  const Buffer asks = codec::encode(World::signature_by(many.reply.private_key.id));
  std::vector<std::shared_ptr<CapturedReply>> asked{loud.send(wire::kOp<wire::Sign>, asks)};
  world.store.wait_until_held();
  for (std::size_t i = 0; i < record::kWaitingOfUserMax + 1; ++i)
    asked.push_back(loud.send(wire::kOp<wire::Sign>, asks));
  EXPECT_EQ(asked.back()->wait(), Code::limit);
  const auto own = world.owner->send(wire::kOp<wire::Sign>, codec::encode(World::signature_by(keys[0])));
  // Of the same key, behind the one that was refused.
  const auto same = world.owner->send(wire::kOp<wire::Sign>, asks);
  world.store.hold_commits(false);
  EXPECT_EQ(own->wait(), Code::ok);
  EXPECT_EQ(same->wait(), Code::ok);
  asked.pop_back();
  for (const auto& each : asked) EXPECT_EQ(each->wait(), Code::ok);
}

TEST_F(CountedKeys, GiveSeveralOfABatchOnlyOnceTheyAreCounted) {
  world.store.hold_commits(true);
  Batch batch;
  for (const wire::ObjectId& key : keys) batch.add(*world.owner, World::signature_by(key));
  batch.start(*world.vault);
  world.store.wait_until_held();
  EXPECT_FALSE(batch.is_any_answered());
  world.store.hold_commits(false);
  EXPECT_EQ(batch.wait(), (std::vector<Code>{Code::ok, Code::ok}));
}

TEST_F(CountedKeys, BeginNoOperationBeforeItIsCounted) {
  wire::Begin begin;
  begin.kind = wire::OperationKind::sign;
  begin.key = keys[0];
  begin.parameters.mechanism = kEcdsaSha256;
  // Numbers follow each other from a random one on: the next is known.
  wire::Begin digest;
  digest.parameters.mechanism = kSha256;
  const std::uint64_t next = world.owner->call(digest).reply.operation + 1;
  world.store.hold_commits(true);
  const auto begun = ask(begin);
  world.store.wait_until_held();
  EXPECT_FALSE(begun->is_answered());
  EXPECT_EQ(world.owner->call(wire::Update{.operation = next, .data = {}}).code, Code::operation_unknown);
  world.store.hold_commits(false);
  EXPECT_EQ(begun->wait(), Code::ok);
  EXPECT_EQ(world.owner->call(wire::Update{.operation = next, .data = {}}).code, Code::ok);
}

TEST_F(CountedKeys, LeaveNoDerivedKeyToBeFoundBeforeTheyAreCounted) {
  const auto derived = derive(false);
  EXPECT_EQ(session_objects(), 0U);
  world.store.hold_commits(false);
  EXPECT_EQ(derived->wait(), Code::ok);
  EXPECT_EQ(session_objects(), 1U);
}

TEST_F(CountedKeys, TakeAPolicyInTheMiddleOfUses) {
  const auto by = officer();
  world.store.hold_commits(true);
  const auto first = ask(World::signature_by(keys[0]));
  codec::WipingBuffer payload;
  codec::encode_secret_into(wire::KeyPolicySet{.key = keys[0], .policy = {.uses_max = 2}}, payload.octets);
  const auto set = by->send(wire::kOp<wire::KeyPolicySet>, payload.octets);
  const auto second = ask(World::signature_by(keys[0]));
  const auto third = ask(World::signature_by(keys[0]));
  EXPECT_EQ(third->wait(), Code::denied);
  world.store.hold_commits(false);
  for (const auto& each : {first, set, second}) EXPECT_EQ(each->wait(), Code::ok);
}

TEST(HeldReply, OfSomethingLargeIsRefusedWhereTheUsersBudgetIsSpent) {
  const auto budget = std::make_shared<wire::Budget>(std::make_shared<wire::Totals>());
  const Buffer half(wire::kKeptOfUserBytesMax / 2);
  const auto commits = std::make_shared<PendingCommits>();
  commits->begin();
  std::vector<std::shared_ptr<CapturedReply>> replies;
  for (int i = 0; i < 3; ++i) {
    replies.push_back(std::make_shared<CapturedReply>());
    held(commits, wire::Reply(replies.back()), budget).send(half);
  }
  EXPECT_FALSE(replies[0]->is_answered());
  EXPECT_FALSE(replies[1]->is_answered());
  EXPECT_EQ(replies[2]->wait(), Code::limit);
  const auto small = std::make_shared<CapturedReply>();
  held(commits, wire::Reply(small), budget).send(Buffer(512));
  EXPECT_FALSE(small->is_answered()) << "what was changed would be said not to be";
  commits->done({});
  EXPECT_EQ(small->wait(), Code::ok);
  EXPECT_EQ(replies[0]->wait(), Code::ok);
  EXPECT_EQ(replies[1]->wait(), Code::ok);
  EXPECT_TRUE(budget->take(wire::kKeptOfUserBytesMax)) << "what was sent is not kept any more";
}

}  // namespace
}  // namespace coffer::vault
