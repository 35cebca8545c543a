// coffer net revoke: ends a client's certificate.
#include <array>

#include "cli/chip.h"
#include "cli/registry.h"
#include "wire/net_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  const std::string name = invocation.arguments.operand(0);
  Chip chip = TRY(Chip::connect(invocation));
  TRY(chip.tell(wire::NetRevoke{name}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("client", name).field("revoked", true).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("client " + printable(name) + ": its certificate is worth nothing any more");
  return {};
}

constexpr auto kOperands = std::to_array<Operand>(
    {{.name = "NAME", .help = "Name of the client", .limit = {.bytes = wire::kNetNameBytesMax}}});

}  // namespace

constinit const Command kNetRevoke{
    .name = "net revoke",
    .summary = "End the certificate of a client",
    .details = "Its next request is refused, also on connections that are open. The name is free again.\n",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
