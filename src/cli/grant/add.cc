// coffer grant add: admits a user to the vault.
#include <array>

#include "cli/chip.h"
#include "cli/grant/change.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) { return change_grant(invocation, true); }

constexpr auto kOperands = std::to_array<Operand>({{"USER", "Name or number of a user of this machine"}});

}  // namespace

constinit const Command kGrantAdd{
    .name = "grant add",
    .summary = "Let a user use the vault",
    .details =
        "The user may connect, use tokens whose PIN they know, and ask certificate authorities whose profile "
        "names "
        "them. Only the owner administers the vault. The user needs COFFER_HOME or --home to find it.\n",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
