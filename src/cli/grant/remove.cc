// coffer grant remove: takes a user's admission back.
#include <array>

#include "cli/grant/change.h"
#include "cli/registry.h"
#include "wire/grant_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) { return change_grant(invocation, false); }

constexpr auto kOptions = std::to_array<Option>({{"--token",
                                                  "",
                                                  "LABEL",
                                                  "A token that the user sees no more; label or slot",
                                                  false,
                                                  true,
                                                  {.times = wire::kGrantTokensMax}}});
constexpr auto kOperands = std::to_array<Operand>({{"USER", "Name or number of a user of this machine"}});

}  // namespace

constinit const Command kGrantRemove{
    .name = "grant remove",
    .summary = "No longer let a user use the vault",
    .details = "The user's connections are cut off. With --token the user only sees those tokens no more.\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
