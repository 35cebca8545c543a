// Home: what decides where the command line's vault is.
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/cli.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

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

}  // namespace

Result<std::string> vault_home(const std::string& option) {
  return host::resolve_vault_home(host::choose_vault_home({.option = option,
                                                           .coffer_home = environment("COFFER_HOME"),
                                                           .xdg_data_home = environment("XDG_DATA_HOME"),
                                                           .user_home = user_directory(),
                                                           .is_root = ::geteuid() == 0}));
}

}  // namespace coffer::cli
