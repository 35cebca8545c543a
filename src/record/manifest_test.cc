// Manifests: a store that changes, swaps, loses or sets back any of them is found out; and what is looked up
// is what was committed.
#include "record/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "codec/binary.h"
#include "record/record_fixture.h"
#include "store/memory_store.h"

namespace coffer::record {
namespace {

constexpr std::uint16_t kFirst = 5;  // two buckets of the same group of digests, and one of the last
constexpr std::uint16_t kSecond = 6;
constexpr std::uint16_t kThird = 16383;

Buffer bucket_key(std::uint16_t index) {
  return {kBucketPrefix, static_cast<std::uint8_t>(index >> 8U), static_cast<std::uint8_t>(index & 0xFFU)};
}
const Buffer kHeadKey{kHeadPrefix};

ManifestEntry entry_of(const ObjectId& id, std::uint64_t version = 1) {
  return {.id = id, .version = version, .partition = kPartition, .object_class = 3, .key_type = 3};
}
std::vector<Buffer> encoded(const std::vector<ManifestEntry>& entries) {
  std::vector<Buffer> all;
  for (const ManifestEntry& entry : entries) all.push_back(codec::encode(entry));
  return all;
}

class ManifestTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<store::Write> writes;
    ASSERT_TRUE(manifests.found(writes).ok());
    keep(std::move(writes));
  }

  void keep(std::vector<store::Write> writes) {
    ASSERT_TRUE(store.commit({.compares = {}, .writes = std::move(writes)}).ok());
    manifests.publish();
  }
  Bound next() const {
    Bound bound = manifests.head().bound;
    ++bound.commits;
    return bound;
  }
  void commit(const std::vector<ManifestChange>& changes) {
    std::vector<store::Write> writes;
    ASSERT_TRUE(manifests.stage(changes, next(), writes).ok());
    keep(std::move(writes));
  }
  void commit_three(std::uint64_t version = 1) {
    commit({{false, entry_of(object_id(kFirst), version)},
            {false, entry_of(object_id(kSecond), version)},
            {false, entry_of(object_id(kThird), version)}});
  }
  Buffer value(const Buffer& key) { return store.get(key).value()->value; }
  void put(const Buffer& key, Buffer octets) {
    ASSERT_TRUE(store.commit({.compares = {}, .writes = {{key, false, std::move(octets)}}}).ok());
  }
  void remove(const Buffer& key) {
    ASSERT_TRUE(store.commit({.compares = {}, .writes = {{key, true, {}}}}).ok());
  }
  Code loads(std::uint8_t domain = 0, const RealmId& realm = kRealm) {
    Manifests fresh(counted_key<DomainKey>(domain), realm);
    const Status loaded = fresh.load(store);
    return loaded.ok() ? Code::ok : loaded.error().code;
  }

  store::MemoryStore store;
  Manifests manifests{counted_key<DomainKey>(), kRealm};
};

TEST_F(ManifestTest, WhatWasCommittedIsLoaded) {
  commit_three();
  Manifests fresh(counted_key<DomainKey>(), kRealm);
  ASSERT_TRUE(fresh.load(store).ok());
  EXPECT_EQ(codec::encode(fresh.head()), codec::encode(manifests.head()));
  EXPECT_EQ(encoded(fresh.list({.partition = kPartition}, 10)),
            encoded(manifests.list({.partition = kPartition}, 10)));
  EXPECT_EQ(fresh.count(), 3U);
}

TEST_F(ManifestTest, ABitThatWasFlippedInAnyOctetOfHeadOrBucketIsCorrupt) {
  commit_three();
  for (const Buffer& key : {kHeadKey, bucket_key(kFirst)}) {
    const Buffer whole = value(key);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      Buffer other = whole;
      other[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
      put(key, other);
      EXPECT_EQ(loads(), Code::corrupt) << "octet " << at << " of " << as_text(key).substr(0, 1);
    }
    put(key, whole);
    EXPECT_EQ(loads(), Code::ok);
  }
}

TEST_F(ManifestTest, AHeadOrBucketOfAnotherLengthIsCorrupt) {
  commit_three();
  for (const Buffer& key : {kHeadKey, bucket_key(kFirst)}) {
    const Buffer whole = value(key);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      put(key, to_buffer(Bytes(whole).first(length)));
      EXPECT_EQ(loads(), Code::corrupt) << length;
    }
    Buffer longer = whole;
    longer.push_back(0);
    put(key, longer);
    EXPECT_EQ(loads(), Code::corrupt);
    put(key, whole);
  }
}

TEST_F(ManifestTest, TwoBucketsThatWereSwappedAreCorrupt) {
  commit_three();
  for (const std::uint16_t other : {kSecond, kThird}) {
    const Buffer first = value(bucket_key(kFirst));
    const Buffer second = value(bucket_key(other));
    put(bucket_key(kFirst), second);
    put(bucket_key(other), first);
    EXPECT_EQ(loads(), Code::corrupt);
    put(bucket_key(kFirst), first);
    put(bucket_key(other), second);
  }
}

TEST_F(ManifestTest, AHeadInPlaceOfABucketOrTheOtherWayRoundIsCorrupt) {
  commit_three();
  const Buffer head = value(kHeadKey);
  put(bucket_key(0), head);
  EXPECT_EQ(loads(), Code::corrupt);
  remove(bucket_key(0));
  put(kHeadKey, value(bucket_key(kFirst)));
  EXPECT_EQ(loads(), Code::corrupt);
}

TEST_F(ManifestTest, AnOlderBucketUnderTheNewestHeadIsCorrupt) {
  commit_three();
  const Buffer older = value(bucket_key(kFirst));
  commit_three(2);
  put(bucket_key(kFirst), older);
  EXPECT_EQ(loads(), Code::corrupt);
}

TEST_F(ManifestTest, AnOlderHeadOverNewerBucketsIsCorrupt) {
  commit_three();
  const Buffer older = value(kHeadKey);
  commit_three(2);
  put(kHeadKey, older);
  EXPECT_EQ(loads(), Code::corrupt);
}

TEST_F(ManifestTest, AMissingBucketOrHeadIsCorrupt) {
  commit_three();
  for (const Buffer& key : {kHeadKey, bucket_key(kFirst), bucket_key(kThird)}) {
    const Buffer whole = value(key);
    remove(key);
    EXPECT_EQ(loads(), Code::corrupt);
    put(key, whole);
  }
  EXPECT_EQ(loads(), Code::ok);
}

TEST_F(ManifestTest, ABucketThatCameBackIsCorrupt) {
  commit_three();
  const Buffer full = value(bucket_key(kFirst));
  commit({{true, entry_of(object_id(kFirst))}});
  put(bucket_key(kFirst), full);
  EXPECT_EQ(loads(), Code::corrupt);
}

TEST_F(ManifestTest, ABucketWithAStrangeNameIsCorrupt) {
  commit_three();
  const Buffer bucket = value(bucket_key(kFirst));
  for (const Buffer& key : {Buffer{kBucketPrefix}, Buffer{kBucketPrefix, 0}, Buffer{kBucketPrefix, 0, 5, 0},
                            Buffer{kBucketPrefix, 0x40, 0}, Buffer{kBucketPrefix, 0xFF, 0xFF}}) {
    put(key, bucket);
    EXPECT_EQ(loads(), Code::corrupt);
    remove(key);
  }
}

TEST_F(ManifestTest, TheStoreOfAnotherRealmOrKeyIsCorrupt) {
  commit_three();
  RealmId other = kRealm;
  other[15] ^= 1;
  EXPECT_EQ(loads(0, other), Code::corrupt);
  EXPECT_EQ(loads(1), Code::corrupt);
}

TEST_F(ManifestTest, ABucketOfAnotherRealmOrKeyIsCorrupt) {
  commit_three();
  RealmId realm = kRealm;
  realm[0] ^= 1;
  const std::pair<std::uint8_t, RealmId> kOthers[] = {{0, realm}, {1, kRealm}};
  for (const auto& [domain, its_realm] : kOthers) {
    Manifests strange(counted_key<DomainKey>(domain), its_realm);
    std::vector<store::Write> writes;
    ASSERT_TRUE(strange.stage({{false, entry_of(object_id(kFirst))}}, manifests.head().bound, writes).ok());
    const Buffer own = value(bucket_key(kFirst));
    put(bucket_key(kFirst), writes.front().value);
    EXPECT_EQ(loads(), Code::corrupt);
    put(bucket_key(kFirst), own);
  }
}

TEST_F(ManifestTest, ABucketTakesNoMoreThanItsBound) {
  std::vector<ManifestChange> changes;
  for (std::size_t i = 0; i <= kBucketEntriesMax; ++i) {
    ObjectId id = object_id(kFirst, 0);
    id[8] = static_cast<std::uint8_t>(i >> 8U);
    id[9] = static_cast<std::uint8_t>(i & 0xFFU);
    changes.push_back({false, entry_of(id)});
  }
  std::vector<store::Write> writes;
  EXPECT_EQ(manifests.stage(changes, next(), writes).error().code, Code::limit);
  EXPECT_TRUE(writes.empty());
  manifests.wait_until_settled(changes.front().entry.id);
  const ManifestChange last = changes.back();
  changes.pop_back();
  commit(changes);
  EXPECT_EQ(manifests.stage({last}, next(), writes).error().code, Code::limit);
  EXPECT_LE(value(bucket_key(kFirst)).size(), store::kValueBytesMax);
  EXPECT_EQ(manifests.count(), kBucketEntriesMax);
  commit({{true, changes.front().entry}, last});
  EXPECT_EQ(loads(), Code::ok);
}

TEST_F(ManifestTest, NothingIsVisibleBeforeItIsPublishedNorAfterItWasWithdrawn) {
  const Buffer head = codec::encode(manifests.head());
  std::vector<store::Write> writes;
  ASSERT_TRUE(manifests.stage({{false, entry_of(object_id(kFirst))}}, next(), writes).ok());
  EXPECT_FALSE(manifests.find(object_id(kFirst)).has_value());
  EXPECT_EQ(codec::encode(manifests.head()), head);
  manifests.withdraw();
  manifests.wait_until_settled(object_id(kFirst));
  EXPECT_FALSE(manifests.find(object_id(kFirst)).has_value());
  EXPECT_EQ(codec::encode(manifests.head()), head);
  commit_three();
  EXPECT_EQ(loads(), Code::ok);
}

TEST_F(ManifestTest, AChangeAndItsRemovalAtOnceLeaveNothing) {
  const ManifestEntry entry = entry_of(object_id(kFirst));
  commit({{false, entry}, {true, entry}});
  EXPECT_FALSE(manifests.find(entry.id).has_value());
  EXPECT_EQ(manifests.count(), 0U);
  EXPECT_EQ(loads(), Code::ok);
}

// Model is what Manifests must agree with: a map, looked through from end to end.
class Model {
 public:
  void apply(const std::vector<ManifestChange>& changes) {
    for (const ManifestChange& change : changes) {
      if (change.remove)
        entries_.erase(change.entry.id);
      else
        entries_[change.entry.id] = change.entry;
    }
  }
  [[nodiscard]] const std::map<ObjectId, ManifestEntry>& entries() const { return entries_; }
  [[nodiscard]] std::vector<ManifestEntry> list(const Filter& filter, std::size_t count_max) const {
    std::vector<ManifestEntry> found;
    for (const auto& [id, entry] : entries_) {
      if (found.size() < count_max && passes(entry, filter)) found.push_back(entry);
    }
    return found;
  }
  [[nodiscard]] std::vector<ManifestEntry> ended(Timestamp now) const {
    std::vector<ManifestEntry> found;
    for (const auto& [id, entry] : entries_) {
      if (entry.object_class == kDeletedClass && entry.key_type <= now) found.push_back(entry);
    }
    std::ranges::sort(found, {}, [](const ManifestEntry& each) { return std::pair(each.key_type, each.id); });
    return found;
  }
  [[nodiscard]] std::map<PartitionTag, std::uint64_t> partitions() const {
    std::map<PartitionTag, std::uint64_t> counts;
    for (const auto& [id, entry] : entries_) ++counts[entry.partition];
    return counts;
  }

 private:
  std::map<ObjectId, ManifestEntry> entries_;
};

class RandomChanges : public ManifestTest, public testing::WithParamInterface<unsigned> {
 protected:
  std::uint64_t below(std::uint64_t end) { return random() % end; }
  ObjectId some_id() {
    static constexpr std::uint16_t kSome[] = {0, 1, 127, 128, 8000, 16383};
    return object_id(kSome[below(std::size(kSome))], static_cast<std::uint8_t>(below(5)));
  }
  ManifestEntry some_entry(const ObjectId& id) {
    ManifestEntry entry = entry_of(id, 1 + below(9));
    entry.partition[1] = static_cast<std::uint8_t>(below(3));
    if (below(3) == 0) entry.object_class = kDeletedClass;
    entry.key_type = static_cast<std::uint32_t>(below(6));
    // The same hash may be that of two attributes, or of two entries of a bucket.
    for (std::uint64_t* const hash : {&entry.id_hash, &entry.label_hash, &entry.subject_hash}) {
      *hash = below(4) << 60U;
    }
    return entry;
  }
  std::vector<ManifestChange> some_changes() {
    Model after = model;
    std::vector<ManifestChange> changes;
    for (std::uint64_t left = below(6); left > 0; --left) {
      const ObjectId id = some_id();
      const bool remove = after.entries().contains(id) && below(2) == 0;
      changes.push_back({remove, remove ? after.entries().at(id) : some_entry(id)});
      after.apply({changes.back()});
    }
    return changes;
  }
  Filter some_filter() {
    Filter filter{.partition = kPartition};
    filter.partition[1] = static_cast<std::uint8_t>(below(3));
    if (below(3) == 0) filter.object_class = below(2) == 0 ? kDeletedClass : 3;
    if (below(3) == 0) filter.key_type = static_cast<std::uint32_t>(below(6));
    if (below(3) == 0) filter.id_hash = below(4) << 60U;
    if (below(3) == 0) filter.label_hash = below(4) << 60U;
    if (below(3) == 0) filter.subject_hash = below(4) << 60U;
    // Zero is no hash: nobody looks for it.
    for (auto* const hash : {&filter.id_hash, &filter.label_hash, &filter.subject_hash}) {
      if (*hash == std::uint64_t{0}) hash->reset();
    }
    if (below(3) == 0) filter.after = some_id();
    return filter;
  }
  void expect_as_model(const Manifests& real) {
    const ObjectId id = some_id();
    const auto found = real.find(id);
    ASSERT_EQ(found.has_value(), model.entries().contains(id));
    if (found) {
      EXPECT_EQ(codec::encode(*found), codec::encode(model.entries().at(id)));
    }
    const Filter filter = some_filter();
    const std::size_t count_max = 1 + below(8);
    EXPECT_EQ(encoded(real.list(filter, count_max)), encoded(model.list(filter, count_max)));
    EXPECT_EQ(real.partitions(), model.partitions());
    EXPECT_EQ(real.count(), model.entries().size());
    const auto counts = model.partitions();
    const auto count = counts.find(filter.partition);
    EXPECT_EQ(real.count(filter.partition), count == counts.end() ? 0 : count->second);
    const Timestamp now = below(7);
    EXPECT_EQ(encoded(real.ended(now, 1000)), encoded(model.ended(now)));
    EXPECT_EQ(real.has_ended(now), !model.ended(now).empty());
    EXPECT_EQ(real.has_deleted(), !model.ended(~Timestamp{0}).empty());
  }

  std::mt19937_64 random{GetParam()};
  Model model;
};

TEST_P(RandomChanges, LeaveWhatIsLookedUpAsAMapHasIt) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  for (int i = 0; i < 300 && !HasFailure(); ++i) {
    const auto changes = some_changes();
    std::vector<store::Write> writes;
    ASSERT_TRUE(manifests.stage(changes, next(), writes).ok());
    expect_as_model(manifests);
    if (below(3) == 0) {
      manifests.withdraw();
    } else {
      keep(std::move(writes));
      model.apply(changes);
    }
    expect_as_model(manifests);
  }
  Manifests fresh(counted_key<DomainKey>(), kRealm);
  ASSERT_TRUE(fresh.load(store).ok());
  for (int i = 0; i < 100 && !HasFailure(); ++i) expect_as_model(fresh);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomChanges, testing::Range(1U, 9U));

TEST(BlindHashTest, DependsOnKeyPartitionAttributeAndValueAndIsNeverZero) {
  const auto key = counted_key<NameKey>();
  const std::uint64_t hash = blind_hash(key, kPartition, 3, as_bytes("name"));
  EXPECT_NE(hash, 0U);
  EXPECT_EQ(blind_hash(key, kPartition, 3, as_bytes("name")), hash);
  EXPECT_NE(blind_hash(counted_key<NameKey>(1), kPartition, 3, as_bytes("name")), hash);
  EXPECT_NE(blind_hash(key, PartitionTag{2}, 3, as_bytes("name")), hash);
  EXPECT_NE(blind_hash(key, kPartition, 4, as_bytes("name")), hash);
  EXPECT_NE(blind_hash(key, kPartition, 3, as_bytes("nam")), hash);
}

}  // namespace
}  // namespace coffer::record
