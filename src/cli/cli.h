// Command line: the entry of `coffer`, and what the program must hand to it.
#pragma once

#include <functional>
#include <span>
#include <string>

namespace coffer::cli {

// Exit codes of every command; they are part of the interface (coffer(1), "EXIT STATUS").
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;          // refused, failed, or a fault was found
inline constexpr int kExitUsage = 2;           // the command line makes no sense
inline constexpr int kExitLocked = 3;          // the vault is locked: `coffer unlock`
inline constexpr int kExitNotRunning = 4;      // the vault does not run or does not answer
inline constexpr int kExitNotInitialized = 5;  // there is no vault: `coffer init`
inline constexpr int kExitStore = 6;           // the store was set back or tampered with

// StartOutcome is what came of starting a vault's processes. `text` says why not, in one line for people.
struct StartOutcome {
  bool ok = false;
  bool already_running = false;
  std::string text;
};

// Context is what the program can do and this folder must not: it may not include the chip.
struct Context {
  // start_vault starts guard and chip of the vault in `home` in the background and returns when the chip
  // answers at vault_socket(home); it does nothing when they run. `home` and its host.key exist.
  std::function<StartOutcome(const std::string& home)> start_vault;
  // run_foreground is `coffer up --foreground`: it is the guard until it is told to end, and returns the exit
  // code.
  std::function<int(const std::string& home)> run_foreground;
  // start_link and run_link are the same for a link, which listens at vault_socket(home) too.
  std::function<StartOutcome(const std::string& home)> start_link;
  std::function<int(const std::string& home)> run_link;
};

// run executes one command line, without the name of the program in front, and returns the exit code.
int run(std::span<const std::string> arguments, const Context& context);

// vault_home is where the vault is when no --home is given: $COFFER_HOME; for root /var/lib/coffer when that
// holds a vault; $XDG_DATA_HOME/coffer; ~/.local/share/coffer. `option` is the value of --home, or empty.
// The path is absolute unless the working directory is gone.
std::string vault_home(const std::string& option);

// HomeSources are what vault_home looks at. `system_has_vault` tells whether /var/lib/coffer holds a vault.
struct HomeSources {
  std::string option;
  std::string coffer_home;    // $COFFER_HOME
  std::string xdg_data_home;  // $XDG_DATA_HOME
  std::string user_home;      // $HOME, or what the user database says
  bool is_root = false;
  bool system_has_vault = false;
};

// choose_home is the rule of vault_home, without looking at anything else. The answer may be relative.
std::string choose_home(const HomeSources& sources);

// Names inside a vault's home.
std::string vault_host_key(const std::string& home);    // 32 random octets, 0600
std::string vault_socket(const std::string& home);      // run/chip.sock
std::string vault_guard_lock(const std::string& home);  // run/guard.pid
std::string vault_audit(const std::string& home);       // directory of the audit log
std::string vault_log(const std::string& home);         // what the processes say on standard error

}  // namespace coffer::cli
