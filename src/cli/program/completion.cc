// coffer completion: prints a completion script for a shell.
#include "cli/completion.h"

#include <array>

#include "cli/invocation.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

struct Shell {
  std::string_view name;
  std::string (*script)();
};
constexpr auto kShells = std::to_array<Shell>({
    {"bash", &bash_completion},
    {"zsh", &zsh_completion},
    {"fish", &fish_completion},
});

Status execute(Invocation& invocation) {
  for (const Shell& shell : kShells) {
    if (shell.name == invocation.arguments.operand(0)) invocation.output.text(shell.script());
  }
  return {};
}

constexpr auto kOperands = std::to_array<Operand>({{"bash|zsh|fish", "The shell"}});

}  // namespace

constinit const Command kCompletion{
    .name = "completion",
    .summary = "Print a completion script for a shell",
    .details =
        "Packages install these scripts. Without a package:\n"
        "\n"
        " coffer completion bash > ~/.local/share/bash-completion/completions/coffer\n",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
    .is_about_program = true,
    .may_be_debugged = true,
};

}  // namespace coffer::cli
