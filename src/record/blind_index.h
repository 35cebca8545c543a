// BlindIndex: in which buckets of the manifests the entries with a hash are. Eight octets a hash and bucket.
#pragma once

#include <cstdint>
#include <vector>

#include "base/public_memory.h"

namespace coffer::record {

// BlindIndex knows a hash by its upper 50 bits. It may name a bucket for a hash that only looks alike there,
// so whoever asks compares the entries; it never leaves one out. Not safe from many threads.
class BlindIndex {
 public:
  static constexpr unsigned kBucketBits = 14;

  BlindIndex() : shards_(kShards) {}

  // insert is for each entry that came into a bucket; the same pair twice is the same as once.
  void insert(std::uint64_t hash, std::uint16_t bucket);
  // erase is for when no entry of the bucket has the hash any more.
  void erase(std::uint64_t hash, std::uint16_t bucket);
  // buckets lists the buckets of a hash in ascending order.
  [[nodiscard]] std::vector<std::uint16_t> buckets(std::uint64_t hash) const;

 private:
  static constexpr unsigned kShardBits = 12;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;
  // A place is the upper bits of a hash, and the bucket below them.
  using Places = PublicVector<std::uint64_t>;  // sorted

  static std::size_t shard_of(std::uint64_t hash) { return hash >> (64U - kShardBits); }

  PublicVector<Places> shards_;  // by the first bits of the hash, so that an insertion moves little
};

}  // namespace coffer::record
