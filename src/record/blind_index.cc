// BlindIndex: sorted numbers that hold a hash and a bucket each.
#include "record/blind_index.h"

#include <algorithm>

namespace coffer::record {

namespace {

constexpr std::uint64_t kBucketMask = (std::uint64_t{1} << BlindIndex::kBucketBits) - 1;

std::uint64_t place_of(std::uint64_t hash, std::uint16_t bucket) { return (hash & ~kBucketMask) | bucket; }

}  // namespace

void BlindIndex::insert(std::uint64_t hash, std::uint16_t bucket) {
  Places& places = shards_[shard_of(hash)];
  const std::uint64_t place = place_of(hash, bucket);
  const auto next = std::ranges::lower_bound(places, place);
  if (next == places.end() || *next != place) places.insert(next, place);
}

void BlindIndex::erase(std::uint64_t hash, std::uint16_t bucket) {
  Places& places = shards_[shard_of(hash)];
  const std::uint64_t place = place_of(hash, bucket);
  const auto found = std::ranges::lower_bound(places, place);
  if (found != places.end() && *found == place) places.erase(found);
}

std::vector<std::uint16_t> BlindIndex::buckets(std::uint64_t hash) const {
  const Places& places = shards_[shard_of(hash)];
  std::vector<std::uint16_t> found;
  for (auto each = std::ranges::lower_bound(places, place_of(hash, 0));
       each != places.end() && (*each & ~kBucketMask) == (hash & ~kBucketMask); ++each) {
    found.push_back(static_cast<std::uint16_t>(*each & kBucketMask));
  }
  return found;
}

}  // namespace coffer::record
