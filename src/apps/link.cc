// The link's main: lock, sockets, sandbox, then serve.
#include "apps/link.h"

#include <csignal>
#include <functional>
#include <utility>

#include "apps/guard.h"
#include "apps/home_steps.h"
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

Status serve_link(const std::string& home, const std::function<void()>& on_ready) {
  TRY(host::check_home_format(home));
  TRY(host::create_directory(host::vault_run(home)));
  const auto lock = TRY(host::LockFile::acquire(host::vault_guard_lock(home)));
  TRY(host::raise_home_format(home, home_steps()));
  net::LinkOptions options{.home = home};
  options.listener = TRY(host::listen_unix(host::vault_socket(home), kLinkSocketMode));
  options.signals = TRY(host::watch_signals({SIGTERM, SIGINT, SIGHUP}));
  std::signal(SIGPIPE, SIG_IGN);
  host::Assurance assurance{.protections = {host::forbid_core_dumps(), host::forbid_new_privileges(),
                                            host::allow_directory_and_connect(home),
                                            host::deny_executable_memory(), host::lower_privileges()}};
  net::begin_openssl();
  const auto link = TRY(net::Link::create(std::move(options)));
  assurance.protections.push_back(host::load_seccomp(host::Role::link));
  if (assurance.protections.back().state == host::State::off)
    return Error{Code::internal, "the link got no system call filter"};
  for (const host::Protection& each : assurance.protections) {
    if (each.state == host::State::off) log_line("link", each.name + ": " + each.reason);
  }
  TRY(net::save_protections(home, assurance));
  on_ready();
  link->run();
  return {};
}

}  // namespace

cli::StartOutcome start_link(const std::string& home) {
  if (host::lock_holder(host::vault_guard_lock(home)).ok())
    return {.ok = true, .already_running = true, .text = {}};
  const auto started =
      host::start_daemon({.log_path = host::vault_log(home)}, [&home](host::Readiness& readiness) {
        const Status ended = serve_link(home, [&readiness] { readiness.ready(); });
        if (ended.ok()) return 0;
        log_line("link", ended.error().text);
        readiness.failed(ended.error().text);
        return 1;
      });
  if (!started.ok()) return {.text = std::string(started.error().text)};
  return {.ok = started.value().ready, .already_running = false, .text = started.value().text};
}

int run_link(const std::string& home) {
  const Status ended = serve_link(home, [] { log_line("link", "the link is up"); });
  if (!ended.ok()) log_line("link", ended.error().text);
  return ended.ok() ? 0 : 1;
}

}  // namespace coffer::apps
