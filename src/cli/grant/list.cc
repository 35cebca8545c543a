// coffer grant list: who may use the vault besides its owner.
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/slots.h"
#include "cli/user.h"
#include "wire/grant_messages.h"

namespace coffer::cli {

namespace {

std::string tokens_text(const wire::GrantInfo& grant) {
  return grant.sees_all ? "all" : slots_text(grant.slots);
}

Result<std::vector<wire::GrantInfo>> all_grants(Chip& chip) {
  std::vector<wire::GrantInfo> all;
  for (wire::Grants request;;) {
    wire::GrantsReply page = TRY(chip.call(request));
    for (wire::GrantInfo& each : page.grants) all.push_back(std::move(each));
    if (!page.more) return all;
    request.from = all.back().uid + 1;
  }
}

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const auto grants = TRY(all_grants(chip));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().key("grants").begin_array();
    for (const wire::GrantInfo& grant : grants) {
      json.begin_object().field("uid", grant.uid).field("user", user_name(grant.uid));
      json.field("all_tokens", grant.sees_all).key("slots").begin_array();
      for (const std::uint32_t slot : grant.slots) json.value(slot);
      json.end_array().end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"UID", "USER", "SLOTS"});
  for (const wire::GrantInfo& grant : grants)
    columns.add({std::to_string(grant.uid), printable(user_name(grant.uid)), tokens_text(grant)});
  columns.print(invocation.output);
  return {};
}

}  // namespace

constinit const Command kGrantList{
    .name = "grant list",
    .summary = "List the users who may use the vault besides its owner",
    .details =
        "Each sees the tokens of its slots. 'all' is a grant that was given before grants named tokens: "
        "remove "
        "it and give it anew to bound it.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
