// RecordCheck: head, manifests, records, realm header - the order in which their keys sort.
#include "vault/record_check.h"

#include <algorithm>
#include <tuple>

#include "codec/binary.h"

namespace coffer::vault {

namespace {

constexpr std::size_t kRecordKeyBytes =
    1 + std::tuple_size_v<record::PartitionTag> + std::tuple_size_v<ObjectId>;

}  // namespace

RecordCheck::RecordCheck(const record::DomainKey& domain, const record::RealmId& realm)
    : manifests_(domain, realm), realm_(realm), digests_(record::kBuckets) {
  system_.key = system_partition_key(domain);
}

Status RecordCheck::take(Bytes key, Bytes value) {
  if (key.empty() || (!last_key_.empty() && !std::ranges::lexicographical_compare(last_key_, key))) {
    return Error{Code::corrupt, "the records are not in order"};
  }
  last_key_ = to_buffer(key);
  ++content_.record_count;
  switch (key[0]) {
    case record::kHeadPrefix:
      content_.head = TRY(manifests_.open_head(value));
      has_head_ = true;
      return {};
    case record::kBucketPrefix: return take_manifest(key, value);
    case record::kRecordPrefix: return take_record(key, value);
    case record::kRealmHeaderKey:
      content_.header = TRY(record::read_realm_header(value));
      has_header_ = content_.header.id == realm_;
      return {};
    default:
      return Error{Code::corrupt, "the vault holds a record of a kind that this version does not know"};
  }
}

Status RecordCheck::take_manifest(Bytes key, Bytes value) {
  std::uint16_t index = 0;
  for (const record::ManifestEntry& entry : TRY(manifests_.open_bucket(key, value, index))) {
    places_.push_back({entry.partition, entry.id, entry.version, entry.object_class});
  }
  digests_[index] = crypto::sha256(value);
  return {};
}

Status RecordCheck::take_record(Bytes key, Bytes value) {
  constexpr auto kOrder = [](const Place& place) { return std::tie(place.partition, place.id); };
  constexpr Error kAstray{Code::corrupt, "a record is missing, or not in any manifest"};
  if (!places_are_sorted_) std::ranges::sort(places_, {}, kOrder);
  places_are_sorted_ = true;
  if (key.size() != kRecordKeyBytes || next_place_ == places_.size()) return kAstray;
  const Place& place = places_[next_place_++];
  if (!equal_public(key, record::record_store_key(place.partition, place.id))) return kAstray;
  if (place.partition == record::kSystemPartition) return open_system_record(place, value);
  const auto partition = partitions_.find(place.partition);
  // A token that was destroyed leaves records behind until they are swept; nobody can open them.
  if (partition == partitions_.end()) return {};
  ++content_.object_count;
  const auto opened =
      open_record(partition->second, {realm_, place.partition, place.id, place.type, place.version}, value);
  return opened.ok() ? Status{} : Status(opened.error());
}

Status RecordCheck::open_system_record(const Place& place, Bytes value) {
  const SecretBytes plaintext =
      TRY(open_record(system_.key, {realm_, place.partition, place.id, place.type, place.version}, value));
  if (place.type == object_class::kAuthority) ++content_.authority_count;
  if (place.type != object_class::kToken) return {};
  ++content_.token_count;
  const auto token = TRY(codec::decode<TokenRecord>(plaintext.reveal()));
  record::PartitionKey key;
  std::ranges::copy(token.partition_key.reveal(), key.reveal().begin());
  partitions_.insert_or_assign(token.tag, std::move(key));
  return {};
}

Result<VaultContent> RecordCheck::finish() {
  if (!has_head_ || !has_header_)
    return Error{Code::corrupt, "the head or the header of the vault is missing"};
  if (next_place_ != places_.size()) return Error{Code::corrupt, "records are missing at the end"};
  if (record::Manifests::root_of(digests_) != content_.head.manifest_root) {
    return Error{Code::corrupt, "a manifest is missing or was replaced"};
  }
  return std::move(content_);
}

}  // namespace coffer::vault
