// Backup keys: the passphrase or the shares that open a backup, out of files or typed in.
#pragma once

#include <array>

#include "base/result.h"
#include "cli/command.h"
#include "cli/invocation.h"
#include "wire/backup_messages.h"

namespace coffer::cli {

// The options by which commands take keys.
inline constexpr auto kKeyOptions = std::to_array<Option>({
    {"--passphrase-file", "", "FILE", "Read the passphrase of the backup from a file; '-' is standard input"},
    {"--share-file", "", "FILE", "Read a custodian's share from a file; give it once for each share", false,
     true},
});

// read_backup_keys reads what `lock` asks for: a passphrase, or the shares of the files that are given.
// Asks on the terminal for what no file holds, for shares until there are enough.
Result<wire::BackupKeys> read_backup_keys(Invocation& invocation, const wire::BackupLock& lock);

// verdict_text is a verdict on a share, for people.
std::string_view verdict_text(wire::ShareVerdict verdict);

// lock_text says what opens a backup, in a few words.
std::string lock_text(const wire::BackupLock& lock);

}  // namespace coffer::cli
