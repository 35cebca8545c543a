// HighWater: sealing and opening the mark, and the growing delay between passphrases.
#include "vault/high_water.h"

#include <algorithm>
#include <string>

#include "codec/binary.h"

namespace coffer::vault {

namespace {

// The octet in front of a mark. Version 1 goes with format 2 of the vault: it holds no format, and its octet
// is not authenticated.
constexpr std::uint8_t kMarkVersion = 2;
constexpr std::uint8_t kMarkVersionOldest = 1;
constexpr std::uint8_t kFormatOfOldest = 2;

// OldestMark is the content of version 1.
struct OldestMark {
  Mark mark;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mark.realm));
    TRY(visit(in.mark.commits));
    return visit(in.mark.unlock_failures);
  }
};

Buffer associated(std::uint8_t version) {
  std::string text = "coffer mark";
  if (version != kMarkVersionOldest) text.push_back(static_cast<char>(version));
  return to_buffer(as_bytes(text));
}

Result<Mark> decode_mark(std::uint8_t version, Bytes content) {
  if (version != kMarkVersionOldest) return codec::decode<Mark>(content);
  auto oldest = TRY(codec::decode<OldestMark>(content));
  oldest.mark.format = kFormatOfOldest;
  return oldest.mark;
}

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
  if (sealed->size() < 1 + crypto::kNonceBytes || sealed->front() < kMarkVersionOldest) {
    return Error{Code::corrupt, "the high-water mark does not verify"};
  }
  const std::uint8_t version = sealed->front();
  if (version > kMarkVersion) {
    return Error{Code::unsupported, "this vault's mark was written by a newer Coffer: use that program"};
  }
  crypto::Nonce nonce{};
  std::copy_n(sealed->begin() + 1, nonce.size(), nonce.begin());
  const SecretBytes opened =
      TRY(crypto::open(key_, nonce, associated(version), Bytes(*sealed).subspan(1 + nonce.size())));
  mark_ = TRY(decode_mark(version, opened.reveal()));
  // A restart during a delay starts the delay anew: time that passed while the chip was down does not count.
  delay_ends_boot_milliseconds_ =
      clock_.boot_milliseconds() + std::uint64_t{unlock_delay_seconds(mark_.unlock_failures)} * 1000;
  return {};
}

Status HighWater::found(const RealmId& realm, std::uint8_t format) {
  const std::lock_guard lock(mutex_);
  return store_mark(Mark{.realm = realm, .commits = 0, .unlock_failures = 0, .format = format});
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

Status HighWater::raise_format(std::uint8_t format, std::uint64_t commits) {
  const std::lock_guard lock(mutex_);
  Mark next = mark_;
  next.format = format;
  next.commits = std::max(mark_.commits, commits);
  return store_mark(next);
}

Status HighWater::reset(const RealmId& realm, std::uint8_t format, std::uint64_t commits) {
  const std::lock_guard lock(mutex_);
  return store_mark(
      Mark{.realm = realm, .commits = commits, .unlock_failures = mark_.unlock_failures, .format = format});
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
  const bool is_oldest = mark.format == kFormatOfOldest;
  const std::uint8_t version = is_oldest ? kMarkVersionOldest : kMarkVersion;
  Buffer sealed;
  sealed.reserve(store::kMarkBytesMax);
  sealed.push_back(version);
  append(sealed, nonce);
  crypto::seal(key_, nonce, associated(version),
               is_oldest ? codec::encode(OldestMark{mark}) : codec::encode(mark), sealed);
  TRY(file_.write_mark(sealed));
  mark_ = mark;
  return {};
}

}  // namespace coffer::vault
