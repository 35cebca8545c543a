// What the tests of src/record/ share: keys that are known, and entries.
#pragma once

#include <cstdint>
#include <numeric>
#include <string>

#include "record/manifest.h"

namespace coffer::record {

// counted_key is a key of the octets first, first + 1, ...
template <typename Key>
Key counted_key(std::uint8_t first = 0) {
  Key key;
  std::iota(key.reveal().begin(), key.reveal().end(), first);
  return key;
}

// counted_octets likewise fills an array.
template <typename Octets>
Octets counted_octets(std::uint8_t first) {
  Octets octets{};
  std::iota(octets.begin(), octets.end(), first);
  return octets;
}

inline const RealmId kRealm = counted_octets<RealmId>(0xa0);
inline constexpr PartitionTag kPartition{1};

// object_id is an id in bucket `bucket`.
inline ObjectId object_id(std::uint16_t bucket, std::uint8_t last = 1) {
  ObjectId id{};
  id[0] = static_cast<std::uint8_t>(bucket >> 6U);
  id[1] = static_cast<std::uint8_t>((bucket & 0x3FU) << 2U);
  id[15] = last;
  return id;
}

}  // namespace coffer::record
