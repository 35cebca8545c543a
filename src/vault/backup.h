// Backup: writing the backup file of a vault, piece by piece, and reading one (docs/formats.md, section 10).
//
// The records go into it sealed as they lie in the store, and are sealed once more under a content key of
// this backup alone; that key and the domain key lie in the header, sealed for whoever may restore. Position
// and kind of each piece are authenticated with it, so nothing can be left out, moved or mixed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "crypto/key.h"
#include "crypto/primitives.h"
#include "store/store.h"
#include "vault/backup_lock.h"
#include "vault/record_check.h"
#include "wire/backup_file.h"

namespace coffer::vault {

// ContentKey seals the pieces of one backup.
struct ContentKey : Secret<32> {};

// PieceCipher seals and opens the pieces behind a header, in their order.
class PieceCipher {
 public:
  PieceCipher(const ContentKey& key, Bytes header);
  void seal(wire::PieceKind kind, Bytes plaintext, Buffer& out);
  Result<SecretBytes> open(wire::PieceKind kind, Bytes sealed);

 private:
  [[nodiscard]] Buffer associated(wire::PieceKind kind) const;
  crypto::Nonce next_nonce();

  ContentKey key_;
  const crypto::Digest32 header_hash_;
  std::uint64_t index_ = 0;
};

// BackupSource is what a backup is made of.
struct BackupSource {
  const record::DomainKey& domain;
  const record::RealmId& realm;
  const crypto::PrivateKey& audit_key;
  std::uint64_t created = 0;  // seconds since 1970
  std::unique_ptr<store::Snapshot> snapshot;
};

// BackupWriter gives the octets of a file. It checks every record on its way, so that a damaged vault does
// not make a good-looking backup. One thread at a time; `audit_key` outlives it.
class BackupWriter {
 public:
  static Result<std::unique_ptr<BackupWriter>> create(BackupSource source, const wire::BackupLock& lock,
                                                      const BackupKey& key);

  // begin gives the first octets, once; then next() gives more until is_done(). After a failure it is spent.
  Buffer begin();
  Result<Buffer> next();
  [[nodiscard]] bool is_done() const { return done_; }
  [[nodiscard]] std::uint64_t record_count() const { return check_.record_count(); }
  [[nodiscard]] const std::array<std::uint8_t, 16>& id() const { return id_; }

 private:
  BackupWriter(BackupSource source, const wire::BackupHeader& header, const ContentKey& content);

  Status refill();
  Buffer finish_piece(wire::PieceKind kind, Bytes plaintext);
  Result<Buffer> end();

  const std::array<std::uint8_t, 16> id_;
  const Buffer header_;
  PieceCipher cipher_;
  RecordCheck check_;
  const crypto::PrivateKey& audit_key_;
  std::unique_ptr<store::Snapshot> snapshot_;
  crypto::Sha256 digest_;  // of everything given out
  store::Page page_;
  std::size_t page_next_ = 0;
  bool more_ = true;
  bool done_ = false;
};

// BackupReader takes the pieces of a file. One thread at a time.
class BackupReader {
 public:
  // create opens the header. Fails with `denied` when the key does not fit.
  static Result<std::unique_ptr<BackupReader>> create(Bytes header, const wire::BackupKeys& keys);

  // take checks the next piece and hands each record in it to `use`. Code::corrupt when anything is not
  // right; it is then spent.
  using Use = std::function<void(Bytes key, Bytes value)>;
  Status take(wire::PieceKind kind, Bytes octets, const Use& use);
  // finish tells what was in it. Code::corrupt unless every piece came and everything fits together. Once.
  Result<VaultContent> finish();

  [[nodiscard]] const wire::BackupHeader& header() const { return header_; }
  [[nodiscard]] const record::DomainKey& domain() const { return domain_; }
  [[nodiscard]] std::uint64_t record_count() const { return check_->record_count(); }

 private:
  BackupReader() = default;
  Status take_records(Bytes sealed, const Use& use);
  Status take_end(Bytes sealed);
  Status take_seal(Bytes octets);

  wire::BackupHeader header_;
  record::DomainKey domain_;
  std::unique_ptr<PieceCipher> cipher_;
  std::unique_ptr<RecordCheck> check_;
  wire::PieceOrder order_;
  crypto::Sha256 digest_;
  bool failed_ = false;
};

// BackupJob is what an application is doing with backups: one of the two.
struct BackupJob {
  // Held while a piece is made or taken. A maker holds the vault's lock on its world before this one, a
  // reader may take it after; which of the two a job is never changes.
  std::mutex mutex;
  std::unique_ptr<BackupWriter> writer;
  std::unique_ptr<BackupReader> reader;
  bool restores = false;
  bool uses_kept = false;  // it is sealed for the kept lock
};

}  // namespace coffer::vault
