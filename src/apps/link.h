// The link's main: a process that listens where a chip would and leads to servers over the network.
#pragma once

#include <string>

#include "cli/cli.h"

namespace coffer::apps {

// start_link runs a link in the background and returns when it listens; it does nothing when one runs.
cli::StartOutcome start_link(const std::string& home);

// run_link is the link until a signal ends it, and gives the exit code.
int run_link(const std::string& home);

}  // namespace coffer::apps
