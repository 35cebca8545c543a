// Backup: cutting a snapshot into sealed pieces, and putting them together again.
#include "vault/backup.h"

#include <algorithm>

#include "codec/binary.h"
#include "crypto/operation.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kMechanismEddsa = 0x1057;
constexpr std::size_t kPieceBytes = 512U << 10U;  // a piece ends with the record that passes this
constexpr std::size_t kPieceRecordsMax = 16384;
constexpr std::size_t kPageRecords = 512;

// PieceRecord is a key of the store with its value.
struct PieceRecord {
  Bytes key;
  Bytes value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.key, store::kKeyBytesMax));
    return visit(in.value, store::kValueBytesMax);
  }
};
struct RecordsPiece {
  std::vector<PieceRecord> records;
  static Status fields(auto& visit, auto& in) { return visit(in.records, kPieceRecordsMax); }
};
struct EndPiece {
  std::uint64_t record_count = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.record_count); }
};

// HeaderSecrets is what lies sealed in the header.
struct HeaderSecrets {
  ContentKey content;
  record::DomainKey domain;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.content));
    return visit(in.domain);
  }
};

// AssociatedOnly encodes a header without its sealed part.
struct AssociatedOnly {
  const wire::BackupHeader& header;
  static Status fields(auto& visit, auto& in) { return wire::BackupHeader::associated(visit, in.header); }
};

constexpr Error kDamaged{Code::corrupt, "the backup is damaged, cut off, or put together from several"};

void copy_secret(const Secret<32>& from, Secret<32>& to) {
  std::ranges::copy(from.reveal(), to.reveal().begin());
}

Buffer signed_statement(const crypto::Digest32& digest) {
  Buffer statement = to_buffer(as_bytes(wire::kBackupStatement));
  append(statement, digest);
  return statement;
}

}  // namespace

PieceCipher::PieceCipher(const ContentKey& key, Bytes header) : header_hash_(crypto::sha256(header)) {
  copy_secret(key, key_);
}

Buffer PieceCipher::associated(wire::PieceKind kind) const {
  Buffer octets = to_buffer(header_hash_);
  octets.push_back(static_cast<std::uint8_t>(kind));
  return octets;
}

crypto::Nonce PieceCipher::next_nonce() {
  crypto::Nonce nonce{};
  for (std::size_t i = 0; i < sizeof index_; ++i) nonce[i] = static_cast<std::uint8_t>(index_ >> (8U * i));
  ++index_;
  return nonce;
}

void PieceCipher::seal(wire::PieceKind kind, Bytes plaintext, Buffer& out) {
  crypto::seal(key_, next_nonce(), associated(kind), plaintext, out);
}

Result<SecretBytes> PieceCipher::open(wire::PieceKind kind, Bytes sealed) {
  auto opened = crypto::open(key_, next_nonce(), associated(kind), sealed);
  if (!opened.ok()) return kDamaged;
  return opened;
}

Result<std::unique_ptr<BackupWriter>> BackupWriter::create(BackupSource source, const wire::BackupLock& lock,
                                                           const BackupKey& key) {
  wire::BackupHeader header;
  header.realm = source.realm;
  header.created = source.created;
  header.lock = lock;
  const Buffer point = source.audit_key.public_key().point();
  std::copy_n(point.begin(), header.audit_key.size(), header.audit_key.begin());
  TRY(crypto::random_bytes(header.id));
  TRY(crypto::random_bytes(header.nonce));
  HeaderSecrets secrets;
  TRY(crypto::random_bytes(secrets.content.reveal()));
  copy_secret(source.domain, secrets.domain);
  codec::WipingBuffer plaintext;
  codec::encode_secret_into(secrets, plaintext.octets);
  crypto::seal(key, header.nonce, codec::encode(AssociatedOnly{header}), plaintext.octets, header.wrapped);
  return std::unique_ptr<BackupWriter>(new BackupWriter(std::move(source), header, secrets.content));
}

BackupWriter::BackupWriter(BackupSource source, const wire::BackupHeader& header, const ContentKey& content)
    : id_(header.id),
      header_(codec::encode(header)),
      cipher_(content, header_),
      check_(source.domain, source.realm),
      audit_key_(source.audit_key),
      snapshot_(std::move(source.snapshot)) {}

Buffer BackupWriter::begin() {
  Buffer octets = to_buffer(as_bytes(wire::kBackupMagic));
  wire::append_piece(octets, wire::PieceKind::header, header_);
  digest_.update(octets);
  return octets;
}

Status BackupWriter::refill() {
  const Buffer after = page_.records.empty() ? Buffer() : page_.records.back().key;
  page_ = TRY(snapshot_->range({}, after, kPageRecords));
  page_next_ = 0;
  more_ = page_.more && !page_.records.empty();
  return {};
}

Buffer BackupWriter::finish_piece(wire::PieceKind kind, Bytes plaintext) {
  Buffer sealed;
  cipher_.seal(kind, plaintext, sealed);
  Buffer octets;
  wire::append_piece(octets, kind, sealed);
  digest_.update(octets);
  return octets;
}

Result<Buffer> BackupWriter::next() {
  RecordsPiece piece;
  std::size_t bytes = 0;
  // A piece does not reach beyond a page, whose octets it views.
  if (page_next_ == page_.records.size() && more_) TRY(refill());
  for (; page_next_ < page_.records.size() && bytes < kPieceBytes; ++page_next_) {
    const store::Record& record = page_.records[page_next_];
    TRY(check_.take(record.key, record.value));
    piece.records.push_back({record.key, record.value});
    bytes += record.key.size() + record.value.size();
  }
  if (piece.records.empty()) return end();
  return finish_piece(wire::PieceKind::records, codec::encode(piece));
}

Result<Buffer> BackupWriter::end() {
  const VaultContent content = TRY(check_.finish());
  Buffer octets = finish_piece(wire::PieceKind::end, codec::encode(EndPiece{content.record_count}));
  wire::BackupSeal seal{.digest = digest_.finish()};
  TRY(crypto::sign(audit_key_, {.mechanism = kMechanismEddsa}, signed_statement(seal.digest),
                   seal.signature));
  wire::append_piece(octets, wire::PieceKind::seal, codec::encode(seal));
  snapshot_.reset();
  done_ = true;
  return octets;
}

Result<std::unique_ptr<BackupReader>> BackupReader::create(Bytes header, const wire::BackupKeys& keys) {
  std::unique_ptr<BackupReader> reader(new BackupReader());
  reader->header_ = TRY(wire::decode_backup_header(header));
  const BackupKey key = TRY(open_backup_lock(reader->header_.lock, keys));
  const auto opened = crypto::open(key, reader->header_.nonce, codec::encode(AssociatedOnly{reader->header_}),
                                   reader->header_.wrapped);
  if (!opened.ok()) return Error{Code::denied, "the passphrase is wrong, or the backup's header was changed"};
  const auto secrets = TRY(codec::decode<HeaderSecrets>(opened.value().reveal()));
  copy_secret(secrets.domain, reader->domain_);
  reader->cipher_ = std::make_unique<PieceCipher>(secrets.content, header);
  reader->check_ = std::make_unique<RecordCheck>(reader->domain_, reader->header_.realm);
  TRY(reader->order_.next(wire::PieceKind::header));
  Buffer octets = to_buffer(as_bytes(wire::kBackupMagic));
  wire::append_piece(octets, wire::PieceKind::header, header);
  reader->digest_.update(octets);
  return reader;
}

Status BackupReader::take(wire::PieceKind kind, Bytes octets, const Use& use) {
  if (failed_) return kDamaged;
  failed_ = true;
  TRY(order_.next(kind));
  switch (kind) {
    case wire::PieceKind::header: break;
    case wire::PieceKind::records: TRY(take_records(octets, use)); break;
    case wire::PieceKind::end: TRY(take_end(octets)); break;
    case wire::PieceKind::seal: TRY(take_seal(octets)); break;
  }
  failed_ = false;
  if (kind == wire::PieceKind::seal) return {};
  Buffer head;
  codec::encode_into(wire::PieceHead{kind, static_cast<std::uint32_t>(octets.size())}, head);
  digest_.update(head);
  digest_.update(octets);
  return {};
}

Status BackupReader::take_records(Bytes sealed, const Use& use) {
  const SecretBytes opened = TRY(cipher_->open(wire::PieceKind::records, sealed));
  const auto piece = TRY(codec::decode<RecordsPiece>(opened.reveal()));
  for (const PieceRecord& record : piece.records) {
    TRY(check_->take(record.key, record.value));
    use(record.key, record.value);
  }
  return {};
}

Status BackupReader::take_end(Bytes sealed) {
  const SecretBytes opened = TRY(cipher_->open(wire::PieceKind::end, sealed));
  const auto end = TRY(codec::decode<EndPiece>(opened.reveal()));
  return end.record_count == check_->record_count() ? Status{} : Status(kDamaged);
}

Status BackupReader::take_seal(Bytes octets) {
  const auto seal = TRY(codec::decode<wire::BackupSeal>(octets));
  const auto key = TRY(crypto::PublicKey::from_point(crypto::Curve::ed25519, header_.audit_key));
  if (seal.digest != digest_.finish() ||
      !crypto::verify(key, {.mechanism = kMechanismEddsa}, signed_statement(seal.digest), seal.signature)
           .ok()) {
    return kDamaged;
  }
  return {};
}

Result<VaultContent> BackupReader::finish() {
  if (failed_ || !order_.is_complete()) return Error{Code::corrupt, "the backup is cut off"};
  failed_ = true;
  return check_->finish();
}

}  // namespace coffer::vault
