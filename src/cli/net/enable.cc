// coffer net enable: opens the net door.
#include <poll.h>

#include <array>
#include <chrono>

#include "cli/chip.h"
#include "cli/net/config.h"
#include "cli/registry.h"
#include "crypto/primitives.h"
#include "host/deadline.h"
#include "host/vault_home.h"
#include "wire/net_messages.h"

namespace coffer::cli {

namespace {

constexpr std::chrono::milliseconds kOpensWithin{10000};
constexpr int kLookEveryMilliseconds = 20;

// The guard opens the port in its own time.
bool answers(const host::TcpAddress& address) {
  const auto deadline = host::Deadline::after(kOpensWithin);
  while (deadline.remaining().count() != 0) {
    const auto socket = host::begin_connect_tcp(address);
    if (socket.ok()) {
      pollfd entry{socket.value().get(), POLLOUT, 0};
      if (::poll(&entry, 1, deadline.poll_milliseconds()) > 0 && host::connect_outcome(socket.value()).ok())
        return true;
    }
    ::poll(nullptr, 0, kLookEveryMilliseconds);
  }
  return false;
}

Status execute(Invocation& invocation) {
  const auto address = host::parse_tcp_address(invocation.arguments.value_or("--listen", ""));
  if (!address.ok()) return invocation.usage(std::string(address.error().text));
  Chip chip = TRY(Chip::connect(invocation));
  const auto identity = TRY(chip.call(wire::NetEnable{}));
  TRY(configure(invocation, &address.value()));
  if (!answers(address.value())) {
    return invocation.fail(Code::unavailable, "the net door does not open at " + address.value().text(),
                           "look into " + host::vault_log(invocation.home));
  }
  const std::string authority = to_hex(crypto::sha256(identity.authority));
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object().field("address", address.value().text()).field("authority", authority).end_object();
    invocation.print_json(json);
    return {};
  }
  invocation.output.line("net door: open at " + address.value().text() + ", authority " + authority);
  invocation.output.line("next: 'coffer net enroll-token NAME --token LABEL' for each client");
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--listen", "", "ADDRESS", "Address and port, as numbers: 192.0.2.1:7443, [2001:db8::1]:7443", true},
});

}  // namespace

constinit const Command kNetEnable{
    .name = "net enable",
    .summary = "Serve clients on other machines",
    .details =
        "Makes the keys of the network form in the chip, if there are none yet, and opens the net door: a "
        "process of its own that speaks TLS 1.3 and holds no key. Nobody can use it before 'coffer net "
        "enroll-token'. The setting outlives restarts.\n"
        "\n"
        " coffer net enable --listen 192.0.2.1:7443\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
