// The policies of tokens: bounds that the chip keeps, and destroyed objects that come back or are erased.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "vault/deleted_object.h"
#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kFind = 1024;
constexpr std::uint32_t kWeekSeconds = 7 * 24 * 3600;
constexpr std::uint64_t kMilliseconds = 1000;

class TenantTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  Code set(const wire::TokenPolicy& policy, std::uint32_t slot = 0) {
    return world.owner->call(wire::TokenPolicySet{.slot = slot, .policy = policy}).code;
  }
  Code be(wire::UserType user) {
    static_cast<void>(world.owner->call(wire::Logout{}));
    const bool is_officer = user == wire::UserType::security_officer;
    return world.owner->call(wire::Login{.user = user, .pin = secret(is_officer ? "12345678" : "1234")}).code;
  }
  Code destroy(const wire::ObjectId& id) { return world.owner->call(wire::DestroyObject{.id = id}).code; }
  Code undelete(const wire::ObjectId& id) { return world.owner->call(wire::KeyUndelete{.id = id}).code; }
  std::vector<wire::DeletedObject> deleted() {
    return world.owner->call(wire::KeyDeleted{.slot = 0, .after = std::nullopt}).reply.objects;
  }
  std::size_t found(const wire::Template& attributes = {}) {
    return world.owner->call(wire::Find{.attributes = attributes, .count_max = kFind, .after = std::nullopt})
        .reply.objects.size();
  }
  std::uint64_t record_count() { return world.owner->call(wire::TokenPolicyShow{}).reply.object_count; }
  // events counts the audit lines of one event.
  std::size_t events(std::string_view event) {
    const auto head = world.owner->call(wire::AuditHead{});
    EXPECT_EQ(head.code, Code::ok);
    std::size_t count = 0;
    for (const std::string& line : world.audit.lines()) {
      if (line.find("\"event\":\"" + std::string(event) + '"') != std::string::npos) ++count;
    }
    return count;
  }

  World world;
};

TEST_F(TenantTest, OnlyTheOwnerSetsAPolicy) {
  wire::Grant grant{.uid = kStranger, .admit = true};
  ASSERT_EQ(world.owner->call(grant).code, Code::ok);
  Client stranger(*world.vault, kStranger);
  ASSERT_EQ(stranger.call(wire::Hello{}).code, Code::ok);
  EXPECT_EQ(stranger.call(wire::TokenPolicySet{.slot = 0, .policy = {.objects_max = 5}}).code, Code::denied);
  EXPECT_EQ(world.owner->call(wire::TokenPolicyShow{}).reply.policy.objects_max, 0U);
}

TEST_F(TenantTest, APolicyThatMakesNoSenseIsRefused) {
  EXPECT_EQ(set({.rate_max = wire::kTokenRateMax + 1}), Code::invalid);
  EXPECT_EQ(set({.undelete_seconds = wire::kUndeleteSecondsMax + 1}), Code::invalid);
  EXPECT_EQ(set({.objects_max = 1}, 7), Code::slot_invalid);
}

TEST_F(TenantTest, APolicyOutlivesTheChipAndGoesWithItsToken) {
  const wire::TokenPolicy policy{
      .objects_max = 5, .rate_max = 100, .applications_max = 2, .undelete_seconds = kWeekSeconds};
  ASSERT_EQ(set(policy), Code::ok);
  EXPECT_EQ(events("token.policy"), 1U);
  ASSERT_TRUE(world.start().ok());
  const auto shown = world.owner->call(wire::TokenPolicyShow{}).reply.policy;
  EXPECT_EQ(codec::encode(shown), codec::encode(policy));
  ASSERT_EQ(world.owner->call(wire::DestroyToken{}).code, Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  EXPECT_EQ(world.owner->call(wire::TokenPolicyShow{}).reply.policy.objects_max, 0U);
  EXPECT_TRUE(world.start().ok());
}

// A guest makes tokens, a bounded number of them, and in each a bounded number of objects; the owner any.
TEST_F(TenantTest, AGuestMakesSixteenTokensWithAPolicyFromBirth) {
  ASSERT_EQ(world.owner->call(wire::Grant{.uid = kStranger, .admit = true}).code, Code::ok);
  const auto make = [](Client& client, std::uint32_t slot) {
    return client.call(wire::InitToken{.slot = slot, .officer_pin = secret("12345678"), .label = "more"})
        .code;
  };
  constexpr std::uint32_t kLast = 16;  // slot 0 is the owner's
  {
    Client guest(*world.vault, kStranger);
    ASSERT_EQ(guest.call(wire::Hello{}).code, Code::ok);
    for (std::uint32_t slot = 1; slot <= kLast; ++slot) ASSERT_EQ(make(guest, slot), Code::ok) << slot;
    EXPECT_EQ(make(guest, kLast + 1), Code::limit);
  }
  ASSERT_TRUE(world.start().ok());
  auto guest = std::make_unique<Client>(*world.vault, kStranger);
  ASSERT_EQ(guest->call(wire::Hello{}).code, Code::ok);
  EXPECT_EQ(make(*guest, kLast + 1), Code::limit) << "it is known after a restart";
  const auto shown = [this](std::uint32_t slot) {
    return world.owner->call(wire::TokenPolicyShow{.slot = slot}).reply.policy.objects_max;
  };
  EXPECT_EQ(shown(kLast), 10'000U);
  EXPECT_EQ(shown(0), 0U);
  EXPECT_EQ(make(*guest, kLast), Code::ok) << "made anew it is the same token";
  // The owner is not bound, and makes room.
  ASSERT_EQ(make(*world.owner, kLast + 1), Code::ok);
  EXPECT_EQ(shown(kLast + 1), 0U);
  ASSERT_EQ(world.owner->call(wire::DestroyToken{.slot = kLast}).code, Code::ok);
  EXPECT_EQ(make(*guest, kLast + 2), Code::ok);
  EXPECT_EQ(make(*guest, kLast + 3), Code::limit);
  ASSERT_EQ(set({}, kLast + 2), Code::ok);
  guest.reset();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(shown(kLast + 2), 0U) << "what the owner lifts stays lifted";
}

TEST_F(TenantTest, AFullTokenRefusesObjectsUntilSomeAreDestroyed) {
  ASSERT_EQ(set({.objects_max = 3}), Code::ok);
  const auto pair = world.generate_p256();
  ASSERT_EQ(pair.code, Code::ok);
  EXPECT_EQ(world.generate_p256().code, Code::limit) << "two more do not fit";
  EXPECT_EQ(world.generate_p256(false).code, Code::ok) << "objects of a session are not the token's";
  EXPECT_EQ(record_count(), 2U);
  ASSERT_EQ(destroy(pair.reply.public_key.id), Code::ok);
  EXPECT_EQ(world.generate_p256().code, Code::ok);
  EXPECT_EQ(record_count(), 3U);
}

TEST_F(TenantTest, TheQuotaIsExactWhenManyCreateAtOnce) {
  constexpr std::size_t kTries = 40;
  ASSERT_EQ(set({.objects_max = 7}), Code::ok);
  static constexpr std::uint32_t kAesKeyGeneration = 0x1080;
  static constexpr std::array<std::uint8_t, 8> kLength{16};
  wire::GenerateKey request;
  request.mechanism = kAesKeyGeneration;
  request.attributes = {truth(attribute::kToken, true), {attribute::kValueLen, kLength}};
  codec::WipingBuffer payload;
  codec::encode_secret_into(request, payload.octets);
  std::vector<std::shared_ptr<CapturedReply>> replies;
  for (std::size_t i = 0; i < kTries; ++i) {
    replies.push_back(world.owner->send(wire::kOp<wire::GenerateKey>, payload.octets));
  }
  std::size_t made = 0;
  for (const auto& reply : replies) {
    const Code code = reply->wait();
    EXPECT_TRUE(code == Code::ok || code == Code::limit);
    if (code == Code::ok) ++made;
  }
  EXPECT_EQ(made, 7U);
  EXPECT_EQ(record_count(), 7U);
}

TEST_F(TenantTest, RequestsAboveTheRateAreRefusedAndTheOfficerGetsIn) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(set({.rate_max = 3}), Code::ok);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok) << i;
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::too_fast);
  EXPECT_EQ(be(wire::UserType::security_officer), Code::ok) << "logins are not counted";
  EXPECT_EQ(be(wire::UserType::user), Code::ok);
  world.clock.advance(kMilliseconds);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);
  world.clock.advance(kMilliseconds * 2);
  EXPECT_EQ(events("token.rate"), 1U);
}

TEST_F(TenantTest, SignaturesOfABatchAreCountedToo) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(set({.rate_max = 3}), Code::ok);
  Batch batch;
  for (std::size_t i = 0; i < wire::kBatchMax; ++i)
    batch.add(*world.owner, World::signature_by(pair.reply.private_key.id));
  EXPECT_EQ(std::ranges::count(batch.handle(*world.vault), Code::ok), 3);
}

TEST_F(TenantTest, OneTokensRateIsNotAnothers) {
  ASSERT_EQ(world.create_token(1), Code::ok);
  const auto other = world.generate_p256(true, 1);
  ASSERT_EQ(other.code, Code::ok);
  ASSERT_EQ(set({.rate_max = 1}), Code::ok);
  EXPECT_EQ(world.generate_p256().code, Code::ok);
  EXPECT_EQ(world.generate_p256().code, Code::too_fast);
  EXPECT_EQ(world.generate_p256(true, 1).code, Code::ok);
}

TEST_F(TenantTest, OneApplicationTooManyDoesNotGetIn) {
  ASSERT_EQ(set({.applications_max = 1}), Code::ok);
  Client second(*world.vault, kOwner);
  ASSERT_EQ(second.call(wire::Hello{}).code, Code::ok);
  const auto log_in = [&](wire::UserType user, std::string_view pin) {
    return second.call(wire::Login{.user = user, .pin = secret(pin)}).code;
  };
  EXPECT_EQ(log_in(wire::UserType::user, "1234"), Code::limit);
  EXPECT_EQ(log_in(wire::UserType::security_officer, "12345678"), Code::ok);
  ASSERT_EQ(second.call(wire::Logout{}).code, Code::ok);
  EXPECT_EQ(world.login(), Code::ok) << "who is in may show the PIN again";
  ASSERT_EQ(world.owner->call(wire::Logout{}).code, Code::ok);
  EXPECT_EQ(log_in(wire::UserType::user, "1234"), Code::ok);
}

TEST_F(TenantTest, WithoutAWindowWhatIsDestroyedIsGone) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(destroy(pair.reply.private_key.id), Code::ok);
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  EXPECT_TRUE(deleted().empty());
  EXPECT_EQ(undelete(pair.reply.private_key.id), Code::not_found);
  EXPECT_EQ(record_count(), 1U);
}

class UndeleteTest : public TenantTest {
 protected:
  void SetUp() override {
    TenantTest::SetUp();
    ASSERT_EQ(set({.objects_max = 2, .undelete_seconds = kWeekSeconds}), Code::ok);
    const auto pair = world.generate_p256();
    ASSERT_EQ(pair.code, Code::ok);
    key = pair.reply.private_key.id;
    public_key = pair.reply.public_key.id;
    ASSERT_EQ(destroy(key), Code::ok);
  }
  wire::ObjectId key{};
  wire::ObjectId public_key{};
};

TEST_F(UndeleteTest, ADestroyedKeyIsInvisibleAndCounted) {
  EXPECT_EQ(world.sign(key).code, Code::not_found);
  EXPECT_EQ(world.owner->call(wire::GetAttributes{.id = key, .types = {attribute::kLabel}}).code,
            Code::not_found);
  EXPECT_EQ(destroy(key), Code::not_found);
  EXPECT_EQ(found(), 1U);
  const Buffer name{'n', 'a', 'm', 'e', 'd'};
  EXPECT_EQ(found({{attribute::kLabel, name}}), 0U);
  const std::string unique = to_hex(key);
  EXPECT_EQ(found({{attribute::kUniqueId, as_bytes(unique)}}), 0U);
  EXPECT_EQ(record_count(), 2U);
  EXPECT_EQ(world.generate_p256().code, Code::limit) << "it still takes its room";
}

TEST_F(UndeleteTest, OnlyTheOfficerSeesAndBringsBack) {
  EXPECT_EQ(undelete(key), Code::not_logged_in);
  EXPECT_EQ(world.owner->call(wire::KeyDeleted{.slot = 0, .after = std::nullopt}).code, Code::not_logged_in);
}

TEST_F(UndeleteTest, AKeyComesBackAsItWas) {
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  const auto list = deleted();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.front().summary.id, key);
  EXPECT_EQ(list.front().label, "named");
  EXPECT_EQ(list.front().ends, list.front().deleted + kWeekSeconds);
  EXPECT_EQ(undelete(public_key), Code::not_found) << "it was not destroyed";
  ASSERT_EQ(undelete(key), Code::ok);
  EXPECT_EQ(undelete(key), Code::not_found);
  EXPECT_TRUE(deleted().empty());
  ASSERT_EQ(be(wire::UserType::user), Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
  const Buffer name{'n', 'a', 'm', 'e', 'd'};
  EXPECT_EQ(found({{attribute::kLabel, name}}), 1U);
  EXPECT_EQ(events("object.undelete"), 1U);
}

TEST_F(UndeleteTest, ADestroyedKeyOutlivesTheChip) {
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  ASSERT_EQ(undelete(key), Code::ok);
  ASSERT_EQ(be(wire::UserType::user), Code::ok);
  EXPECT_EQ(world.sign(key).code, Code::ok);
}

TEST_F(UndeleteTest, AfterItsWindowAKeyIsErasedByTheNextRequest) {
  world.clock.advance(std::uint64_t{kWeekSeconds} * kMilliseconds - kMilliseconds);
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  EXPECT_EQ(deleted().size(), 1U);
  world.clock.advance(kMilliseconds);
  EXPECT_EQ(undelete(key), Code::not_found) << "the window has ended";
  EXPECT_EQ(events("object.erase"), 1U);
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(UndeleteTest, AfterItsWindowAKeyIsErasedByABatchOfSignaturesToo) {
  world.clock.advance(std::uint64_t{kWeekSeconds} * kMilliseconds);
  Batch batch;
  batch.add(*world.owner, World::signature_by(public_key));
  batch.add(*world.owner, World::signature_by(public_key));
  batch.handle(*world.vault);
  EXPECT_EQ(events("object.erase"), 1U);
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(UndeleteTest, AfterItsWindowAKeyIsErasedWhenTheVaultHasRunForAnHour) {
  world.clock.advance(std::uint64_t{kWeekSeconds} * kMilliseconds);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(events("object.erase"), 0U) << "the clock of a machine that was just started may be wrong";
  world.clock.advance(kClockSettlesMilliseconds);
  EXPECT_EQ(found(), 1U);
  EXPECT_EQ(events("object.erase"), 1U);
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(UndeleteTest, AClockThatIsWrongForAWhileErasesNothing) {
  const Timestamp right = world.clock.now();
  world.clock.advance(kClockSettlesMilliseconds);
  world.clock.set_wall(right + Timestamp{20} * 52 * kWeekSeconds);
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  EXPECT_EQ(undelete(key), Code::not_found);
  ASSERT_TRUE(world.start().ok());  // with the wrong clock
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  world.clock.set_wall(right);
  EXPECT_EQ(undelete(key), Code::ok);
  EXPECT_EQ(events("object.erase"), 0U);
}

TEST_F(UndeleteTest, AnErasureThatCannotBeWrittenIsTriedAgain) {
  world.clock.advance(std::uint64_t{kWeekSeconds} * kMilliseconds);
  world.store.fail_commit(1, store::FaultPoint::before_commit,
                          Error{Code::disk_full, "a test filled the disk"});
  EXPECT_EQ(found(), 1U);
  EXPECT_EQ(events("object.erase"), 2U) << "it was tried, and said to have failed";
  EXPECT_EQ(found(), 1U);
  EXPECT_EQ(events("object.erase"), 3U);
  EXPECT_EQ(record_count(), 1U);
}

TEST_F(UndeleteTest, AnotherTokensOfficerDoesNotSeeIt) {
  ASSERT_EQ(world.create_token(1), Code::ok);
  static_cast<void>(world.owner->call(wire::Logout{.slot = 1}));
  ASSERT_EQ(
      world.owner
          ->call(wire::Login{.slot = 1, .user = wire::UserType::security_officer, .pin = secret("12345678")})
          .code,
      Code::ok);
  EXPECT_TRUE(world.owner->call(wire::KeyDeleted{.slot = 1, .after = std::nullopt}).reply.objects.empty());
  EXPECT_EQ(world.owner->call(wire::KeyUndelete{.slot = 1, .id = key}).code, Code::not_found);
}

TEST_F(UndeleteTest, AnInitialisedTokenKeepsItsPolicyAndNoKeys) {
  ASSERT_EQ(
      world.owner->call(wire::InitToken{.slot = 0, .officer_pin = secret("12345678"), .label = "new"}).code,
      Code::ok);
  EXPECT_EQ(record_count(), 0U);
  EXPECT_EQ(world.owner->call(wire::TokenPolicyShow{}).reply.policy.objects_max, 2U);
  ASSERT_EQ(be(wire::UserType::security_officer), Code::ok);
  EXPECT_TRUE(deleted().empty());
}

TEST(Shares, FollowTheLogin) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  EXPECT_EQ(world.owner->context()->share(), kOwner);
  ASSERT_EQ(world.create_token(), Code::ok);
  EXPECT_EQ(world.owner->context()->share(), kTokenShare | 0U);
  ASSERT_EQ(world.owner->call(wire::Logout{}).code, Code::ok);
  EXPECT_EQ(world.owner->context()->share(), kOwner);
}

}  // namespace
}  // namespace coffer::vault
