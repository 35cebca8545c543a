// Stopping: a request, then SIGTERM to the guard.
#include "cli/life/stop.h"

#include <time.h>

#include <array>
#include <chrono>
#include <csignal>

#include "cli/chip.h"
#include "host/deadline.h"
#include "host/keeper.h"
#include "host/process.h"
#include "host/socket.h"

namespace coffer::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoliteWait{10000};     // for a vault that was asked to end
constexpr milliseconds kSignalledWait{10000};  // for a guard that was sent SIGTERM
constexpr milliseconds kLookEvery{20};
constexpr std::uint32_t kAskMilliseconds = 10000;

// wait_until_gone tells whether the guard has ended. One that cannot be seen is asked for again and again.
Result<bool> wait_until_gone(const std::string& home, const host::Keeper& guard, milliseconds span) {
  const auto deadline = host::Deadline::after(span);
  if (guard.is_known()) {
    const std::array<int, 1> waited{guard.process.pidfd.get()};
    return host::wait_readable(waited, deadline).ok();
  }
  while (TRY(host::find_keeper(home)).has_value()) {
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

Status signal_guard(Invocation& invocation, const host::Keeper& guard) {
  if (host::kill_child(guard.process, SIGTERM).ok()) return {};
  return invocation.fail(Code::denied, "the guard, " + guard.name() + ", cannot be signalled",
                         "run this as the owner of the vault");
}

}  // namespace

Result<bool> stop_vault(Invocation& invocation) {
  const auto found = host::find_keeper(invocation.home);
  const bool agreed = TRY(ask_to_end(invocation));
  // Who answered runs, whatever can be seen of it.
  if (!agreed && found.ok() && !found.value()) return false;
  if (!agreed && !found.ok()) {
    return invocation.fail(found.error().code,
                           "nobody can tell whether the vault in " + invocation.home + " runs",
                           "run this as the owner of the vault");
  }
  const host::Keeper unknown;
  const host::Keeper& guard = found.ok() && found.value() ? *found.value() : unknown;
  bool gone = agreed && TRY(wait_until_gone(invocation.home, guard, kPoliteWait));
  if (!gone && guard.is_known()) {
    TRY(signal_guard(invocation, guard));
    gone = TRY(wait_until_gone(invocation.home, guard, kSignalledWait));
  }
  if (gone) return true;
  return invocation.fail(Code::timed_out, "the vault in " + invocation.home + " does not end",
                         "look into its log file, or kill its guard, " + guard.name());
}

}  // namespace coffer::cli
