// coffer: one binary for every role. Without --role it is the command line (src/cli).
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/roles.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "host/daemon.h"
#include "host/debug_slots.h"
#include "host/inheritance.h"
#include "host/keeper.h"
#include "host/program_image.h"
#include "host/sandbox.h"
#include "host/secret_arena.h"
#include "host/vault_home.h"

namespace {

using namespace coffer;

constexpr std::size_t kSecretBytes = 1U << 20U;  // of the command line

cli::StartOutcome failed_start(const Error& error) {
  return {.ok = false, .already_running = false, .text = std::string(error.text)};
}

// start_in_background starts guard or link of the vault in `home`.
cli::StartOutcome start_in_background(const std::string& role, const std::string& home) {
  const auto keeper = host::find_keeper(home);
  if (!keeper.ok()) return failed_start(keeper.error());
  if (keeper.value()) return {.ok = true, .already_running = true, .text = {}};
  const auto image = host::own_program_image();
  if (!image.ok()) return failed_start(image.error());
  const host::DaemonRequest request{
      .log_path = host::vault_log(home),
      .on_progress = [](std::string_view text) { cli::show_progress("starting: the " + std::string(text)); }};
  const auto started = host::start_daemon(request, [&](host::Readiness& readiness) {
    const Error failed = apps::become_role(role, home, image.value(), &readiness);
    log_line(role, failed.text);
    readiness.failed(failed.text);
    return 1;
  });
  cli::show_progress({});
  if (!started.ok()) return failed_start(started.error());
  return {.ok = started.value().ready, .already_running = false, .text = started.value().text};
}

int run_in_foreground(const std::string& role, const std::string& home) {
  const auto image = host::own_program_image();
  const Error failed = image.ok() ? apps::become_role(role, home, image.value(), nullptr) : image.error();
  log_line(role, failed.text);
  return 1;
}

int run_role(const std::string& role, const std::vector<std::string>& arguments) {
  if (role == "guard") return apps::guard_main(arguments);
  if (role == "link") return apps::link_main(arguments);
  if (role == "chip") return apps::chip_main(arguments);
  if (role == "store") return apps::store_broker_main(arguments);
  if (role == "audit") return apps::audit_writer_main(arguments);
  if (role == "net") return apps::net_door_main(arguments);
  log_line("coffer", "there is no such role");
  return 2;
}

}  // namespace

int main(int count, char** values) {
  if (const Status mended = host::mend_inheritance(); !mended.ok()) {
    cli::say_error(mended.error().text);
    return 1;
  }
  std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() >= 2 && arguments[0] == "--role") {
    host::name_process();
    // The guard is the chip's debugger.
    const std::string complaint = host::debugger_complaint(arguments[1] == "chip" ? ::getppid() : 0);
    if (!complaint.empty()) {
      log_line(arguments[1], complaint);
      return 1;
    }
    return run_role(arguments[1], {arguments.begin() + 2, arguments.end()});
  }
  // It will hold passphrases and PINs.
  host::become_unreadable(values);
  static_cast<void>(host::forbid_new_privileges());
  // Its heap stays as it is, because it forks; its secrets lie elsewhere, where no child sees them.
  auto arena = host::SecretArena::create({.bytes = kSecretBytes});
  if (arena.ok()) host::install_arena(std::move(arena).value());
  return cli::run(arguments,
                  {.start_vault = [](const std::string& home) { return start_in_background("guard", home); },
                   .run_foreground = [](const std::string& home) { return run_in_foreground("guard", home); },
                   .start_link = [](const std::string& home) { return start_in_background("link", home); },
                   .run_link = [](const std::string& home) { return run_in_foreground("link", home); }});
}
