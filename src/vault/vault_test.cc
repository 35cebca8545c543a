// Vault: what the chip does and, more, what it refuses.
#include "vault/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "ca/authority.h"
#include "ca/profile.h"
#include "crypto/operation.h"
#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class VaultTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }
  World world;
};

std::vector<store::Record> everything(store::Store& store) {
  auto page = store.range({}, {}, store::kPageRecordsMax);
  return page.ok() ? page.value().records : std::vector<store::Record>{};
}

void put_back(store::Store& store, const std::vector<store::Record>& records) {
  store::Transaction transaction;
  for (const store::Record& each : everything(store)) transaction.writes.push_back({each.key, true, {}});
  for (const store::Record& each : records) transaction.writes.push_back({each.key, false, each.value});
  ASSERT_TRUE(store.commit(transaction).ok());
}

TEST_F(VaultTest, SignsWithAGeneratedKey) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(pair.code, Code::ok);
  const auto signature = world.sign(pair.reply.private_key.id);
  ASSERT_EQ(signature.code, Code::ok);
  EXPECT_EQ(signature.reply.output.size(), 64U);
  static constexpr std::uint8_t kDigest[32] = {1, 2, 3};
  wire::Verify verify;
  verify.key = pair.reply.public_key.id;
  verify.parameters.mechanism = 0x1041;
  verify.data = kDigest;
  verify.signature = signature.reply.output;
  EXPECT_EQ(world.owner->call(verify).code, Code::ok);
}

TEST_F(VaultTest, SignsABatchOfRequestsTogether) {
  const auto pair = world.generate_p256();
  Batch batch;
  for (std::size_t i = 0; i < wire::kBatchMax; ++i)
    batch.add(*world.owner, World::signature_by(pair.reply.private_key.id));
  for (const Code code : batch.handle(*world.vault)) EXPECT_EQ(code, Code::ok);
}

TEST_F(VaultTest, KeepsTokenObjectsOverARestart) {
  const auto pair = world.generate_p256();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_logged_in);
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);
}

TEST_F(VaultTest, ForgetsSessionObjectsWithTheirConnection) {
  const auto pair = world.generate_p256(false);
  ASSERT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);
  world.owner = std::make_unique<Client>(*world.vault, kOwner);
  ASSERT_TRUE(world.owner->call(wire::Hello{}).ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_found);
}

TEST_F(VaultTest, RefusesAUseThatTheKeyDoesNotPermit) {
  const auto pair = world.generate_p256();
  wire::Decrypt request;
  request.key = pair.reply.private_key.id;
  request.parameters.mechanism = 0x1;
  EXPECT_EQ(world.owner->call(request).code, Code::key_use);
}

TEST_F(VaultTest, NeverReadsASensitiveValue) {
  const auto pair = world.generate_p256();
  wire::GetAttributes request{.id = pair.reply.private_key.id,
                              .types = {attribute::kValue, attribute::kEcParams}};
  const auto answer = world.owner->call(request);
  ASSERT_EQ(answer.code, Code::ok);
  EXPECT_EQ(answer.reply.attributes[0].state, wire::AttributeState::sensitive);
  EXPECT_THAT(answer.reply.attributes[0].value, IsEmpty());
  EXPECT_EQ(answer.reply.attributes[1].state, wire::AttributeState::present);
}

TEST_F(VaultTest, NeverTakesBackSensitiveOrGivesExtractable) {
  const auto pair = world.generate_p256();
  wire::SetAttributes weaker{.id = pair.reply.private_key.id,
                             .attributes = {truth(attribute::kSensitive, false)}};
  EXPECT_EQ(world.owner->call(weaker).code, Code::attribute_read_only);
  wire::SetAttributes looser{.id = pair.reply.private_key.id,
                             .attributes = {truth(attribute::kExtractable, true)}};
  EXPECT_EQ(world.owner->call(looser).code, Code::attribute_read_only);
  wire::CopyObject copy{.id = pair.reply.private_key.id,
                        .attributes = {truth(attribute::kExtractable, true)}};
  EXPECT_EQ(world.owner->call(copy).code, Code::attribute_read_only);
}

TEST_F(VaultTest, HidesPrivateObjectsFromWhoIsNotLoggedIn) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  EXPECT_THAT(world.owner->call(wire::Find{}).reply.objects, SizeIs(1));
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_logged_in);
}

TEST_F(VaultTest, DestroysForGood) {
  const auto pair = world.generate_p256();
  wire::DestroyObject request{.id = pair.reply.private_key.id};
  ASSERT_EQ(world.owner->call(request).code, Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_found);
  EXPECT_EQ(world.owner->call(request).code, Code::not_found);
}

TEST_F(VaultTest, StrangersAreRefusedUntilGrantedAndTheAuditNamesThem) {
  EXPECT_EQ(Client(*world.vault, kStranger).refused(), Code::denied);
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  {
    Client admitted(*world.vault, kStranger);
    ASSERT_EQ(admitted.refused(), Code::ok);
    ASSERT_EQ(admitted.call(wire::Hello{}).code, Code::ok);
    EXPECT_EQ(admitted.call(wire::Lock{}).code, Code::denied);
    EXPECT_EQ(admitted.call(wire::Grant{3000, true}).code, Code::denied);
  }
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, false}).code, Code::ok);
  EXPECT_EQ(Client(*world.vault, kStranger).refused(), Code::denied);
  world.stop();
  EXPECT_THAT(
      world.audit.lines(),
      testing::Contains(testing::AllOf(
          HasSubstr("connection.refused"),
          HasSubstr(
              R"("principal":{"kind":"user","id":"000000000000000000000000000007d0","name":"2000"})"))));
}

TEST_F(VaultTest, AnotherUserCannotJoinAnApplication) {
  const auto hello = world.owner->call(wire::Hello{});
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  Client other(*world.vault, kStranger);
  const auto joined = other.call(wire::Hello{.joins = true, .application = clone(hello.reply.application)});
  ASSERT_EQ(joined.code, Code::ok);
  EXPECT_FALSE(equal_secret(joined.reply.application, hello.reply.application));
}

TEST_F(VaultTest, AForkJoinsItsParentsApplicationAndLogin) {
  const auto hello = world.owner->call(wire::Hello{});
  ASSERT_EQ(world.login(), Code::ok);
  const auto pair = world.generate_p256(false);
  Client child(*world.vault, kOwner);
  const auto joined = child.call(wire::Hello{.joins = true, .application = clone(hello.reply.application)});
  ASSERT_TRUE(equal_secret(joined.reply.application, hello.reply.application));
  wire::Sign request;
  request.key = pair.reply.private_key.id;
  request.parameters.mechanism = 0x1041;
  request.data = as_bytes("12345678901234567890123456789012");
  EXPECT_EQ(child.call(request).code, Code::ok);
}

TEST_F(VaultTest, ChecksThePinOfWhoIsLoggedInAlready) {
  EXPECT_EQ(world.login(0, "0000"), Code::pin_incorrect);
  EXPECT_EQ(world.login(0, "1234"), Code::ok);
  wire::Login officer{.slot = 0, .user = wire::UserType::security_officer, .pin = secret("12345678")};
  EXPECT_EQ(world.owner->call(officer).code, Code::other_user_logged_in);
}

TEST_F(VaultTest, ALoginTicketResumesOnlyForTheSameUserAndPin) {
  ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
  wire::Login login{.slot = 0, .user = wire::UserType::user, .pin = secret("1234")};
  const auto ticket = world.owner->call(login);
  ASSERT_EQ(ticket.code, Code::ok);
  const auto pair = world.generate_p256();
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.owner->call(resume(ticket.reply)).code, Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);

  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true, {0}}).code, Code::ok);
  Client thief(*world.vault, kStranger);
  ASSERT_TRUE(thief.call(wire::Hello{}).ok());
  EXPECT_EQ(thief.call(resume(ticket.reply)).code, Code::denied);

  wire::Resume flipped = resume(ticket.reply);
  flipped.ticket.reveal()[3] ^= 1;
  EXPECT_EQ(world.owner->call(flipped).code, Code::denied);

  wire::SetPin change{.slot = 0, .old_pin = secret("1234"), .new_pin = secret("5678")};
  ASSERT_EQ(world.owner->call(change).code, Code::ok);
  EXPECT_EQ(world.owner->call(resume(ticket.reply)).code, Code::denied);
}

TEST_F(VaultTest, InitialisingATokenAgainShredsItsKeys) {
  const auto pair = world.generate_p256();
  wire::InitToken wrong{.slot = 0, .officer_pin = secret("87654321"), .label = "new"};
  EXPECT_EQ(world.owner->call(wrong).code, Code::pin_incorrect);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);
  wire::InitToken again{.slot = 0, .officer_pin = secret("12345678"), .label = "new"};
  ASSERT_EQ(world.owner->call(again).code, Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_found);
  const auto slots = world.owner->call(wire::Slots{});
  ASSERT_THAT(slots.reply.slots, SizeIs(2));
  EXPECT_EQ(slots.reply.slots[0].label, "new");
  EXPECT_FALSE(slots.reply.slots[0].user_pin_set);
  EXPECT_EQ(slots.reply.slots[0].object_count, 0U);
  EXPECT_FALSE(slots.reply.slots[1].initialized);
  EXPECT_EQ(slots.reply.slots[1].slot, 1U);
}

TEST_F(VaultTest, LockedItAnswersNothingButStatusAndUnlock) {
  const auto pair = world.generate_p256();
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(world.state(), wire::VaultState::locked);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::locked);
  EXPECT_EQ(world.owner->call(wire::Find{}).code, Code::locked);
  ASSERT_EQ(world.owner->call(wire::Unlock{}).code, Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::not_logged_in);
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::ok);
}

TEST(VaultPassphrase, WrongOnesAreCountedAndDelayedAndARestartDoesNotHelp) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize("correct horse"), Code::ok);
  ASSERT_EQ(world.owner->call(wire::Lock{}).code, Code::ok);
  for (int i = 0; i < 3; ++i) {
    wire::Unlock wrong;
    wrong.passphrase = secret("wrong");
    EXPECT_EQ(world.owner->call(wrong).code, Code::denied);
  }
  wire::Unlock right;
  right.passphrase = secret("correct horse");
  EXPECT_EQ(world.owner->call(right).code, Code::throttled);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.owner->call(right).code, Code::throttled);
  EXPECT_EQ(world.owner->call(wire::StatusRequest{}).reply.unlock_failures, 3U);
  EXPECT_EQ(world.owner->call(wire::StatusRequest{}).reply.retry_after_seconds, 1U);
  world.clock.advance(1001);
  EXPECT_EQ(world.owner->call(right).code, Code::ok);
  EXPECT_EQ(world.owner->call(wire::StatusRequest{}).reply.unlock_failures, 0U);
}

TEST(VaultPassphrase, AnotherHostCannotOpenTheStore) {
  World world;
  ASSERT_TRUE(world.start(1).ok());
  ASSERT_EQ(world.initialize("correct horse"), Code::ok);
  world.stop();
  ASSERT_TRUE(world.start(2).ok());
  wire::Unlock right;
  right.passphrase = secret("correct horse");
  EXPECT_THAT(world.owner->call(right).code, AnyOf(Code::denied, Code::rollback));
}

TEST_F(VaultTest, RefusesAnOlderStoreAndOpensItOnlyDeliberately) {
  const auto old_pair = world.generate_p256();
  world.stop();
  const auto yesterday = everything(world.memory);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  ASSERT_EQ(world.generate_p256().code, Code::ok);
  world.stop();
  const auto today = everything(world.memory);

  put_back(world.memory, yesterday);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
  EXPECT_EQ(world.login(), Code::rollback);
  ASSERT_EQ(world.owner->call(wire::AcceptRollback{}).code, Code::ok);
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(world.sign(old_pair.reply.private_key.id).code, Code::ok);
  world.stop();

  put_back(world.memory, today);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
}

TEST_F(VaultTest, RefusesAStoreWithoutItsHighWaterMark) {
  world.stop();
  store::MemoryMarkFile empty;
  record::HostKey key = host_key(1);
  auto vault = Vault::create({.store = world.store,
                              .audit_log = world.audit,
                              .mark_file = empty,
                              .clock = world.clock,
                              .host_key = std::move(key),
                              .owner_uid = kOwner,
                              .group_gid = std::nullopt,
                              .on_fatal = [] {},
                              .on_shut_down = [] {}});
  ASSERT_TRUE(vault.ok());
  Client client(*vault.value(), kOwner);
  ASSERT_TRUE(client.call(wire::Hello{}).ok());
  EXPECT_EQ(client.call(wire::StatusRequest{}).reply.state, wire::VaultState::rollback);
}

TEST_F(VaultTest, NoticesOneOldRecordOneOldManifestAndOneMissingRecord) {
  const auto pair = world.generate_p256();
  world.stop();
  const auto before = everything(world.memory);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  wire::SetAttributes rename{.id = pair.reply.private_key.id,
                             .attributes = {{attribute::kLabel, as_bytes("other")}}};
  ASSERT_EQ(world.owner->call(rename).code, Code::ok);
  world.stop();
  const auto after = everything(world.memory);

  const auto with_old = [&](std::uint8_t kind) {
    std::vector<store::Record> mixed = after;
    for (store::Record& each : mixed) {
      const auto old = std::ranges::find(before, each.key, &store::Record::key);
      if (each.key[0] == kind && old != before.end()) each.value = old->value;
    }
    return mixed;
  };
  put_back(world.memory, with_old('o'));
  ASSERT_TRUE(world.start().ok());
  EXPECT_THAT(world.login(), AnyOf(Code::corrupt, Code::ok));
  EXPECT_EQ(world.sign(pair.reply.private_key.id).code, Code::corrupt);

  put_back(world.memory, with_old('m'));
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::error);

  std::vector<store::Record> missing = after;
  std::erase_if(missing, [](const store::Record& each) { return each.key[0] == 'm'; });
  put_back(world.memory, missing);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::error);
}

TEST_F(VaultTest, TheStoreHoldsNoLabelIdOrKey) {
  ASSERT_EQ(world.generate_p256().code, Code::ok);
  wire::CreateObject import;
  const std::string known = "0123456789abcdef0123456789abcdef";
  const auto number = [](std::uint64_t value) {
    Buffer octets(8);
    for (std::size_t i = 0; i < 8; ++i) octets[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return octets;
  };
  const Buffer object_class = number(object_class::kSecretKey);
  const Buffer type = number(key_type::kAes);
  import.attributes = {{attribute::kClass, object_class},
                       {attribute::kKeyType, type},
                       truth(attribute::kToken, true),
                       {attribute::kValue, as_bytes(known)}};
  ASSERT_EQ(world.owner->call(import).code, Code::ok);
  for (const store::Record& record : everything(world.memory)) {
    const std::string value(as_text(record.value));
    EXPECT_THAT(value, Not(HasSubstr("named")));
    EXPECT_THAT(value, Not(HasSubstr("token")));
    EXPECT_THAT(value, Not(HasSubstr(known)));
  }
}

TEST_F(VaultTest, AFailedCommitLeavesNothingAndTheVaultGoesOn) {
  world.store.fail_commit(1, store::FaultPoint::before_commit,
                          Error{Code::disk_full, "a test filled the disk"});
  EXPECT_EQ(world.generate_p256().code, Code::disk_full);
  EXPECT_THAT(world.owner->call(wire::Find{}).reply.objects, IsEmpty());
  EXPECT_EQ(world.generate_p256().code, Code::ok);
  EXPECT_EQ(world.fatal_count, 0);
}

TEST_F(VaultTest, AStoreThatIsGoneEndsTheChip) {
  world.store.fail_commit(1, store::FaultPoint::after_commit,
                          Error{Code::unavailable, "a test cut the wire"});
  EXPECT_EQ(world.generate_p256().code, Code::unavailable);
  world.fatal_count.wait(0);  // The answer goes out first.
  EXPECT_EQ(world.fatal_count, 1);
}

TEST_F(VaultTest, AFullAuditLogStopsWhatMustBeRecordedButNotTheAdministrator) {
  const auto pair = world.generate_p256();
  world.audit.fill_disk();
  EXPECT_EQ(world.generate_p256().code, Code::disk_full);
  EXPECT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  world.audit.recover();
  EXPECT_EQ(world.generate_p256().code, Code::ok);
}

TEST_F(VaultTest, TheAuditChainIsUnbroken) {
  ASSERT_EQ(world.generate_p256().code, Code::ok);
  const auto head = world.owner->call(wire::AuditHead{});
  ASSERT_EQ(head.code, Code::ok);
  const auto lines = world.audit.lines();
  crypto::Digest32 previous{};
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr("\"prev\":\"" + to_hex(previous) + "\""));
    previous = crypto::sha256(as_bytes(line));
  }
  EXPECT_EQ(previous, head.reply.hash);
  EXPECT_EQ(lines.size(), head.reply.sequence);
}

Buffer subject_blob(const crypto::PrivateKey& key) {
  auto blob = ca::authority_public_blob(key);
  return blob.ok() ? blob.value() : Buffer{};
}

class AuthorityTest : public VaultTest {
 protected:
  void SetUp() override {
    VaultTest::SetUp();
    request.name = "users";
    request.kind = wire::AuthorityKind::ssh_user;
    request.profile = ca::default_profile(request.kind);
    request.profile.principals = {"alice", "deploy-*"};
    request.profile.lifetime_max_seconds = 3600;
    authority = world.owner->call(request);
    ASSERT_EQ(authority.code, Code::ok);
    auto key =
        crypto::PrivateKey::generate({.type = crypto::KeyType::edwards, .curve = crypto::Curve::ed25519});
    ASSERT_TRUE(key.ok());
    sign.name = "users";
    sign.public_key = subject_blob(key.value());
    sign.key_id = "alice@example";
    sign.principals = {"alice"};
    sign.lifetime_seconds = 300;
  }
  wire::CaCreate request;
  Answer<wire::CaCreate> authority;
  wire::CaSignSsh sign;
};

TEST_F(AuthorityTest, IssuesACertificateAndRecordsItsSerial) {
  const auto issued = world.owner->call(sign);
  ASSERT_EQ(issued.code, Code::ok);
  EXPECT_NE(issued.reply.serial, 0U);
  EXPECT_THAT(world.audit.lines(),
              testing::Contains(testing::AllOf(HasSubstr("\"event\":\"ca.sign\""), HasSubstr("alice@example"),
                                               HasSubstr(std::to_string(issued.reply.serial)))));
}

TEST_F(AuthorityTest, RefusesTenYearsNoPrincipalsAndForeignPrincipals) {
  sign.lifetime_seconds = 10ULL * 366 * 24 * 3600;
  EXPECT_EQ(world.owner->call(sign).code, Code::denied);
  sign.lifetime_seconds = 300;
  sign.principals = {};
  EXPECT_THAT(world.owner->call(sign).code, AnyOf(Code::denied, Code::invalid));
  sign.principals = {"root"};
  EXPECT_EQ(world.owner->call(sign).code, Code::denied);
}

TEST_F(AuthorityTest, RecordsARequestOfAnySizeWithoutHarmToOthers) {
  sign.key_id = std::string(wire::kKeyIdBytesMax, '\x01');
  sign.principals =
      std::vector<std::string>(wire::kPrincipalsMax, std::string(wire::kPrincipalBytesMax, '\xff'));
  EXPECT_THAT(world.owner->call(sign).code, AnyOf(Code::denied, Code::invalid));
  for (const std::string& line : world.audit.lines()) EXPECT_LE(line.size(), store::kAuditLineBytesMax);
  EXPECT_THAT(world.audit.lines().back(), HasSubstr("ca.sign"));
}

TEST_F(AuthorityTest, RefusesACertificateThatCannotBeRecorded) {
  world.audit.fill_disk();
  EXPECT_EQ(world.owner->call(sign).code, Code::disk_full);
}

TEST_F(AuthorityTest, RefusesAnybodyWhoIsNotASigner) {
  ASSERT_EQ(world.owner->call(wire::Grant{kStranger, true}).code, Code::ok);
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  EXPECT_EQ(stranger.call(sign).code, Code::denied);
}

TEST_F(AuthorityTest, ItsKeyNeverSignsAnythingElse) {
  const auto entries = everything(world.memory);
  std::size_t tried = 0;
  for (const store::Record& record : entries) {
    if (record.key[0] != 'o') continue;
    wire::ObjectId id{};
    std::copy(record.key.end() - 16, record.key.end(), id.begin());
    for (const std::uint32_t mechanism : {0x1041U, 0x1044U, 0x1057U, 0x1U}) {
      EXPECT_NE(world.sign(id, mechanism).code, Code::ok);
    }
    ++tried;
  }
  EXPECT_GE(tried, 2U);
  EXPECT_EQ(world.owner->call(wire::AuditHead{}).code, Code::ok);
  EXPECT_THAT(world.audit.lines(), testing::Contains(HasSubstr("authority.raw-use")));
}

TEST_F(AuthorityTest, SurvivesARestart) {
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.owner->call(wire::CaShow{"users"}).reply.authority.public_key,
            authority.reply.authority.public_key);
  EXPECT_EQ(world.owner->call(sign).code, Code::ok);
}

TEST(VaultThreads, ManyThreadsCreateAndUseKeysTogether) {
  World world;
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  ASSERT_EQ(world.create_token(), Code::ok);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto pair = world.generate_p256();
        if (!pair.ok() || !world.sign(pair.reply.private_key.id).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(world.owner->call(wire::StatusRequest{}).reply.object_count, 160U);
}

}  // namespace
}  // namespace coffer::vault
