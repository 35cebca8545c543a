// Change of a grant: what `grant add` and `grant remove` have in common.
#pragma once

#include "cli/invocation.h"

namespace coffer::cli {

// change_grant admits the user of the first operand, or takes that back, and says so.
Status change_grant(Invocation& invocation, bool admit);

}  // namespace coffer::cli
