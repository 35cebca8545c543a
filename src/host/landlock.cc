// Landlock: takes the file system and the network away from a process (landlock(7)).
#include "host/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <vector>

#include "host/descriptor.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::host {

namespace {

// Attributes is landlock_ruleset_attr as Linux 6.12 knows it; older kernels take a shorter one.
struct Attributes {
  std::uint64_t file_rights = 0;
  std::uint64_t network_rights = 0;
  std::uint64_t scopes = 0;
};

// Version is what one version of landlock added, as the headers of Debian 12 do not know the later ones.
struct Version {
  std::uint64_t file_rights;     // all that exist up to this version
  std::uint64_t network_rights;  // bind TCP, connect TCP
  std::uint64_t scopes;          // abstract Unix sockets, signals
  std::size_t attribute_bytes;
};

constexpr std::uint64_t low_bits(unsigned count) { return (std::uint64_t{1} << count) - 1; }

constexpr auto kVersions = std::to_array<Version>({
    {low_bits(13), 0, 0, 8},                       // 1: Linux 5.13
    {low_bits(14), 0, 0, 8},                       // 2: 5.19, + rename and link between directories
    {low_bits(15), 0, 0, 8},                       // 3: 6.2, + truncate
    {low_bits(15), low_bits(2), 0, 16},            // 4: 6.7, + TCP
    {low_bits(16), low_bits(2), 0, 16},            // 5: 6.10, + ioctl on devices
    {low_bits(16), low_bits(2), low_bits(2), 24},  // 6: 6.12, + scopes
});

constexpr std::uint64_t kBind = 1U << 0U;       // LANDLOCK_ACCESS_NET_BIND_TCP, version 4
constexpr std::uint64_t kConnect = 1U << 1U;    // LANDLOCK_ACCESS_NET_CONNECT_TCP
constexpr std::uint64_t kTruncate = 1U << 14U;  // LANDLOCK_ACCESS_FS_TRUNCATE, version 3
constexpr std::uint64_t kOrdinaryFiles = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
                                         LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                         LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                         LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | kTruncate;
constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kRunning = kReading | LANDLOCK_ACCESS_FS_EXECUTE;
// What a rule for a file may hold; the rest is about directories.
constexpr std::uint64_t kOfAFile =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | kTruncate;

// The version of the running kernel, 0 when it has no landlock.
std::size_t running_version() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<std::size_t>(version) : 0;
}

bool has_one_thread() {
  const Result<std::vector<std::string>> threads = list_directory("/proc/self/task");
  return threads.ok() && threads.value().size() == 1;
}

// Rule permits something under a directory, or with a file.
struct Rule {
  std::string path;
  std::uint64_t rights;
  bool may_be_missing = false;
};

// add_rule tells whether the kernel took it. `rights` are those that this version knows.
bool add_rule(const Descriptor& ruleset, int place, std::uint64_t rights) {
  struct stat about{};
  if (::fstat(place, &about) != 0) return false;
  if (!S_ISDIR(about.st_mode)) rights &= kOfAFile;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = place;
  return ::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

bool add_rules(const Descriptor& ruleset, std::span<const Rule> rules, std::uint64_t rights) {
  return std::ranges::all_of(rules, [&](const Rule& rule) {
    const Descriptor place(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
    if (!place.is_open()) return rule.may_be_missing && errno == ENOENT;
    return add_rule(ruleset, place.get(), rule.rights & rights);
  });
}

std::string describe(const std::string& what, std::size_t running) {
  std::string text = what + " (landlock version " + std::to_string(running);
  if (running < 3) text += ": files can still be truncated by name";
  if (running < 4) text += running < 3 ? ", TCP is not covered" : ": TCP is not covered";
  return text + ")";
}

// Request is what a process keeps.
struct Request {
  std::string name;
  std::string what;
  std::vector<Rule> rules;
  std::uint64_t network_kept = 0;
  int program = -1;
};

Protection restrict_process(const Request& request) {
  const std::string& name = request.name;
  const std::size_t running = running_version();
  if (running == 0) return {name, State::unavailable, "the kernel has no landlock, or it is switched off"};
  if (!has_one_thread()) return {name, State::off, "it must come before the first thread is started"};
  const Version& version = kVersions[std::min(running, kVersions.size()) - 1];
  const Attributes attributes{version.file_rights, version.network_rights & ~request.network_kept,
                              version.scopes};
  const Descriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, version.attribute_bytes, 0)));
  if (!ruleset.is_open()) return {name, State::off, "the system refused the rules"};
  if (!add_rules(ruleset, request.rules, version.file_rights))
    return {name, State::off, "the directory cannot be opened"};
  // A program in memory is in no file system, and needs no rule (EBADFD).
  if (request.program >= 0 && !add_rule(ruleset, request.program, kRunning & version.file_rights) &&
      errno != EBADFD) {
    return {name, State::off, "the program cannot be run any more"};
  }
  // Landlock asks for this, so that no set-user-ID program is surprised by it.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return {name, State::off, "the system refused to restrict the process"};
  }
  return {name, State::on, describe(request.what, running)};
}

}  // namespace

Protection deny_filesystem() {
  return restrict_process({.name = "no_file_system", .what = "no file can be opened", .rules = {}});
}

Protection allow_only_directory(const std::string& path) {
  return restrict_process({.name = "one_directory",
                           .what = "only files of one directory can be opened",
                           .rules = {{path, kOrdinaryFiles}}});
}

Protection allow_home_and_programs(const std::string& home, const Descriptor& program) {
  // /lib and /lib64 are links into /usr, or directories of old systems; the list of libraries is in /etc.
  return restrict_process({.name = "one_directory",
                           .what =
                               "only files of one directory can be written; the system's programs, and what "
                               "they read to begin, can be read",
                           .rules = {{home, kOrdinaryFiles | LANDLOCK_ACCESS_FS_MAKE_SOCK},
                                     {vault_host_key(home), kReading, true},
                                     {"/usr", kRunning},
                                     {"/lib", kRunning, true},
                                     {"/lib64", kRunning, true},
                                     {"/etc/ld.so.cache", kReading, true},
                                     {"/proc", kReading},
                                     {"/sys", kReading, true}},
                           .network_kept = kBind,
                           .program = program.get()});
}

Protection allow_directory_and_connect(const std::string& path) {
  return restrict_process({.name = "one_directory",
                           .what = "only files of one directory can be opened, and TCP connections be made",
                           .rules = {{path, kOrdinaryFiles}},
                           .network_kept = kConnect});
}

}  // namespace coffer::host
