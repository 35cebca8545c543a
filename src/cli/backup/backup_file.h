// Backup file: a file of pieces, read one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "cli/data_file.h"
#include "cli/invocation.h"
#include "crypto/primitives.h"
#include "wire/backup_file.h"

namespace coffer::cli {

// BackupFile reads the pieces of a file and knows the digest of what it has read. Memory holds one piece.
class BackupFile final {
 public:
  // open reads the magic and the header. Fails with `corrupt` when it is no backup.
  static Result<BackupFile> open(Invocation& invocation, const std::string& path);

  struct Piece {
    wire::PieceKind kind{};
    Buffer octets;
  };
  // next gives the next piece, or nothing at the end of the file.
  Result<std::optional<Piece>> next(Invocation& invocation);

  [[nodiscard]] const wire::BackupHeader& header() const { return header_; }
  [[nodiscard]] const Buffer& header_octets() const { return header_octets_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // digest is that of everything before the seal, once the seal was read.
  [[nodiscard]] const crypto::Digest32& digest() const { return digest_; }

 private:
  BackupFile(InputFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  Error damaged(Invocation& invocation) const;

  InputFile file_;
  std::string path_;
  std::unique_ptr<crypto::Sha256> hash_ = std::make_unique<crypto::Sha256>();
  crypto::Digest32 digest_{};
  wire::PieceOrder order_;
  wire::BackupHeader header_;
  Buffer header_octets_;
  std::uint64_t size_ = 0;
};

}  // namespace coffer::cli
