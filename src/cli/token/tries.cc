// coffer token tries: who typed wrong PINs at a token.
#include <array>

#include "cli/key/principals.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

namespace {

std::string pin_text(const wire::PinTries& tries) {
  if (tries.is_officers) return "security officer";
  if (!tries.is_by_name) return "user";
  return tries.name.empty() ? "(unknown names)" : "operator " + printable(tries.name);
}

std::string left_text(const wire::PinTries& tries) {
  // Wrong PINs for unknown names are of several names.
  if (tries.is_by_name && tries.name.empty()) return "-";
  const int left = tries.tries_max - std::min(tries.failures, tries.tries_max);
  return left == 0 ? "locked" : std::to_string(left) + " of " + std::to_string(tries.tries_max);
}

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  const wire::TokenTriesReply reply = TRY(chip.call(wire::TokenTries{.slot = token.slot}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("slot", token.slot).key("tries").begin_array();
    for (const wire::PinTries& each : reply.tries) {
      json.begin_object();
      write_principal(json.key("principal"), each.who);
      json.field("pin", pin_text(each)).field("failures", each.failures);
      json.field("tries_max", each.tries_max).end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  if (reply.tries.empty()) invocation.output.line("no wrong PINs since the last right ones");
  if (reply.tries.empty()) return {};
  Columns columns({"WHO", "PIN", "WRONG", "TRIES LEFT"});
  for (const wire::PinTries& each : reply.tries)
    columns.add({principal_text(each.who), pin_text(each), std::to_string(each.failures), left_text(each)});
  columns.print(invocation.output);
  return {};
}

constexpr auto kOperands = std::to_array<Operand>({{"TOKEN", "Label or slot number of the token"}});

}  // namespace

constinit const Command kTokenTries{
    .name = "token tries",
    .summary = "List who typed wrong PINs at a token, and how many tries they have left",
    .details =
        "Everybody has ten tries of their own for a PIN: ten wrong ones lock it for whoever typed them, and "
        "for "
        "nobody else. From fifty wrong ones at one token on, of all together, each try there waits, up to a "
        "minute, but for those who gave that PIN before. What was counted before the vault was of format 7 "
        "counts "
        "for everybody and is not listed. 'coffer token unlock' gives tries back. Only the owner of the "
        "vault "
        "may ask.\n",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
