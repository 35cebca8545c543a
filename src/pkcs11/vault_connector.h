// Vault connector: finds the vault directory, connects to its chip, and starts the vault when it is not
// running.
#pragma once

#include <memory>
#include <string>

#include "pkcs11/connection.h"

namespace coffer::pkcs11 {

// VaultPlace is where the vault is, and what may be done about it.
struct VaultPlace {
  std::string home;              // the vault directory; empty when there is no place for one
  bool may_start = true;         // COFFER_AUTOSTART is not 0
  std::string program;           // COFFER_BIN, or empty
  std::string path;              // PATH
  bool prints_failures = false;  // COFFER_DEBUG=1
  bool is_silent = false;        // COFFER_DEBUG=0
  bool is_named = false;         // COFFER_HOME is set
};

// A process that finds no vault says so once, and where it looked: to an application that is all that there
// is to see of a wrong setting, since a module without a vault has no slots. It is told in the system's log,
// or on standard error where there is none; COFFER_DEBUG=0 keeps it quiet. COFFER_DEBUG=1 puts every failure
// on standard error.

// make_vault_connector makes the connector of this process's environment. The environment of a set-user-ID
// program is ignored, and nothing is started from one.
std::unique_ptr<Connector> make_vault_connector();

}  // namespace coffer::pkcs11
