// Erasure: root material first, then the store.
#include "apps/erasure.h"

#include <array>
#include <filesystem>
#include <system_error>

#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::apps {

namespace {

constexpr std::size_t kHostKeyBytes = 32;

// overwrite_host_key writes zeros over the key in place, so that on a file system that writes in place
// nothing of it is left.
Status overwrite_host_key(const std::string& path) {
  if (!host::file_exists(path)) return {};
  constexpr std::array<std::uint8_t, kHostKeyBytes> kZeros{};
  TRY(host::overwrite_file(path, kZeros));
  return host::remove_file(path);
}

}  // namespace

bool is_erasing(const std::string& home) { return host::file_exists(host::vault_erasing(home)); }

Status erase_home(const std::string& home) {
  TRY(host::write_file_durably(host::vault_erasing(home), as_bytes("this vault is being destroyed\n")));
  TRY(overwrite_host_key(host::vault_host_key(home)));
  std::error_code error;
  std::filesystem::remove_all(host::vault_store_directory(home), error);
  if (error) return Error{Code::denied, "the directory of the store cannot be removed"};
  const std::string mark = host::vault_mark(home);
  const std::string former_mark = host::former_vault_mark(home);
  const std::string store = host::former_vault_store(home);
  for (const std::string& path :
       {mark, mark + ".new", former_mark, former_mark + ".new", store, store + "-wal", store + "-journal",
        store + "-shm", store + ".lock", host::vault_config(home)}) {
    TRY(host::remove_file(path));
  }
  TRY(host::write_file_durably(host::vault_erased(home),
                               as_bytes("this vault was destroyed; audit/ says when\n")));
  return host::remove_file(host::vault_erasing(home));
}

}  // namespace coffer::apps
