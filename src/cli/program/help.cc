// coffer help: tells about the commands.
#include <array>

#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  std::string name;
  for (const std::string& word : invocation.arguments.operands()) name += (name.empty() ? "" : " ") + word;
  if (name.empty()) {
    invocation.output.text(overview());
  } else if (const Command* command = find_command(name); command != nullptr) {
    invocation.output.text(command_help(*command));
  } else if (const Group* group = find_group(name); group != nullptr) {
    invocation.output.text(group_help(*group));
  } else {
    return invocation.usage("there is no command '" + name + "'");
  }
  return {};
}

constexpr auto kOperands = std::to_array<Operand>({
    {"COMMAND", "A command, or the first word of several", false, true},
});

}  // namespace

constinit const Command kHelp{
    .name = "help",
    .summary = "Explain a command, or list all of them",
    .details = "",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
    .is_about_program = true,
    .may_be_debugged = true,
};

}  // namespace coffer::cli
