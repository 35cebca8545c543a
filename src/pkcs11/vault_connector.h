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
};

// make_vault_connector makes the connector of this process's environment. The environment of a set-user-ID
// program is ignored, and nothing is started from one.
std::unique_ptr<Connector> make_vault_connector();

}  // namespace coffer::pkcs11
