// coffer tamper clear: ends an alarm.
#include <array>

#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/secret_input.h"
#include "wire/tamper_messages.h"

namespace coffer::cli {

namespace {

constexpr std::uint32_t kClearMilliseconds = 120000;

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const wire::StatusReply status = TRY(chip.call(wire::StatusRequest{}));
  if (status.state != wire::VaultState::error) {
    return invocation.fail(Code::invalid, "there is no alarm", "there is nothing to clear");
  }
  wire::TamperClear request;
  if (status.root_of_trust == wire::RootOfTrust::passphrase) {
    request.passphrase = TRY(read_secret(invocation, {.what = "passphrase of the vault",
                                                      .option = "--passphrase-file",
                                                      .bytes_max = wire::kPassphraseBytesMax}));
  }
  TRY(chip.tell(request, kClearMilliseconds));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("state", "unlocked").field("alarmed", false).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("vault: " + printable(invocation.home) + ", unlocked; the alarm is over");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--passphrase-file", "", "FILE", "Read the passphrase of the vault from a file; '-' is standard input"},
});

}  // namespace

constinit const Command kTamperClear{
    .name = "tamper clear",
    .summary = "End an alarm and open the vault",
    .details =
        "After a signal of level 'error' the vault stays shut, restarts included, until its owner has looked "
        "into what "
        "happened. This opens it again, with its passphrase where it has one, and is recorded.\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
