// coffer operator unlock: gives an operator all tries of the PIN back, or a new PIN.
#include <array>

#include "cli/operator/change.h"
#include "cli/registry.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  wire::OperatorChange request;
  request.name = invocation.arguments.operand(1);
  request.action = wire::OperatorAction::unlock;
  OfficersToken open = TRY(open_as_officer(invocation));
  request.slot = open.token.slot;
  if (invocation.arguments.has("--pin-file")) request.pin = TRY(read_operator_pin(invocation, request.name));
  TRY(open.chip.tell(request));
  print_done(invocation, open.token, request.name, "unlocked");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--pin-file", "", "FILE", "Give the operator the PIN in this file; '-' is standard input"},
    kOfficerPinOption,
});
constexpr auto kOperands = std::to_array<Operand>({kOperatorToken, kOperatorName});

}  // namespace

constinit const Command kOperatorUnlock{
    .name = "operator unlock",
    .summary = "Give an operator all tries of the PIN back, or a new PIN",
    .details =
        "Without --pin-file the PIN stays what it was, and running logins go on; a new PIN ends them.\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
