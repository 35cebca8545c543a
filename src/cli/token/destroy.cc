// coffer token destroy: shreds a token's key, and with it everything in the token.
#include <array>

#include "cli/registry.h"
#include "cli/token/find_token.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  if (!invocation.arguments.has("--yes")) {
    return invocation.usage("this destroys every key in the token for ever", "if you mean it, add --yes");
  }
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  TRY(chip.tell(wire::DestroyToken{.slot = token.slot}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("slot", token.slot).field("label", token.label).field("objects", token.object_count);
    json.field("destroyed", true);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("destroyed " + printable(token_name(token)) + " with " +
                         std::to_string(token.object_count) + " objects");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--yes", "", "", "Really do it"},
});
constexpr auto kOperands = std::to_array<Operand>({{"LABEL", "Label or slot number of the token"}});

}  // namespace

constinit const Command kTokenDestroy{
    .name = "token destroy",
    .summary = "Destroy a token and everything in it",
    .details =
        "Shreds the key that the token's records are sealed with. A backup of the store from before still "
        "holds the "
        "token, but the vault refuses such a store (see 'coffer help recover'). Only the owner may destroy a "
        "token.\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
