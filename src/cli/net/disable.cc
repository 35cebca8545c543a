// coffer net disable: closes the net door.
#include "cli/net/config.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  TRY(configured_address(invocation));
  TRY(configure(invocation, nullptr));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("enabled", false).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("net door: closed; its keys and clients are kept");
  return {};
}

}  // namespace

constinit const Command kNetDisable{
    .name = "net disable",
    .summary = "No longer serve clients on other machines",
    .details = "Ends every connection from the network. 'coffer net enable' brings all clients back.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
