// coffer link up: starts the link.
#include <array>

#include "cli/chip.h"
#include "cli/registry.h"
#include "host/vault_home.h"
#include "net/link_home.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  if (!net::link_exists(invocation.home)) {
    return invocation.fail(
        Code::not_found, invocation.home + " has joined no server",
        "'coffer link join' does, with the line that 'coffer net enroll-token' prints on the server");
  }
  if (invocation.arguments.has("--foreground")) {
    invocation.exit_with(invocation.context.run_link(invocation.home));
    return {};
  }
  const StartOutcome outcome = invocation.context.start_link(invocation.home);
  if (!outcome.ok) {
    return invocation.fail(Code::unavailable, "the link does not start: " + outcome.text,
                           "look into " + host::vault_log(invocation.home));
  }
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("running", true).field("already_running", outcome.already_running).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("link: " + printable(invocation.home) +
                         (outcome.already_running ? ", was running" : ", started"));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--foreground", "", "", "Stay in front until a signal ends it, as systemd wants it"},
});

}  // namespace

constinit const Command kLinkUp{
    .name = "link up",
    .summary = "Start the link to the servers that were joined",
    .details =
        "The link listens where a vault would, so that the PKCS#11 module and the commands for keys work "
        "unchanged; it keeps one connection to each server.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
