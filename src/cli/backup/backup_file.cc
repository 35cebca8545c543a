// Backup file: heads, lengths and order; what is inside the pieces is the chip's business.
#include "cli/backup/backup_file.h"

namespace coffer::cli {

Error BackupFile::damaged(Invocation& invocation) const {
  return invocation.fail(Code::corrupt, path_ + " is damaged or cut off", "take another copy of it");
}

Result<BackupFile> BackupFile::open(Invocation& invocation, const std::string& path) {
  BackupFile backup(TRY(InputFile::open(invocation, path)), path);
  const Buffer magic = TRY(backup.file_.read(invocation, wire::kBackupMagic.size()));
  if (as_text(magic) != wire::kBackupMagic) {
    return invocation.fail(Code::corrupt, path + " is no backup of Coffer", "check its name");
  }
  backup.hash_->update(magic);
  backup.size_ = magic.size();
  auto first = TRY(backup.next(invocation));
  if (!first) return backup.damaged(invocation);
  auto header = wire::decode_backup_header(first->octets);
  if (!header.ok()) {
    return invocation.fail(header.error().code == Code::unsupported ? Code::unsupported : Code::corrupt,
                           path + ": " + std::string(header.error().text), "take another copy of it");
  }
  backup.header_ = std::move(header).value();
  backup.header_octets_ = std::move(first->octets);
  return backup;
}

Result<std::optional<BackupFile::Piece>> BackupFile::next(Invocation& invocation) {
  const Buffer head_octets = TRY(file_.read(invocation, wire::PieceHead::kBytes));
  if (head_octets.empty()) return std::optional<Piece>();
  const auto head = wire::decode_piece_head(head_octets);
  if (!head.ok() || !order_.next(head.value().kind).ok()) return damaged(invocation);
  Piece piece{.kind = head.value().kind, .octets = TRY(file_.read(invocation, head.value().bytes))};
  if (piece.octets.size() != head.value().bytes) return damaged(invocation);
  size_ += head_octets.size() + piece.octets.size();
  if (piece.kind == wire::PieceKind::seal) {
    digest_ = hash_->finish();
  } else {
    hash_->update(head_octets);
    hash_->update(piece.octets);
  }
  return std::optional<Piece>(std::move(piece));
}

}  // namespace coffer::cli
