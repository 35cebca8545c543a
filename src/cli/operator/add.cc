// coffer operator add: gives somebody a name, a role and a PIN at a token.
#include <array>

#include "cli/operator/change.h"
#include "cli/operator/role_text.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  wire::OperatorAdd request;
  request.name = invocation.arguments.operand(1);
  request.role = role_named(invocation.arguments.value_or("--role", "user"));
  OfficersToken open = TRY(open_as_officer(invocation));
  request.slot = open.token.slot;
  request.pin = TRY(read_operator_pin(invocation, request.name));
  TRY(open.chip.tell(request));
  print_done(invocation, open.token, request.name, "added");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--role", "", "user|auditor|backup", "What the operator may do (default: user)"},
    {"--pin-file", "", "FILE",
     "Read the operator's PIN from a file instead of asking for it; '-' is standard input"},
    kOfficerPinOption,
});
constexpr auto kOperands = std::to_array<Operand>({kOperatorToken, kOperatorName});

}  // namespace

constinit const Command kOperatorAdd{
    .name = "operator add",
    .summary = "Give somebody a name, a role and a PIN at a token",
    .details =
        "Applications log in by name with C_LoginUser. A 'user' uses the token's keys as its user does, an "
        "'auditor' "
        "sees what is public there and uses no key, a 'backup' operator makes backups ('coffer backup "
        "create "
        "--operator') and does nothing else. The audit log names operators, and a key's policy may list "
        "them. Each has "
        "ten tries; the token's other PINs do not suffer from them. Only the security officer of a token "
        "may change "
        "its operators.\n"
        "\n"
        " coffer operator add web alice --role user\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
