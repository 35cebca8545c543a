// coffer down: ends the vault's processes.
#include "cli/chip.h"
#include "cli/life/stop.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

void print_outcome(Invocation& invocation, bool was_running) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("running", false);
    json.field("was_running", was_running);
    json.end_object();
    return invocation.print_json(json);
  }
  invocation.output.line("vault: " + printable(invocation.home) +
                         (was_running ? ", stopped" : ", was not running"));
}

Status execute(Invocation& invocation) {
  const bool was_running = TRY(stop_vault(invocation));
  if (!was_running && !vault_exists(invocation.home)) {
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  print_outcome(invocation, was_running);
  return {};
}

}  // namespace

constinit const Command kDown{
    .name = "down",
    .summary = "Stop the vault",
    .details =
        "Asks the vault to finish what is running and to end, and waits until it has. A vault that does not "
        "answer "
        "is sent SIGTERM. To stop a vault that does not run is no failure.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
