// Stopping: a request, then SIGTERM to the guard.
#include "cli/life/stop.h"

#include <time.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "cli/chip.h"
#include "host/deadline.h"
#include "host/file.h"
#include "host/process.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoliteWait{10000};     // for a vault that was asked to end
constexpr milliseconds kSignalledWait{10000};  // for a guard that was sent SIGTERM
constexpr milliseconds kLookEvery{20};
constexpr std::uint32_t kAskMilliseconds = 10000;

std::optional<pid_t> guard_pid(const std::string& home) {
  const auto holder = host::lock_holder(host::vault_guard_lock(home));
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
    invocation.failure.reset();
    return false;
  }
  const auto asked = chip.value().call(wire::ShutDown{}, kAskMilliseconds);
  if (asked.ok()) return true;
  if (asked.error().code == Code::denied) return asked.error();
  invocation.failure.reset();
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

}  // namespace

Result<bool> stop_vault(Invocation& invocation) {
  if (!guard_pid(invocation.home)) return false;
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
  return true;
}

}  // namespace coffer::cli
