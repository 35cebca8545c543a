// coffer key deleted, coffer key undelete: destroyed objects that can come back.
#include <algorithm>
#include <array>

#include "cli/duration.h"
#include "cli/key/key_object.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "wire/tenant_messages.h"

namespace coffer::cli {

namespace {

Result<std::vector<wire::DeletedObject>> deleted_objects(Chip& chip, std::uint32_t slot) {
  std::vector<wire::DeletedObject> all;
  wire::KeyDeleted request{.slot = slot, .after = std::nullopt};
  for (bool more = true; more;) {
    wire::KeyDeletedReply reply = TRY(chip.call(request));
    more = reply.more && !reply.objects.empty();
    if (more) request.after = reply.objects.back().summary.id;
    std::ranges::move(reply.objects, std::back_inserter(all));
  }
  return all;
}

// Deleted is a token, opened by its officer, and what it has lost.
struct Deleted {
  Chip chip;
  wire::TokenInfo token;
  std::vector<wire::DeletedObject> objects;
};

Result<Deleted> open_deleted(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  TRY(log_in_as_officer(invocation, chip, token));
  auto objects = TRY(deleted_objects(chip, token.slot));
  return Deleted{std::move(chip), std::move(token), std::move(objects)};
}

Status list(Invocation& invocation) {
  const Deleted deleted = TRY(open_deleted(invocation));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("token", deleted.token.label).key("objects").begin_array();
    for (const wire::DeletedObject& each : deleted.objects) {
      json.begin_object().field("object", to_hex(each.summary.id)).field("label", each.label);
      json.field("id", to_hex(each.key_id)).field("class", class_word(each.summary.object_class));
      json.field("deleted", each.deleted).field("until", each.ends).end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"OBJECT", "LABEL", "CLASS", "ID", "DESTROYED", "ERASED"});
  for (const wire::DeletedObject& each : deleted.objects) {
    columns.add({to_hex(each.summary.id), printable(each.label),
                 std::string(class_word(each.summary.object_class)), to_hex(each.key_id),
                 format_time(each.deleted), format_time(each.ends)});
  }
  columns.print(invocation.output);
  return {};
}

Status undelete(Invocation& invocation) {
  const std::string id = invocation.arguments.operand(1);
  Deleted deleted = TRY(open_deleted(invocation));
  std::erase_if(deleted.objects, [&id](const wire::DeletedObject& each) {
    return to_hex(each.summary.id) != id && (each.key_id.empty() || to_hex(each.key_id) != id);
  });
  if (deleted.objects.empty()) {
    return invocation.fail(Code::not_found, "nothing with this id can come back",
                           "'coffer key deleted' lists what can");
  }
  for (const wire::DeletedObject& each : deleted.objects) {
    TRY(deleted.chip.tell(wire::KeyUndelete{.slot = deleted.token.slot, .id = each.summary.id}));
  }
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("id", id).field("undeleted", deleted.objects.size()).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("brought back '" + printable(deleted.objects.front().label) + "', " +
                         std::to_string(deleted.objects.size()) +
                         (deleted.objects.size() == 1 ? " object" : " objects"));
  return {};
}

constexpr Option kOfficerPin{
    "--so-pin-file", "", "FILE",
    "Read the security officer's PIN from a file instead of asking for it; '-' is standard input"};
constexpr auto kOptions = std::to_array<Option>({kOfficerPin});
constexpr Operand kToken{"TOKEN", "Label or slot number of the token"};
constexpr auto kListOperands = std::to_array<Operand>({kToken});
constexpr auto kUndeleteOperands = std::to_array<Operand>(
    {kToken, {"ID", "The object's number in the list, or the CKA_ID of all that shall come back"}});

}  // namespace

constinit const Command kKeyDeleted{
    .name = "key deleted",
    .summary = "List a token's destroyed objects that can come back",
    .details =
        "They are there while the undelete window of 'coffer token policy' was open when they were "
        "destroyed. Takes "
        "the security officer's PIN.\n",
    .options = kOptions,
    .operands = kListOperands,
    .execute = &list,
};

constinit const Command kKeyUndelete{
    .name = "key undelete",
    .summary = "Bring a destroyed key back",
    .details =
        "The object comes back as it was, with its CKA_UNIQUE_ID. A CKA_ID brings back both halves of a pair "
        "and what "
        "else had it. Takes the security officer's PIN.\n\n"
        "  coffer key undelete web 01 --so-pin-file so-pin\n",
    .options = kOptions,
    .operands = kUndeleteOperands,
    .execute = &undelete,
};

}  // namespace coffer::cli
