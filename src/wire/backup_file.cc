// The backup file: reading heads of pieces and the header, and the order of pieces.
#include "wire/backup_file.h"

#include "codec/binary.h"

namespace coffer::wire {

Result<BackupHeader> decode_backup_header(Bytes octets) {
  constexpr Error kNewer{Code::unsupported, "a newer Coffer made this backup: use that program"};
  if (!octets.empty() && octets[0] > kBackupFormat) return kNewer;
  if (!octets.empty() && octets[0] < kBackupFormatOldest) {
    return Error{Code::malformed, "the backup's header has no version"};
  }
  constexpr std::uint8_t kVaultFormatOfOldest = 2;
  BackupHeader header = TRY(codec::decode<BackupHeader>(octets));
  if (header.format == kBackupFormatOldest) header.vault_format = kVaultFormatOfOldest;
  if (header.vault_format > kFormat) return kNewer;
  if (header.vault_format < kFormatOldest) {
    return Error{Code::unsupported, "an older Coffer made this backup, and this one cannot read it"};
  }
  return header;
}

Result<PieceHead> decode_piece_head(Bytes octets) {
  const PieceHead head = TRY(codec::decode<PieceHead>(octets));
  if (head.bytes > kBackupPieceBytesMax) return Error{Code::malformed, "a piece of the backup is too long"};
  return head;
}

void append_piece(Buffer& output, PieceKind kind, Bytes octets) {
  codec::encode_into(PieceHead{kind, static_cast<std::uint32_t>(octets.size())}, output);
  append(output, octets);
}

Status PieceOrder::next(PieceKind kind) {
  constexpr Error kDisorder{Code::corrupt, "the pieces of the backup are not in order"};
  if (!began_) {
    if (kind != PieceKind::header) return kDisorder;
    began_ = true;
    return {};
  }
  const bool follows = kind == PieceKind::records || kind == PieceKind::end
                           ? last_ == PieceKind::header || last_ == PieceKind::records
                           : kind == PieceKind::seal && last_ == PieceKind::end;
  if (!follows) return kDisorder;
  last_ = kind;
  return {};
}

}  // namespace coffer::wire
