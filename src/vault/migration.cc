// Migration: one step, from the line in the audit log to the mark.
#include "vault/migration.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "codec/binary.h"
#include "crypto/primitives.h"

namespace coffer::vault {

namespace {

constexpr Error kMoved{Code::conflict, "the store was changed while the vault was being migrated"};

}  // namespace

Status MigrationPlan::rewrite(record::ManifestEntry entry, const record::PartitionKey& key, Bytes plaintext) {
  ++entry.version;
  Buffer sealed = TRY(seal_record(key,
                                  record::SealedFor{.realm = realm_.id(),
                                                    .partition = entry.partition,
                                                    .id = entry.id,
                                                    .type = entry.object_class,
                                                    .version = entry.version},
                                  plaintext));
  writes_.push_back({.key = record::record_store_key(entry.partition, entry.id),
                     .remove = false,
                     .value = std::move(sealed)});
  changes_.push_back({.remove = false, .entry = entry});
  return {};
}

Result<store::Compare> Migrator::compare(Bytes key, const std::function<bool(Bytes value)>& is_expected) {
  const auto record = TRY(places_.store.get(key));
  if (!record.has_value() || !is_expected(record->value)) return kMoved;
  return store::Compare{.key = to_buffer(key), .revision = record->revision};
}

Result<record::RealmHeader> Migrator::run(const MigrationStep& step, Realm& realm,
                                          const record::RealmHeader& header, const record::RealmKeys& keys) {
  if (header.format != step.from) return Error{Code::internal, "a step of the migration is missing"};
  const auto to = static_cast<std::uint8_t>(step.from + 1);
  const std::string words =
      "the vault from format " + std::to_string(step.from) + " to " + std::to_string(to);
  log_line("chip", "migrating " + words);
  MigrationPlan plan(realm);
  TRY(step.run(plan));
  const record::RealmHeader next = TRY(with_format(header, to, keys));

  TRY(places_.record(
      {.event = "vault.migrate", .more = {{"from", std::to_string(step.from)}, {"to", std::to_string(to)}}}));
  // The head may name only lines that a loss of power leaves.
  const store::AuditTail tail = TRY(places_.audit_log.tail());
  TRY(places_.audit_log.sync());

  store::Transaction transaction;
  const Buffer header_key{record::kRealmHeaderKey};
  const record::Head head = realm.manifests().head();
  transaction.compares.push_back(
      TRY(compare(header_key, [&](Bytes value) { return equal_public(value, codec::encode(header)); })));
  transaction.compares.push_back(TRY(compare(Buffer{record::kHeadPrefix}, [&](Bytes value) {
    const auto opened = realm.manifests().open_head(value);
    return opened.ok() && opened.value().bound.commits == head.bound.commits;
  })));
  transaction.writes = plan.writes();
  const record::Bound bound{.commits = head.bound.commits + 1,
                            .binding = places_.high_water.mark().bound.binding + 1,
                            .audit_sequence = tail.line_count,
                            .audit_hash = record::hash_of_last(tail)};
  TRY(realm.manifests().stage(plan.changes(), bound, transaction.writes));
  transaction.writes.push_back({.key = header_key, .remove = false, .value = codec::encode(next)});
  TRY(places_.store.commit(transaction));
  realm.manifests().publish();
  log_line("chip", "migrated " + words + ", " + std::to_string(plan.changes().size()) + " records rewritten");
  return next;
}

Status Migrator::settle(const Realm& realm, const record::RealmHeader& header) {
  if (places_.high_water.mark().format >= header.format) return {};
  return places_.high_water.raise_format(header.format, realm.manifests().head().bound);
}

}  // namespace coffer::vault
