// Backup keys: reading share files without their comments, and asking custodians one after the other.
#include "cli/backup/backup_keys.h"

#include <algorithm>

#include "cli/secret_input.h"
#include "host/file.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kShareFileBytesMax = 4096;

// without_comments leaves out lines that begin with '#', and every line behind the first that says something.
SecretBytes without_comments(const SecretBytes& content) {
  std::string_view rest = as_text(content.reveal());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (!line.empty() && line[0] != '#' && line[0] != '\r') return SecretBytes::copy_of(as_bytes(line));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Result<wire::ShareText> read_share_file(Invocation& invocation, const std::string& path) {
  const auto content = host::read_secret_file(path, kShareFileBytesMax);
  if (!content.ok()) {
    return invocation.fail(content.error().code == Code::not_found ? Code::not_found : Code::denied,
                           "the share " + path + " cannot be read", "check its name, and who may read it");
  }
  wire::ShareText share{without_comments(content.value())};
  if (!share.text.empty() && share.text.size() <= wire::kShareTextBytesMax) return share;
  return invocation.fail(Code::malformed, path + " holds no share", "check its name");
}

}  // namespace

Result<wire::BackupKeys> read_backup_keys(Invocation& invocation, const wire::BackupLock& lock) {
  wire::BackupKeys keys;
  if (lock.protection == wire::BackupProtection::passphrase) {
    if (invocation.arguments.has("--share-file")) {
      return invocation.usage("this backup is opened by a passphrase, not by shares");
    }
    keys.passphrase = TRY(read_secret(invocation, {.what = "passphrase of the backup",
                                                   .option = "--passphrase-file",
                                                   .bytes_max = wire::kPassphraseBytesMax}));
    return keys;
  }
  if (invocation.arguments.has("--passphrase-file")) {
    return invocation.usage("this backup is opened by custodians' shares, not by a passphrase");
  }
  const auto files = invocation.arguments.values("--share-file");
  if (files.size() > wire::kBackupSharesMax) return invocation.usage("a backup has 16 shares at most");
  for (const std::string& path : files) keys.shares.push_back(TRY(read_share_file(invocation, path)));
  while (files.empty() && keys.shares.size() < lock.threshold) {
    keys.shares.push_back(
        {TRY(read_secret(invocation, {.what = "share " + std::to_string(keys.shares.size() + 1) + " of the " +
                                              std::to_string(lock.threshold) + " that are needed",
                                      .option = "--share-file",
                                      .bytes_max = wire::kShareTextBytesMax}))});
  }
  return keys;
}

std::string_view verdict_text(wire::ShareVerdict verdict) {
  switch (verdict) {
    case wire::ShareVerdict::good: return "good";
    case wire::ShareVerdict::damaged: return "damaged: a word is misspelt, missing or exchanged";
    case wire::ShareVerdict::other_set: return "a share of another backup";
    case wire::ShareVerdict::wrong: return "wrong: not what this custodian was given";
    case wire::ShareVerdict::repeated: return "given twice";
  }
  return "";
}

std::string lock_text(const wire::BackupLock& lock) {
  if (lock.protection == wire::BackupProtection::passphrase) return "passphrase";
  return std::to_string(lock.threshold) + " of " + std::to_string(lock.share_checks.size()) + " custodians";
}

}  // namespace coffer::cli
