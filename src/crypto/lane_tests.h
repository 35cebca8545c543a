// The known answers of the lanes. For crypto/ only.
#pragma once

#include "crypto/lanes.h"

namespace coffer::crypto {

// test_lanes runs known answers through every lane and eight different keys at once, and compares each result
// with the plain code. `fault` flips a bit of the first result.
bool test_lanes(LaneKind kind, bool fault);

// measure_lanes gives the least number of jobs for which the lanes beat the plain code here, or kLaneCount
// + 1.
std::size_t measure_lanes(LaneKind kind);

}  // namespace coffer::crypto
