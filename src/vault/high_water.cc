// HighWater: sealing and opening the mark, and the growing delay between passphrases.
#include "vault/high_water.h"

#include <algorithm>

#include "codec/binary.h"

namespace coffer::vault {

namespace {

constexpr std::uint8_t kMarkFormat = 1;
constexpr std::uint32_t kFreeTries = 3;
constexpr std::uint32_t kDelaySecondsMax = 3600;

}  // namespace

std::uint32_t unlock_delay_seconds(std::uint32_t failures) {
  if (failures < kFreeTries) return 0;
  const std::uint32_t doublings = std::min(failures - kFreeTries, 12U);
  return std::min(1U << doublings, kDelaySecondsMax);
}

HighWater::HighWater(store::MarkFile& file, const HostKey& host, const Clock& clock)
    : file_(file), key_(mark_key(host)), clock_(clock) {}

Status HighWater::load() {
  const std::lock_guard lock(mutex_);
  const auto sealed = TRY(file_.read_mark());
  if (!sealed.has_value()) return Error{Code::rollback, "the high-water mark is missing"};
  if (sealed->size() < 1 + crypto::kNonceBytes || sealed->front() != kMarkFormat) {
    return Error{Code::corrupt, "the high-water mark does not verify"};
  }
  crypto::Nonce nonce{};
  std::copy_n(sealed->begin() + 1, nonce.size(), nonce.begin());
  const SecretBytes opened =
      TRY(crypto::open(key_, nonce, as_bytes("coffer mark"), Bytes(*sealed).subspan(1 + nonce.size())));
  mark_ = TRY(codec::decode<Mark>(opened.reveal()));
  // A restart during a delay starts the delay anew: time that passed while the chip was down does not count.
  delay_ends_boot_milliseconds_ =
      clock_.boot_milliseconds() + std::uint64_t{unlock_delay_seconds(mark_.unlock_failures)} * 1000;
  return {};
}

Status HighWater::found(const RealmId& realm) {
  const std::lock_guard lock(mutex_);
  return store_mark(Mark{.realm = realm, .commits = 0, .unlock_failures = 0});
}

Mark HighWater::mark() const {
  const std::lock_guard lock(mutex_);
  return mark_;
}

Status HighWater::raise(std::uint64_t commits) {
  const std::lock_guard lock(mutex_);
  if (commits <= mark_.commits) return {};
  Mark next = mark_;
  next.commits = commits;
  return store_mark(next);
}

Status HighWater::reset(const RealmId& realm, std::uint64_t commits) {
  const std::lock_guard lock(mutex_);
  return store_mark(Mark{.realm = realm, .commits = commits, .unlock_failures = mark_.unlock_failures});
}

Status HighWater::begin_attempt() {
  const std::lock_guard lock(mutex_);
  if (clock_.boot_milliseconds() < delay_ends_boot_milliseconds_) {
    return Error{Code::throttled, "too many wrong passphrases: wait, 'coffer status' says how long"};
  }
  Mark next = mark_;
  ++next.unlock_failures;
  TRY(store_mark(next));
  delay_ends_boot_milliseconds_ =
      clock_.boot_milliseconds() + std::uint64_t{unlock_delay_seconds(mark_.unlock_failures)} * 1000;
  return {};
}

Status HighWater::succeeded() {
  const std::lock_guard lock(mutex_);
  delay_ends_boot_milliseconds_ = 0;
  if (mark_.unlock_failures == 0) return {};
  Mark next = mark_;
  next.unlock_failures = 0;
  return store_mark(next);
}

std::uint32_t HighWater::retry_after_seconds() const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t now = clock_.boot_milliseconds();
  if (now >= delay_ends_boot_milliseconds_) return 0;
  return static_cast<std::uint32_t>((delay_ends_boot_milliseconds_ - now + 999) / 1000);
}

Status HighWater::store_mark(const Mark& mark) {
  crypto::Nonce nonce{};
  TRY(crypto::random_bytes(nonce));
  Buffer sealed{kMarkFormat};
  append(sealed, nonce);
  crypto::seal(key_, nonce, as_bytes("coffer mark"), codec::encode(mark), sealed);
  TRY(file_.write_mark(sealed));
  mark_ = mark;
  return {};
}

}  // namespace coffer::vault
