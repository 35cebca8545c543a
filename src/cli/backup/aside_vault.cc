// Aside vault: making, starting, and moving or removing it.
#include "cli/backup/aside_vault.h"

#include <time.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cli/life/stop.h"
#include "crypto/primitives.h"
#include "host/deadline.h"
#include "host/file.h"
#include "host/home_format.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kHostKeyBytes = 32;
constexpr std::chrono::milliseconds kRemovalTimeMax{2000};
constexpr std::chrono::milliseconds kLookEvery{20};

// A restore that was killed may have left a guard that begins only now: it makes files where they are being
// removed, and can be stopped once it holds its lock.
Status remove_all(Invocation& invocation, const std::string& path) {
  const auto deadline = host::Deadline::after(kRemovalTimeMax);
  for (;;) {
    const auto stopped = stop_vault(invocation);
    if (!stopped.ok()) return stopped.error();
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (!error) return {};
    if (deadline.remaining().count() == 0) break;
    const timespec pause{0, std::chrono::nanoseconds(kLookEvery).count()};
    ::nanosleep(&pause, nullptr);
  }
  return invocation.fail(Code::denied, path + " cannot be removed", "remove it, and try again");
}

Status make_directory(Invocation& invocation, const std::string& path) {
  std::array<std::uint8_t, kHostKeyBytes> octets{};
  TRY(crypto::random_bytes(octets));
  Status made = host::create_directory(path, host::kPassableDirectory);
  if (made.ok()) made = host::found_home(path);
  if (made.ok()) made = host::write_file_durably(host::vault_host_key(path), octets);
  wipe(octets);
  if (made.ok()) return {};
  return invocation.fail(made.error().code == Code::disk_full ? Code::disk_full : Code::denied,
                         path + " cannot be made: " + std::string(made.error().text),
                         "check the disk, and who may write to the directory above");
}

}  // namespace

AsideVault::AsideVault(Invocation& invocation, std::string path)
    : invocation_(&invocation), path_(std::move(path)), home_(std::exchange(invocation.home, path_)) {}

AsideVault::AsideVault(AsideVault&& other) noexcept
    : invocation_(std::exchange(other.invocation_, nullptr)),
      path_(std::move(other.path_)),
      home_(std::move(other.home_)) {}

AsideVault::~AsideVault() {
  if (invocation_ == nullptr) return;
  // What went wrong before is what people must read.
  const auto failure = invocation_->failure;
  if (!path_.empty() && !remove_all(*invocation_, path_).ok()) {
    invocation_->warn(path_ + " is left behind: remove it");
  }
  invocation_->failure = failure;
  invocation_->home = home_;
}

Result<AsideVault> AsideVault::create(Invocation& invocation, const std::string& path) {
  AsideVault aside(invocation, path);
  TRY(remove_all(invocation, path));
  TRY(make_directory(invocation, path));
  const auto started = start_vault(invocation);
  if (!started.ok()) return started.error();
  return aside;
}

Result<AsideVault> AsideVault::create_temporary(Invocation& invocation) {
  std::error_code error;
  std::string path = std::filesystem::temp_directory_path(error).string() + "/coffer-backup-XXXXXX";
  if (error || ::mkdtemp(path.data()) == nullptr) {
    return invocation.fail(Code::denied, "no temporary directory can be made", "set TMPDIR to one");
  }
  return create(invocation, path);
}

Status AsideVault::move_to(const std::string& path) {
  const auto stopped = stop_vault(*invocation_);
  if (!stopped.ok()) return stopped.error();
  if (std::rename(path_.c_str(), path.c_str()) != 0) {
    return invocation_->fail(errno == ENOTEMPTY || errno == EEXIST ? Code::exists : Code::denied,
                             path + " cannot be put in its place", "choose another --home");
  }
  path_.clear();
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return host::sync_directory(parent.empty() ? "." : parent);
}

}  // namespace coffer::cli
