// coffer operator remove: ends an operator's logins for good.
#include <array>

#include "cli/operator/change.h"
#include "cli/registry.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  wire::OperatorChange request;
  request.name = invocation.arguments.operand(1);
  request.action = wire::OperatorAction::remove;
  OfficersToken open = TRY(open_as_officer(invocation));
  request.slot = open.token.slot;
  TRY(open.chip.tell(request));
  print_done(invocation, open.token, request.name, "removed");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({kOfficerPinOption});
constexpr auto kOperands = std::to_array<Operand>({kOperatorToken, kOperatorName});

}  // namespace

constinit const Command kOperatorRemove{
    .name = "operator remove",
    .summary = "Remove an operator of a token",
    .details =
        "Running logins end at once; keys stay, they are the token's. Policies that list the operator list "
        "nobody in "
        "that place from then on, also when somebody of the same name comes.\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
