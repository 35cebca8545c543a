// Bound: where the store and the audit log stood when both were last made durable together.
#pragma once

#include <cstdint>

#include "crypto/primitives.h"

namespace coffer::record {

// Bound is in the store's head and in the high-water mark, so that the three move together. The head says
// `binding` n + 1 from its first commit after the mark said n; the mark follows within a second
// (vault/history.h has the rules).
struct Bound {
  std::uint64_t commits = 0;         // of the store; grows by one with each transaction
  std::uint64_t binding = 0;         // grows by one with each mark that follows a changed head
  std::uint64_t audit_sequence = 0;  // the audit log held at least this many lines
  crypto::Digest32 audit_hash{};     // of the last of them; zeros for none

  bool operator==(const Bound&) const = default;
};

}  // namespace coffer::record
