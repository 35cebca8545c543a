// Command line: from words to a command, and from its outcome to an exit code.
#include "cli/cli.h"

#include <unistd.h>

#include "base/format.h"
#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/registry.h"
#include "host/debug_slots.h"
#include "host/home_format.h"
#include "host/vault_home.h"

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

// check_format refuses a directory of a later format before any command looks into it.
Status check_format(Invocation& invocation) {
  const auto number = host::read_home_format(invocation.home);
  if (!number.ok()) {
    return invocation.fail(number.error().code,
                           "the vault's format is unknown: " + std::string(number.error().text),
                           "look into " + host::vault_format(invocation.home));
  }
  if (number.value() <= kFormat) return {};
  const Error newer =
      invocation.fail(Code::unsupported,
                      "the vault in " + invocation.home + " was written by a newer Coffer (format " +
                          std::to_string(number.value()) + "; this program knows formats up to " +
                          std::to_string(kFormat) + ")",
                      "use that program");
  invocation.failure->exit_code = kExitNewer;
  return newer;
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

  if (!parsed.command->may_be_debugged) {
    if (const std::string complaint = host::debugger_complaint(); !complaint.empty()) {
      say_error(complaint);
      return kExitFailed;
    }
  }

  const auto home = vault_home(parsed.arguments.value_or("--home", ""));
  if (!home.ok() && !parsed.command->is_about_program) {
    say_error(std::string(home.error().text));
    return outcome_of(home.error().code).exit_code;
  }
  Output output(STDOUT_FILENO);
  Invocation invocation{.arguments = parsed.arguments,
                        .context = context,
                        .output = output,
                        .home = home.ok() ? home.value() : std::string(),
                        .command = parsed.command->name,
                        .json = parsed.arguments.has("--json")};
  if (!parsed.command->is_about_program) {
    if (const Status known = check_format(invocation); !known.ok()) return invocation.conclude(known);
  }
  return invocation.conclude(parsed.command->execute(invocation));
}

}  // namespace coffer::cli
