// coffer lock: forgets every key until the next unlock.
#include "cli/chip.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  TRY(chip.tell(wire::Lock{}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("state", "locked").end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("vault: " + printable(invocation.home) + ", locked");
  return {};
}

}  // namespace

constinit const Command kLock{
    .name = "lock",
    .summary = "Lock the vault: its keys are forgotten until it is unlocked",
    .details =
        "Every login ends and every key leaves memory; applications get an error until somebody unlocks the "
        "vault. "
        "Only the owner may lock it. Note that a vault whose root of trust is a file opens by itself when it "
        "is "
        "started the next time.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
