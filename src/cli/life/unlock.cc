// coffer unlock: opens a locked vault.
#include <array>

#include "cli/chip.h"
#include "cli/life/state_text.h"
#include "cli/registry.h"
#include "cli/secret_input.h"

namespace coffer::cli {

namespace {

constexpr std::uint32_t kUnlockMilliseconds = 120000;

std::string wait_text(std::uint32_t seconds) {
  return "wait " + std::to_string(seconds) + (seconds == 1 ? " second" : " seconds") + " and try again";
}

Error throttled(Invocation& invocation, std::uint32_t seconds) {
  return invocation.fail(Code::throttled, "too many wrong passphrases", wait_text(seconds));
}

Error refused(Invocation& invocation, wire::VaultState state) {
  const bool is_rollback = state == wire::VaultState::rollback;
  return invocation.fail(
      is_rollback ? Code::rollback : Code::corrupt,
      is_rollback ? "the store is older than the vault remembers" : "the store was tampered with");
}

// explain_wrong says how a wrong passphrase ended, and how long the next try must wait.
Error explain_wrong(Invocation& invocation, Chip& chip, Error error) {
  const auto status = chip.ask(wire::StatusRequest{});
  if (!status.ok()) return error;
  const std::uint32_t seconds = status.value().retry_after_seconds;
  if (error.code == Code::throttled) return throttled(invocation, seconds);
  if (error.code != Code::denied && error.code != Code::corrupt && error.code != Code::pin_incorrect)
    return error;
  return invocation.fail(Code::denied, "the passphrase is wrong",
                         seconds == 0 ? "try again" : wait_text(seconds));
}

Status unlock(Invocation& invocation, Chip& chip, const wire::StatusReply& status) {
  wire::Unlock request;
  const bool needs_passphrase = status.root_of_trust == wire::RootOfTrust::passphrase;
  if (needs_passphrase) {
    if (status.retry_after_seconds != 0) return throttled(invocation, status.retry_after_seconds);
    request.passphrase = TRY(read_secret(invocation, {.what = "passphrase of the vault",
                                                      .option = "--passphrase-file",
                                                      .bytes_min = 1,
                                                      .bytes_max = wire::kPassphraseBytesMax}));
  }
  const auto opened = chip.call(request, kUnlockMilliseconds);
  if (opened.ok()) return {};
  return needs_passphrase ? explain_wrong(invocation, chip, opened.error()) : opened.error();
}

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  wire::StatusReply status = TRY(chip.call(wire::StatusRequest{}));
  if (status.state == wire::VaultState::uninitialized) {
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  const bool was_unlocked = status.state == wire::VaultState::unlocked;
  if (!was_unlocked) {
    if (status.state != wire::VaultState::locked) return refused(invocation, status.state);
    TRY(unlock(invocation, chip, status));
    // The vault is opened and yet refuses to serve when its store is not the one it remembers.
    status = TRY(chip.call(wire::StatusRequest{}));
    if (status.state != wire::VaultState::unlocked) return refused(invocation, status.state);
  }
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("state", "unlocked").field("was_unlocked", was_unlocked).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("vault: " + printable(invocation.home) +
                         (was_unlocked ? ", was unlocked" : ", unlocked"));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--passphrase-file", "", "FILE",
     "Read the passphrase from a file instead of asking for it; '-' is standard input"},
});

}  // namespace

constinit const Command kUnlock{
    .name = "unlock",
    .summary = "Unlock the vault",
    .details =
        "Asks for the passphrase if the vault has one. Wrong passphrases are counted, also across restarts; "
        "from the "
        "fourth on each next try must wait, longer each time.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
