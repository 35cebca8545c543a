// Realm: everything an unlocked vault holds - keys derived from the domain key, manifests, tokens,
// authorities, grants, and the cache of opened objects. Locking destroys it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/format.h"
#include "base/result.h"
#include "crypto/key.h"
#include "record/ladder.h"
#include "record/manifest.h"
#include "record/realm_header.h"
#include "store/store.h"
#include "vault/application.h"
#include "vault/backup_lock.h"
#include "vault/grant.h"
#include "vault/net_clients.h"
#include "vault/object.h"
#include "vault/object_id.h"
#include "vault/operator.h"
#include "vault/pin_tries.h"
#include "vault/tamper.h"
#include "vault/token.h"
#include "wire/ca_messages.h"

namespace coffer::vault {

// kCacheObjects is how many opened objects the chip keeps at most: a P-256 key takes about 4 KiB of the
// arena.
inline constexpr std::size_t kCacheObjects = 2048;
// kCacheAttributeBytes is how much their attributes may take: certificates and data objects are large.
inline constexpr std::size_t kCacheAttributeBytes = std::size_t{16} << 20U;

// ObjectCache keeps opened objects, the most recently used ones: as many as kCacheObjects, with attributes of
// kCacheAttributeBytes, or as the hidden memory has room for. Safe from many threads.
class ObjectCache {
 public:
  [[nodiscard]] std::shared_ptr<const Object> get(const ObjectId& id, std::uint64_t version);
  void put(std::shared_ptr<const Object> object);
  void remove(const ObjectId& id);
  // shrink drops the older half. The cache grows again, object by object, while there is room.
  void shrink();

 private:
  static constexpr std::size_t kShards = 16;
  // Sharded so that workers do not wait for each other; each shard evicts its own oldest.
  struct Shard {
    std::mutex mutex;
    std::list<std::shared_ptr<const Object>> order;  // newest first
    std::unordered_map<ObjectId, std::list<std::shared_ptr<const Object>>::iterator, ObjectIdHash> places;
    std::size_t count_max = kCacheObjects / kShards;
    std::size_t attribute_bytes = 0;

    void drop(std::list<std::shared_ptr<const Object>>::iterator place);
    void drop_oldest() { drop(std::prev(order.end())); }
  };
  Shard& shard(const ObjectId& id) { return shards_[id[15] % kShards]; }

  std::array<Shard, kShards> shards_;
};

inline constexpr std::size_t kAuthorityKeyBytesMax = 16384;

// AuthorityRecord is a certificate authority as it is sealed.
struct AuthorityRecord {
  wire::Authority authority;
  SecretBytes key;  // PKCS#8

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.authority));
    return visit(in.key, kAuthorityKeyBytesMax);
  }
};

// LoadedAuthority is an authority ready to sign. It never changes.
struct LoadedAuthority {
  ObjectId id{};
  std::uint64_t version = 0;
  wire::Authority authority;
  crypto::PrivateKey key;
};

// LegacyRecord permits a token the outdated mechanisms, as long as it is there. It names the partition, so
// that it does not hold for a token that was made anew.
struct LegacyRecord {
  record::PartitionTag partition{};
  static Status fields(auto& visit, auto& in) { return visit(in.partition); }
};

// GuestTokenRecord says which guest made a token; of the owner's there is none. It goes with the token.
struct GuestTokenRecord {
  ObjectId token{};
  std::uint32_t uid = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.token));
    return visit(in.uid);
  }
};

// kErasureKey is where the store says that the vault is being destroyed.
inline constexpr std::uint8_t kErasureKey = 'e';

// SealedTamperRecord is the tamper policy with the id of its record.
struct SealedTamperRecord {
  ObjectId id{};
  TamperRecord record;
};

// Realm, see above. Members are safe from many threads unless they say otherwise.
class Realm {
 public:
  Realm(const record::DomainKey& domain, const record::RealmId& id, store::Store& store);

  // load reads manifests, tokens, authorities and grants.
  Status load();

  [[nodiscard]] const record::RealmId& id() const { return id_; }
  [[nodiscard]] const record::DomainKey& domain() const { return domain_; }
  [[nodiscard]] record::Manifests& manifests() { return manifests_; }
  [[nodiscard]] const record::Manifests& manifests() const { return manifests_; }
  [[nodiscard]] const record::NameKey& names() const { return names_; }
  [[nodiscard]] const record::TicketKey& tickets() const { return tickets_; }
  [[nodiscard]] const record::PinKey& pins() const { return pins_; }
  [[nodiscard]] const crypto::PrivateKey& audit_key() const { return audit_key_; }
  [[nodiscard]] const std::shared_ptr<const record::Partition>& system() const { return system_; }
  [[nodiscard]] ObjectCache& cache() { return cache_; }
  [[nodiscard]] NetClients& net() { return net_; }
  [[nodiscard]] Operators& operators() { return operators_; }
  [[nodiscard]] PinTries& pin_tries() { return pin_tries_; }

  // read_record fetches and opens one record. When that fails, no change of it is under way any more: whoever
  // then finds the same version in the manifests has a record that is not the chip's.
  Result<SecretBytes> read_record(const record::ManifestEntry& entry, const record::PartitionKey& key);
  // load_object gives a token's object, from the cache or the store; destroyed ones never. Code::not_found,
  // Code::corrupt.
  Result<std::shared_ptr<const Object>> load_object(const Token& token, const record::ManifestEntry& entry);
  // name_principals lets a policy of before format 7 name clients and operators by their records.
  void name_principals(Object& object) const;

  [[nodiscard]] std::shared_ptr<Token> token(std::uint32_t slot) const;
  [[nodiscard]] std::vector<std::shared_ptr<Token>> tokens() const;
  // free_slot is the number that the next new token gets: one more than the highest in use.
  [[nodiscard]] std::uint32_t free_slot() const;
  void put_token(std::shared_ptr<Token> token);
  void remove_token(std::uint32_t slot);

  [[nodiscard]] std::shared_ptr<const LoadedAuthority> authority(const std::string& name) const;
  [[nodiscard]] std::vector<std::shared_ptr<const LoadedAuthority>> authorities() const;
  // put_authority adds one; false when the name is taken.
  bool put_authority(std::shared_ptr<const LoadedAuthority> authority);

  // grant is a user's, or null.
  [[nodiscard]] std::shared_ptr<const LoadedGrant> grant(std::uint32_t uid) const;
  // grants gives `count_max` of them at most, in order of the users, from one user on.
  [[nodiscard]] std::vector<std::shared_ptr<const LoadedGrant>> grants(std::uint32_t from,
                                                                       std::size_t count_max) const;
  [[nodiscard]] std::size_t grant_count() const;
  void put_grant(std::shared_ptr<const LoadedGrant> grant);
  void remove_grant(std::uint32_t uid);

  // legacy is the id of a partition's LegacyRecord, none when there is none.
  [[nodiscard]] std::optional<ObjectId> legacy(const record::PartitionTag& partition) const;
  void put_legacy(const record::PartitionTag& partition, const ObjectId& id);
  void remove_legacy(const record::PartitionTag& partition);

  // guest_token is the id of a token's GuestTokenRecord, none when the owner made it; count_guest_tokens is
  // how many tokens of a guest there are.
  [[nodiscard]] std::optional<ObjectId> guest_token(const ObjectId& token) const;
  [[nodiscard]] std::size_t count_guest_tokens(std::uint32_t uid) const;
  void put_guest_token(const GuestTokenRecord& record, const ObjectId& id);
  void remove_guest_token(const ObjectId& token);

  // tamper is the tamper policy; the default one until it is first stored.
  [[nodiscard]] SealedTamperRecord tamper() const;
  void put_tamper(const SealedTamperRecord& record);

  // backup_lock is what backups are sealed for when a request does not say; null when nothing was chosen.
  [[nodiscard]] std::shared_ptr<const KeptBackupLock> backup_lock() const;
  void put_backup_lock(std::shared_ptr<const KeptBackupLock> lock);

  // set_on_corrupt names who is told when a record does not verify. Once, before other threads use the realm.
  void set_on_corrupt(std::function<void()> on_corrupt) { on_corrupt_ = std::move(on_corrupt); }

  // naming_mutex is held while a slot or a name is being taken, until the commit.
  std::mutex naming_mutex;

 private:
  Result<SecretBytes> read_stored(const record::ManifestEntry& entry, const record::PartitionKey& key);
  Status load_system_record(const record::ManifestEntry& entry);

  const record::RealmId id_;
  std::map<ObjectId, SealedTokenPolicy> loaded_policies_;  // by token, while load() has not seen all tokens
  record::DomainKey domain_;
  store::Store& store_;
  record::Manifests manifests_;
  record::NameKey names_;
  record::TicketKey tickets_;
  record::PinKey pins_;
  crypto::PrivateKey audit_key_;
  std::shared_ptr<const record::Partition> system_;
  ObjectCache cache_;
  NetClients net_;
  Operators operators_;
  PinTries pin_tries_;
  std::function<void()> on_corrupt_;

  mutable std::shared_mutex mutex_;  // guards all below
  std::map<std::uint32_t, std::shared_ptr<Token>> tokens_;
  std::map<std::string, std::shared_ptr<const LoadedAuthority>> authorities_;
  std::map<std::uint32_t, std::shared_ptr<const LoadedGrant>> grants_;  // by user
  std::map<record::PartitionTag, ObjectId> legacy_;
  struct GuestToken {
    ObjectId id{};  // of the record
    std::uint32_t uid = 0;
  };
  std::map<ObjectId, GuestToken> guest_tokens_;  // by token
  SealedTamperRecord tamper_;
  std::shared_ptr<const KeptBackupLock> backup_lock_;
};

}  // namespace coffer::vault
