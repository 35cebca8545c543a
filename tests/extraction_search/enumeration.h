// Enumeration: all short sequences over a reduced menu.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/extraction_search/call.h"
#include "tests/extraction_search/explorer.h"

namespace coffer::extraction {

// enumerated_sequence gives the sequence of a number, none when there are no more. Four ladders: a victim,
// two derivations by one mechanism with two lengths, and the same question to both; a victim that leaves
// under a wrapping key and comes back as every type and length, and whole; one that leaves under a key that
// is then told to decrypt; and a base that computes MACs of what derivations ask it.
std::optional<Sequence> enumerated_sequence(std::uint64_t number, const Hint& hint);
std::uint64_t enumerated_count(const Hint& hint);

}  // namespace coffer::extraction
