// Backup lock: the key that a backup is sealed under, out of a passphrase or of custodians' shares.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "wire/backup_messages.h"

namespace coffer::vault {

// BackupKey opens the header of a backup.
struct BackupKey : Secret<32> {};

// NewBackupLock is a lock with its key, and the shares for the custodians.
struct NewBackupLock {
  wire::BackupLock lock;
  BackupKey key;
  std::vector<wire::ShareWords> shares;
};

// KeptBackupLock is a lock that stays in the vault, sealed, so that whoever makes a backup needs no secret.
struct KeptBackupLock {
  std::array<std::uint8_t, 16> id{};  // of its record
  wire::BackupLock lock;
  BackupKey key;
  std::vector<wire::Principal> operators;  // who may make backups besides the owner

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.lock));
    TRY(visit(in.key));
    return visit(in.operators, wire::kGrantsMax);
  }
};

// make_backup_lock makes a lock by the terms of a request, whose choice is not `kept`.
Result<NewBackupLock> make_backup_lock(const wire::BackupTerms& terms);

// check_shares tells about each share whether it fits the lock.
std::vector<wire::ShareVerdict> check_shares(const wire::BackupLock& lock,
                                             const std::vector<wire::ShareText>& shares);

// open_backup_lock gives the key. Fails with `denied` when a share is not good or there are too few. A wrong
// passphrase gives a wrong key.
Result<BackupKey> open_backup_lock(const wire::BackupLock& lock, const wire::BackupKeys& keys);

}  // namespace coffer::vault
