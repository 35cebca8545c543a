// coffer grant add: admits a user to the vault.
#include <array>

#include "cli/chip.h"
#include "cli/grant/change.h"
#include "cli/registry.h"
#include "wire/grant_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) { return change_grant(invocation, true); }

constexpr auto kOptions = std::to_array<Option>({{"--token",
                                                  "",
                                                  "LABEL",
                                                  "A token that the user may see; label or slot",
                                                  false,
                                                  true,
                                                  {.times = wire::kGrantTokensMax}}});
constexpr auto kOperands = std::to_array<Operand>({{"USER", "Name or number of a user of this machine"}});

}  // namespace

constinit const Command kGrantAdd{
    .name = "grant add",
    .summary = "Let a user use the vault",
    .details =
        "The user may connect, use the tokens named here if they know their PINs, make tokens of their own, "
        "and "
        "ask certificate authorities whose profile names them. Other tokens are not there for them. Given "
        "again, more tokens are added. Only the owner administers the vault. The user needs COFFER_HOME or "
        "--home to find it.\n"
        "\n"
        " coffer grant add www-data --token web\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
