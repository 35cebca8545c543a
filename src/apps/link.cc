// The link's main: lock, sockets, sandbox, then serve.
#include <array>
#include <csignal>
#include <functional>
#include <utility>

#include "apps/home_steps.h"
#include "apps/roles.h"
#include "base/log.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/landlock.h"
#include "host/process.h"
#include "host/sandbox.h"
#include "host/socket.h"
#include "host/system_calls.h"
#include "host/vault_home.h"
#include "net/link.h"
#include "net/link_home.h"
#include "net/openssl.h"

namespace coffer::apps {

namespace {

// Only the owner's applications: to the servers they are all one client.
constexpr mode_t kLinkSocketMode = 0600;

constexpr std::size_t kHeapBytes = 64U << 20U;  // what is not used costs nothing

Status serve_link(const std::string& home, const Announce& announce, host::Assurance& assurance,
                  const host::SecretArena& arena) {
  TRY(host::check_home_format(home));
  TRY(host::create_directory(host::vault_run(home)));
  const auto lock = TRY(host::LockFile::acquire(host::vault_guard_lock(home)));
  TRY(host::raise_home_format(home, home_steps()));
  net::LinkOptions options{.home = home};
  options.listener = TRY(host::listen_unix(host::vault_socket(home), kLinkSocketMode));
  options.signals = TRY(host::watch_signals({SIGTERM, SIGINT, SIGHUP}));
  std::signal(SIGPIPE, SIG_IGN);
  for (host::Protection& each : std::array{host::allow_directory_and_connect(home),
                                           host::deny_executable_memory(), host::lower_privileges()})
    assurance.protections.push_back(std::move(each));
  const auto protections = [&assurance, &arena] {
    host::Assurance now = assurance;
    now.protections.push_back(arena.protection());
    return now;
  };
  options.assurance = protections;
  net::begin_openssl();
  const auto link = TRY(net::Link::create(std::move(options)));
  assurance.protections.push_back(host::load_seccomp(host::Role::link));
  if (assurance.protections.back().state == host::State::off)
    return Error{Code::internal, "the link got no system call filter"};
  for (const host::Protection& each : assurance.protections) {
    if (each.state == host::State::off) log_line("link", each.name + ": " + each.reason);
  }
  TRY(net::save_protections(home, protections()));
  announce.ready();
  link->run();
  return {};
}

}  // namespace

int link_main(const std::vector<std::string>& arguments) {
  // PINs and join tokens pass through here.
  return serve_role("link", arguments, [](const std::string& home, const Announce& announce) {
    host::Assurance assurance;
    return run_hidden(kHeapBytes, 1, assurance,
                      [&](const auto& arena) { return serve_link(home, announce, assurance, arena); });
  });
}

}  // namespace coffer::apps
