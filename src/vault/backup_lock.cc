// Backup lock: Argon2id for a passphrase, Shamir's sharing for custodians.
#include "vault/backup_lock.h"

#include <algorithm>

#include "crypto/primitives.h"
#include "crypto/shamir.h"
#include "vault/share.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kMemoryKib = 64 * 1024;
constexpr std::size_t kPassphraseBytesMin = 8;

struct SharedSecret : Secret<32> {};

Result<BackupKey> key_of_passphrase(const wire::BackupLock& lock, const SecretBytes& passphrase) {
  if (lock.memory_kib > crypto::kArgon2MemoryKibMax || lock.passes > crypto::kArgon2PassesMax) {
    return Error{Code::corrupt, "the backup asks for unreasonable work"};
  }
  SharedSecret stretched;
  TRY(crypto::argon2id(passphrase, lock.set, {lock.memory_kib, lock.passes}, stretched));
  BackupKey key;
  crypto::derive_key(stretched, "coffer backup passphrase", lock.set, key);
  return key;
}

BackupKey key_of_secret(const wire::BackupLock& lock, const SharedSecret& secret) {
  BackupKey key;
  crypto::derive_key(secret, "coffer backup custodians", lock.set, key);
  return key;
}

wire::ShareVerdict verdict_of(const wire::BackupLock& lock, const Result<ReadShare>& read) {
  if (!read.ok()) return wire::ShareVerdict::damaged;
  const ReadShare& share = read.value();
  if (!std::ranges::equal(share.set, std::span(lock.set).first(share.set.size()))) {
    return wire::ShareVerdict::other_set;
  }
  const std::size_t number = share.share.number;
  if (number == 0 || number > lock.share_checks.size() || share.threshold != lock.threshold ||
      share_check(lock.set, share.share) != lock.share_checks[number - 1]) {
    return wire::ShareVerdict::wrong;
  }
  return wire::ShareVerdict::good;
}

Result<NewBackupLock> lock_with_passphrase(const wire::BackupTerms& terms) {
  if (terms.passphrase.size() < kPassphraseBytesMin) {
    return Error{Code::pin_length, "a passphrase has at least 8 characters"};
  }
  NewBackupLock made;
  made.lock.protection = wire::BackupProtection::passphrase;
  TRY(crypto::random_bytes(made.lock.set));
  const auto cost = TRY(crypto::calibrate_argon2(kMemoryKib, terms.stretch_milliseconds));
  made.lock.memory_kib = cost.memory_kib;
  made.lock.passes = cost.passes;
  made.key = TRY(key_of_passphrase(made.lock, terms.passphrase));
  return made;
}

Result<NewBackupLock> lock_with_custodians(const wire::BackupTerms& terms) {
  NewBackupLock made;
  made.lock.protection = wire::BackupProtection::custodians;
  made.lock.threshold = terms.threshold;
  TRY(crypto::random_bytes(made.lock.set));
  SharedSecret secret;
  TRY(crypto::random_bytes(secret.reveal()));
  for (const crypto::Share& share : TRY(crypto::split_secret(secret, terms.threshold, terms.share_count))) {
    made.lock.share_checks.push_back(share_check(made.lock.set, share));
    made.shares.push_back(write_share(made.lock.set, terms.threshold, share));
  }
  made.key = key_of_secret(made.lock, secret);
  return made;
}

}  // namespace

Result<NewBackupLock> make_backup_lock(const wire::BackupTerms& terms) {
  switch (terms.choice) {
    case wire::BackupChoice::passphrase: return lock_with_passphrase(terms);
    case wire::BackupChoice::custodians: return lock_with_custodians(terms);
    case wire::BackupChoice::kept: break;
  }
  return Error{Code::invalid, "choose a passphrase or custodians"};
}

std::vector<wire::ShareVerdict> check_shares(const wire::BackupLock& lock,
                                             const std::vector<wire::ShareText>& shares) {
  std::vector<wire::ShareVerdict> verdicts;
  std::vector<std::uint8_t> numbers;
  for (const wire::ShareText& typed : shares) {
    const auto read = read_share(typed.text.reveal());
    wire::ShareVerdict verdict = verdict_of(lock, read);
    if (verdict == wire::ShareVerdict::good) {
      const std::uint8_t number = read.value().share.number;
      if (std::ranges::find(numbers, number) != numbers.end()) verdict = wire::ShareVerdict::repeated;
      numbers.push_back(number);
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

Result<BackupKey> open_backup_lock(const wire::BackupLock& lock, const wire::BackupKeys& keys) {
  if (lock.protection == wire::BackupProtection::passphrase) {
    if (keys.passphrase.empty()) return Error{Code::denied, "the backup needs its passphrase"};
    return key_of_passphrase(lock, keys.passphrase);
  }
  for (const wire::ShareVerdict verdict : check_shares(lock, keys.shares)) {
    if (verdict != wire::ShareVerdict::good) {
      return Error{Code::denied, "a share is not right: 'coffer backup rehearse' tells which"};
    }
  }
  if (keys.shares.size() < lock.threshold) return Error{Code::denied, "the backup needs more shares"};
  std::vector<crypto::Share> shares;
  for (std::size_t i = 0; i < lock.threshold; ++i) {
    shares.push_back(std::move(TRY(read_share(keys.shares[i].text.reveal())).share));
  }
  SharedSecret secret;
  TRY(crypto::join_shares(shares, secret));
  return key_of_secret(lock, secret);
}

}  // namespace coffer::vault
