// coffer token pin: sets the user's PIN of a token, as its security officer.
#include <array>

#include "cli/registry.h"
#include "cli/secret_input.h"
#include "cli/token/find_token.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  TRY(log_in_as_officer(invocation, chip, token));
  wire::InitPin request;
  request.slot = token.slot;
  request.pin = TRY(read_secret(invocation, {.what = "new user's PIN of " + token_name(token),
                                             .option = "--pin-file",
                                             .bytes_min = wire::kPinBytesMin,
                                             .bytes_max = wire::kPinBytesMax,
                                             .is_new = true}));
  TRY(chip.tell(request));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("slot", token.slot).field("label", token.label);
    json.field("user_pin_set", true).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("set the user's PIN of " + printable(token_name(token)));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--pin-file", "", "FILE",
     "Read the user's new PIN from a file instead of asking for it; '-' is standard input"},
    {"--so-pin-file", "", "FILE", "Read the security officer's PIN from a file instead of asking for it"},
});
constexpr auto kOperands = std::to_array<Operand>({{"TOKEN", "Label or slot number of the token"}});

}  // namespace

constinit const Command kTokenPin{
    .name = "token pin",
    .summary = "Set the user's PIN, as the security officer",
    .details =
        "For a token whose user has no PIN yet, has forgotten it or has locked it. Running logins of the "
        "token end; its keys stay.\n"
        "\n"
        "  coffer token pin web --so-pin-file so-pin --pin-file pin\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
