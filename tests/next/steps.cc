// The tables of a program that is two formats further, for vault_migrates.sh: it defines what base/format.cc,
// apps/home_steps.cc and vault/migration_steps.cc define, so those are not linked.
//
// Each format moves a file and seals all of the vault's own records anew. Started under a name that ends with
// "-stops-at-N", the program stops at step N when half of it is done, says so in the log, and waits to be
// killed: N is "home-7", "home-8", "vault-7" or "vault-8", after the format that the step begins with.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "apps/home_steps.h"
#include "base/format.h"
#include "base/log.h"
#include "host/file.h"
#include "vault/migration.h"

namespace coffer {

const std::uint8_t kFormat = 9;

namespace {

constexpr std::size_t kRecordsMax = 100000;

bool stops_at(const std::string& place) {
  std::array<char, 4096> path{};
  // The chip may not open files; to ask for the name of its own is no opening.
  const ssize_t bytes = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  std::string_view name(path.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  constexpr std::string_view kInMemory = " (deleted)";  // it runs from an image
  if (name.ends_with(kInMemory)) name.remove_suffix(kInMemory.size());
  return name.ends_with("-stops-at-" + place);
}

void stop_at(const std::string& place) {
  if (!stops_at(place)) return;
  log_line("next", "half of " + place + " is done");
  for (;;) ::pause();
}

// The file `config` is moved to a directory, and from there to another one. A step that was cut off finds the
// directory made, and the file moved or not.
Status move_config(const std::string& home, const std::string& from, const std::string& to_directory,
                   const std::string& place) {
  if (!host::file_exists(home + from)) return {};
  TRY(host::create_directory(home + to_directory));
  stop_at(place);
  const std::string to = to_directory + "/config";
  if (std::rename((home + from).c_str(), (home + to).c_str()) != 0) {
    return Error{Code::unavailable, "the file config cannot be moved"};
  }
  TRY(host::sync_directory(home + to_directory));
  return host::sync_directory(home);
}

Status move_8(const std::string& home) { return move_config(home, "/config", "/about", "home-7"); }
Status move_9(const std::string& home) {
  return move_config(home, "/about/config", "/about-this-vault", "home-8");
}

Status move_nothing(const std::string& /*home*/) { return {}; }

constexpr std::array<host::HomeStep, 7> kHomeSteps{{{2, move_nothing},
                                                    {3, apps::move_to_4},
                                                    {4, move_nothing},
                                                    {5, move_nothing},
                                                    {6, move_nothing},
                                                    {7, move_8},
                                                    {8, move_9}}};

// Seals every record of the vault's own partition anew.
Status seal_anew(vault::MigrationPlan& plan, const std::string& place) {
  vault::Realm& realm = plan.realm();
  const auto entries = realm.manifests().list({.partition = record::kSystemPartition}, kRecordsMax);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i == entries.size() / 2) stop_at(place);
    const auto plaintext = TRY(realm.read_record(entries[i], realm.system()->key));
    TRY(plan.rewrite(entries[i], realm.system()->key, plaintext.reveal()));
  }
  return {};
}

Status rewrite_nothing(vault::MigrationPlan& /*plan*/) { return {}; }
Status vault_to_8(vault::MigrationPlan& plan) { return seal_anew(plan, "vault-7"); }
Status vault_to_9(vault::MigrationPlan& plan) { return seal_anew(plan, "vault-8"); }

constexpr std::array<vault::MigrationStep, 7> kVaultSteps{{{2, rewrite_nothing},
                                                           {3, rewrite_nothing},
                                                           {4, rewrite_nothing},
                                                           {5, rewrite_nothing},
                                                           {6, rewrite_nothing},
                                                           {7, vault_to_8},
                                                           {8, vault_to_9}}};

}  // namespace

namespace apps {
std::span<const host::HomeStep> home_steps() { return kHomeSteps; }
}  // namespace apps

namespace vault {
std::span<const MigrationStep> migration_steps() { return kVaultSteps; }
}  // namespace vault

}  // namespace coffer
