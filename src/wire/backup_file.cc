// The backup file: reading heads of pieces and the header, and the order of pieces.
#include "wire/backup_file.h"

#include "codec/binary.h"

namespace coffer::wire {

Result<BackupHeader> decode_backup_header(Bytes octets) {
  if (!octets.empty() && octets[0] != BackupHeader{}.format) {
    return Error{Code::unsupported, "another version of Coffer made this backup: use that one"};
  }
  return codec::decode<BackupHeader>(octets);
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
