// coffer up: starts the vault.
#include <array>

#include "cli/chip.h"
#include "cli/life/state_text.h"
#include "cli/registry.h"
#include "host/file.h"
#include "host/keeper.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

Status run_foreground(Invocation& invocation) {
  if (!vault_exists(invocation.home)) {
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  if (const auto keeper = TRY(host::find_keeper(invocation.home))) {
    return invocation.fail(Code::exists, "the vault in " + invocation.home + " runs (" + keeper->name() + ")",
                           "'coffer down' ends it");
  }
  constexpr mode_t kRunDirectory = 0755;
  TRY(host::create_directory(host::vault_run(invocation.home), kRunDirectory));
  invocation.exit_with(invocation.context.run_foreground(invocation.home));
  return {};
}

Status execute(Invocation& invocation) {
  if (invocation.arguments.has("--foreground")) return run_foreground(invocation);
  const StartOutcome outcome = TRY(start_vault(invocation));
  Chip chip = TRY(Chip::connect_started(invocation));
  const StateText& state = text_of(chip.state());
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("running", true);
    json.field("already_running", outcome.already_running);
    json.field("state", state.word);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("vault: " + printable(invocation.home) +
                         (outcome.already_running ? ", was running, " : ", started, ") +
                         std::string(state.sentence));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--foreground", "", "",
     "Stay in front and watch over the vault until a signal ends it, as systemd wants it"},
});

}  // namespace

constinit const Command kUp{
    .name = "up",
    .summary = "Start the vault",
    .details =
        "Starts the guard, which starts and watches the other processes, and returns when the vault answers. "
        "It does "
        "nothing when the vault runs already. A vault with a passphrase starts locked.\n"
        "\n"
        "Commands that need the vault start it by themselves, unless COFFER_AUTOSTART=0 is set.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
