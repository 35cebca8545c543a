// Aside vault: a vault without content in a directory of its own, for looking into a backup where no vault
// runs, and for building a restored one before it takes its place.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/chip.h"
#include "cli/invocation.h"

namespace coffer::cli {

// AsideVault is the vault of `invocation` while it lives: `invocation.home` is its directory. Afterwards it
// is stopped and gone, unless it was kept.
class AsideVault final {
 public:
  // create makes the directory `path` with a new host.key and starts the vault. What an interrupted run left
  // there is stopped and removed first.
  static Result<AsideVault> create(Invocation& invocation, const std::string& path);
  // create_temporary does so in a new directory under $TMPDIR.
  static Result<AsideVault> create_temporary(Invocation& invocation);
  ~AsideVault();
  AsideVault(AsideVault&& other) noexcept;
  AsideVault& operator=(AsideVault&&) = delete;
  AsideVault(const AsideVault&) = delete;
  AsideVault& operator=(const AsideVault&) = delete;

  // move_to stops the vault and gives its directory the name `path`, which nothing or an empty directory has.
  // When it fails, nothing has changed there.
  Status move_to(const std::string& path);

 private:
  AsideVault(Invocation& invocation, std::string path);

  Invocation* invocation_;
  std::string path_;
  std::string home_;
};

}  // namespace coffer::cli
