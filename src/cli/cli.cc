// Command line: from words to a command, and from its outcome to an exit code.
#include "cli/cli.h"

#include <unistd.h>

#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

std::string help_hint(const Parsed& parsed) {
  if (parsed.command != nullptr) return "see 'coffer help " + std::string(parsed.command->name) + "'";
  if (parsed.group != nullptr) return "see 'coffer help " + std::string(parsed.group->name) + "'";
  return "see 'coffer help'";
}

int print(std::string_view text) {
  return write_all(STDOUT_FILENO, as_bytes(text)).ok() ? kExitOk : kExitFailed;
}

std::string help_text(const Parsed& parsed) {
  if (parsed.command != nullptr) return command_help(*parsed.command);
  if (parsed.group != nullptr) return group_help(*parsed.group);
  return overview();
}

// Somebody who names no command, or only the group of one, is shown what there is.
int show_choice(const Parsed& parsed) {
  const Status shown = write_all(STDERR_FILENO, as_bytes(help_text(parsed)));
  static_cast<void>(shown.ok());
  return kExitUsage;
}

}  // namespace

int run(std::span<const std::string> arguments, const Context& context) {
  Parsed parsed = parse(arguments);
  if (!parsed.fault.empty()) {
    say_error(parsed.fault + ": " + help_hint(parsed));
    return kExitUsage;
  }
  if (parsed.wants_help()) return print(help_text(parsed));
  if (parsed.arguments.has("--version")) parsed.command = &kVersionCommand;
  if (parsed.command == nullptr) return show_choice(parsed);

  Output output(STDOUT_FILENO);
  Invocation invocation{.arguments = parsed.arguments,
                        .context = context,
                        .output = output,
                        .home = vault_home(parsed.arguments.value_or("--home", "")),
                        .json = parsed.arguments.has("--json")};
  return invocation.conclude(parsed.command->execute(invocation));
}

}  // namespace coffer::cli
