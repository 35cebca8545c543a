// Vault home: where a vault is, and the names inside it.
#include "host/vault_home.h"

#include <unistd.h>

#include <cstdlib>

#include "host/file.h"

namespace coffer::host {

namespace {

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* directory = ::getcwd(nullptr, 0);
  if (directory == nullptr) return path;
  std::string result = std::string(directory) + '/' + path;
  std::free(directory);
  return result;
}

std::string first_of(const VaultHomeSources& sources) {
  if (!sources.option.empty()) return sources.option;
  if (!sources.coffer_home.empty()) return sources.coffer_home;
  if (sources.is_root && holds_vault(sources.system_home)) return sources.system_home;
  if (sources.xdg_data_home.starts_with('/')) return sources.xdg_data_home + "/coffer";
  if (!sources.user_home.empty()) return sources.user_home + "/.local/share/coffer";
  return {};
}

}  // namespace

std::string choose_vault_home(const VaultHomeSources& sources) {
  std::string home = first_of(sources);
  if (home.empty()) return home;
  home = absolute(home);
  while (home.size() > 1 && home.ends_with('/')) home.pop_back();
  return home;
}

bool holds_vault(const std::string& home) { return !home.empty() && file_exists(vault_host_key(home)); }

std::string vault_format(const std::string& home) { return home + "/format"; }
std::string vault_host_key(const std::string& home) { return home + "/host.key"; }
std::string vault_store_directory(const std::string& home) { return home + "/store"; }
std::string vault_store(const std::string& home) { return vault_store_directory(home) + "/store.db"; }
std::string vault_store_lock(const std::string& home) { return vault_store(home) + ".lock"; }
std::string vault_audit(const std::string& home) { return home + "/audit"; }
std::string vault_mark(const std::string& home) { return vault_audit(home) + "/mark"; }
std::string vault_config(const std::string& home) { return home + "/config"; }
std::string vault_log(const std::string& home) { return home + "/log"; }
std::string vault_run(const std::string& home) { return home + "/run"; }
std::string vault_socket(const std::string& home) { return vault_run(home) + "/chip.sock"; }
std::string vault_guard_lock(const std::string& home) { return vault_run(home) + "/guard.pid"; }
std::string vault_progress(const std::string& home) { return vault_run(home) + "/progress"; }
std::string vault_erasing(const std::string& home) { return home + "/erasing"; }
std::string vault_erased(const std::string& home) { return home + "/erased"; }
std::string former_vault_store(const std::string& home) { return home + "/store.db"; }
std::string former_vault_mark(const std::string& home) { return home + "/mark"; }

}  // namespace coffer::host
