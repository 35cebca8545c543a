// Keeper: the lock file's hint, then every process, then the locks alone.
#include "host/keeper.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::host {

namespace {

constexpr std::size_t kCommandBytesMax = 16384;

std::string of_process(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + name; }

// The number in front of `text`, or nothing.
std::optional<long> number_in(std::string_view text) {
  long number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

// The arguments of a process; none of one that has ended.
std::vector<std::string> arguments_of(pid_t pid) {
  std::vector<std::string> arguments;
  const auto command = read_file(of_process(pid, "/cmdline"), kCommandBytesMax);
  if (!command.ok()) return arguments;
  std::string_view rest = as_text(command.value());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return arguments;
}

// The user as whom a process runs. Its directory in /proc belongs to root, because nobody may read it.
std::optional<uid_t> user_of(pid_t pid) {
  const auto status = process_status(pid);
  if (!status.ok()) return std::nullopt;
  const auto user = status_number(status.value(), "Uid");
  return user ? std::optional(static_cast<uid_t>(*user)) : std::nullopt;
}

bool keeps(pid_t pid, const struct stat& home) {
  const std::vector<std::string> arguments = arguments_of(pid);
  if (arguments.size() < 4 || arguments[1] != "--role") return false;
  if (arguments[2] != "guard" && arguments[2] != "link") return false;
  struct stat kept{};
  if (::stat(arguments[3].c_str(), &kept) != 0) return false;
  return kept.st_dev == home.st_dev && kept.st_ino == home.st_ino && user_of(pid) == home.st_uid;
}

// The process, when it is the keeper. The pidfd comes first: behind it the number means nobody else.
std::optional<Keeper> keeper_if(pid_t pid, const struct stat& home) {
  if (!keeps(pid, home)) return std::nullopt;
  auto pidfd = open_pidfd(pid);
  if (!pidfd.ok() || !keeps(pid, home)) return std::nullopt;
  return Keeper{{pid, std::move(pidfd).value()}};
}

Result<std::optional<Keeper>> keeper_among_all(const struct stat& home) {
  for (const std::string& name : TRY(list_directory("/proc"))) {
    const auto pid = number_in(name);
    if (!pid) continue;
    if (auto keeper = keeper_if(static_cast<pid_t>(*pid), home)) return keeper;
  }
  return std::optional<Keeper>();
}

}  // namespace

Result<std::optional<Keeper>> find_keeper(const std::string& home) {
  struct stat about{};
  if (::stat(home.c_str(), &about) != 0) return std::optional<Keeper>();
  const auto guard = lock_holder(vault_guard_lock(home));
  if (guard.ok() && guard.value() && guard.value()->pid > 0) {
    if (auto keeper = keeper_if(guard.value()->pid, about)) return keeper;
  }
  if (auto keeper = TRY(keeper_among_all(about))) return keeper;
  // The store broker holds a lock too, which lies where nobody cleans up; only the owner can look there.
  const auto store = lock_holder(vault_store_lock(home));
  if ((guard.ok() && guard.value()) || (store.ok() && store.value())) return std::optional(Keeper{});
  if (!guard.ok()) return guard.error();
  return std::optional<Keeper>();
}

}  // namespace coffer::host
