// The network form's configuration: $COFFER_HOME/net.conf, which the guard reads.
#pragma once

#include <string>

#include "cli/invocation.h"
#include "host/tcp.h"

namespace coffer::cli {

// configured_address is where the net door listens. Fails with `not_found` when the network form is off.
Result<host::TcpAddress> configured_address(Invocation& invocation);

// configure writes the address, or with nothing takes the file away, and tells the guard. Only the owner of
// the vault can.
Status configure(Invocation& invocation, const host::TcpAddress* address);

}  // namespace coffer::cli
