// coffer net list: the clients that have joined.
#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/slots.h"
#include "wire/net_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const auto list = TRY(chip.call(wire::NetList{}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().key("clients").begin_array();
    for (const wire::NetClient& client : list.clients) {
      json.begin_object();
      json.field("name", client.name).field("id", to_hex(client.id));
      json.field("certificate", to_hex(client.certificate));
      json.key("slots").begin_array();
      for (const std::uint32_t slot : client.slots) json.value(slot);
      json.end_array();
      json.field("created", client.created).field("expires", client.expires);
      json.field("connections", client.connections).end_object();
    }
    json.end_array().end_object();
    invocation.print_json(json);
    return {};
  }
  Columns columns({"NAME", "ID", "SLOTS", "CONNECTIONS", "CERTIFICATE"});
  for (const wire::NetClient& client : list.clients) {
    columns.add({printable(client.name), to_hex(client.id).substr(0, 8), slots_text(client.slots),
                 std::to_string(client.connections), to_hex(client.certificate).substr(0, 16)});
  }
  columns.print(invocation.output);
  return {};
}

}  // namespace

constinit const Command kNetList{
    .name = "net list",
    .summary = "List the clients on other machines",
    .details = "ID stands for the client in the audit log and in policies of keys.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
