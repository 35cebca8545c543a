// Limits: what every back end refuses, and the bounds of a range, in one place.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace coffer::store {

// check_key refuses an empty key (`invalid`) and one longer than kKeyBytesMax (`limit`).
Status check_key(Bytes key);

// check_transaction refuses what passes a limit, or has an empty key.
Status check_transaction(const Transaction& transaction);

// check_range refuses a prefix or an `after` longer than a key, and a count outside 1..kPageRecordsMax.
Status check_range(Bytes prefix, Bytes after, std::size_t count_max);

// KeyBounds are the keys of a range: first <= key < end.
struct KeyBounds {
  Buffer first;
  Buffer end;
};

// range_bounds turns a prefix and an `after` (see Store::range) into bounds that any ordered map understands.
KeyBounds range_bounds(Bytes prefix, Bytes after);

}  // namespace coffer::store
