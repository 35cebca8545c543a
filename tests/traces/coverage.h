// Coverage: which requests the traces have, at which entrance, answered or refused.
#pragma once

#include <string>
#include <vector>

#include "tests/traces/trace.h"

namespace coffer::traces {

// Coverage is a table for people, and what is missing.
struct Coverage {
  std::string table;
  std::vector<std::string> missing;
};

// coverage_of looks for every request of the chip at every entrance. Where it may be asked it must have been
// answered and refused, elsewhere refused; and its own handler must have refused it once, unless it refuses
// nothing.
Coverage coverage_of(const std::vector<Chapter>& chapters);

}  // namespace coffer::traces
