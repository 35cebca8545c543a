// coffer: one binary for every role. Without --role it is the command line (src/cli).
#include <string>
#include <vector>

#include "apps/guard.h"
#include "apps/link.h"
#include "apps/roles.h"
#include "base/log.h"
#include "cli/cli.h"
#include "host/daemon.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace {

using namespace coffer;

int run_guard(const std::string& home, const std::function<void()>& on_ready, std::string& failure) {
  auto guard = apps::Guard::create(home);
  if (!guard.ok()) {
    failure = guard.error().text;
    return 1;
  }
  const Status ended = guard.value()->run(on_ready);
  if (!ended.ok()) failure = ended.error().text;
  return ended.ok() ? 0 : 1;
}

int run_foreground(const std::string& home) {
  std::string failure;
  const int code = run_guard(home, [] { log_line("guard", "the vault is up"); }, failure);
  if (code != 0) log_line("guard", failure);
  return code;
}

cli::StartOutcome start_vault(const std::string& home) {
  if (host::lock_holder(host::vault_guard_lock(home)).ok())
    return {.ok = true, .already_running = true, .text = {}};
  const host::DaemonRequest request{.log_path = host::vault_log(home)};
  const auto started = host::start_daemon(request, [&home](host::Readiness& readiness) {
    std::string failure;
    const int code = run_guard(home, [&readiness] { readiness.ready(); }, failure);
    if (code != 0) {
      log_line("guard", failure);
      readiness.failed(failure);
    }
    return code;
  });
  if (!started.ok())
    return {.ok = false, .already_running = false, .text = std::string(started.error().text)};
  return {.ok = started.value().ready, .already_running = false, .text = started.value().text};
}

int run_role(const std::string& role, const std::vector<std::string>& arguments) {
  if (role == "chip") return apps::chip_main(arguments);
  if (role == "store") return apps::store_broker_main(arguments);
  if (role == "audit") return apps::audit_writer_main(arguments);
  if (role == "net") return apps::net_door_main(arguments);
  log_line("coffer", "there is no such role");
  return 2;
}

}  // namespace

int main(int count, char** values) {
  std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() >= 2 && arguments[0] == "--role") {
    return run_role(arguments[1], {arguments.begin() + 2, arguments.end()});
  }
  return cli::run(arguments, {.start_vault = start_vault,
                              .run_foreground = run_foreground,
                              .start_link = apps::start_link,
                              .run_link = apps::run_link});
}
