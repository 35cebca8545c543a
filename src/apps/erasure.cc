// Erasure: root material first, then the store.
#include "apps/erasure.h"

#include <array>
#include <cstdio>

#include "apps/guard.h"
#include "host/file.h"

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

bool is_erasing(const std::string& home) { return host::file_exists(home + kErasingFile); }

Status erase_home(const std::string& home) {
  TRY(host::write_file_durably(home + kErasingFile, as_bytes("this vault is being destroyed\n")));
  TRY(overwrite_host_key(home + kHostKeyFile));
  for (const char* name :
       {"/mark", "/mark.new", "/store.db", "/store.db-wal", "/store.db-shm", "/store.db.lock", "/config"}) {
    TRY(host::remove_file(home + name));
  }
  TRY(host::write_file_durably(home + kErasedFile, as_bytes("this vault was destroyed; audit/ says when\n")));
  return host::remove_file(home + kErasingFile);
}

}  // namespace coffer::apps
