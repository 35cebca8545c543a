// Seeded randomness: every random octet of a test program follows from a seed. For tests only; see
// random_source.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer::crypto {

// seed_randomness makes all randomness of this process follow from `seed`, from now on and as if nothing had
// been drawn before: what random_bytes gives and what OpenSSL draws on its own account (keys, nonces of
// signatures, paddings).
//
// Each thread has a stream of its own: the caller the first, the others the next ones in the order in which
// they first draw after the call. So one thread's octets do not depend on how much another has drawn. Until
// it is called random_bytes ends the process.
void seed_randomness(std::string_view seed);

// seed_randomness_quickly does so with a generator that is no hash (SplitMix64), for programs that seed
// millions of times: a stream costs nothing until it is drawn from, and little then.
void seed_randomness_quickly(std::uint64_t seed);

}  // namespace coffer::crypto
