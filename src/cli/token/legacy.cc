// coffer token legacy: whether a token permits outdated mechanisms.
#include <array>

#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "wire/legacy_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  const std::string wish = invocation.arguments.operand(1);
  if (!wish.empty() && wish != "on" && wish != "off") return invocation.usage("say 'on' or 'off'");
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, invocation.arguments.operand(0)));
  const bool changes = !wish.empty();
  if (changes) TRY(log_in_as_officer(invocation, chip, token));
  const wire::TokenLegacyReply reply =
      TRY(chip.call(wire::TokenLegacy{.slot = token.slot, .changes = changes, .turns_on = wish == "on"}));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("slot", token.slot).field("label", token.label).field("legacy", reply.is_on);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line(printable(token_name(token)) + (reply.is_on ? " permits" : " refuses") +
                         " outdated mechanisms");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--so-pin-file", "", "FILE",
     "Read the security officer's PIN, which a change takes, from a file instead of asking for it"},
});
constexpr auto kOperands = std::to_array<Operand>({
    {"LABEL", "Label or slot number of the token"},
    {"on|off", "What to change it to; without it, the state is shown", false},
});

}  // namespace

constinit const Command kTokenLegacy{
    .name = "token legacy",
    .summary = "Show or set whether a token permits outdated mechanisms",
    .details =
        "Outdated are DES3, MD5 and HMAC-MD5, RSA without padding (CKM_RSA_X_509), and signing with SHA-1. A "
        "new "
        "token refuses them with CKR_MECHANISM_INVALID and does not list them. Its security officer may "
        "permit "
        "them, for what cannot be replaced yet, and take that back at any time; both stand in the audit log. "
        "Verifying signatures with SHA-1 and HMAC-SHA-1 work in every token.\n"
        "\n"
        " coffer token legacy old-reader on --so-pin-file so-pin\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
