// The home step to format 4: store and mark get the directories that their processes are confined to.
#include <array>
#include <cstdio>

#include "apps/home_steps.h"
#include "host/errno_error.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::apps {

namespace {

// The log of writes comes before its database, which must not be opened without it.
constexpr std::array<const char*, 3> kOfStore{"-wal", "-journal", ""};

// move_file moves a file into a directory that it makes.
Status move_file(const std::string& from, const std::string& directory, const std::string& to) {
  if (!host::file_exists(from)) return {};
  if (host::file_exists(to)) {
    return Error{
        Code::exists,
        "store.db or mark lies in the vault's directory and in store/ or audit/ too: move away which "
        "is not the vault's"};
  }
  TRY(host::create_directory(directory));
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return host::errno_error("a file of the vault cannot be moved");
  return {};
}

}  // namespace

Status move_to_4(const std::string& home) {
  const std::string store = host::former_vault_store(home);
  const std::string mark = host::former_vault_mark(home);
  const std::string store_directory = host::vault_store_directory(home);
  const std::string audit = host::vault_audit(home);
  for (const char* const suffix : kOfStore)
    TRY(move_file(store + suffix, store_directory, host::vault_store(home) + suffix));
  TRY(move_file(mark, audit, host::vault_mark(home)));
  // These are made anew where they are wanted.
  for (const std::string& old : {store + "-shm", store + ".lock", mark + ".new"}) TRY(host::remove_file(old));
  // Always: the start before may have been killed when it had moved them.
  for (const std::string& directory : {store_directory, audit, home}) {
    if (host::file_exists(directory)) TRY(host::sync_directory(directory));
  }
  return {};
}

}  // namespace coffer::apps
