// coffer net enroll-token: makes the join token of one client.
#include <array>

#include "cli/chip.h"
#include "cli/duration.h"
#include "cli/net/config.h"
#include "cli/registry.h"
#include "cli/token/find_token.h"
#include "crypto/primitives.h"
#include "net/join_token.h"
#include "wire/net_messages.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  const auto lifetime = parse_duration(invocation.arguments.value_or("--ttl", "10m"));
  if (!lifetime.ok() || lifetime.value() > 86400)
    return invocation.usage("--ttl is a time up to 1d, and not '" +
                            invocation.arguments.value_or("--ttl", "") + "'");
  net::JoinToken token{.address = TRY(configured_address(invocation))};
  if (const auto other = invocation.arguments.value("--address")) {
    auto address = host::parse_tcp_address(*other);
    if (!address.ok()) return invocation.usage(std::string(address.error().text));
    token.address = std::move(address).value();
  }
  Chip chip = TRY(Chip::connect(invocation));
  wire::NetEnrol request{.name = invocation.arguments.operand(0),
                         .lifetime_seconds = static_cast<std::uint32_t>(lifetime.value())};
  for (const std::string& label : invocation.arguments.values("--token")) {
    request.slots.push_back(TRY(find_token(invocation, chip, label)).slot);
  }
  const auto identity = TRY(chip.call(wire::NetEnable{}));
  auto reply = TRY(chip.call(request));
  token.authority = crypto::sha256(identity.authority);
  token.secret = std::move(reply.secret);
  token.expires = reply.expires;
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    const SecretBytes text = token.text();
    json.field("client", request.name).field("token", as_text(text.reveal())).field("expires", token.expires);
    json.end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.secret(token.text());
  invocation.output.line("");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--token",
     "",
     "LABEL",
     "A token that the client may see; label or slot",
     true,
     true,
     {.times = wire::kNetTokensMax}},
    {"--ttl", "", "TIME", "How long the join token can be used (default: 10m)"},
    {"--address", "", "ADDRESS",
     "Where the client reaches this server (default: where the net door listens)"},
});
constexpr auto kOperands = std::to_array<Operand>({{.name = "NAME",
                                                    .help = "Name of the client, for 'coffer net list'",
                                                    .limit = {.bytes = wire::kNetNameBytesMax}}});

}  // namespace

constinit const Command kNetEnrollToken{
    .name = "net enroll-token",
    .summary = "Make a join token for a client on another machine",
    .details =
        "Prints one line of text. Whoever runs 'coffer link join' with it first gets a certificate that sees "
        "the tokens named here and no others; PINs are still asked for. It works once and not for long.\n"
        "\n"
        " coffer net enroll-token web1 --token web\n",
    .options = kOptions,
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
