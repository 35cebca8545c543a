// Stopping a vault's processes, politely first.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace coffer::cli {

// stop_vault ends the vault in `invocation.home` and waits until it has ended; false when it did not run.
// Fails with `denied` for somebody else's vault and with `timed_out` when it does not end.
Result<bool> stop_vault(Invocation& invocation);

}  // namespace coffer::cli
