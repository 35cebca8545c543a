// coffer token list: the tokens of the vault.
#include "cli/chip.h"
#include "cli/duration.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

void write_token(codec::JsonWriter& json, const wire::TokenInfo& token) {
  json.begin_object();
  json.field("slot", token.slot);
  json.field("label", token.label);
  json.field("serial", to_hex(token.serial));
  json.field("user_pin_set", token.user_pin_set);
  json.field("user_tries_left", token.user_tries_left);
  json.field("officer_tries_left", token.officer_tries_left);
  json.field("tries_max", token.tries_max);
  json.field("created", token.created);
  json.field("objects", token.object_count);
  json.end_object();
}

std::string pin_text(const wire::TokenInfo& token) {
  if (!token.user_pin_set) return "not set";
  if (token.user_tries_left == 0) return "locked";
  return std::to_string(token.user_tries_left) + " of " + std::to_string(token.tries_max) + " tries";
}

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  wire::SlotsReply reply = TRY(chip.call(wire::Slots{}));
  std::erase_if(reply.slots, [](const wire::TokenInfo& slot) { return !slot.initialized; });
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().key("tokens").begin_array();
    for (const wire::TokenInfo& token : reply.slots) write_token(json, token);
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"SLOT", "LABEL", "SERIAL", "PIN", "OBJECTS", "CREATED"});
  for (const wire::TokenInfo& token : reply.slots) {
    columns.add({std::to_string(token.slot), printable(token.label), to_hex(token.serial), pin_text(token),
                 std::to_string(token.object_count), format_time(token.created)});
  }
  columns.print(invocation.output);
  return {};
}

}  // namespace

constinit const Command kTokenList{
    .name = "token list",
    .summary = "List the tokens, with the tries that their PINs have left",
    .details =
        "Commands take a token by its label or its slot. A number is a slot; label:TEXT is a label, whatever "
        "it "
        "looks like.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
