// coffer man: prints coffer(1), for packaging.
#include "cli/man.h"

#include "cli/invocation.h"
#include "cli/registry.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  invocation.output.text(man_page());
  return {};
}

}  // namespace

constinit const Command kMan{
    .name = "man",
    .summary = "Print the man page in roff",
    .details = "",
    .options = {},
    .operands = {},
    .execute = &execute,
    .is_hidden = true,
    .is_about_program = true,
    .may_be_debugged = true,
};

}  // namespace coffer::cli
