// The backup file: a magic, then pieces (docs/formats.md, section 10). What the chip seals and what the
// command line carries; the keys are the chip's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/format.h"
#include "base/result.h"

namespace coffer::wire {

inline constexpr std::string_view kBackupMagic = "coffer-backup-1\n";

inline constexpr std::size_t kBackupPieceBytesMax = 3U << 20U;
inline constexpr std::size_t kBackupSharesMax = 16;
inline constexpr std::size_t kBackupWrappedBytesMax = 256;

// BackupProtection says what opens a backup.
enum class BackupProtection : std::uint8_t { passphrase = 1, custodians = 2 };
constexpr bool is_valid(BackupProtection protection) {
  return protection == BackupProtection::passphrase || protection == BackupProtection::custodians;
}

// BackupLock says how the key of a backup is had: out of a passphrase, or of `threshold` shares.
struct BackupLock {
  BackupProtection protection = BackupProtection::passphrase;
  std::array<std::uint8_t, 16> set{};  // salt of the passphrase, or the name of the set of shares
  std::uint32_t memory_kib = 0;        // Argon2id, for a passphrase
  std::uint32_t passes = 0;
  std::uint8_t threshold = 0;
  // One hash for each share, in the order of their numbers: it tells which share is wrong.
  std::vector<std::array<std::uint8_t, 16>> share_checks;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.protection));
    TRY(visit(in.set));
    TRY(visit(in.memory_kib));
    TRY(visit(in.passes));
    TRY(visit(in.threshold));
    return visit(in.share_checks, kBackupSharesMax);
  }
};

inline constexpr std::uint8_t kBackupFormat = 2;
inline constexpr std::uint8_t kBackupFormatOldest = 1;

// BackupHeader is the first piece, and the only one that is not encrypted.
struct BackupHeader {
  std::uint8_t format = kBackupFormat;
  std::array<std::uint8_t, 16> id{};
  std::array<std::uint8_t, 16> realm{};
  std::uint64_t created = 0;                 // seconds since 1970
  std::array<std::uint8_t, 32> audit_key{};  // of the vault; it signs the last piece
  BackupLock lock;
  std::uint8_t vault_format = kFormat;  // of what is in it; a backup of format 1 does not say: 2
  std::array<std::uint8_t, 12> nonce{};
  Buffer wrapped;  // content key and domain key, sealed; all fields before the nonce are associated data

  static Status associated(auto& visit, auto& in) {
    TRY(visit(in.format));
    TRY(visit(in.id));
    TRY(visit(in.realm));
    TRY(visit(in.created));
    TRY(visit(in.audit_key));
    TRY(visit(in.lock));
    return in.format == kBackupFormatOldest ? Status{} : visit(in.vault_format);
  }
  static Status fields(auto& visit, auto& in) {
    TRY(associated(visit, in));
    TRY(visit(in.nonce));
    return visit(in.wrapped, kBackupWrappedBytesMax);
  }
};

// decode_backup_header reads the first piece. Fails with `malformed`, and with `unsupported` for what a newer
// program made, or a program that is older than what is migrated.
Result<BackupHeader> decode_backup_header(Bytes octets);

// PieceKind says what a piece holds. They come in this order; there may be any number of `records`.
enum class PieceKind : std::uint8_t { header = 1, records = 2, end = 3, seal = 4 };
constexpr bool is_valid(PieceKind kind) { return kind >= PieceKind::header && kind <= PieceKind::seal; }

// PieceHead stands in front of every piece.
struct PieceHead {
  static constexpr std::size_t kBytes = 5;

  PieceKind kind = PieceKind::header;
  std::uint32_t bytes = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    return visit(in.bytes);
  }
};

// decode_piece_head refuses unknown kinds and pieces longer than kBackupPieceBytesMax.
Result<PieceHead> decode_piece_head(Bytes octets);

// append_piece writes a piece with its head.
void append_piece(Buffer& output, PieceKind kind, Bytes octets);

// BackupSeal is the last piece: the SHA-256 of everything before it, and the vault's signature.
struct BackupSeal {
  std::array<std::uint8_t, 32> digest{};
  std::array<std::uint8_t, 64> signature{};  // Ed25519 over kBackupStatement and the digest

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.digest));
    return visit(in.signature);
  }
};
inline constexpr std::string_view kBackupStatement = "coffer backup 1";

// PieceOrder checks that pieces come in order. After `seal` nothing may follow.
class PieceOrder {
 public:
  Status next(PieceKind kind);
  [[nodiscard]] bool is_complete() const { return last_ == PieceKind::seal && began_; }

 private:
  bool began_ = false;
  PieceKind last_ = PieceKind::header;
};

}  // namespace coffer::wire
