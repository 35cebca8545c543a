// coffer ca show: the public part of a certificate authority.
#include <algorithm>
#include <array>

#include "cli/ca/authority_text.h"
#include "cli/chip.h"
#include "cli/registry.h"
#include "wire/limits.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  const std::string pattern = invocation.arguments.value_or("--known-hosts", "");
  const bool is_pattern =
      std::ranges::all_of(pattern, [](char letter) { return letter > ' ' && letter != '#'; });
  if (!is_pattern) return invocation.usage("--known-hosts takes host names and patterns without blanks");
  Chip chip = TRY(Chip::connect(invocation));
  const wire::Authority authority =
      TRY(chip.call(wire::CaShow{.name = invocation.arguments.operand(0)})).authority;
  if (invocation.json) {
    codec::JsonWriter json;
    TRY(write_authority(json, authority));
    invocation.print_json(json);
    return {};
  }
  const std::string line = TRY(public_line(authority));
  if (pattern.empty()) {
    invocation.output.line(line);
    return {};
  }
  if (authority.kind != wire::AuthorityKind::ssh_host) {
    return invocation.fail(Code::invalid, "'" + authority.name + "' certifies people, not hosts",
                           "choose an authority of kind ssh-host");
  }
  invocation.output.line("@cert-authority " + pattern + ' ' + line);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--known-hosts", "", "PATTERN",
     "Print a line for known_hosts: trust this authority for hosts that match"},
});
constexpr auto kOperands = std::to_array<Operand>(
    {{.name = "NAME", .help = "Name of the authority", .limit = {.bytes = wire::kAuthorityNameBytesMax}}});

}  // namespace

constinit const Command kCaShow{
    .name = "ca show",
    .summary = "Print an authority's public key; with --json also its profile",
    .details =
        "The line is what sshd wants in the file of TrustedUserCAKeys.\n"
        "\n"
        " coffer ca show staff > /etc/ssh/staff_ca.pub\n"
        " coffer ca show hosts --known-hosts '*.example.com' >> ~/.ssh/known_hosts\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
