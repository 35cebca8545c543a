// coffer ca create: makes a certificate authority, its key inside the chip and its profile fixed for ever.
#include <algorithm>
#include <array>

#include "ca/profile.h"
#include "ca/ssh_certificate.h"
#include "cli/ca/authority_text.h"
#include "cli/chip.h"
#include "cli/duration.h"
#include "cli/registry.h"
#include "cli/user.h"
#include "wire/limits.h"

namespace coffer::cli {

namespace {

// With --extension only those may be asked for, and the defaults shrink to what is still allowed.
void narrow_extensions(wire::Profile& profile, const std::vector<std::string>& allowed) {
  profile.extensions = allowed;
  std::erase_if(profile.extensions_default, [&allowed](const wire::Option& option) {
    return std::ranges::find(allowed, option.name) == allowed.end();
  });
}

Result<wire::Profile> profile_of(Invocation& invocation, wire::AuthorityKind kind) {
  const Arguments& arguments = invocation.arguments;
  wire::Profile profile = ca::default_profile(kind);
  if (const auto text = arguments.value("--max-ttl")) {
    const auto seconds = parse_duration(*text);
    if (!seconds.ok())
      return invocation.usage("--max-ttl '" + *text + "': " + std::string(seconds.error().text));
    profile.lifetime_max_seconds = seconds.value();
  }
  profile.principals = arguments.values("--principal");
  if (arguments.has("--extension")) narrow_extensions(profile, arguments.values("--extension"));
  profile.source_addresses = arguments.values("--source-address");
  for (const std::string& name : arguments.values("--signer")) {
    profile.signers.push_back(wire::user_principal(TRY(find_user(invocation, name))));
  }
  if (profile.principals.empty()) {
    return invocation.usage("it is not said who may be certified",
                            "name them with --principal; '*' is anybody, root included");
  }
  const Status sensible = ca::check_profile(profile, kind);
  if (!sensible.ok()) return invocation.usage(std::string(sensible.error().text));
  return profile;
}

Result<wire::CaCreate> request_of(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  wire::CaCreate request;
  request.name = arguments.operand(0);
  // The parser has taken only what the tables hold.
  request.kind =
      std::ranges::find(kAuthorityKinds, arguments.value_or("--kind", "ssh-user"), &AuthorityKindName::name)
          ->kind;
  request.key_type =
      std::ranges::find(kAuthorityKeyTypes, arguments.value_or("--type", "p256"), &AuthorityKeyTypeName::name)
          ->type;
  request.profile = TRY(profile_of(invocation, request.kind));
  return request;
}

void print_authority(Invocation& invocation, const wire::Authority& authority, const std::string& line) {
  Output& output = invocation.output;
  output.line("authority '" + authority.name + "' (" + std::string(kind_name(authority.kind)) + ", " +
              std::string(key_type_name(authority.key_type)) + "): certificates for " +
              printable(joined(authority.profile.principals)) + ", at most " +
              format_duration(authority.profile.lifetime_max_seconds) + " long");
  output.line(line);
  output.line(authority.kind == wire::AuthorityKind::ssh_user
                  ? "next: put the line above into the file that sshd's TrustedUserCAKeys names"
                  : "next: put 'coffer ca show " + authority.name +
                        " --known-hosts PATTERN' into known_hosts");
}

Status execute(Invocation& invocation) {
  const wire::CaCreate request = TRY(request_of(invocation));
  Chip chip = TRY(Chip::connect(invocation));
  const wire::Authority authority = TRY(chip.call(request)).authority;
  const std::string line = TRY(public_line(authority));
  if (invocation.json) {
    codec::JsonWriter json;
    TRY(write_authority(json, authority));
    invocation.print_json(json);
  } else {
    print_authority(invocation, authority, line);
  }
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--kind", "", "ssh-user|ssh-host", "What it certifies: people's keys or hosts' keys", true},
    {"--type", "", "p256|ed25519|rsa2048|rsa4096", "Type of its key (default: p256)"},
    {"--principal",
     "",
     "NAME",
     "Who may be certified: a login or host name; '*' matches any run of characters",
     false,
     true,
     {.bytes = wire::kPrincipalBytesMax, .times = wire::kPrincipalsMax}},
    {"--max-ttl", "", "DURATION", "Longest life of a certificate (default: 24h for users, 30d for hosts)"},
    {"--extension",
     "",
     "NAME",
     "An extension that may be asked for (default: permit-pty and the other four of "
     "OpenSSH that are usual)",
     false,
     true,
     {.bytes = ca::kCertificateOptionNameBytesMax, .times = wire::kOptionsMax}},
    {"--source-address",
     "",
     "CIDR",
     "Every certificate is good from these networks only",
     false,
     true,
     {.bytes = wire::kPrincipalBytesMax, .times = wire::kOptionsMax}},
    {"--signer",
     "",
     "USER",
     "A user who may ask for certificates, besides the owner of the vault",
     false,
     true,
     {.times = wire::kGrantsMax}},
});
constexpr auto kOperands = std::to_array<Operand>({{.name = "NAME",
                                                    .help = "Letters, digits, '-', '_' and '.'",
                                                    .limit = {.bytes = wire::kAuthorityNameBytesMax}}});

}  // namespace

constinit const Command kCaCreate{
    .name = "ca create",
    .summary = "Make a certificate authority with a fixed profile",
    .details =
        "The key is generated in the chip and signs certificates inside the profile, and nothing else. The "
        "profile "
        "cannot be widened later, by nobody: make another authority instead. Signers besides the owner also "
        "need "
        "'coffer grant add'.\n"
        "\n"
        " coffer ca create staff --kind ssh-user --principal 'dev-*' --max-ttl 12h --signer www-data\n"
        " coffer ca create hosts --kind ssh-host --principal '*.example.com'\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
