// coffer recover: the deliberate way out when the store is older than it was.
#include <array>

#include "cli/chip.h"
#include "cli/life/state_text.h"
#include "cli/registry.h"
#include "cli/secret_input.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kQuestion =
    "What was done since this store was saved is lost: keys that were destroyed then are back, PINs that "
    "were\n"
    "changed have their old values, and grants that were taken back hold again.\n"
    "Type 'accept' to go on with this store: ";

Status confirm(Invocation& invocation) {
  if (invocation.arguments.has("--yes")) return {};
  const auto word = ask_word(kQuestion);
  if (!word.ok()) return invocation.usage("there is no terminal to ask for the confirmation", "give --yes");
  if (word.value() == "accept") return {};
  return invocation.fail(Code::denied, "nothing was accepted",
                         "bring the newest store back, or type 'accept'");
}

Status execute(Invocation& invocation) {
  if (!invocation.arguments.has("--accept-rollback")) {
    return invocation.usage("there is no other recovery than --accept-rollback",
                            "see 'coffer help recover' for what it means");
  }
  Chip chip = TRY(Chip::connect(invocation));
  const wire::StatusReply status = TRY(chip.call(wire::StatusRequest{}));
  if (status.state == wire::VaultState::locked) {
    return invocation.fail(Code::locked, "a locked vault cannot look at its store",
                           "run 'coffer unlock' first");
  }
  if (status.state != wire::VaultState::rollback) {
    return invocation.fail(Code::invalid, "the vault has noticed no rollback", "there is nothing to recover");
  }
  TRY(confirm(invocation));
  TRY(chip.tell(wire::AcceptRollback{}));
  const std::string state(text_of(TRY(chip.call(wire::StatusRequest{})).state).word);
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("state", state).field("accepted", "rollback").end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("vault: " + printable(invocation.home) + ", " + state + " with the older store");
  if (state != "unlocked") invocation.output.line("next: 'coffer unlock' migrates and opens it");
  invocation.output.line(
      "next: 'coffer audit show' tells what was done in between; change PINs that may be old");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--accept-rollback", "", "", "Go on with a store that is older than the vault remembers"},
    {"--yes", "", "", "Do not ask for the word 'accept'"},
});

}  // namespace

constinit const Command kRecover{
    .name = "recover",
    .summary = "Go on with a store that was set back in time",
    .details =
        "The vault remembers, outside its store and sealed to this host, how far the store had come. When "
        "the store "
        "is older than that, it refuses to serve: 'coffer status' says 'rollback'.\n"
        "\n"
        "The usual reason is that store/store.db was restored from a backup, or copied back, or that the "
        "file "
        "audit/mark was "
        "lost. The unusual one is somebody who brings back a store in which a key was not yet destroyed, a "
        "PIN not "
        "yet changed, a wrong try not yet counted, or a user still admitted.\n"
        "\n"
        "The way out: if a newer store exists, stop the vault ('coffer down'), put the newest store.db in "
        "store/, and "
        "start it again. If this is the newest there is, 'coffer recover --accept-rollback' goes on with it. "
        "That is "
        "recorded in the audit log, cannot be undone, and makes the vault refuse the newer store should it "
        "turn up. "
        "Only the owner may do it.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
