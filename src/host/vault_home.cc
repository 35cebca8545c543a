// Vault home: where a vault is, and the names inside it.
#include "host/vault_home.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <utility>

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

// Takes the first part of a path, and the slashes around it.
std::string take_part(std::string& path) {
  const std::size_t begin = std::min(path.find_first_not_of('/'), path.size());
  const std::size_t end = std::min(path.find('/', begin), path.size());
  std::string part = path.substr(begin, end - begin);
  path.erase(0, std::min(path.find_first_not_of('/', end), path.size()));
  return part;
}

// Whether everybody may make something in a directory, and `entry` in it was made by somebody else.
bool may_be_a_trap(const std::string& directory, const struct stat& entry) {
  struct stat about{};
  if (entry.st_uid == 0 || entry.st_uid == ::geteuid()) return false;
  return ::stat(directory.c_str(), &about) != 0 || (about.st_mode & S_IWOTH) != 0;
}

// Gives what the link at `path` says.
Result<std::string> target_of(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0 && errno == ENOENT)
    return Error{Code::not_found, "a symbolic link on the way to the vault leads nowhere"};
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<std::size_t>(length) == target.size())
    return Error{Code::denied, "a symbolic link on the way to the vault cannot be read"};
  return std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

Result<std::string> resolve_vault_home(const std::string& home) {
  constexpr unsigned kLinksMax = 40;  // as the kernel has it
  if (!home.starts_with('/')) return home;
  std::string done;  // no part of it is a link
  std::string left = home;
  for (unsigned links = 0; !left.empty();) {
    const std::string part = take_part(left);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      done.erase(std::min(done.rfind('/'), done.size()));
      continue;
    }
    const std::string next = done + '/' + part;
    struct stat about{};
    if (::lstat(next.c_str(), &about) != 0) {
      done = left.empty() ? next : next + '/' + left;
      break;
    }
    if (!S_ISLNK(about.st_mode)) {
      done = next;
      continue;
    }
    if (++links > kLinksMax)
      return Error{Code::invalid, "symbolic links on the way to the vault lead round in a circle"};
    if (may_be_a_trap(done + '/', about)) {
      return Error{Code::corrupt,
                   "somebody else's symbolic link, where everybody may make one, is on the way to the vault"};
    }
    const std::string target = TRY(target_of(next));
    if (target.starts_with('/')) done.clear();
    left = target + '/' + left;
  }
  while (done.ends_with('/')) done.pop_back();
  return done.empty() ? std::string("/") : done;
}

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
