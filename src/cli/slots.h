// Slots as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace coffer::cli {

// slots_text lists slots for a column of a table; "-" when there are none.
std::string slots_text(const std::vector<std::uint32_t>& slots);

}  // namespace coffer::cli
