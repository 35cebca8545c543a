// coffer grant list: who may use the vault besides its owner.
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/user.h"
#include "wire/grant_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const wire::GrantsReply grants = TRY(chip.call(wire::Grants{}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().key("grants").begin_array();
    for (const std::uint32_t uid : grants.uids) {
      json.begin_object().field("uid", uid).field("user", user_name(uid)).end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"UID", "USER"});
  for (const std::uint32_t uid : grants.uids) columns.add({std::to_string(uid), printable(user_name(uid))});
  columns.print(invocation.output);
  return {};
}

}  // namespace

constinit const Command kGrantList{
    .name = "grant list",
    .summary = "List the users who may use the vault besides its owner",
    .details = "",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
