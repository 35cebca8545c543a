// coffer operator list: the operators of a token.
#include <array>

#include "cli/duration.h"
#include "cli/operator/change.h"
#include "cli/operator/role_text.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  if (invocation.arguments.has("--so-pin-file")) TRY(log_in_as_officer(invocation, chip, token));
  const auto reply = TRY(chip.call(wire::Operators{.slot = token.slot}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().key("operators").begin_array();
    for (const wire::OperatorInfo& each : reply.operators) {
      json.begin_object().field("name", each.name).field("role", role_text(each.role));
      json.field("id", to_hex(each.id)).field("tries_left", each.tries_left);
      json.field("tries_max", each.tries_max).field("created", each.created).end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"NAME", "ROLE", "PIN", "CREATED"});
  for (const wire::OperatorInfo& each : reply.operators) {
    const std::string tries =
        std::to_string(each.tries_left) + " of " + std::to_string(each.tries_max) + " tries";
    columns.add({printable(each.name), std::string(role_text(each.role)),
                 each.tries_left == 0 ? "locked" : tries, format_time(each.created)});
  }
  columns.print(invocation.output);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--so-pin-file", "", "FILE", "Log in with the security officer's PIN, which others than the owner must"},
});
constexpr auto kOperands = std::to_array<Operand>({kOperatorToken});

}  // namespace

constinit const Command kOperatorList{
    .name = "operator list",
    .summary = "List the operators of a token, with the tries that their PINs have left",
    .details = "",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
