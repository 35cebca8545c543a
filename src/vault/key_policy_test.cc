// Key policies: what each rule refuses, and that a use is counted before it is made.
#include "vault/key_policy.h"

#include <gtest/gtest.h>

#include <thread>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr Timestamp kFridayEight = 1'800'000'000;  // 2027-01-15 08:00:00 UTC
constexpr std::uint32_t kEcdsa = 0x1041;
constexpr std::uint32_t kEcdsaSha256 = 0x1044;
constexpr std::uint32_t kSignUse = 0x800;

PolicyQuestion question() {
  return {.mechanism = kEcdsa, .who = user(1), .as = {}, .now = kFridayEight, .uses = 0};
}

TEST(KeyPolicy, PermitsEverythingWhenEmpty) {
  EXPECT_TRUE(decide({}, question()).ok());
  EXPECT_TRUE(judge({}, question()).empty());
}

TEST(KeyPolicy, RefusesWhatARuleForbids) {
  struct Case {
    wire::KeyPolicy policy;
    bool permitted;
  };
  const Case cases[] = {
      {{.mechanisms = {kEcdsa}}, true},
      {{.mechanisms = {kEcdsaSha256}}, false},
      {{.principals = {wire::user_principal(1)}}, true},
      {{.principals = {wire::user_principal(2), wire::user_principal(3)}}, false},
      {{.uses_max = 1}, true},
      {{.not_before = kFridayEight}, true},
      {{.not_before = kFridayEight + 1}, false},
      {{.not_after = kFridayEight}, true},
      {{.not_after = kFridayEight - 1}, false},
      {{.minute_from = 8 * 60, .minute_to = 9 * 60}, true},
      {{.minute_from = 7 * 60, .minute_to = 8 * 60}, false},
      {{.minute_from = 22 * 60, .minute_to = 6 * 60}, false},
      {{.minute_from = 22 * 60, .minute_to = 9 * 60}, true},
      {{.weekdays = 1U << 4U}, true},   // Friday
      {{.weekdays = 1U << 3U}, false},  // Thursday
  };
  for (const Case& each : cases) {
    EXPECT_EQ(decide(each.policy, question()).ok(), each.permitted) << &each - cases;
    const auto verdicts = judge(each.policy, question());
    ASSERT_EQ(verdicts.size(), 1U) << &each - cases;
    EXPECT_EQ(verdicts[0].holds, each.permitted);
    EXPECT_EQ(verdicts[0].reason.empty(), each.permitted);
  }
}

TEST(KeyPolicy, ListsOperatorsBesidesWhoAsks) {
  const wire::Principal alice{.kind = wire::PrincipalKind::token_operator, .id = {7}, .name = "alice"};
  const wire::Principal next{.kind = wire::PrincipalKind::token_operator, .id = {8}, .name = "alice"};
  PolicyQuestion asked = question();
  EXPECT_FALSE(decide({.principals = {alice}}, asked).ok());
  asked.as = record::Who(alice);
  EXPECT_TRUE(decide({.principals = {alice}}, asked).ok());
  EXPECT_TRUE(decide({.principals = {wire::user_principal(1)}}, asked).ok());
  EXPECT_FALSE(decide({.principals = {next}}, asked).ok()) << "another of that name";
  asked.who = record::Who();
  EXPECT_FALSE(decide({.principals = {wire::Principal{}}}, asked).ok()) << "nobody is no principal";
}

TEST(KeyPolicy, TellsKindsApartAlsoWhereTheirIdsAreTheSame) {
  constexpr std::uint32_t kNumber = 0x80000000;
  const wire::Principal client = wire::numbered(wire::PrincipalKind::client, kNumber);
  PolicyQuestion asked = question();
  asked.who = user(kNumber);
  EXPECT_FALSE(decide({.principals = {client}}, asked).ok());
  EXPECT_TRUE(decide({.principals = {wire::user_principal(kNumber)}}, asked).ok());
  asked.who = record::Who(client);
  EXPECT_TRUE(decide({.principals = {client}}, asked).ok());
  EXPECT_FALSE(decide({.principals = {wire::user_principal(kNumber)}}, asked).ok());
}

TEST(KeyPolicy, RefusesPoliciesWithoutSense) {
  EXPECT_TRUE(check_policy({}).ok());
  EXPECT_FALSE(check_policy({.rate_uses = 1}).ok());
  EXPECT_FALSE(check_policy({.rate_seconds = 1}).ok());
  EXPECT_FALSE(check_policy({.rate_uses = 2'000'000, .rate_seconds = 1}).ok());
  EXPECT_FALSE(check_policy({.minute_from = 1440}).ok());
  EXPECT_FALSE(check_policy({.weekdays = 0x80}).ok());
  EXPECT_FALSE(check_policy({.not_before = 5, .not_after = 4}).ok());
}

TEST(RateLimits, PermitsSoManyUsesInItsTimeAndNoMore) {
  RateLimits rates;
  const wire::ObjectId key{1};
  const Rate rate{.uses = 3, .seconds = 60};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rates.take(key, rate, 1'000'000)) << i;
  EXPECT_FALSE(rates.has_room(key, rate, 1'000'000));
  EXPECT_FALSE(rates.take(key, rate, 1'000'000));
  EXPECT_FALSE(rates.take(key, rate, 1'019'999));
  EXPECT_TRUE(rates.take(key, rate, 1'020'000)) << "one third of the minute is over";
  EXPECT_FALSE(rates.take(key, rate, 1'020'000));
  EXPECT_TRUE(rates.take(wire::ObjectId{2}, rate, 1'000'000)) << "another key";
}

class PolicyTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    const auto pair = world.generate_p256();
    ASSERT_EQ(pair.code, Code::ok);
    key = pair.reply.private_key.id;
  }
  Code set(const wire::KeyPolicy& policy) {
    return world.owner->call(wire::KeyPolicySet{.key = key, .policy = policy}).code;
  }
  Code be_officer() {
    if (const Code code = world.owner->call(wire::Logout{}).code; code != Code::ok) return code;
    return world.owner->call(wire::Login{.user = wire::UserType::security_officer, .pin = secret("12345678")})
        .code;
  }
  World world;
  wire::ObjectId key{};
};

TEST_F(PolicyTest, RefusesAUseThatItForbids) {
  ASSERT_EQ(set({.mechanisms = {kEcdsaSha256}}), Code::ok);
  EXPECT_EQ(world.sign(key, kEcdsa).code, Code::denied);
  EXPECT_EQ(world.sign(key, kEcdsaSha256).code, Code::ok);
}

TEST_F(PolicyTest, CountsUsesAcrossRestarts) {
  ASSERT_EQ(set({.uses_max = 3}), Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::denied);
  const auto shown = world.owner->call(wire::KeyPolicyShow{.key = key});
  EXPECT_EQ(shown.reply.uses, 3U);
}

TEST_F(PolicyTest, CountsEveryUseOfManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTries = 10;
  ASSERT_EQ(set({.uses_max = 25}), Code::ok);
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTries; ++i) made += world.sign(key).code == Code::ok ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 25);
}

TEST_F(PolicyTest, MakesNoUseThatCouldNotBeCounted) {
  ASSERT_EQ(set({.uses_max = 3}), Code::ok);
  world.store.fail_commit(1, store::FaultPoint::before_commit, {Code::disk_full, "no room"});
  EXPECT_NE(world.sign(key).code, Code::ok);
}

TEST_F(PolicyTest, LetsOnlyTheOfficerLoosenIt) {
  ASSERT_EQ(set({.uses_max = 1}), Code::ok);
  EXPECT_EQ(set({.uses_max = 100}), Code::denied);
  EXPECT_EQ(world.owner->call(wire::KeyPolicySet{.key = key, .remove = true}).code, Code::denied);
  ASSERT_EQ(be_officer(), Code::ok);
  EXPECT_EQ(set({.uses_max = 2}), Code::ok);
  EXPECT_EQ(world.owner->call(wire::KeyPolicySet{.key = key, .remove = true}).code, Code::ok);
  EXPECT_FALSE(world.owner->call(wire::KeyPolicyShow{.key = key}).reply.is_set);
}

TEST_F(PolicyTest, NeedsALogin) {
  ASSERT_EQ(world.owner->call(wire::Logout{}).code, Code::ok);
  EXPECT_EQ(set({.uses_max = 1}), Code::not_logged_in);
  EXPECT_EQ(world.owner->call(wire::KeyPolicyShow{.key = key}).code, Code::not_logged_in);
}

TEST_F(PolicyTest, CannotBeEscapedByACopyOrATemplate) {
  ASSERT_EQ(set({.uses_max = 1}), Code::ok);
  EXPECT_EQ(world.owner->call(wire::CopyObject{.id = key}).code, Code::action_prohibited);
  static constexpr std::uint8_t kNone[8] = {};
  EXPECT_NE(world.owner->call(wire::SetAttributes{.id = key, .attributes = {{attribute::kUses, kNone}}}).code,
            Code::ok);
  EXPECT_NE(world.owner->call(wire::SetAttributes{.id = key, .attributes = {{attribute::kPolicy, {}}}}).code,
            Code::ok);
  static constexpr std::uint8_t kLabel[] = {'x'};
  ASSERT_EQ(
      world.owner->call(wire::SetAttributes{.id = key, .attributes = {{attribute::kLabel, kLabel}}}).code,
      Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::denied);
}

TEST_F(PolicyTest, CannotBeEscapedByWrapping) {
  static constexpr std::uint8_t kBytes[8] = {32};
  const auto generate = [this](const wire::Attribute& use) {
    return world.owner
        ->call(wire::GenerateKey{.mechanism = 0x1080,
                                 .attributes = {{attribute::kValueLen, kBytes},
                                                truth(attribute::kToken, true),
                                                truth(attribute::kExtractable, use.type != attribute::kWrap),
                                                use}})
        .reply.object.id;
  };
  const wire::ObjectId wrapping = generate(truth(attribute::kWrap, true));
  key = generate(truth(attribute::kEncrypt, true));
  const wire::WrapKey wrap{
      .wrapping_key = wrapping, .key = key, .parameters = {.mechanism = 0x210B}, .room_bytes = 4096};
  ASSERT_EQ(world.owner->call(wrap).code, Code::ok);
  ASSERT_EQ(set({.uses_max = 1}), Code::ok);
  EXPECT_EQ(world.owner->call(wrap).code, Code::action_prohibited);
}

TEST_F(PolicyTest, ExplainsWithoutUsingAnythingUp) {
  ASSERT_EQ(
      set({.principals = {wire::user_principal(kOwner)}, .uses_max = 1, .rate_uses = 1, .rate_seconds = 60}),
      Code::ok);
  const wire::KeyPolicyExplain mine{
      .key = key, .mechanism = kEcdsa, .use = kSignUse, .who = wire::user_principal(kOwner)};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(world.owner->call(mine).reply.allowed) << i;
  const wire::KeyPolicyExplain theirs{
      .key = key, .mechanism = kEcdsa, .use = kSignUse, .who = wire::user_principal(kStranger)};
  const auto refused = world.owner->call(theirs);
  EXPECT_FALSE(refused.reply.allowed);
  const auto& findings = refused.reply.findings;
  const auto place = std::ranges::find(findings, std::string("principals"), &wire::Finding::rule);
  ASSERT_NE(place, findings.end());
  EXPECT_FALSE(place->holds);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  EXPECT_FALSE(world.owner->call(mine).reply.allowed) << "its one use was made";
}

}  // namespace
}  // namespace coffer::vault
