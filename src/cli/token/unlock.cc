// coffer token unlock: gives back the tries of a PIN at a token, as the owner of the vault.
#include <array>

#include "cli/key/principals.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const bool is_officers = arguments.has("--so");
  wire::TokenUnlock request;
  request.user = is_officers ? wire::UserType::security_officer : wire::UserType::user;
  request.name = arguments.value_or("--operator", "");
  if (arguments.has("--operator") && (is_officers || request.name.empty())) {
    return invocation.usage("one PIN at a time: the user's, --so, or --operator with a name");
  }
  Chip chip = TRY(Chip::connect(invocation));
  const wire::TokenInfo token = TRY(find_token(invocation, chip, arguments.operand(0)));
  request.slot = token.slot;
  const Principals principals(chip);
  for (const std::string& who : arguments.values("--for"))
    request.whose.push_back(TRY(principals.find(invocation, who)));
  TRY(chip.tell(request));
  std::string whose = is_officers ? "the security officer" : "the user";
  if (!request.name.empty()) whose = "operator '" + printable(request.name) + "'";
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("slot", token.slot).field("label", token.label);
    json.field("unlocked", whose).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("unlocked the PIN of " + whose + " of " + printable(token_name(token)));
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--so", "", "", "The security officer's PIN instead of the user's"},
    {.name = "--operator",
     .argument = "NAME",
     .help = "The PIN of this operator instead of the user's",
     .limit = {.bytes = wire::kOperatorNameBytesMax}},
    {"--for", "", "WHO", "Give tries back to this user, or client:NAME, instead of everybody", false, true},
});
constexpr auto kOperands = std::to_array<Operand>({{"TOKEN", "Label or slot number of the token"}});

}  // namespace

constinit const Command kTokenUnlock{
    .name = "token unlock",
    .summary = "Give a PIN all its tries back, after ten wrong ones",
    .details =
        "Ten wrong PINs lock a PIN for whoever typed them; 'coffer token tries' lists them. The PIN stays "
        "what "
        "it was, and running logins go on. Only the owner of the vault may; the "
        "audit log tells of it. Until the right PIN was given, the waits between wrong ones go on "
        "growing where they were, up to a minute.\n"
        "\n"
        "  coffer token unlock web\n"
        "  coffer token unlock web --for alice --for client:build-1\n"
        "  coffer token unlock web --so\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
