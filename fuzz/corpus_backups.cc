// The corpus of backups: files before their keys, and custodians' shares.
#include <algorithm>
#include <string>

#include "corpus.h"
#include "vault/share.h"
#include "wire/backup_file.h"

namespace coffer::fuzzing {

namespace {

Buffer piece_of(wire::PieceKind kind, Bytes octets) {
  Buffer written;
  wire::append_piece(written, kind, octets);
  return written;
}

vault::ShareSet share_set() {
  vault::ShareSet set{};
  set.fill(0x53);
  return set;
}

crypto::Share share_two() {
  crypto::Share share;
  share.number = 2;
  std::ranges::fill(share.value.reveal(), std::uint8_t{0x77});
  return share;
}

}  // namespace

void add_backups(Corpus& corpus) {
  const Buffer magic = text(wire::kBackupMagic);
  wire::BackupHeader passphrase;
  passphrase.lock.memory_kib = 65536;
  passphrase.lock.passes = 3;
  wire::BackupHeader custodians = filled<wire::BackupHeader>();
  custodians.format = wire::kBackupFormatOldest;
  custodians.lock.protection = wire::BackupProtection::custodians;
  const Buffer records = piece_of(wire::PieceKind::records, text("sealed"));
  const Buffer end = piece_of(wire::PieceKind::end, text("sealed"));
  const Buffer seal = piece_of(wire::PieceKind::seal, encoded(wire::BackupSeal{}));
  const Buffer header = piece_of(wire::PieceKind::header, encoded(passphrase));
  corpus.add("backup_files", "passphrase", joined({magic, header, records, records, end, seal}));
  corpus.add("backup_files", "custodians",
             joined({magic, piece_of(wire::PieceKind::header, encoded(custodians)), records, end, seal}));
  corpus.add("backup_files", "refused-cut-off", joined({magic, header, records}));
  corpus.add("backup_files", "refused-order", joined({magic, header, end, records, seal}));
  corpus.add("backup_files", "refused-other-file", text("something else"));
  corpus.add("backup_files", "refused-too-long", joined({magic, {1}, number(0xffffffff, 4)}));
  passphrase.vault_format = 0xFF;
  corpus.add("backup_files", "refused-newer-vault",
             joined({magic, piece_of(wire::PieceKind::header, encoded(passphrase))}));
  passphrase.format = wire::kBackupFormat + 1;
  corpus.add("backup_files", "refused-newer",
             joined({magic, piece_of(wire::PieceKind::header, encoded(passphrase))}));

  const wire::ShareWords share = vault::write_share(share_set(), 3, share_two());
  const std::string words(as_text(share.reveal()));
  corpus.add("shares", "words", text(words));
  corpus.add("shares", "refused-one-word-less", text(words.substr(0, words.rfind(' '))));
  corpus.add("shares", "refused-other-word", text("babor" + words.substr(5)));
  corpus.add("shares", "refused-digits", text("COFFER-00"));
}

}  // namespace coffer::fuzzing
