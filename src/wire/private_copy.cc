// PrivateCopy: one memcpy, in a file of its own so that the compiler cannot look at the shared octets again
// later.
#include "wire/private_copy.h"

#include <algorithm>
#include <cstring>

#include "base/secret.h"
#include "base/secret_room.h"
#include "host/secret_arena.h"

namespace coffer::wire {

PrivateCopy::~PrivateCopy() { wipe_now(); }

Bytes PrivateCopy::take(Bytes shared, Holds holds) {
  const bool is_crowded =
      holds == Holds::data && shared.size() > kSmallBytes && secret_room() == SecretRoom::scarce;
  const bool may_lie_outside = capacity_ >= host::kBulkBytes;
  if (shared.size() > capacity_ || (holds == Holds::secret && may_lie_outside)) {
    wipe_now();
    capacity_ = std::max(shared.size(), is_crowded ? host::kBulkBytes : std::size_t{4096});
    octets_ = std::make_unique_for_overwrite<std::uint8_t[]>(capacity_);
  }
  bytes_ = shared.size();
  if (bytes_ > 0) std::memcpy(octets_.get(), shared.data(), bytes_);
  return {octets_.get(), bytes_};
}

void PrivateCopy::wipe_now() {
  wipe({octets_.get(), bytes_});
  bytes_ = 0;
}

void PrivateCopy::shrink() {
  wipe_now();
  if (capacity_ <= kKeptBytes) return;
  octets_.reset();
  capacity_ = 0;
}

}  // namespace coffer::wire
