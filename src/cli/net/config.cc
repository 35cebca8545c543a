// The network form's configuration: one line of text and a signal.
#include "cli/net/config.h"

#include <csignal>

#include "host/file.h"
#include "host/keeper.h"
#include "host/process.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kListen = "listen = ";
constexpr std::size_t kConfigBytesMax = 4096;

std::string config_path(const Invocation& invocation) { return invocation.home + "/net.conf"; }

Status tell_guard(Invocation& invocation) {
  const auto keeper = host::find_keeper(invocation.home);
  if (keeper.ok() && !keeper.value()) return {};
  const bool is_known = keeper.ok() && keeper.value()->is_known();
  if (is_known && host::kill_child(keeper.value()->process, SIGUSR1).ok()) return {};
  return invocation.fail(Code::denied, "the guard cannot be told", "run this as the owner of the vault");
}

}  // namespace

Result<host::TcpAddress> configured_address(Invocation& invocation) {
  const auto config = host::read_file(config_path(invocation), kConfigBytesMax);
  std::string_view text = config.ok() ? as_text(config.value()) : std::string_view();
  if (text.starts_with(kListen)) {
    text.remove_prefix(kListen.size());
    auto address = host::parse_tcp_address(text.substr(0, text.find('\n')));
    if (address.ok()) return address;
  }
  return invocation.fail(Code::not_found, "the network form is off", "'coffer net enable' turns it on");
}

Status configure(Invocation& invocation, const host::TcpAddress* address) {
  const Status written =
      address == nullptr ? host::remove_file(config_path(invocation))
                         : host::write_file_durably(config_path(invocation),
                                                    as_bytes(std::string(kListen) + address->text() + '\n'));
  if (!written.ok()) {
    return invocation.fail(written.error().code, config_path(invocation) + " cannot be changed",
                           "run this as the owner of the vault");
  }
  return tell_guard(invocation);
}

}  // namespace coffer::cli
