// Home: where a vault is, and the names inside it.
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/cli.h"
#include "host/file.h"

namespace coffer::cli {

namespace {

constexpr const char* kSystemHome = "/var/lib/coffer";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string user_directory() {
  std::string home = environment("HOME");
  if (!home.empty()) return home;
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr || user->pw_dir == nullptr ? std::string("/") : std::string(user->pw_dir);
}

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* directory = ::getcwd(nullptr, 0);
  if (directory == nullptr) return path;
  std::string result = std::string(directory) + '/' + path;
  std::free(directory);
  return result;
}

}  // namespace

std::string choose_home(const HomeSources& sources) {
  if (!sources.option.empty()) return sources.option;
  if (!sources.coffer_home.empty()) return sources.coffer_home;
  if (sources.is_root && sources.system_has_vault) return kSystemHome;
  // The XDG specification: a relative path is invalid and is ignored.
  if (sources.xdg_data_home.starts_with('/')) return sources.xdg_data_home + "/coffer";
  return sources.user_home + "/.local/share/coffer";
}

std::string vault_home(const std::string& option) {
  const bool is_root = ::geteuid() == 0;
  std::string home =
      absolute(choose_home({.option = option,
                            .coffer_home = environment("COFFER_HOME"),
                            .xdg_data_home = environment("XDG_DATA_HOME"),
                            .user_home = user_directory(),
                            .is_root = is_root,
                            .system_has_vault = host::file_exists(vault_host_key(kSystemHome))}));
  while (home.size() > 1 && home.ends_with('/')) home.pop_back();
  return home;
}

std::string vault_host_key(const std::string& home) { return home + "/host.key"; }
std::string vault_socket(const std::string& home) { return home + "/run/chip.sock"; }
std::string vault_guard_lock(const std::string& home) { return home + "/run/guard.pid"; }
std::string vault_audit(const std::string& home) { return home + "/audit"; }
std::string vault_log(const std::string& home) { return home + "/log"; }

}  // namespace coffer::cli
