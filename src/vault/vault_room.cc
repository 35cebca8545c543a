// Vault: what can be opened again is closed when the hidden memory gets low - token objects are read from the
// store again, session objects lie sealed in public memory meanwhile.
#include "base/secret_room.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::uint64_t kIntervalMilliseconds = 10;

}  // namespace

void Vault::make_room() {
  if (secret_room() == SecretRoom::plenty) return;
  // It is work that each request would pay for all; where it has not helped, it is done now and then.
  if (clock_.boot_milliseconds() < no_room_until_milliseconds_.load(std::memory_order_relaxed)) return;
  const std::unique_lock one(making_room_, std::try_to_lock);
  // Where the world is being changed, somebody is about to forget everything, or to bring it.
  const std::shared_lock world(world_, std::try_to_lock);
  if (!one.owns_lock() || !world.owns_lock() || !realm_) return;
  realm_->cache().shrink();
  if (secret_room() == SecretRoom::plenty || shelf_->open_count.load(std::memory_order_relaxed) == 0) return;
  std::vector<std::shared_ptr<Application>> all;
  {
    const std::lock_guard lock(applications_mutex_);
    all = applications();
  }
  for (const auto& application : all) application->objects().put_away(realm_->names());
  if (secret_room() != SecretRoom::plenty)
    no_room_until_milliseconds_.store(clock_.boot_milliseconds() + kIntervalMilliseconds,
                                      std::memory_order_relaxed);
}

}  // namespace coffer::vault
