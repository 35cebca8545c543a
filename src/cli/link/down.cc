// coffer link down: ends the link.
#include <array>
#include <chrono>
#include <csignal>

#include "cli/invocation.h"
#include "cli/registry.h"
#include "host/deadline.h"
#include "host/keeper.h"
#include "host/process.h"
#include "host/socket.h"
#include "host/vault_home.h"
#include "net/link_home.h"

namespace coffer::cli {

namespace {

constexpr std::chrono::milliseconds kEndsWithin{5000};

// Tells whether there was one.
Result<bool> end_link(Invocation& invocation) {
  const auto keeper = TRY(host::find_keeper(invocation.home));
  if (!keeper) return false;
  if (!keeper->is_known()) {
    return invocation.fail(Code::unavailable, "the link runs as " + keeper->name(),
                           "end it where it was started");
  }
  const host::Child& link = keeper->process;
  if (!host::kill_child(link, SIGTERM).ok()) {
    return invocation.fail(Code::denied, "the link cannot be signalled", "run this as its owner");
  }
  const std::array<int, 1> waited{link.pidfd.get()};
  if (!host::wait_readable(waited, host::Deadline::after(kEndsWithin)).ok()) {
    return invocation.fail(Code::timed_out, "the link does not end",
                           "kill process " + std::to_string(link.pid));
  }
  return true;
}

Status execute(Invocation& invocation) {
  if (!net::link_exists(invocation.home)) {
    return invocation.fail(
        Code::not_found, invocation.home + " has joined no server",
        "'coffer link join' does, with the line that 'coffer net enroll-token' prints on the server");
  }
  const bool was_running = TRY(end_link(invocation));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("running", false).field("was_running", was_running).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("link: " + printable(invocation.home) +
                         (was_running ? ", stopped" : ", was not running"));
  return {};
}

}  // namespace

constinit const Command kLinkDown{
    .name = "link down",
    .summary = "Stop the link",
    .details = "",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
