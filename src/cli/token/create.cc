// coffer token create: makes a token in the free slot, with both PINs.
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "cli/registry.h"
#include "cli/secret_input.h"
#include "cli/token/find_token.h"
#include "host/descriptor.h"
#include "host/vault_home.h"
#include "wire/limits.h"

namespace coffer::cli {

namespace {

constexpr int kTries = 200;
constexpr long kPauseNanoseconds = 50'000'000;

// take_turn keeps two `token create` from seeing the same free slot: InitToken on a slot that is no longer
// free would empty the token in it, given the same officer's PIN.
Result<host::Descriptor> take_turn(Invocation& invocation) {
  const std::string run = host::vault_run(invocation.home);
  host::Descriptor directory(::open(run.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open())
    return invocation.fail(Code::denied, run + " cannot be opened", "check its mode (0755)");
  for (int i = 0; i < kTries; ++i) {
    if (::flock(directory.get(), LOCK_EX | LOCK_NB) == 0) return directory;
    const timespec pause{0, kPauseNanoseconds};
    ::nanosleep(&pause, nullptr);
  }
  return invocation.fail(Code::timed_out, "another 'coffer token create' does not end", "try again");
}

Status check_label(Invocation& invocation, const std::string& label) {
  const bool fits =
      !label.empty() && printable(label) == label && label.front() != ' ' && label.back() != ' ';
  if (fits) return {};
  return invocation.usage("a label is not empty, and has no control characters and no blank at its ends: '" +
                          label + "' does not do");
}

Result<std::uint32_t> free_slot(Invocation& invocation, Chip& chip, const std::string& label) {
  const wire::SlotsReply reply = TRY(chip.call(wire::Slots{}));
  if (std::ranges::any_of(reply.slots,
                          [&label](const auto& slot) { return slot.initialized && slot.label == label; })) {
    return invocation.fail(Code::exists, "there is a token '" + label + "'", "choose another label");
  }
  const auto place = std::ranges::find(reply.slots, false, &wire::TokenInfo::initialized);
  if (place != reply.slots.end()) return place->slot;
  return invocation.fail(Code::limit, "the vault has no free slot", "destroy a token that is not needed");
}

Status execute(Invocation& invocation) {
  const std::string label = invocation.arguments.operand(0);
  TRY(check_label(invocation, label));
  const SecretRequest officer{.what = "security officer's PIN of token '" + label + "'",
                              .option = "--so-pin-file",
                              .bytes_min = wire::kPinBytesMin,
                              .bytes_max = wire::kPinBytesMax,
                              .is_new = true};
  const SecretRequest user{.what = "user's PIN of token '" + label + "'",
                           .option = "--pin-file",
                           .bytes_min = wire::kPinBytesMin,
                           .bytes_max = wire::kPinBytesMax,
                           .is_new = true};
  wire::InitToken request;
  request.label = label;
  request.officer_pin = TRY(read_secret(invocation, officer));
  request.user_pin = TRY(read_secret(invocation, user));
  Chip chip = TRY(Chip::connect(invocation));
  const host::Descriptor turn = TRY(take_turn(invocation));
  request.slot = TRY(free_slot(invocation, chip, label));
  TRY(chip.tell(request));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, label));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("slot", token.slot).field("label", label).field("serial", to_hex(token.serial));
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("token '" + label + "' in slot " + std::to_string(token.slot) + ", serial " +
                         to_hex(token.serial));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--pin-file", "", "FILE",
     "Read the user's PIN from a file instead of asking for it; '-' is standard input"},
    {"--so-pin-file", "", "FILE", "Read the security officer's PIN from a file instead of asking for it"},
});
constexpr auto kOperands = std::to_array<Operand>(
    {{.name = "LABEL", .help = "Name of the token", .limit = {.bytes = wire::kLabelBytesMax}}});

}  // namespace

constinit const Command kTokenCreate{
    .name = "token create",
    .summary = "Make a token with its two PINs",
    .details =
        "A token is what PKCS#11 applications see: a slot with a label. Its keys are sealed apart from those "
        "of other "
        "tokens. The user's PIN opens it; the security officer's PIN only sets a new user's PIN. PINs have 4 "
        "to 255 "
        "octets; a line end behind a PIN in a file is not part of it.\n"
        "\n"
        " coffer token create web --pin-file pin --so-pin-file so-pin\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
