// Backup session: pieces go to the chip one by one.
#include "cli/backup/backup_session.h"

#include <unistd.h>

#include "cli/backup/backup_keys.h"

namespace coffer::cli {

namespace {

std::string faults_of(const std::vector<wire::ShareVerdict>& verdicts) {
  std::string text;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i] == wire::ShareVerdict::good) continue;
    text += (text.empty() ? "share " : "; share ") + std::to_string(i + 1) + " is " +
            std::string(verdict_text(verdicts[i]));
  }
  return text;
}

}  // namespace

Status check_keys(Invocation& invocation, Chip& chip, const BackupFile& file, wire::BackupKeys& keys) {
  wire::BackupRehearse rehearse{.header = file.header_octets(), .keys = std::move(keys)};
  const auto reply = TRY(chip.call(rehearse, kBackupMilliseconds));
  keys = std::move(rehearse.keys);
  if (reply.opens) return {};
  const std::string faults = faults_of(reply.shares);
  if (!faults.empty()) return invocation.fail(Code::denied, faults, "bring the right share");
  if (file.header().lock.protection == wire::BackupProtection::passphrase) {
    return invocation.fail(Code::denied, "the passphrase is wrong, or the file's header was changed",
                           "try again, or take another copy of the file");
  }
  if (keys.shares.size() < file.header().lock.threshold) {
    return invocation.fail(Code::denied,
                           "the backup needs " + std::to_string(file.header().lock.threshold) +
                               " shares, and " + std::to_string(keys.shares.size()) + " are there",
                           "bring more custodians");
  }
  return invocation.fail(Code::corrupt, "the file's header was changed", "take another copy of the file");
}

Status feed(Invocation& invocation, Chip& chip, BackupFile& file) {
  bool is_complete = false;
  for (;;) {
    const auto piece = TRY(file.next(invocation));
    if (!piece) break;
    const auto reply =
        TRY(chip.call(wire::BackupWrite{.kind = piece->kind, .octets = piece->octets}, kBackupMilliseconds));
    is_complete = piece->kind == wire::PieceKind::seal;
    show_count(reply.record_count, is_complete);
  }
  if (is_complete) return {};
  return invocation.fail(Code::corrupt, "the backup is cut off", "take another copy of it");
}

void show_count(std::uint64_t count, bool is_last) {
  if (::isatty(STDERR_FILENO) != 1) return;
  const std::string text = "\r" + std::to_string(count) + " records" + (is_last ? "\n" : "");
  const Status shown = write_all(STDERR_FILENO, as_bytes(text));
  static_cast<void>(shown.ok());
}

}  // namespace coffer::cli
