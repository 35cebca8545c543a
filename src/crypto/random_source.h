// The source of randomness: the one place where random octets come into the process. For crypto/ only.
//
// A test program can be linked with seeded_random_testing.cc, which takes the place of random_source.cc and
// gives octets that follow from a seed. No program that is shipped holds that file or a way to it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::crypto {

// draw_random fills `out`. Safe from many threads at once. Fails with `internal` when the source is broken.
Status draw_random(MutableBytes out);

// stir_random mixes octets in; it can never weaken the source.
void stir_random(Bytes octets);

}  // namespace coffer::crypto
