// Net clients: the keys of the network form, who has joined, and who may join. A part of the realm.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/primitives.h"
#include "record/manifest.h"
#include "record/who.h"
#include "vault/object_id.h"
#include "wire/net_messages.h"

namespace coffer::vault {

// kNetNumberFirst is the first number that stands for a net client where a local caller has a user number.
// Users of a machine do not reach so far.
inline constexpr std::uint32_t kNetNumberFirst = 0x80000000;
// Those that join since format 7 are numbered from here: a policy of before that names a number means none of
// them.
inline constexpr std::uint32_t kNetNumberFirstNow = 0xA0000000;
inline constexpr std::size_t kNetEnrolmentsMax = 256;     // that wait at a time
inline constexpr std::uint32_t kNetConnectionsMax = 512;  // of one client

// NetKeysRecord is the network form's two keys and their certificates, as they are sealed.
struct NetKeysRecord {
  SecretBytes authority_key;  // PKCS#8
  SecretBytes server_key;     // PKCS#8
  Buffer authority;           // certificates in DER
  Buffer server;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.authority_key, std::size_t{1024}));
    TRY(visit(in.server_key, std::size_t{1024}));
    TRY(visit(in.authority, wire::kNetCertificateBytesMax));
    return visit(in.server, wire::kNetCertificateBytesMax);
  }
};

// NetKeys is the same, ready to sign. It never changes.
struct NetKeys {
  crypto::PrivateKey authority_key;
  crypto::PrivateKey server_key;
  Buffer authority;
  Buffer server;
};

// NetClientRecord is one client as it is sealed. `number` is never given to another one.
struct NetClientRecord {
  std::string name;
  std::uint32_t number = 0;
  crypto::Digest32 certificate{};  // SHA-256 of the DER
  std::vector<ObjectId> tokens;    // that it may see
  std::uint64_t created = 0;
  std::uint64_t expires = 0;
  bool is_revoked = false;  // the record stays, so that the number does

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, wire::kNetNameBytesMax));
    TRY(visit(in.number));
    TRY(visit(in.certificate));
    TRY(visit(in.tokens, wire::kNetTokensMax));
    TRY(visit(in.created));
    TRY(visit(in.expires));
    return visit(in.is_revoked);
  }
};

// LoadedNetClient is a client with its record's place. It never changes.
struct LoadedNetClient {
  ObjectId id{};
  std::uint64_t version = 0;
  NetClientRecord record;
  [[nodiscard]] record::Who who() const {
    return record::Who({.kind = wire::PrincipalKind::client, .id = id, .name = record.name});
  }
  [[nodiscard]] bool may_see(const ObjectId& token) const;
};

// NetEnrolment is a promise to let one client join. It lives in memory only: locking the vault ends it. So
// its time is that of the machine, which nobody sets back.
struct NetEnrolment {
  std::string name;
  std::vector<ObjectId> tokens;
  std::uint64_t ends_boot_milliseconds = 0;
};

// NetClients is safe from many threads.
class NetClients {
 public:
  [[nodiscard]] std::shared_ptr<const NetKeys> keys() const;
  void set_keys(std::shared_ptr<const NetKeys> keys);

  [[nodiscard]] std::shared_ptr<const LoadedNetClient> find(const crypto::Digest32& certificate) const;
  [[nodiscard]] std::shared_ptr<const LoadedNetClient> find(const std::string& name) const;
  [[nodiscard]] std::shared_ptr<const LoadedNetClient> find(std::uint32_t number) const;
  // standing tells why find() gives none, or that what it gives is over by now.
  [[nodiscard]] wire::Standing standing(const crypto::Digest32& certificate, Timestamp now) const;
  // list gives all that are not revoked.
  [[nodiscard]] std::vector<std::shared_ptr<const LoadedNetClient>> list() const;
  [[nodiscard]] std::size_t count() const;
  void put(std::shared_ptr<const LoadedNetClient> client);
  // next_number is one more than the highest that was ever given.
  [[nodiscard]] std::uint32_t next_number() const;

  // promise keeps an enrolment under the digest of its secret. Fails with `limit` when too many wait.
  Status promise(const crypto::Digest32& secret_digest, NetEnrolment enrolment,
                 std::uint64_t now_boot_milliseconds);
  // redeem takes an enrolment away, once; nothing when there is none or it has expired.
  std::optional<NetEnrolment> redeem(const crypto::Digest32& secret_digest,
                                     std::uint64_t now_boot_milliseconds);

 private:
  mutable std::mutex mutex_;  // guards all below
  std::shared_ptr<const NetKeys> keys_;
  std::map<std::uint32_t, std::shared_ptr<const LoadedNetClient>> clients_;  // by number, revoked ones too
  std::map<crypto::Digest32, std::uint32_t> by_certificate_;
  std::map<crypto::Digest32, NetEnrolment> enrolments_;
};

}  // namespace coffer::vault
