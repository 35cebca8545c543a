// Shares: the terms of a backup on the command line, and the files that custodians get.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/backup/backup_keys.h"
#include "cli/command.h"
#include "cli/invocation.h"
#include "wire/backup_messages.h"

namespace coffer::cli {

// The options that say what shall open a backup.
inline constexpr auto kTermOptions = std::to_array<Option>({
    {"--passphrase-file", "", "FILE", "Read the passphrase of the backup from a file; '-' is standard input"},
    {"--custodians", "", "M/N", "Let any M of N custodians open it, 2 to 16, instead of a passphrase"},
    {"--shares", "", "DIR", "Write each custodian's share into a file there, instead of printing them"},
    {"--stretch-ms", "", "N",
     "How long one try of the passphrase shall take, in milliseconds (default: 250)"},
});

// read_backup_terms reads those options; without any, what the vault keeps is meant.
Result<wire::BackupTerms> read_backup_terms(Invocation& invocation);

// share_text is what a custodian gets: a comment, the words, and the same in one line for machines. `terms`
// are those that the shares were made by.
SecretBytes share_text(const wire::BackupTerms& terms, std::size_t number, const wire::ShareWords& words);
// print_shares prints what every custodian gets, with an empty line in front of each.
void print_shares(Output& output, const wire::BackupTerms& terms,
                  const std::vector<wire::ShareWords>& shares);
// list_shares writes the words of all into a list of `json`.
void list_shares(codec::JsonWriter& json, const std::vector<wire::ShareWords>& shares);

// write_shares writes DIRECTORY/share-1 and so on, private files; files that are there are not replaced.
Status write_shares(Invocation& invocation, const std::string& directory, const wire::BackupTerms& terms,
                    const std::vector<wire::ShareWords>& shares);

}  // namespace coffer::cli
