// RecordCheck: looks whether the records of a store, in the order of their keys, make a whole vault: every
// manifest opens, no record is missing or superfluous, and each opens in the version that its manifest says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "record/ladder.h"
#include "record/manifest.h"
#include "store/store.h"
#include "vault/object_id.h"
#include "vault/realm.h"

namespace coffer::vault {

// VaultContent is what the records hold.
struct VaultContent {
  record::RealmHeader header;
  record::Head head;
  std::uint64_t record_count = 0;  // everything, manifests included
  std::uint64_t object_count = 0;
  std::uint32_t token_count = 0;
  std::uint32_t authority_count = 0;
};

// RecordCheck takes about 40 octets of memory a record. One thread at a time.
class RecordCheck {
 public:
  RecordCheck(const record::DomainKey& domain, const record::RealmId& realm);

  // take looks at the next record; Code::corrupt when it does not fit.
  Status take(Bytes key, Bytes value);
  // finish tells whether all is there. Once.
  Result<VaultContent> finish();

  [[nodiscard]] std::uint64_t record_count() const { return content_.record_count; }

 private:
  // Place is a record that a manifest lists.
  struct Place {
    record::PartitionTag partition{};
    ObjectId id{};
    std::uint64_t version = 0;
    std::uint32_t type = 0;
  };

  Status take_manifest(Bytes key, Bytes value);
  Status take_record(Bytes key, Bytes value);
  Status open_system_record(const Place& place, Bytes value);

  record::Manifests manifests_;  // opens manifests; stays empty itself
  const record::RealmId realm_;
  record::Partition system_;
  std::map<record::PartitionTag, record::PartitionKey> partitions_;
  std::vector<crypto::Digest32> digests_;
  std::vector<Place> places_;
  std::size_t next_place_ = 0;
  bool places_are_sorted_ = false;
  bool has_head_ = false;
  bool has_header_ = false;
  Buffer last_key_;
  VaultContent content_;
};

}  // namespace coffer::vault
