// Command line: the entry of `coffer`, and what the program must hand to it.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/result.h"

namespace coffer::cli {

// Exit codes of every command; they are part of the interface (coffer(1), "EXIT STATUS").
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;          // refused, failed, or a fault was found
inline constexpr int kExitUsage = 2;           // the command line makes no sense
inline constexpr int kExitLocked = 3;          // the vault is locked: `coffer unlock`
inline constexpr int kExitNotRunning = 4;      // the vault does not run or does not answer
inline constexpr int kExitNotInitialized = 5;  // there is no vault: `coffer init`
inline constexpr int kExitStore = 6;           // the store was set back or tampered with
inline constexpr int kExitNewer = 7;           // a newer Coffer wrote the vault; nothing was touched

// StartOutcome is what came of starting a vault's processes. `text` says why not, in one line for people.
struct StartOutcome {
  bool ok = false;
  bool already_running = false;
  std::string text;
};

// Context is what the program can do and this folder must not: it may not include the chip.
struct Context {
  // start_vault starts guard and chip of the vault in `home` in the background and returns when the chip
  // answers at host::vault_socket(home); it does nothing when they run. `home` and its host.key exist.
  std::function<StartOutcome(const std::string& home)> start_vault;
  // run_foreground is `coffer up --foreground`: it is the guard until it is told to end, and returns the exit
  // code.
  std::function<int(const std::string& home)> run_foreground;
  // start_link and run_link are the same for a link, which listens at host::vault_socket(home) too.
  std::function<StartOutcome(const std::string& home)> start_link;
  std::function<int(const std::string& home)> run_link;
};

// run executes one command line, without the name of the program in front, and returns the exit code.
int run(std::span<const std::string> arguments, const Context& context);

// vault_home is where the vault is by host::choose_vault_home, without symbolic links: all that commands do,
// and the processes that they start, is about that directory. `option` is the value of --home, or empty.
// Fails as host::resolve_vault_home().
Result<std::string> vault_home(const std::string& option);

}  // namespace coffer::cli
