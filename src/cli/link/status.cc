// coffer link status: which servers are up.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cli/assurance.h"
#include "cli/invocation.h"
#include "cli/registry.h"
#include "codec/json_reader.h"
#include "host/file.h"
#include "host/keeper.h"
#include "host/vault_home.h"
#include "net/link_home.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kStateBytesMax = 65536;

// ServerState is one line of run/link.json.
struct ServerState {
  std::string address;
  bool up = false;
  std::string trouble;
};

std::vector<ServerState> read_states(const Invocation& invocation) {
  std::vector<ServerState> states;
  const auto file = host::read_file(invocation.home + net::kLinkStateFile, kStateBytesMax);
  std::string_view rest = file.ok() ? as_text(file.value()) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto line = codec::parse_json_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.ok()) continue;
    const auto address = line.value().text("address");
    const auto up = line.value().truth("up");
    const auto trouble = line.value().text("trouble");
    if (address.ok() && up.ok() && trouble.ok())
      states.push_back({address.value(), up.value(), trouble.value()});
  }
  return states;
}

host::Assurance protections_of(const Invocation& invocation, bool is_running) {
  return is_running ? net::load_protections(invocation.home) : host::Assurance{};
}

void print(Invocation& invocation, bool is_running, const std::vector<ServerState>& states) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("running", is_running).key("servers").begin_array();
    for (const ServerState& state : states) {
      json.begin_object().field("address", state.address).field("up", state.up);
      json.field("trouble", state.trouble).end_object();
    }
    json.end_array();
    if (invocation.arguments.has("--assurance"))
      write_assurance(json, protections_of(invocation, is_running));
    json.end_object();
    return invocation.print_json(json);
  }
  invocation.output.line("link: " + printable(invocation.home) +
                         (is_running ? ", running" : ", not running"));
  for (const ServerState& state : states) {
    invocation.output.line("server " + printable(state.address) +
                           (state.up ? ": up" : ": down, " + printable(state.trouble)));
  }
  if (invocation.arguments.has("--assurance"))
    print_assurance(invocation.output, protections_of(invocation, is_running));
}

Status execute(Invocation& invocation) {
  if (!net::link_exists(invocation.home)) {
    return invocation.fail(
        Code::not_found, invocation.home + " has joined no server",
        "'coffer link join' does, with the line that 'coffer net enroll-token' prints on the server");
  }
  const bool is_running = TRY(host::find_keeper(invocation.home)).has_value();
  const auto states = is_running ? read_states(invocation) : std::vector<ServerState>();
  bool any_up = false;
  for (const ServerState& state : states) any_up = any_up || state.up;
  if (!any_up) invocation.exit_with(kExitNotRunning);
  print(invocation, is_running, states);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--assurance", "", "", "List each protection of the link: whether it holds, and how far"},
});

}  // namespace

constinit const Command kLinkStatus{
    .name = "link status",
    .summary = "Show which servers answer",
    .details = "The exit code is 0 when at least one server is up, and 4 otherwise.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
    .may_be_debugged = true,
};

}  // namespace coffer::cli
