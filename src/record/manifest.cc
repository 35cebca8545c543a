// Manifests: loading and verifying, looking up by the blind index, and sealing the buckets of one group
// commit.
#include "record/manifest.h"

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "codec/binary.h"

namespace coffer::record {

namespace {

constexpr std::uint32_t kBucketType = 0xFFFFFFF0;
constexpr std::uint32_t kHeadType = 0xFFFFFFF1;
constexpr std::size_t kCounterBytes = 8;  // the commit counter in front of a sealed bucket or head

struct BucketContent {
  std::vector<ManifestEntry> entries;
  static Status fields(auto& visit, auto& in) { return visit(in.entries, kBucketEntriesMax); }
};

static_assert(kBuckets == std::size_t{1} << BlindIndex::kBucketBits);

std::uint16_t bucket_of(const ObjectId& id) {
  return static_cast<std::uint16_t>((std::uint32_t{id[0]} << 6U) | (std::uint32_t{id[1]} >> 2U));
}

Buffer bucket_key(std::uint16_t index) {
  return {kBucketPrefix, static_cast<std::uint8_t>(index >> 8U), static_cast<std::uint8_t>(index & 0xFFU)};
}

template <typename Entries>
auto place_of(Entries& entries, const ObjectId& id) {
  return std::ranges::lower_bound(entries, id, {}, &ManifestEntry::id);
}

bool has_hash(const ManifestEntry& entry, std::uint64_t hash) {
  return entry.id_hash == hash || entry.label_hash == hash || entry.subject_hash == hash;
}

// HeadBefore5 is what the head of a vault of format 4 or older holds.
struct HeadBefore5 {
  Head head;
  static constexpr std::size_t kBytes = 80;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.head.bound.commits));
    TRY(visit(in.head.bound.audit_sequence));
    TRY(visit(in.head.bound.audit_hash));
    return visit(in.head.manifest_root);
  }
};

Result<Head> decode_head(Bytes content) {
  if (content.size() != HeadBefore5::kBytes) return codec::decode<Head>(content);
  return TRY(codec::decode<HeadBefore5>(content)).head;
}

crypto::Digest32 digest_run(const crypto::Digest32* first, std::size_t count) {
  return crypto::sha256({first->data(), count * first->size()});
}

}  // namespace

bool passes(const ManifestEntry& entry, const Filter& filter) {
  if (entry.partition != filter.partition) return false;
  if (filter.object_class && entry.object_class != *filter.object_class) return false;
  if (filter.key_type && entry.key_type != *filter.key_type) return false;
  if (filter.id_hash && entry.id_hash != *filter.id_hash) return false;
  if (filter.label_hash && entry.label_hash != *filter.label_hash) return false;
  if (filter.subject_hash && entry.subject_hash != *filter.subject_hash) return false;
  return !filter.after || entry.id > *filter.after;
}

std::uint64_t blind_hash(const NameKey& key, const PartitionTag& partition, std::uint32_t attribute,
                         Bytes value) {
  Buffer input = to_buffer(partition);
  codec::BinaryWriter writer(input);
  const Status written = writer(attribute);
  static_cast<void>(written.ok());
  append(input, value);
  const crypto::Digest32 digest = crypto::hmac_sha256(key, input);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) hash |= std::uint64_t{digest[i]} << (8U * i);
  return hash == 0 ? 1 : hash;
}

Buffer record_store_key(const PartitionTag& partition, const ObjectId& id) {
  Buffer key{kRecordPrefix};
  append(key, partition);
  append(key, id);
  return key;
}

Manifests::Manifests(const DomainKey& domain, const RealmId& realm)
    : realm_(realm), buckets_(kBuckets), digests_(kBuckets), group_digests_(kGroups) {
  const ManifestKey derived = manifest_key(domain);
  std::ranges::copy(derived.reveal(), key_.reveal().begin());
  for (std::size_t group = 0; group < kGroups; ++group) {
    group_digests_[group] = digest_run(&digests_[group * kBucketsInGroup], kBucketsInGroup);
  }
}

Result<Buffer> Manifests::seal_value(std::uint32_t type, std::uint16_t index, std::uint64_t commits,
                                     Bytes plaintext) const {
  SealedFor place{.realm = realm_, .type = type, .version = commits};
  place.id[0] = static_cast<std::uint8_t>(index >> 8U);
  place.id[1] = static_cast<std::uint8_t>(index & 0xFFU);
  const Buffer sealed = TRY(seal_record(key_, place, plaintext));
  Buffer value;
  value.reserve(kCounterBytes + sealed.size());
  codec::BinaryWriter writer(value);
  TRY(writer(commits));
  append(value, sealed);
  return value;
}

Result<SecretBytes> Manifests::open_value(std::uint32_t type, std::uint16_t index, Bytes value,
                                          std::uint64_t& commits) const {
  codec::BinaryReader reader(value);
  if (!reader(commits).ok()) return Error{Code::corrupt, "a sealed manifest is cut off"};
  SealedFor place{.realm = realm_, .type = type, .version = commits};
  place.id[0] = static_cast<std::uint8_t>(index >> 8U);
  place.id[1] = static_cast<std::uint8_t>(index & 0xFFU);
  return open_record(key_, place, reader.rest());
}

Status Manifests::load_head(store::Store& store) {
  const Buffer key{kHeadPrefix};
  const auto record = TRY(store.get(key));
  if (!record.has_value()) return Error{Code::corrupt, "the store has lost its head record"};
  head_ = TRY(open_head(record->value));
  return {};
}

Result<Head> Manifests::open_head(Bytes value) const {
  std::uint64_t commits = 0;
  const SecretBytes opened = TRY(open_value(kHeadType, 0, value, commits));
  const Head head = TRY(decode_head(opened.reveal()));
  if (head.bound.commits != commits)
    return Error{Code::corrupt, "the store's head record contradicts itself"};
  return head;
}

Result<std::vector<ManifestEntry>> Manifests::open_bucket(Bytes key, Bytes value,
                                                          std::uint16_t& index) const {
  if (key.size() != 3) return Error{Code::corrupt, "a manifest has a strange name"};
  index = static_cast<std::uint16_t>((std::uint32_t{key[1]} << 8U) | key[2]);
  if (index >= kBuckets) return Error{Code::corrupt, "a manifest has a strange name"};
  std::uint64_t commits = 0;
  const SecretBytes opened = TRY(open_value(kBucketType, index, value, commits));
  auto content = TRY(codec::decode<BucketContent>(opened.reveal()));
  for (const ManifestEntry& entry : content.entries) {
    if (bucket_of(entry.id) != index)
      return Error{Code::corrupt, "a manifest lists a record of another bucket"};
  }
  return std::move(content.entries);
}

crypto::Digest32 Manifests::root_of(const std::vector<crypto::Digest32>& bucket_digests) {
  std::vector<crypto::Digest32> groups(kGroups);
  for (std::size_t group = 0; group < kGroups; ++group) {
    groups[group] = digest_run(&bucket_digests[group * kBucketsInGroup], kBucketsInGroup);
  }
  return digest_run(groups.data(), kGroups);
}

Status Manifests::load_bucket(const store::Record& record) {
  std::uint16_t index = 0;
  auto entries = TRY(open_bucket(record.key, record.value, index));
  for (const ManifestEntry& entry : entries) index_entry(entry);
  buckets_[index].assign(entries.begin(), entries.end());
  digests_[index] = crypto::sha256(record.value);
  return {};
}

Status Manifests::load(store::Store& store) {
  const std::unique_lock lock(mutex_);
  TRY(load_head(store));
  const Buffer prefix{kBucketPrefix};
  Buffer after;
  for (bool more = true; more;) {
    const store::Page page = TRY(store.range(prefix, after, store::kPageRecordsMax));
    for (const store::Record& record : page.records) TRY(load_bucket(record));
    more = page.more && !page.records.empty();
    if (more) after = page.records.back().key;
  }
  for (std::size_t group = 0; group < kGroups; ++group) {
    group_digests_[group] = digest_run(&digests_[group * kBucketsInGroup], kBucketsInGroup);
  }
  if (digest_run(group_digests_.data(), kGroups) != head_.manifest_root) {
    return Error{Code::corrupt, "a manifest was replaced by an older one"};
  }
  return {};
}

Status Manifests::found(std::vector<store::Write>& writes) {
  return stage({}, Bound{.commits = 1, .binding = 1}, writes);
}

std::optional<ManifestEntry> Manifests::find(const ObjectId& id) const {
  const std::shared_lock lock(mutex_);
  const Bucket& bucket = buckets_[bucket_of(id)];
  const auto place = place_of(bucket, id);
  if (place == bucket.end() || place->id != id) return std::nullopt;
  return *place;
}

std::vector<ManifestEntry> Manifests::list(const Filter& filter, std::size_t count_max) const {
  const std::shared_lock lock(mutex_);
  std::vector<ManifestEntry> found;
  const auto hash = filter.id_hash      ? filter.id_hash
                    : filter.label_hash ? filter.label_hash
                                        : filter.subject_hash;
  const std::size_t first_bucket = filter.after ? bucket_of(*filter.after) : 0;
  const auto look_into = [&](std::size_t index) {
    for (const ManifestEntry& entry : buckets_[index]) {
      if (found.size() >= count_max) return;
      if (passes(entry, filter)) found.push_back(entry);
    }
  };
  if (hash) {
    for (const std::uint16_t index : by_hash_.buckets(*hash)) {
      if (index >= first_bucket) look_into(index);
    }
    return found;
  }
  for (std::size_t index = first_bucket; index < kBuckets && found.size() < count_max; ++index) {
    look_into(index);
  }
  return found;
}

std::uint64_t Manifests::count(const PartitionTag& partition) const {
  const std::shared_lock lock(mutex_);
  const auto place = counts_.find(partition);
  return place == counts_.end() ? 0 : place->second;
}

std::uint64_t Manifests::count() const {
  const std::shared_lock lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [partition, number] : counts_) sum += number;
  return sum;
}

std::map<PartitionTag, std::uint64_t> Manifests::partitions() const {
  const std::shared_lock lock(mutex_);
  return counts_;
}

std::vector<ManifestEntry> Manifests::ended(Timestamp now, std::size_t count_max) const {
  const std::shared_lock lock(mutex_);
  std::vector<ManifestEntry> found;
  for (auto each = ends_.begin(); each != ends_.end() && each->first <= now && found.size() < count_max;
       ++each) {
    const Bucket& bucket = buckets_[bucket_of(each->second)];
    const auto place = place_of(bucket, each->second);
    CHECK(place != bucket.end());
    found.push_back(*place);
  }
  return found;
}

Head Manifests::head() const {
  const std::shared_lock lock(mutex_);
  return head_;
}

void Manifests::index_entry(const ManifestEntry& entry) {
  for (const std::uint64_t hash : {entry.id_hash, entry.label_hash, entry.subject_hash}) {
    if (hash != 0) by_hash_.insert(hash, bucket_of(entry.id));
  }
  ++counts_[entry.partition];
  if (entry.object_class != kDeletedClass) return;
  ends_.emplace(entry.key_type, entry.id);
  ends_changed();
}

void Manifests::ends_changed() { first_end_.store(ends_.empty() ? kNever : ends_.begin()->first); }

void Manifests::unindex_entry(const ManifestEntry& entry) {
  const std::uint16_t index = bucket_of(entry.id);
  for (const std::uint64_t hash : {entry.id_hash, entry.label_hash, entry.subject_hash}) {
    if (hash == 0) continue;
    const bool is_shared = std::ranges::any_of(buckets_[index], [&entry, hash](const ManifestEntry& other) {
      return other.id != entry.id && has_hash(other, hash);
    });
    if (!is_shared) by_hash_.erase(hash, index);
  }
  const auto count = counts_.find(entry.partition);
  if (--count->second == 0) counts_.erase(count);
  if (entry.object_class != kDeletedClass) return;
  ends_.erase({entry.key_type, entry.id});
  ends_changed();
}

crypto::Digest32 Manifests::root_with(const std::map<std::uint16_t, crypto::Digest32>& changed) const {
  std::vector<crypto::Digest32> groups = group_digests_;
  for (auto each = changed.begin(); each != changed.end();) {
    const std::size_t group = each->first / kBucketsInGroup;
    std::array<crypto::Digest32, kBucketsInGroup> members{};
    std::copy_n(digests_.begin() + static_cast<std::ptrdiff_t>(group * kBucketsInGroup), kBucketsInGroup,
                members.begin());
    for (; each != changed.end() && each->first / kBucketsInGroup == group; ++each) {
      members[each->first % kBucketsInGroup] = each->second;
    }
    groups[group] = digest_run(members.data(), kBucketsInGroup);
  }
  return digest_run(groups.data(), kGroups);
}

Status Manifests::stage(const std::vector<ManifestChange>& changes, const Bound& bound,
                        std::vector<store::Write>& writes) {
  staged_buckets_.clear();
  staged_digests_.clear();
  staged_changes_ = changes;
  // Only this thread changes what mutex_ guards, so reading needs no lock.
  for (const ManifestChange& change : changes) {
    const std::uint16_t index = bucket_of(change.entry.id);
    const Bucket& now = buckets_[index];
    auto& bucket = staged_buckets_.try_emplace(index, now.begin(), now.end()).first->second;
    const auto place = place_of(bucket, change.entry.id);
    const bool present = place != bucket.end() && place->id == change.entry.id;
    if (change.remove) {
      CHECK(present);
      bucket.erase(place);
    } else if (present) {
      *place = change.entry;
    } else if (bucket.size() >= kBucketEntriesMax) {
      return Error{Code::limit, "the vault is full"};
    } else {
      bucket.insert(place, change.entry);
    }
  }
  for (const auto& [index, bucket] : staged_buckets_) {
    Buffer plaintext = codec::encode(BucketContent{bucket});
    Buffer value = TRY(seal_value(kBucketType, index, bound.commits, plaintext));
    staged_digests_[index] = crypto::sha256(value);
    writes.push_back({.key = bucket_key(index), .remove = false, .value = std::move(value)});
  }
  staged_head_ = Head{.bound = bound, .manifest_root = root_with(staged_digests_)};
  writes.push_back({.key = {kHeadPrefix},
                    .remove = false,
                    .value = TRY(seal_value(kHeadType, 0, bound.commits, codec::encode(staged_head_)))});
  const std::unique_lock lock(mutex_);
  for (const ManifestChange& change : changes) moving_.insert(change.entry.id);
  return {};
}

void Manifests::withdraw() {
  const std::unique_lock lock(mutex_);
  settle();
}

// The mutex is held.
void Manifests::settle() {
  moving_.clear();
  settled_.notify_all();
}

void Manifests::wait_until_settled(const ObjectId& id) const {
  std::shared_lock lock(mutex_);
  settled_.wait(lock, [&] { return !moving_.contains(id); });
}

void Manifests::publish() {
  const std::unique_lock lock(mutex_);
  for (const ManifestChange& change : staged_changes_) {
    Bucket& bucket = buckets_[bucket_of(change.entry.id)];
    const auto place = place_of(bucket, change.entry.id);
    const bool present = place != bucket.end() && place->id == change.entry.id;
    if (present) {
      unindex_entry(*place);
      bucket.erase(place);
    }
    if (!change.remove) {
      bucket.insert(place_of(bucket, change.entry.id), change.entry);
      index_entry(change.entry);
    }
  }
  for (const auto& [index, digest] : staged_digests_) digests_[index] = digest;
  for (std::size_t group = 0; group < kGroups; ++group) {
    const auto first = static_cast<std::uint16_t>(group * kBucketsInGroup);
    const auto dirty = staged_digests_.lower_bound(first);
    if (dirty == staged_digests_.end() || dirty->first >= first + kBucketsInGroup) continue;
    group_digests_[group] = digest_run(&digests_[first], kBucketsInGroup);
  }
  head_ = staged_head_;
  settle();
}

}  // namespace coffer::record
