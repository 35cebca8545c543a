// coffer ca sign: asks an authority for a certificate.
#include <algorithm>
#include <array>

#include "ca/ssh_certificate.h"
#include "cli/ca/authority_text.h"
#include "cli/ca/public_key_file.h"
#include "cli/chip.h"
#include "cli/data_file.h"
#include "cli/duration.h"
#include "cli/registry.h"
#include "wire/limits.h"

namespace coffer::cli {

namespace {

Status check_bytes(Invocation& invocation, std::string_view what, std::size_t bytes, std::size_t bytes_max) {
  if (bytes <= bytes_max) return {};
  return invocation.usage(std::string(what) + " may have " + std::to_string(bytes_max) + " octets, and has " +
                          std::to_string(bytes));
}

// option_of splits "NAME=VALUE"; without '=' it is a flag.
Result<wire::Option> option_of(Invocation& invocation, const std::string& text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  wire::Option option{.name = text.substr(0, equals),
                      .value = text.substr(std::min(equals + 1, text.size()))};
  TRY(check_bytes(invocation, "the name of an option", option.name.size(),
                  ca::kCertificateOptionNameBytesMax));
  TRY(check_bytes(invocation, "the value of option '" + option.name + "'", option.value.size(),
                  wire::kOptionBytesMax));
  return option;
}

Status add_options(Invocation& invocation, wire::CaSignSsh& request) {
  const Arguments& arguments = invocation.arguments;
  request.extensions_given = arguments.has("--extension") || arguments.has("--no-extensions");
  if (arguments.has("--extension") && arguments.has("--no-extensions")) {
    return invocation.usage("--extension and --no-extensions contradict each other");
  }
  for (const std::string& text : arguments.values("--extension"))
    request.extensions.push_back(TRY(option_of(invocation, text)));
  for (const std::string& text : arguments.values("--option"))
    request.critical_options.push_back(TRY(option_of(invocation, text)));
  std::string networks;
  for (const std::string& network : arguments.values("--source-address")) {
    networks += (networks.empty() ? "" : ",") + network;
  }
  TRY(check_bytes(invocation, "what --source-address names together", networks.size(),
                  wire::kOptionBytesMax));
  if (!networks.empty()) request.critical_options.push_back({.name = "source-address", .value = networks});
  return {};
}

Result<wire::CaSignSsh> request_of(Invocation& invocation, const ca::TextLine& key) {
  const Arguments& arguments = invocation.arguments;
  wire::CaSignSsh request;
  request.name = arguments.operand(0);
  request.public_key = key.blob;
  request.key_id = arguments.value_or("--id", "");
  request.principals = arguments.values("--principal");
  const std::string ttl = arguments.value_or("--ttl", "");
  const auto seconds = parse_duration(ttl);
  if (!seconds.ok()) return invocation.usage("--ttl '" + ttl + "': " + std::string(seconds.error().text));
  request.lifetime_seconds = seconds.value();
  TRY(add_options(invocation, request));
  return request;
}

// What the chip put in, read from the certificate itself.
void print_outcome(Invocation& invocation, const wire::CertificateReply& reply, const std::string& path) {
  const auto certificate = ca::parse_certificate(reply.certificate);
  const std::string key_id = certificate.ok() ? certificate.value().body.key_id : std::string();
  const std::vector<std::string> principals =
      certificate.ok() ? certificate.value().body.principals : std::vector<std::string>();
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("certificate", path).field("serial", reply.serial).field("key_id", key_id);
    json.key("principals").begin_array();
    for (const std::string& principal : principals) json.value(principal);
    json.end_array();
    json.field("valid_after", reply.valid_after).field("valid_before", reply.valid_before);
    json.end_object();
    return invocation.print_json(json);
  }
  invocation.output.line("certificate " + printable(path) + ": id \"" + printable(key_id) + "\" serial " +
                         std::to_string(reply.serial) + " for " + printable(joined(principals)) +
                         " valid from " + format_time(reply.valid_after) + " to " +
                         format_time(reply.valid_before));
}

// A refusal is the profile's, which everybody may read.
Error explain(Invocation& invocation, const Error& error, const std::string& authority) {
  if (error.code == Code::denied && invocation.failure) {
    invocation.failure->next = "see its profile with 'coffer ca show " + authority + " --json'";
  }
  return error;
}

Status execute(Invocation& invocation) {
  const std::string key_path = invocation.arguments.value_or("--public-key", "");
  const ca::TextLine key = TRY(read_public_key(invocation, key_path));
  const wire::CaSignSsh request = TRY(request_of(invocation, key));
  if (key_path == "-" && !invocation.arguments.has("--output")) {
    return invocation.usage("a key from standard input needs -o");
  }
  const std::string path = invocation.arguments.value_or("--output", certificate_path(key_path));
  Chip chip = TRY(Chip::connect(invocation));
  const auto issued = chip.call(request);
  if (!issued.ok()) return explain(invocation, issued.error(), request.name);
  const wire::CertificateReply& reply = issued.value();
  const std::string line = TRY(ca::text_line(reply.certificate, key.comment)) + '\n';
  TRY(write_named(invocation, path, as_bytes(line), kPublicFile));
  if (path != "-") print_outcome(invocation, reply, path);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--public-key", "", "FILE", "The key to certify, a .pub file of ssh-keygen; '-' is standard input",
     true},
    {"--principal",
     "",
     "NAME",
     "A login or host name that the certificate is good for",
     true,
     true,
     {.bytes = wire::kPrincipalBytesMax, .times = wire::kPrincipalsMax}},
    {"--ttl", "", "DURATION", "How long it is good for: 30s, 5m, 12h, 7d, 52w", true},
    {.name = "--id",
     .argument = "ID",
     .help = "Key id, shown in sshd's log (default: the first principal)",
     .limit = {.bytes = wire::kKeyIdBytesMax}},
    {"--output", "-o", "FILE",
     "Write the certificate there (default: X-cert.pub beside X.pub); '-' prints it"},
    {"--extension",
     "",
     "NAME[=VALUE]",
     "An extension instead of the profile's defaults",
     false,
     true,
     {.times = wire::kOptionsMax}},
    {"--no-extensions", "", "", "No extensions at all, not even the profile's defaults"},
    {"--option",
     "",
     "NAME[=VALUE]",
     "A critical option, such as force-command=/bin/true",
     false,
     true,
     {.times = wire::kOptionsMax - 1}},
    {"--source-address", "", "CIDR", "Good from these networks only", false, true},
});
constexpr auto kOperands = std::to_array<Operand>(
    {{.name = "NAME", .help = "Name of the authority", .limit = {.bytes = wire::kAuthorityNameBytesMax}}});

}  // namespace

constinit const Command kCaSign{
    .name = "ca sign",
    .summary = "Certify an SSH public key for a limited time",
    .details =
        "The chip holds the request against the authority's profile, chooses serial number and times, signs, "
        "and "
        "records it. What the profile does not allow is refused.\n"
        "\n"
        " coffer ca sign staff --public-key ~/.ssh/id_ed25519.pub --principal dev-ann --ttl 8h\n"
        " ssh dev-ann@host\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
