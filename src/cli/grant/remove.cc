// coffer grant remove: takes a user's admission back.
#include <array>

#include "cli/grant/change.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) { return change_grant(invocation, false); }

constexpr auto kOperands = std::to_array<Operand>({{"USER", "Name or number of a user of this machine"}});

}  // namespace

constinit const Command kGrantRemove{
    .name = "grant remove",
    .summary = "No longer let a user use the vault",
    .details =
        "Connections that the user has already made go on until they are closed; new ones are refused.\n",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
