// Home steps: what brings a vault's directory, or a link's, from each format to the next.
#pragma once

#include <span>

#include "host/home_format.h"

namespace coffer::apps {

// home_steps gives one step for each format from kFormatOldest to the one before kFormat, in order.
std::span<const host::HomeStep> home_steps();

}  // namespace coffer::apps
