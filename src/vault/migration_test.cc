// Migration: from the format before to this one, cut off anywhere, set back afterwards, and met by a program
// that does not know it.
#include "vault/migration.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

const Buffer kHeaderKey{record::kRealmHeaderKey};
const Buffer kHeadKey{record::kHeadPrefix};

// MigrationTest is a vault with a token, a key and a grant.
class MigrationTest : public testing::Test {
 protected:
  void found(std::string_view passphrase = {}) {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(passphrase), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
    key = world.generate_p256().reply.private_key.id;
    ASSERT_EQ(world.owner->call(wire::Grant{.uid = kStranger, .admit = true}).code, Code::ok);
    world.stop();
    age(passphrase);
  }

  record::RealmHeader header() { return record::read_realm_header(value(kHeaderKey)).value(); }
  Buffer value(const Buffer& name) { return world.memory.get(name).value().value().value; }
  void put(const Buffer& name, const Buffer& octets) {
    ASSERT_TRUE(world.memory.commit({.writes = {{.key = name, .value = octets}}}).ok());
  }
  std::uint8_t mark_octet() { return world.mark.read_mark().value().value()[0]; }
  record::Mark mark() {
    record::HighWater high_water(world.mark, host, world.clock);
    EXPECT_TRUE(high_water.load().ok());
    return high_water.mark();
  }
  std::uint64_t audit_lines() { return world.audit.tail().value().line_count; }

  // Makes the vault one of format 2: header, head, mark and the system's records are written as they were.
  void age(std::string_view passphrase) {
    const record::RealmKeys keys = open_realm_header(host, header(), secret(passphrase)).value();
    const Buffer aged = codec::encode(with_format(header(), 2, keys).value());
    record::Manifests manifests(keys.domain, header().id);
    ASSERT_TRUE(manifests.load(world.memory).ok());
    const record::PartitionKey system = system_partition_key(keys.domain);
    for (const record::ManifestEntry& entry : manifests.list({.partition = record::kSystemPartition}, 100)) {
      record::SealedFor place{.realm = header().id,
                              .partition = entry.partition,
                              .id = entry.id,
                              .type = entry.object_class,
                              .version = entry.version};
      const Buffer name = record::record_store_key(entry.partition, entry.id);
      const auto plaintext = open_record(system, place, value(name));
      place.sealing = record::kRecordSealingOldest;
      put(name, seal_record(system, place, plaintext.value().reveal()).value());
    }
    commits = manifests.head().bound.commits;
    record::HighWater high_water(world.mark, host, world.clock);
    ASSERT_TRUE(high_water.load().ok());
    ASSERT_TRUE(high_water.reset(header().id, 2, {.commits = commits}).ok());
    put(kHeaderKey, aged);
    ASSERT_EQ(mark_octet(), 1);
  }

  void expect_migrated() {
    ASSERT_EQ(world.state(), wire::VaultState::unlocked);
    EXPECT_EQ(header().format, kFormat);
    EXPECT_EQ(mark_octet(), 3);
    EXPECT_EQ(mark().format, kFormat);
    EXPECT_GT(mark().bound.commits, commits);
    EXPECT_EQ(world.login(), Code::ok);
    EXPECT_EQ(world.sign(key).code, Code::ok);
    EXPECT_EQ(world.owner->call(wire::Grants{}).reply.grants.size(), 1U);
  }

  // Expects that a migration cut off at that point leaves a vault of that format, which the next start opens.
  void expect_cut_off_leaves(store::FaultPoint point, std::uint8_t format) {
    found();
    world.store.fail_commit(1, point, Error{Code::unavailable, "gone"});
    EXPECT_EQ(world.start().error().code, Code::unavailable);
    world.stop();
    EXPECT_EQ(header().format, format);
    EXPECT_EQ(mark_octet(), 1);
    ASSERT_TRUE(world.start().ok());
    expect_migrated();
  }

  // Expects that a start is refused and leaves store, mark and audit log as they are.
  void expect_untouched_start(Code code) {
    world.stop();
    const std::uint64_t tries = world.store.commit_count();
    const std::uint64_t lines = audit_lines();
    const Buffer note = world.mark.read_mark().value().value();
    EXPECT_EQ(world.start().error().code, code);
    world.stop();
    EXPECT_EQ(world.store.commit_count(), tries);
    EXPECT_EQ(audit_lines(), lines);
    EXPECT_EQ(world.mark.read_mark().value().value(), note);
  }

  World world;
  record::HostKey host = host_key(1);
  wire::ObjectId key{};
  std::uint64_t commits = 0;
};

TEST(MigrationSteps, LeadFromTheOldestFormatToThisOneWithoutAGap) {
  std::uint8_t next = kFormatOldest;
  for (const MigrationStep& step : migration_steps()) EXPECT_EQ(step.from, next++);
  EXPECT_EQ(next, kFormat);
}

TEST_F(MigrationTest, ANewVaultIsOfThisFormat) {
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.initialize(), Code::ok);
  EXPECT_EQ(header().format, kFormat);
  EXPECT_EQ(mark_octet(), 3);
}

TEST_F(MigrationTest, BringsAVaultToThisFormatAndSaysSo) {
  found();
  const std::uint64_t lines = audit_lines();
  ASSERT_TRUE(world.start().ok());
  expect_migrated();
  std::size_t said = 0;
  for (const std::string& line : world.audit.lines()) {
    if (line.find(R"("event":"vault.migrate","result":"ok","from":"2","to":"3")") != std::string::npos)
      ++said;
  }
  EXPECT_EQ(said, 1U);
  EXPECT_GT(audit_lines(), lines);
  ASSERT_TRUE(world.start().ok());
  expect_migrated();
}

TEST_F(MigrationTest, RecordsAreSealedAnewWhenTheyAreWritten) {
  found();
  ASSERT_TRUE(world.start().ok());
  const auto octets = [this] {
    std::vector<std::uint8_t> found;
    const Buffer prefix{record::kRecordPrefix, 0, 0, 0, 0, 0, 0, 0, 0};
    for (const store::Record& each : world.memory.range(prefix, {}, 100).value().records)
      found.push_back(each.value[0]);
    return found;
  };
  const auto before = octets();
  EXPECT_EQ(std::ranges::count(before, record::kRecordSealingOldest), 2);  // the token and the grant
  EXPECT_EQ(world.owner->call(wire::SetPin{.old_pin = secret("1234"), .new_pin = secret("5678")}).code,
            Code::ok);
  EXPECT_EQ(std::ranges::count(octets(), record::kRecordSealingOldest),
            1);  // the PIN is in the token's record
  EXPECT_EQ(world.login(0, "5678"), Code::ok);
}

TEST_F(MigrationTest, CutOffBeforeItsCommitTheVaultIsOfTheFormatBefore) {
  expect_cut_off_leaves(store::FaultPoint::before_commit, 2);
}

TEST_F(MigrationTest, CutOffBehindItsCommitTheVaultIsOfTheNextFormat) {
  expect_cut_off_leaves(store::FaultPoint::after_commit, kFormatOldest + 1);
}

TEST_F(MigrationTest, OnAFullDiskTheVaultStaysLockedUntilThereIsRoom) {
  found();
  world.store.fail_commit(1, store::FaultPoint::before_commit, Error{Code::disk_full, "full"});
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::locked);
  EXPECT_EQ(header().format, 2);
  EXPECT_EQ(mark_octet(), 1);
  EXPECT_EQ(world.owner->call(wire::Unlock{}).code, Code::ok);
  expect_migrated();
}

TEST_F(MigrationTest, AMarkThatCannotBeWrittenLeavesAVaultThatOpensLater) {
  found();
  world.mark.fail_write(Error{Code::disk_full, "full"});
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::locked);
  EXPECT_EQ(header().format, kFormatOldest + 1);
  EXPECT_EQ(mark_octet(), 1);
  EXPECT_EQ(world.owner->call(wire::Unlock{}).code, Code::ok);
  expect_migrated();
}

TEST_F(MigrationTest, AStoreThatShowsAnotherHistoryAfterTheCommitIsNotServed) {
  found();
  store::MemoryStore earlier;
  store::Transaction copy;
  for (const store::Record& each : world.memory.range({}, {}, store::kPageRecordsMax).value().records)
    copy.writes.push_back({.key = each.key, .value = each.value});
  ASSERT_TRUE(earlier.commit(copy).ok());
  world.store.turn_to(earlier);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::error);
  EXPECT_NE(world.login(), Code::ok);
  world.stop();
  world.store.recover();
}

TEST_F(MigrationTest, TheMarkOfBeforeIsRefusedOnceTheVaultWentOn) {
  found();
  const Buffer before = world.mark.read_mark().value().value();
  ASSERT_TRUE(world.start().ok());
  expect_migrated();
  world.stop();
  ASSERT_TRUE(world.mark.write_mark(before).ok());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
}

TEST_F(MigrationTest, TheStoreOfBeforeIsRefusedAfterwards) {
  found();
  const Buffer old_header = value(kHeaderKey);
  const Buffer old_head = value(kHeadKey);
  ASSERT_TRUE(world.start().ok());
  world.stop();
  put(kHeaderKey, old_header);
  put(kHeadKey, old_head);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
  EXPECT_EQ(header().format, 2);
  // The owner may go back deliberately; the vault is migrated again then.
  EXPECT_EQ(world.owner->call(wire::AcceptRollback{}).code, Code::ok);
  expect_migrated();
}

TEST_F(MigrationTest, AStoreThatWasPutBackDeliberatelyWaitsForThePassphraseAgain) {
  found("correct horse");
  const Buffer old_header = value(kHeaderKey);
  const Buffer old_head = value(kHeadKey);
  const wire::Unlock unlock{.passphrase = secret("correct horse")};
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.owner->call(unlock).code, Code::ok);
  world.stop();
  put(kHeaderKey, old_header);
  put(kHeadKey, old_head);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.owner->call(unlock).code, Code::rollback);
  EXPECT_EQ(world.owner->call(wire::AcceptRollback{}).code, Code::ok);
  EXPECT_EQ(world.state(), wire::VaultState::locked);
  EXPECT_EQ(world.owner->call(unlock).code, Code::ok);
  expect_migrated();
}

TEST_F(MigrationTest, AnOlderHeaderAloneIsRefused) {
  found();
  const Buffer old_header = value(kHeaderKey);
  ASSERT_TRUE(world.start().ok());
  world.stop();
  put(kHeaderKey, old_header);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
}

TEST_F(MigrationTest, ARewrittenFormatInTheHeaderDoesNotOpen) {
  found();
  for (const std::uint8_t format : {std::uint8_t{3}, kFormat}) {
    Buffer changed = value(kHeaderKey);
    changed[0] = format;
    put(kHeaderKey, changed);
    const Status refused = world.start();
    EXPECT_EQ(refused.error().code, Code::denied);
    EXPECT_NE(refused.error().text.find("host.key"), std::string_view::npos);
  }
}

TEST_F(MigrationTest, APassphraseComesFirstAndTheMarkStaysAsItWas) {
  found("correct horse");
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::locked);
  EXPECT_EQ(world.owner->call(wire::Unlock{.passphrase = secret("wrong horse")}).code, Code::denied);
  EXPECT_EQ(header().format, 2);
  EXPECT_EQ(mark_octet(), 1);
  EXPECT_EQ(mark().unlock_failures, 1U);
  EXPECT_EQ(world.owner->call(wire::Unlock{.passphrase = secret("correct horse")}).code, Code::ok);
  expect_migrated();
  EXPECT_EQ(mark().unlock_failures, 0U);
}

TEST_F(MigrationTest, AStoreThatWasSetBackIsNotMigrated) {
  found();
  record::HighWater high_water(world.mark, host, world.clock);
  ASSERT_TRUE(high_water.load().ok());
  ASSERT_TRUE(high_water.reset(header().id, 2, {.commits = commits + 5}).ok());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
  EXPECT_EQ(header().format, 2);
  EXPECT_EQ(mark_octet(), 1);
}

TEST_F(MigrationTest, ANewerHeaderIsRefusedAndNothingIsWritten) {
  found();
  Buffer newer = value(kHeaderKey);
  newer[0] = kFormat + 1;
  put(kHeaderKey, newer);
  expect_untouched_start(Code::unsupported);
}

TEST_F(MigrationTest, ANewerMarkIsRefusedAndNothingIsWritten) {
  found();
  Buffer newer = world.mark.read_mark().value().value();
  newer[0] = 4;
  ASSERT_TRUE(world.mark.write_mark(newer).ok());
  expect_untouched_start(Code::unsupported);
}

TEST_F(MigrationTest, ANumberOfAMarkThatWasRewrittenIsRefused) {
  found();
  ASSERT_TRUE(world.start().ok());
  world.stop();
  Buffer changed = world.mark.read_mark().value().value();
  changed[0] = 1;
  ASSERT_TRUE(world.mark.write_mark(changed).ok());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
}

TEST_F(MigrationTest, ANewerRecordInAVaultOfThisFormatIsTampering) {
  found();
  const Buffer prefix{record::kRecordPrefix, 0, 0, 0, 0, 0, 0, 0, 0};
  store::Record record = world.memory.range(prefix, {}, 1).value().records[0];
  record.value[0] = record::kRecordSealing + 1;
  put(record.key, record.value);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::error);
  EXPECT_EQ(header().format, 2);
}

TEST_F(MigrationTest, AStepThatFailsLeavesTheVaultLockedAndAsItWas) {
  found();
  ASSERT_TRUE(world.start().ok());
  world.stop();
  const record::RealmKeys keys = open_realm_header(host, header(), secret("")).value();
  Realm realm(keys.domain, header().id, world.memory);
  ASSERT_TRUE(realm.load().ok());
  record::HighWater high_water(world.mark, host, world.clock);
  ASSERT_TRUE(high_water.load().ok());
  Migrator migrator({.store = world.memory,
                     .audit_log = world.audit,
                     .high_water = high_water,
                     .record = [](const record::AuditEvent&) { return Status{}; }});
  const Buffer before = value(kHeadKey);
  const MigrationStep fails{kFormat, [](MigrationPlan&) { return Status(Error{Code::limit, "too much"}); }};
  EXPECT_EQ(migrator.run(fails, realm, header(), keys).error().code, Code::limit);
  // Neither is one that does not follow, or one whose store somebody else has changed.
  const MigrationStep other{static_cast<std::uint8_t>(kFormat - 1), [](MigrationPlan&) { return Status{}; }};
  EXPECT_EQ(migrator.run(other, realm, header(), keys).error().code, Code::internal);
  EXPECT_EQ(value(kHeadKey), before);
  Buffer moved = value(kHeaderKey);
  moved.back() ^= 1U;
  const record::RealmHeader read = header();
  put(kHeaderKey, moved);
  const MigrationStep nothing{kFormat, [](MigrationPlan&) { return Status{}; }};
  EXPECT_EQ(migrator.run(nothing, realm, read, keys).error().code, Code::conflict);
  EXPECT_EQ(value(kHeadKey), before);
}

TEST_F(MigrationTest, AStepRewritesRecordsInItsTransaction) {
  found();
  ASSERT_TRUE(world.start().ok());
  world.stop();
  const record::RealmKeys keys = open_realm_header(host, header(), secret("")).value();
  auto realm = std::make_unique<Realm>(keys.domain, header().id, world.memory);
  ASSERT_TRUE(realm->load().ok());
  record::HighWater high_water(world.mark, host, world.clock);
  ASSERT_TRUE(high_water.load().ok());
  Migrator migrator({.store = world.memory,
                     .audit_log = world.audit,
                     .high_water = high_water,
                     .record = [](const record::AuditEvent&) { return Status{}; }});
  const MigrationStep rewrites{kFormat, [](MigrationPlan& plan) -> Status {
                                 Realm& vault = plan.realm();
                                 for (const record::ManifestEntry& entry :
                                      vault.manifests().list({.partition = record::kSystemPartition}, 100)) {
                                   const auto plaintext = TRY(vault.read_record(entry, vault.system()->key));
                                   TRY(plan.rewrite(entry, vault.system()->key, plaintext.reveal()));
                                 }
                                 return Status{};
                               }};
  const auto next = migrator.run(rewrites, *realm, header(), keys);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next.value().format, kFormat + 1);
  ASSERT_TRUE(migrator.settle(*realm, next.value()).ok());
  EXPECT_EQ(high_water.mark().format, kFormat + 1);
  realm = std::make_unique<Realm>(keys.domain, next.value().id, world.memory);
  ASSERT_TRUE(realm->load().ok());
  EXPECT_EQ(realm->tokens().size(), 1U);
  EXPECT_EQ(realm->grant_count(), 1U);
  // This program is the older one now.
  expect_untouched_start(Code::unsupported);
}

TEST(Tickets, OfTheVersionBeforeAreReadAndNoOther) {
  const record::TicketKey ticket_key = record::ticket_key(record::DomainKey{});
  for (const auto& [uid, kind] :
       {std::pair{1000U, wire::PrincipalKind::user}, {kNetNumberFirst, wire::PrincipalKind::client}}) {
    const Ticket old{.slot = 2, .uid = uid, .login_epoch = 1};
    for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
      Buffer octets = codec::encode(old);
      octets.pop_back();  // the kind
      if (version == 2) octets.insert(octets.begin(), version);
      append(octets, crypto::hmac_sha256(ticket_key, octets));
      const auto read = read_ticket(ticket_key, ticket_of(octets));
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(read.value().slot, 2U);
      EXPECT_EQ(read.value().uid, uid);
      EXPECT_EQ(read.value().kind, kind);
    }
  }
  const Ticket ticket{.slot = 2, .uid = 1000, .login_epoch = 1, .kind = wire::PrincipalKind::client};
  wire::LoginTicket written = write_ticket(ticket_key, ticket);
  EXPECT_EQ(read_ticket(ticket_key, written).value().slot, 2U);
  EXPECT_EQ(read_ticket(ticket_key, written).value().kind, wire::PrincipalKind::client);
  written.reveal()[0] = kTicketVersion + 1;
  EXPECT_EQ(read_ticket(ticket_key, written).error().code, Code::denied);
  Buffer newer{kTicketVersion + 1};
  append(newer, codec::encode(ticket));
  append(newer, crypto::hmac_sha256(ticket_key, newer));
  EXPECT_EQ(read_ticket(ticket_key, ticket_of(newer)).error().code, Code::denied);
}

}  // namespace
}  // namespace coffer::vault
