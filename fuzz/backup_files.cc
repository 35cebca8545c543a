// Backup files: magic, heads of pieces, their order, and the header, which is read before any key is there.
#include <algorithm>

#include "codec/binary.h"
#include "fuzz.h"
#include "targets.h"
#include "wire/backup_file.h"

namespace coffer {

// The input is a file. What is accepted writes itself again as it was.
Status fuzz_backup_files(Bytes input) {
  if (!as_text(input).starts_with(wire::kBackupMagic)) return Error{Code::malformed, "no backup"};
  Bytes rest = input.subspan(wire::kBackupMagic.size());
  Buffer again = to_buffer(as_bytes(wire::kBackupMagic));
  wire::PieceOrder order;
  while (!rest.empty()) {
    const auto head =
        TRY(wire::decode_piece_head(rest.first(std::min(rest.size(), wire::PieceHead::kBytes))));
    rest = rest.subspan(wire::PieceHead::kBytes);
    if (head.bytes > rest.size()) return Error{Code::malformed, "cut off"};
    const Bytes octets = rest.first(head.bytes);
    TRY(order.next(head.kind));
    if (head.kind == wire::PieceKind::header) {
      const wire::BackupHeader header = TRY(wire::decode_backup_header(octets));
      CHECK(equal_public(codec::encode(header), octets));
      CHECK(header.lock.share_checks.size() <= wire::kBackupSharesMax);
    }
    if (head.kind == wire::PieceKind::seal) TRY(codec::decode<wire::BackupSeal>(octets));
    wire::append_piece(again, head.kind, octets);
    rest = rest.subspan(head.bytes);
  }
  CHECK(equal_public(again, input));
  return order.is_complete() ? Status{} : Status(Error{Code::malformed, "cut off"});
}

}  // namespace coffer
