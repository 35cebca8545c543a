// Backup session: carrying a backup file to a chip that opens, checks and perhaps restores it.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/backup/backup_file.h"
#include "cli/chip.h"
#include "cli/invocation.h"
#include "wire/backup_messages.h"

namespace coffer::cli {

// Stretching a passphrase takes as long as it was told to when the backup was made.
inline constexpr std::uint32_t kBackupMilliseconds = 300000;

// check_keys asks the chip whether the keys open the backup; the failure names each share that is not good.
Status check_keys(Invocation& invocation, Chip& chip, const BackupFile& file, wire::BackupKeys& keys);

// feed sends all pieces of the file, with progress on a terminal. A damaged file fails with `corrupt`.
Status feed(Invocation& invocation, Chip& chip, BackupFile& file);

// show_count shows progress on a terminal: a number of records.
void show_count(std::uint64_t count, bool is_last);

}  // namespace coffer::cli
