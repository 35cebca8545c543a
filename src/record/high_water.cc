// HighWater: sealing and opening the mark, and the growing delay between passphrases.
#include "record/high_water.h"

#include <algorithm>
#include <string>

#include "codec/binary.h"

namespace coffer::record {

namespace {

// The octet in front of a mark. Version 2 goes with formats 3 and 4 of the vault: it binds no audit log.
// Version 1 goes with format 2: it holds no format either, and its octet is not authenticated.
constexpr std::uint8_t kMarkVersion = 3;
constexpr std::uint8_t kMarkVersionUnbound = 2;
constexpr std::uint8_t kMarkVersionOldest = 1;
constexpr std::uint8_t kFormatOfOldest = 2;

std::uint8_t version_of(std::uint8_t format) {
  if (format == kFormatOfOldest) return kMarkVersionOldest;
  return format < kBoundFormat ? kMarkVersionUnbound : kMarkVersion;
}

// UnboundMark is the content of version 2.
struct UnboundMark {
  Mark mark;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mark.realm));
    TRY(visit(in.mark.bound.commits));
    TRY(visit(in.mark.unlock_failures));
    return visit(in.mark.format);
  }
};

// OldestMark is the content of version 1.
struct OldestMark {
  Mark mark;
  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mark.realm));
    TRY(visit(in.mark.bound.commits));
    return visit(in.mark.unlock_failures);
  }
};

Buffer associated(std::uint8_t version) {
  std::string text = "coffer mark";
  if (version != kMarkVersionOldest) text.push_back(static_cast<char>(version));
  return to_buffer(as_bytes(text));
}

Result<Mark> decode_mark(std::uint8_t version, Bytes content) {
  if (version == kMarkVersion) return codec::decode<Mark>(content);
  if (version == kMarkVersionUnbound) return TRY(codec::decode<UnboundMark>(content)).mark;
  auto oldest = TRY(codec::decode<OldestMark>(content));
  oldest.mark.format = kFormatOfOldest;
  return oldest.mark;
}

Buffer encode_mark(std::uint8_t version, const Mark& mark) {
  if (version == kMarkVersion) return codec::encode(mark);
  return version == kMarkVersionUnbound ? codec::encode(UnboundMark{mark}) : codec::encode(OldestMark{mark});
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
  presence_ = Presence::unreadable;
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
  Mark mark = TRY(decode_mark(version, opened.reveal()));
  if (version_of(mark.format) != version)
    return Error{Code::corrupt, "the high-water mark contradicts itself"};
  mark_ = mark;
  presence_ = Presence::whole;
  // A restart during a delay starts the delay anew: time that passed while the chip was down does not count.
  delay_ends_boot_milliseconds_ =
      clock_.boot_milliseconds() + std::uint64_t{unlock_delay_seconds(mark_.unlock_failures)} * 1000;
  return {};
}

Status HighWater::found(const RealmId& realm, std::uint8_t format, const Bound& bound) {
  const std::lock_guard lock(mutex_);
  return store_mark(Mark{.realm = realm, .bound = bound, .unlock_failures = 0, .format = format});
}

HighWater::Presence HighWater::presence() const {
  const std::lock_guard lock(mutex_);
  return presence_;
}

Mark HighWater::mark() const {
  const std::lock_guard lock(mutex_);
  return mark_;
}

Status HighWater::bind(const Bound& bound) {
  const std::lock_guard lock(mutex_);
  if (bound.commits < mark_.bound.commits || bound.binding < mark_.bound.binding ||
      bound.audit_sequence < mark_.bound.audit_sequence) {
    return Error{Code::rollback, "the high-water mark cannot go back"};
  }
  if (bound == mark_.bound) return {};
  Mark next = mark_;
  next.bound = bound;
  return store_mark(next);
}

Status HighWater::raise_format(std::uint8_t format, const Bound& bound) {
  const std::lock_guard lock(mutex_);
  Mark next = mark_;
  next.format = format;
  next.bound = bound;
  return store_mark(next);
}

Status HighWater::reset(const RealmId& realm, std::uint8_t format, const Bound& bound) {
  const std::lock_guard lock(mutex_);
  return store_mark(
      Mark{.realm = realm, .bound = bound, .unlock_failures = mark_.unlock_failures, .format = format});
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
  const std::uint8_t version = version_of(mark.format);
  Buffer sealed;
  sealed.reserve(store::kMarkBytesMax);
  sealed.push_back(version);
  append(sealed, nonce);
  crypto::seal(key_, nonce, associated(version), encode_mark(version, mark), sealed);
  TRY(file_.write_mark(sealed));
  mark_ = mark;
  presence_ = Presence::whole;
  return {};
}

}  // namespace coffer::record
