// coffer link join: gets this machine a certificate of a server.
#include "net/join.h"

#include <array>

#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/secret_input.h"
#include "host/file.h"
#include "host/home_format.h"
#include "net/openssl.h"

namespace coffer::cli {

namespace {

Status execute(Invocation& invocation) {
  auto token = net::parse_join_token(TRY(read_secret_operand(invocation, invocation.arguments.operand(0))));
  if (!token.ok()) return invocation.usage(std::string(token.error().text));
  if (vault_exists(invocation.home)) {
    return invocation.fail(Code::exists, invocation.home + " holds a vault",
                           "choose another --home for the link");
  }
  net::begin_openssl();
  const std::string address = token.value().address.text();
  const auto server = net::join(std::move(token).value());
  if (!server.ok()) return invocation.fail(server.error().code, std::string(server.error().text));
  Status made = host::create_directory(invocation.home, host::kPassableDirectory);
  if (made.ok()) made = host::found_home(invocation.home);
  const Status saved = made.ok() ? net::save_server(invocation.home, server.value()) : made;
  if (!saved.ok()) {
    return invocation.fail(saved.error().code, "the certificate cannot be kept in " + invocation.home,
                           "choose another --home, and ask for a new join token");
  }
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("server", address).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("link: joined " + address);
  invocation.output.line("next: 'coffer link up' (again, if it is up), then use the PKCS#11 module as usual");
  return {};
}

constexpr auto kOperands = std::to_array<Operand>(
    {{"TOKEN", "The line that 'coffer net enroll-token' printed; '-' reads it from standard input"}});

}  // namespace

constinit const Command kLinkJoin{
    .name = "link join",
    .summary = "Join a server with a join token",
    .details =
        "Makes a key here, checks that the server is the one that made the token, and has the server's chip "
        "sign a certificate. Joining more servers makes a list: the first that answers is used.\n"
        "\n"
        " coffer link join coffer1/192.0.2.1:7443/...\n"
        " ssh server coffer net enroll-token web1 --token web | coffer link join -\n",
    .options = {},
    .operands = kOperands,
    .execute = &execute,
};

}  // namespace coffer::cli
