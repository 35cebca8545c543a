// The key ladder: host key and passphrase -> root key -> domain key -> partition key -> record key
// (docs/formats.md).
//
// A type for each rung, so that one cannot stand in for another.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/primitives.h"
#include "wire/messages.h"

namespace coffer::record {

// HostKey is the secret of this host ($COFFER_HOME/host.key): without it the store is useless elsewhere.
struct HostKey : Secret<32> {};
// RootKey opens the realm header. It comes from the host key, and the passphrase where one is required.
struct RootKey : Secret<32> {};
// DomainKey opens everything else; it is random and stored wrapped under the root key.
struct DomainKey : Secret<32> {};
// PartitionKey seals the records of one partition (a token, or the vault's own records).
struct PartitionKey : Secret<32> {};
// NameKey hides searchable values (labels, ids, subjects) in the manifests.
struct NameKey : Secret<32> {};
// ManifestKey seals the manifests and the head of the store.
struct ManifestKey : Secret<32> {};
// MarkKey seals the high-water mark to the host.
struct MarkKey : Secret<32> {};
// LogKey vouches, on this host, for lines of the audit log that nothing else vouches for yet.
struct LogKey : Secret<32> {};
// EraseKey vouches for the record that has a vault destroyed.
struct EraseKey : Secret<32> {};
// TicketKey authenticates login tickets.
struct TicketKey : Secret<32> {};
// PinKey is mixed into every PIN verifier, so that one is useless without the vault.
struct PinKey : Secret<32> {};

using RealmId = std::array<std::uint8_t, 16>;
// PartitionTag names a partition in the store: 8 random octets; the vault's own partition is all zeros.
using PartitionTag = std::array<std::uint8_t, 8>;
inline constexpr PartitionTag kSystemPartition{};

// root_from_host is the root key of a vault whose root of trust is a file.
RootKey root_from_host(const HostKey& host, const RealmId& realm);

// root_from_passphrase is the root key of a vault that needs host key and passphrase.
Result<RootKey> root_from_passphrase(const HostKey& host, const RealmId& realm, const SecretBytes& passphrase,
                                     const std::array<std::uint8_t, 16>& salt,
                                     const crypto::Argon2Cost& cost);

MarkKey mark_key(const HostKey& host);
LogKey log_key(const HostKey& host);
EraseKey erase_key(const HostKey& host);
PartitionKey system_partition_key(const DomainKey& domain);
NameKey name_key(const DomainKey& domain);
ManifestKey manifest_key(const DomainKey& domain);
TicketKey ticket_key(const DomainKey& domain);
PinKey pin_key(const DomainKey& domain);
// audit_seed is the Ed25519 seed of the key that signs audit checkpoints.
SecretBytes audit_seed(const DomainKey& domain);

// random_partition_key makes the key of a new partition.
Result<PartitionKey> random_partition_key();

// kRecordSealing is how records are sealed; records of all sealings from the oldest on are read.
inline constexpr std::uint8_t kRecordSealing = 2;
inline constexpr std::uint8_t kRecordSealingOldest = 1;

// SealedFor says what a record is, and where it belongs. All of it is authenticated with the record, so a
// record copied to another place, or an older version of it, does not open.
struct SealedFor {
  RealmId realm{};
  PartitionTag partition{};
  wire::ObjectId id{};
  std::uint32_t type = 0;  // object class
  std::uint64_t version = 0;
  std::uint32_t epoch = 1;  // of the domain key
  // How the record is sealed, and what its class's plaintext is: the octet in front of it. Version 1 had it
  // there only, where nothing vouches for it.
  std::uint8_t sealing = kRecordSealing;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.realm));
    TRY(visit(in.partition));
    TRY(visit(in.id));
    TRY(visit(in.type));
    TRY(visit(in.version));
    TRY(visit(in.epoch));
    return in.sealing == kRecordSealingOldest ? Status{} : visit(in.sealing);
  }
};

// seal_record encrypts `plaintext` under the record key of (id, version): the octet kRecordSealing, nonce,
// ciphertext, tag.
Result<Buffer> seal_record(const PartitionKey& key, const SealedFor& place, Bytes plaintext);

// open_record is its inverse, for every sealing from the oldest on; records of older ones are sealed anew
// when they are next written. Every way to fail is Code::corrupt: an unlocked vault is of a format that this
// program knows, and holds no newer record.
Result<SecretBytes> open_record(const PartitionKey& key, const SealedFor& place, Bytes sealed);

}  // namespace coffer::record
