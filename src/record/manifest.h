// Manifests: which records exist, in which version - sealed in buckets beside the records (docs/formats.md).
//
// A record that is older than its manifest says, missing, or not in any manifest is a sign of tampering and
// is never used. The digests of all buckets are folded into the head, which also counts commits; the
// high-water mark outside the store holds that count. The manifests also carry the blind index: keyed hashes
// of CKA_ID, CKA_LABEL and CKA_SUBJECT, so that a lookup needs no scan and the store learns nothing; and the
// summaries of objects, so that a list opens none. The chip keeps all of it in memory.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/public_memory.h"
#include "base/result.h"
#include "record/blind_index.h"
#include "record/bound.h"
#include "record/ladder.h"
#include "store/store.h"
#include "wire/messages.h"

namespace coffer::record {

using wire::ObjectId;

// The first octet of a key in the store says what lies there.
inline constexpr std::uint8_t kBucketPrefix = 'm';
inline constexpr std::uint8_t kHeadPrefix = 'h';
inline constexpr std::uint8_t kRecordPrefix = 'o';

inline constexpr std::size_t kBuckets = 16384;           // the first 14 bits of an id
inline constexpr std::size_t kBucketEntriesMax = 12000;  // keeps a sealed bucket below store::kValueBytesMax

// kDeletedClass is the class of an object that was destroyed and can come back; the manifest keeps its
// window.
inline constexpr std::uint32_t kDeletedClass = 0x80000005;

// ManifestEntry is one record as the manifest knows it.
struct ManifestEntry {
  ObjectId id{};
  std::uint64_t version = 0;
  PartitionTag partition{};
  std::uint32_t object_class = 0;
  std::uint32_t key_type = 0;  // of a destroyed object: when its window ends, in seconds since 1970
  std::uint64_t id_hash = 0;   // blind index; 0: the object has no such attribute
  std::uint64_t label_hash = 0;
  std::uint64_t subject_hash = 0;
  // Of an object, what its summary tells (wire::ObjectSummary), so that a search need not open it.
  std::uint32_t uses = 0;
  std::uint32_t bits = 0;
  bool is_private = false;
  bool always_authenticate = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.id));
    TRY(visit(in.version));
    TRY(visit(in.partition));
    TRY(visit(in.object_class));
    TRY(visit(in.key_type));
    TRY(visit(in.id_hash));
    TRY(visit(in.label_hash));
    TRY(visit(in.subject_hash));
    TRY(visit(in.uses));
    TRY(visit(in.bits));
    TRY(visit(in.is_private));
    return visit(in.always_authenticate);
  }
};

// Head is the newest state of the whole store, in one record.
struct Head {
  Bound bound;
  crypto::Digest32 manifest_root{};  // over the digests of all buckets

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.bound.commits));
    TRY(visit(in.bound.audit_sequence));
    TRY(visit(in.bound.audit_hash));
    TRY(visit(in.manifest_root));
    return visit(in.bound.binding);
  }
};

// blind_hash is the keyed hash of a searchable attribute; never 0.
std::uint64_t blind_hash(const NameKey& key, const PartitionTag& partition, std::uint32_t attribute,
                         Bytes value);

// record_store_key is where a record lies in the store.
Buffer record_store_key(const PartitionTag& partition, const ObjectId& id);

// ManifestChange is one entry to put, or an id to remove.
struct ManifestChange {
  bool remove = false;
  ManifestEntry entry;
};

// Filter narrows an enumeration; absent members do not narrow.
struct Filter {
  PartitionTag partition{};
  std::optional<std::uint32_t> object_class;
  std::optional<std::uint32_t> key_type;
  std::optional<std::uint64_t> id_hash;
  std::optional<std::uint64_t> label_hash;
  std::optional<std::uint64_t> subject_hash;
  std::optional<ObjectId> after;
};

// passes tells whether a filter lets an entry through.
bool passes(const ManifestEntry& entry, const Filter& filter);

// Manifests is the chip's copy. Looking things up is safe from many threads; stage() and publish() belong to
// the committer thread.
class Manifests {
 public:
  Manifests(const DomainKey& domain, const RealmId& realm);

  // load reads and verifies head and buckets. Code::corrupt when anything does not verify.
  Status load(store::Store& store);
  // found writes the first head of a new store into `writes`: it names no line of the audit log yet.
  Status found(std::vector<store::Write>& writes);

  [[nodiscard]] std::optional<ManifestEntry> find(const ObjectId& id) const;
  // list gives entries that pass the filter, in order of their id, at most `count_max`.
  [[nodiscard]] std::vector<ManifestEntry> list(const Filter& filter, std::size_t count_max) const;
  [[nodiscard]] std::uint64_t count(const PartitionTag& partition) const;
  [[nodiscard]] std::uint64_t count() const;
  // partitions gives every partition that has records, with their number.
  [[nodiscard]] std::map<PartitionTag, std::uint64_t> partitions() const;
  // has_ended tells, at the cost of one read, whether the window of a destroyed object has ended; ended gives
  // such objects, the oldest first.
  [[nodiscard]] bool has_ended(Timestamp now) const {
    const std::uint64_t first = first_end_.load(std::memory_order_relaxed);
    return first <= now;
  }
  [[nodiscard]] bool has_deleted() const { return first_end_.load(std::memory_order_relaxed) != kNever; }
  [[nodiscard]] std::vector<ManifestEntry> ended(Timestamp now, std::size_t count_max) const;
  [[nodiscard]] Head head() const;

  // open_head and open_bucket open what lies in the store without taking it in; `index` is the bucket's.
  // root_of is the digest that a head holds of all buckets. Code::corrupt when something does not verify.
  [[nodiscard]] Result<Head> open_head(Bytes value) const;
  [[nodiscard]] Result<std::vector<ManifestEntry>> open_bucket(Bytes key, Bytes value,
                                                               std::uint16_t& index) const;
  static crypto::Digest32 root_of(const std::vector<crypto::Digest32>& bucket_digests);

  // stage seals the buckets that `changes` touch and a head with `bound`, and appends the store's writes.
  // Nothing is visible until publish(), or forgotten with withdraw().
  Status stage(const std::vector<ManifestChange>& changes, const Bound& bound,
               std::vector<store::Write>& writes);
  void publish();
  void withdraw();
  // wait_until_settled waits while what is staged changes the object: its record may be newer than its entry.
  void wait_until_settled(const ObjectId& id) const;

 private:
  // What grows with the number of objects is public memory: it tells no more than the store does.
  using Bucket = PublicVector<ManifestEntry>;  // sorted by id
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  static constexpr std::size_t kGroups = 128;
  static constexpr std::size_t kBucketsInGroup = kBuckets / kGroups;

  Status load_head(store::Store& store);
  Status load_bucket(const store::Record& record);
  Result<Buffer> seal_value(std::uint32_t type, std::uint16_t index, std::uint64_t commits,
                            Bytes plaintext) const;
  Result<SecretBytes> open_value(std::uint32_t type, std::uint16_t index, Bytes value,
                                 std::uint64_t& commits) const;
  [[nodiscard]] crypto::Digest32 root_with(const std::map<std::uint16_t, crypto::Digest32>& changed) const;
  void index_entry(const ManifestEntry& entry);
  void unindex_entry(const ManifestEntry& entry);
  void ends_changed();

  PartitionKey key_;
  RealmId realm_;

  void settle();

  mutable std::shared_mutex mutex_;  // guards all below
  mutable std::condition_variable_any settled_;
  std::set<ObjectId> moving_;  // what is staged changes these
  PublicVector<Bucket> buckets_;
  PublicVector<crypto::Digest32> digests_;  // of the sealed buckets; zeros: no such bucket
  std::vector<crypto::Digest32> group_digests_;
  Head head_;
  BlindIndex by_hash_;
  std::map<PartitionTag, std::uint64_t> counts_;
  using End = std::pair<std::uint32_t, ObjectId>;
  std::set<End, std::less<>, PublicAllocator<End>> ends_;  // of the windows of destroyed objects
  std::atomic<std::uint64_t> first_end_ = kNever;          // of ends_; it is read without the lock

  // What stage() prepared. Only the committer thread touches it.
  std::map<std::uint16_t, std::vector<ManifestEntry>> staged_buckets_;
  std::map<std::uint16_t, crypto::Digest32> staged_digests_;
  std::vector<ManifestChange> staged_changes_;
  Head staged_head_;
};

}  // namespace coffer::record
