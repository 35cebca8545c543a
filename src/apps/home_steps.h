// Home steps: what brings a vault's directory, or a link's, from each format to the next.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "host/home_format.h"

namespace coffer::apps {

// home_steps gives one step for each format from kFormatOldest to the one before kFormat, in order.
std::span<const host::HomeStep> home_steps();

// move_to_4 is the step to format 4: the store goes to store/, with what SQLite has beside it, and the mark
// to audit/. A link has neither. Fails with `exists` when there is a file of that name in both places.
Status move_to_4(const std::string& home);

}  // namespace coffer::apps
