// Migration: brings a vault from the format in its header to this program's when it opens, one step after the
// other (docs/formats.md, "Versions").
//
// A step is one transaction of the store: the records that it rewrites, their manifests, the head, and the
// header with the next number. It is applied only if header and head are those that were read. Killed at any
// point, the vault is of the one format or of the other, and the next opening goes on. What does not fit into
// one transaction (store::kWritesMax; a step that wants more fails with `limit`) - the objects of tokens - is
// not rewritten: every record says how it is sealed, is read so, and is sealed anew when it is next written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "record/audit.h"
#include "record/high_water.h"
#include "store/audit_log.h"
#include "store/store.h"
#include "vault/realm.h"

namespace coffer::vault {

// MigrationPlan is what a step does in its transaction.
class MigrationPlan {
 public:
  explicit MigrationPlan(Realm& realm) : realm_(realm) {}

  // realm is the vault as it was loaded; nothing else uses it meanwhile, and it is loaded anew afterwards.
  [[nodiscard]] Realm& realm() { return realm_; }
  // rewrite seals a record anew, in its next version; `entry` is its line in the manifest.
  Status rewrite(record::ManifestEntry entry, const record::PartitionKey& key, Bytes plaintext);

  [[nodiscard]] const std::vector<record::ManifestChange>& changes() const { return changes_; }
  [[nodiscard]] const std::vector<store::Write>& writes() const { return writes_; }

 private:
  Realm& realm_;
  std::vector<record::ManifestChange> changes_;
  std::vector<store::Write> writes_;
};

// MigrationStep brings a vault from one format to the next. It reads what it wants and writes through the
// plan only.
struct MigrationStep {
  std::uint8_t from;
  Status (*run)(MigrationPlan& plan);
};

// migration_steps gives one step for each format from kFormatOldest to the one before kFormat, in order.
std::span<const MigrationStep> migration_steps();

// Migrator runs steps. The world is held exclusively, and the committer changes no records meanwhile.
class Migrator {
 public:
  // Places are where a vault lies; `record` writes a line of the audit log, durably.
  struct Places {
    store::Store& store;
    store::AuditLog& audit_log;
    record::HighWater& high_water;
    std::function<Status(record::AuditEvent)> record;
  };
  explicit Migrator(Places places) : places_(std::move(places)) {}

  // run brings the vault one format further and gives its new header. First the audit log says so, then the
  // transaction is applied. On failure the vault is as it was, or (Code::unavailable) nobody knows: it must
  // be read anew.
  Result<record::RealmHeader> run(const MigrationStep& step, Realm& realm, const record::RealmHeader& header,
                                  const record::RealmKeys& keys);

  // settle lets the mark follow, so that the store of before is refused from now on. It is asked after each
  // step, and when a vault opens: it may have been killed in between.
  Status settle(const Realm& realm, const record::RealmHeader& header);

 private:
  Result<store::Compare> compare(Bytes key, const std::function<bool(Bytes value)>& is_expected);

  Places places_;
};

}  // namespace coffer::vault
