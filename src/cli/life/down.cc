// coffer down: ends the vault's processes.
#include <time.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "cli/chip.h"
#include "cli/registry.h"
#include "host/deadline.h"
#include "host/file.h"
#include "host/process.h"

namespace coffer::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoliteWait{10000};     // for a vault that was asked to end
constexpr milliseconds kSignalledWait{10000};  // for a guard that was sent SIGTERM
constexpr milliseconds kLookEvery{20};
constexpr std::uint32_t kAskMilliseconds = 10000;

std::optional<pid_t> guard_pid(const std::string& home) {
  const auto holder = host::lock_holder(vault_guard_lock(home));
  if (!holder.ok()) return std::nullopt;
  return holder.value();
}

bool wait_until_gone(const std::string& home, milliseconds span) {
  const auto deadline = host::Deadline::after(span);
  while (guard_pid(home)) {
    if (deadline.remaining().count() == 0) return false;
    const timespec pause{0, std::chrono::nanoseconds(kLookEvery).count()};
    ::nanosleep(&pause, nullptr);
  }
  return true;
}

// ask_to_end tells whether the vault was asked and agreed.
Result<bool> ask_to_end(Invocation& invocation) {
  auto chip = Chip::connect(invocation, Autostart::no);
  if (!chip.ok()) {
    if (chip.error().code == Code::denied) return chip.error();
    return false;
  }
  const auto asked = chip.value().call(wire::ShutDown{}, kAskMilliseconds);
  if (asked.ok()) return true;
  if (asked.error().code == Code::denied) return asked.error();
  return false;
}

Status signal_guard(Invocation& invocation, pid_t pid) {
  auto pidfd = host::open_pidfd(pid);
  if (!pidfd.ok()) return {};  // It has ended in the meantime.
  const host::Child guard{pid, std::move(pidfd).value()};
  if (host::kill_child(guard, SIGTERM).ok()) return {};
  return invocation.fail(Code::denied, "the guard, process " + std::to_string(pid) + ", cannot be signalled",
                         "run this as the owner of the vault");
}

void print_outcome(Invocation& invocation, bool was_running) {
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("running", false);
    json.field("was_running", was_running);
    json.end_object();
    return invocation.print_json(json);
  }
  invocation.output.line("vault: " + printable(invocation.home) +
                         (was_running ? ", stopped" : ", was not running"));
}

Status execute(Invocation& invocation) {
  const bool was_running = guard_pid(invocation.home).has_value();
  if (was_running) {
    const bool agreed = TRY(ask_to_end(invocation));
    bool gone = agreed && wait_until_gone(invocation.home, kPoliteWait);
    if (const auto pid = guard_pid(invocation.home); !gone && pid) {
      TRY(signal_guard(invocation, *pid));
      gone = wait_until_gone(invocation.home, kSignalledWait);
    }
    if (const auto pid = guard_pid(invocation.home); pid) {
      return invocation.fail(Code::timed_out, "the vault in " + invocation.home + " does not end",
                             "look into its log file, or kill process " + std::to_string(*pid));
    }
  } else if (!vault_exists(invocation.home)) {
    return invocation.fail(Code::not_initialized, "there is no vault in " + invocation.home,
                           "run 'coffer init'");
  }
  invocation.exit_with(kExitOk);
  print_outcome(invocation, was_running);
  return {};
}

}  // namespace

constinit const Command kDown{
    .name = "down",
    .summary = "Stop the vault",
    .details =
        "Asks the vault to finish what is running and to end, and waits until it has. A vault that does not "
        "answer "
        "is sent SIGTERM. To stop a vault that does not run is no failure.\n",
    .options = {},
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
