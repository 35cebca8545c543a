// The key ladder: derivations by HKDF-SHA-256 with a label for each rung, and the sealing of one record.
#include "record/ladder.h"

#include <algorithm>

#include "codec/binary.h"

namespace coffer::record {

namespace {

template <typename To, typename From>
To derived(const From& from, std::string_view label, Bytes context = {}) {
  To key;
  crypto::derive_key(from, label, context, key);
  return key;
}

struct RecordKey : Secret<32> {};

RecordKey record_key(const PartitionKey& key, const SealedFor& place) {
  Buffer context = to_buffer(place.id);
  codec::BinaryWriter writer(context);
  const Status written = writer(place.version);
  static_cast<void>(written.ok());
  return derived<RecordKey>(key, "coffer record", context);
}

}  // namespace

RootKey root_from_host(const HostKey& host, const RealmId& realm) {
  return derived<RootKey>(host, "coffer root file", realm);
}

Result<RootKey> root_from_passphrase(const HostKey& host, const RealmId& realm, const SecretBytes& passphrase,
                                     const std::array<std::uint8_t, 16>& salt,
                                     const crypto::Argon2Cost& cost) {
  struct Stretched : Secret<32> {};
  Stretched stretched;
  TRY(crypto::argon2id(passphrase, salt, cost, stretched));
  // Both are needed: the stretched passphrase keys an HMAC over what the host key gives.
  const RootKey from_host = derived<RootKey>(host, "coffer root passphrase", realm);
  crypto::Digest32 mixed = crypto::hmac_sha256(stretched, from_host.reveal());
  RootKey root;
  std::ranges::copy(mixed, root.reveal().begin());
  wipe(mixed);
  return root;
}

MarkKey mark_key(const HostKey& host) { return derived<MarkKey>(host, "coffer mark"); }
LogKey log_key(const HostKey& host) { return derived<LogKey>(host, "coffer audit line"); }
EraseKey erase_key(const HostKey& host) { return derived<EraseKey>(host, "coffer erasure"); }
PartitionKey system_partition_key(const DomainKey& domain) {
  return derived<PartitionKey>(domain, "coffer system partition");
}
NameKey name_key(const DomainKey& domain) { return derived<NameKey>(domain, "coffer names"); }
ManifestKey manifest_key(const DomainKey& domain) { return derived<ManifestKey>(domain, "coffer manifests"); }
TicketKey ticket_key(const DomainKey& domain) { return derived<TicketKey>(domain, "coffer tickets"); }
PinKey pin_key(const DomainKey& domain) { return derived<PinKey>(domain, "coffer pins"); }

SecretBytes audit_seed(const DomainKey& domain) {
  struct Seed : Secret<32> {};
  const Seed seed = derived<Seed>(domain, "coffer audit signature");
  return SecretBytes::copy_of(seed.reveal());
}

Result<PartitionKey> random_partition_key() {
  PartitionKey key;
  TRY(crypto::random_bytes(key.reveal()));
  return key;
}

Result<Buffer> seal_record(const PartitionKey& key, const SealedFor& place, Bytes plaintext) {
  // The nonce is random although the key belongs to this version alone: a commit that failed and is tried
  // again seals other octets for the same version.
  crypto::Nonce nonce{};
  TRY(crypto::random_bytes(nonce));
  Buffer sealed;
  sealed.reserve(1 + nonce.size() + plaintext.size() + crypto::kTagBytes);
  sealed.push_back(place.sealing);
  append(sealed, nonce);
  crypto::seal(record_key(key, place), nonce, codec::encode(place), plaintext, sealed);
  return sealed;
}

Result<SecretBytes> open_record(const PartitionKey& key, const SealedFor& place, Bytes sealed) {
  if (sealed.size() < 1 + crypto::kNonceBytes + crypto::kTagBytes || sealed[0] < kRecordSealingOldest) {
    return Error{Code::corrupt, "a sealed record does not verify"};
  }
  if (sealed[0] > kRecordSealing) {
    return Error{Code::corrupt, "a sealed record is newer than the vault that it lies in"};
  }
  SealedFor read_as = place;
  read_as.sealing = sealed[0];
  crypto::Nonce nonce{};
  std::ranges::copy(sealed.subspan(1, nonce.size()), nonce.begin());
  return crypto::open(record_key(key, place), nonce, codec::encode(read_as),
                      sealed.subspan(1 + nonce.size()));
}

}  // namespace coffer::record
