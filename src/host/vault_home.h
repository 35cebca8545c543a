// Vault home: where a vault is, and the names inside it.
#pragma once

#include <string>

#include "base/result.h"

namespace coffer::host {

// kSystemVaultHome is where the vault of a whole machine is.
inline constexpr const char* kSystemVaultHome = "/var/lib/coffer";

// VaultHomeSources decide where a vault is; an empty one says nothing. Who wants to know reads them.
//
// The command line takes `user_home` from the user database when HOME is not set. The PKCS#11 module is a
// guest in somebody else's program: it reads the environment with secure_getenv(3) and does not ask the
// database, since getpwuid(3) loads name services into the program and overwrites what that got from it.
// Without HOME the module finds what COFFER_HOME or XDG_DATA_HOME names, and root the system's vault.
struct VaultHomeSources {
  std::string option;                          // --home
  std::string coffer_home;                     // $COFFER_HOME
  std::string xdg_data_home;                   // $XDG_DATA_HOME
  std::string user_home;                       // $HOME
  std::string system_home = kSystemVaultHome;  // tests have their own
  bool is_root = false;
};

// choose_vault_home gives the first that there is: the option; $COFFER_HOME; for root the system's home when
// that holds a vault; $XDG_DATA_HOME/coffer; ~/.local/share/coffer. A relative $XDG_DATA_HOME is invalid (XDG
// Base Directory Specification) and ignored.
//
// The path has no slash at its end, and is absolute unless the working directory is gone. It is empty when
// there is no place for a vault.
std::string choose_vault_home(const VaultHomeSources& sources);

// resolve_vault_home follows every symbolic link on the way to a home, once and for all: the processes of a
// vault follow none, so that nobody leads them elsewhere later. What is not there yet, or not to be seen, is
// left as it is named; so is a path that is not absolute.
//
// Fails with `not_found` where a link leads nowhere, with `invalid` where links lead round in a circle, and
// with `corrupt` where somebody who is neither this process's user nor root has made a link where everybody
// may make one (/tmp).
Result<std::string> resolve_vault_home(const std::string& home);

// holds_vault tells whether a directory holds a vault. An empty name is no directory.
bool holds_vault(const std::string& home);

// Names inside a vault's home.
std::string vault_format(const std::string& home);    // the number of the directory's format; it never moves
std::string vault_host_key(const std::string& home);  // 32 random octets, 0600
// Directory of the store, and all that its broker may open; in it: sealed records.
std::string vault_store_directory(const std::string& home);
std::string vault_store(const std::string& home);
std::string vault_store_lock(const std::string& home);  // held by the store broker
// Directory of the audit log, and all that its writer may open; in it: the high-water mark.
std::string vault_audit(const std::string& home);
std::string vault_mark(const std::string& home);
std::string vault_config(const std::string& home);      // for people: what 'coffer init' was told
std::string vault_log(const std::string& home);         // what the processes say on standard error
std::string vault_run(const std::string& home);         // directory of what is there while the vault runs
std::string vault_socket(const std::string& home);      // in run/: where the chip is asked
std::string vault_guard_lock(const std::string& home);  // in run/: held by the guard
std::string vault_progress(const std::string& home);    // in run/: what a start that takes long is at
std::string vault_erasing(const std::string& home);     // is there while the vault is being destroyed
std::string vault_erased(const std::string& home);      // is there once it was

// Where the store, with the files that SQLite puts beside it, and the mark were before format 4.
std::string former_vault_store(const std::string& home);
std::string former_vault_mark(const std::string& home);

}  // namespace coffer::host
