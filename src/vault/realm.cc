// Realm: loading what an unlocked vault holds, and the cache of opened objects.
#include "vault/realm.h"

#include <algorithm>

#include "base/secret_room.h"
#include "codec/binary.h"
#include "vault/numbered_principals.h"

namespace coffer::vault {

namespace {

constexpr std::size_t kSystemRecordsMax = 10'000'000;

}  // namespace

std::shared_ptr<const Object> ObjectCache::get(const ObjectId& id, std::uint64_t version) {
  Shard& part = shard(id);
  const std::lock_guard lock(part.mutex);
  const auto place = part.places.find(id);
  if (place == part.places.end() || (*place->second)->version != version) return nullptr;
  part.order.splice(part.order.begin(), part.order, place->second);
  return *place->second;
}

void ObjectCache::put(std::shared_ptr<const Object> object) {
  Shard& part = shard(object->id);
  const std::lock_guard lock(part.mutex);
  const auto place = part.places.find(object->id);
  if (place != part.places.end()) {
    part.drop(place->second);
  } else if (part.order.size() >= part.count_max) {
    if (part.count_max < kCacheObjects / kShards && secret_room() == SecretRoom::plenty) {
      ++part.count_max;
    } else {
      part.drop_oldest();
    }
  }
  part.attribute_bytes += object->attributes.value_bytes();
  part.order.push_front(std::move(object));
  part.places[part.order.front()->id] = part.order.begin();
  while (part.attribute_bytes > kCacheAttributeBytes / kShards) part.drop_oldest();
}

void ObjectCache::Shard::drop(std::list<std::shared_ptr<const Object>>::iterator place) {
  attribute_bytes -= (*place)->attributes.value_bytes();
  places.erase((*place)->id);
  order.erase(place);
}

void ObjectCache::shrink() {
  for (Shard& part : shards_) {
    const std::lock_guard lock(part.mutex);
    part.count_max = std::max<std::size_t>(1, part.order.size() / 2);
    while (part.order.size() > part.count_max) part.drop_oldest();
  }
}

void ObjectCache::remove(const ObjectId& id) {
  Shard& part = shard(id);
  const std::lock_guard lock(part.mutex);
  const auto place = part.places.find(id);
  if (place != part.places.end()) part.drop(place->second);
}

Realm::Realm(const record::DomainKey& domain, const record::RealmId& id, store::Store& store)
    : id_(id),
      store_(store),
      manifests_(domain, id),
      names_(name_key(domain)),
      tickets_(ticket_key(domain)),
      pins_(pin_key(domain)),
      audit_key_(audit_key_of(domain)) {
  std::ranges::copy(domain.reveal(), domain_.reveal().begin());
  auto system = std::make_shared<record::Partition>();
  system->tag = record::kSystemPartition;
  system->key = system_partition_key(domain);
  system_ = std::move(system);
}

Status Realm::load() {
  TRY(manifests_.load(store_));
  for (const record::ManifestEntry& entry :
       manifests_.list(record::Filter{.partition = record::kSystemPartition}, kSystemRecordsMax)) {
    TRY(load_system_record(entry));
  }
  for (const auto& [slot, token] : tokens_) {
    const auto policy = loaded_policies_.find(token->id());
    if (policy != loaded_policies_.end()) token->set_policy(policy->second);
  }
  loaded_policies_.clear();
  return {};
}

Status Realm::load_system_record(const record::ManifestEntry& entry) {
  const SecretBytes plaintext = TRY(read_record(entry, system_->key));
  switch (entry.object_class) {
    case object_class::kToken: {
      auto record = TRY(codec::decode<TokenRecord>(plaintext.reveal()));
      const std::uint32_t slot = record.slot;
      tokens_[slot] = std::make_shared<Token>(entry.id, entry.version, std::move(record));
      return {};
    }
    case object_class::kTokenPolicy: {
      const auto record = TRY(codec::decode<TokenPolicyRecord>(plaintext.reveal()));
      loaded_policies_[record.token] = {entry.id, record.policy};
      return {};
    }
    case object_class::kAuthority: {
      auto record = TRY(decode_authority(plaintext.reveal()));
      auto loaded = std::make_shared<LoadedAuthority>();
      loaded->id = entry.id;
      loaded->version = entry.version;
      loaded->key = TRY(crypto::PrivateKey::from_pkcs8(record.key.reveal()));
      loaded->authority = std::move(record.authority);
      authorities_[loaded->authority.name] = std::move(loaded);
      return {};
    }
    case object_class::kGrant: {
      auto grant = std::make_shared<LoadedGrant>();
      grant->id = entry.id;
      grant->version = entry.version;
      grant->record = TRY(decode_grant(plaintext.reveal()));
      grants_[grant->record.uid] = std::move(grant);
      return {};
    }
    case object_class::kOperator: {
      auto record = TRY(codec::decode<OperatorRecord>(plaintext.reveal()));
      operators_.put(std::make_shared<Operator>(entry.id, entry.version, std::move(record)));
      return {};
    }
    case object_class::kPinTries: {
      pin_tries_.load(entry.id, entry.version, TRY(codec::decode<PinTriesRecord>(plaintext.reveal())));
      return {};
    }
    case object_class::kLegacy: {
      const auto record = TRY(codec::decode<LegacyRecord>(plaintext.reveal()));
      legacy_[record.partition] = entry.id;
      return {};
    }
    case object_class::kGuestToken: {
      const auto record = TRY(codec::decode<GuestTokenRecord>(plaintext.reveal()));
      guest_tokens_[record.token] = {entry.id, record.uid};
      return {};
    }
    case object_class::kNetKeys: {
      auto record = TRY(codec::decode<NetKeysRecord>(plaintext.reveal()));
      auto keys = std::make_shared<NetKeys>();
      keys->authority_key = TRY(crypto::PrivateKey::from_pkcs8(record.authority_key.reveal()));
      keys->server_key = TRY(crypto::PrivateKey::from_pkcs8(record.server_key.reveal()));
      keys->authority = std::move(record.authority);
      keys->server = std::move(record.server);
      net_.set_keys(std::move(keys));
      return {};
    }
    case object_class::kNetClient: {
      auto client = std::make_shared<LoadedNetClient>();
      client->id = entry.id;
      client->version = entry.version;
      client->record = TRY(codec::decode<NetClientRecord>(plaintext.reveal()));
      net_.put(std::move(client));
      return {};
    }
    case object_class::kBackupLock: {
      auto record = TRY(decode_backup_lock(plaintext.reveal()));
      record.id = entry.id;
      backup_lock_ = std::make_shared<KeptBackupLock>(std::move(record));
      return {};
    }
    case object_class::kTamperPolicy: {
      const auto record = TRY(decode_tamper_record(plaintext.reveal()));
      if (!valid_levels(record)) return Error{Code::corrupt, "the tamper policy names an unknown level"};
      tamper_ = {entry.id, record};
      return {};
    }
    default:
      return Error{Code::corrupt, "the vault holds a record of a kind that this version does not know"};
  }
}

// Whoever was told that it fails looks at the manifests again: the object may have moved on.
Result<SecretBytes> Realm::read_record(const record::ManifestEntry& entry, const record::PartitionKey& key) {
  auto plaintext = read_stored(entry, key);
  if (!plaintext.ok()) manifests_.wait_until_settled(entry.id);
  return plaintext;
}

Result<SecretBytes> Realm::read_stored(const record::ManifestEntry& entry, const record::PartitionKey& key) {
  const auto record = TRY(store_.get(record::record_store_key(entry.partition, entry.id)));
  if (!record.has_value()) return Error{Code::corrupt, "the store has lost a record"};
  return open_record(key,
                     record::SealedFor{.realm = id_,
                                       .partition = entry.partition,
                                       .id = entry.id,
                                       .type = entry.object_class,
                                       .version = entry.version},
                     record->value);
}

Result<std::shared_ptr<const Object>> Realm::load_object(const Token& token,
                                                         const record::ManifestEntry& entry) {
  // What was destroyed is not there, whether or not it can come back.
  if (entry.partition != token.partition()->tag || entry.object_class == object_class::kDeleted) {
    return Error{Code::not_found, "there is no such object"};
  }
  if (auto cached = cache_.get(entry.id, entry.version)) return cached;
  const auto plaintext = read_record(entry, token.partition()->key);
  if (!plaintext.ok()) {
    // Between looking at the manifest and reading, the object may have moved on: then there is no harm.
    const auto now = manifests_.find(entry.id);
    if (!now) return Error{Code::not_found, "there is no such object"};
    if (now->version != entry.version) return load_object(token, *now);
    if (plaintext.error().code == Code::corrupt && on_corrupt_) on_corrupt_();
    return plaintext.error();
  }
  auto object = std::make_shared<Object>(TRY(object_of(entry, plaintext.value())));
  name_principals(*object);
  cache_.put(object);
  return std::shared_ptr<const Object>(std::move(object));
}

void Realm::name_principals(Object& object) const {
  if (!object.policy) return;
  const auto record_of = [this](const wire::Principal& from, std::uint32_t number) {
    if (from.kind == wire::PrincipalKind::client) {
      const auto client = number < kNetNumberFirstNow ? net_.find(number) : nullptr;
      return client ? client->who() : record::Who();
    }
    const auto person = from.kind == wire::PrincipalKind::token_operator ? operators_.find(number) : nullptr;
    return person ? person->who() : record::Who();
  };
  wire::KeyPolicy named = *object.policy;
  for (wire::Principal& each : named.principals) {
    const auto number = wire::number_of(each.id);
    if (const record::Who who = number ? record_of(each, *number) : record::Who()) each = *who;
  }
  set_policy(object, std::move(named));
}

std::shared_ptr<Token> Realm::token(std::uint32_t slot) const {
  const std::shared_lock lock(mutex_);
  const auto place = tokens_.find(slot);
  return place == tokens_.end() ? nullptr : place->second;
}

std::vector<std::shared_ptr<Token>> Realm::tokens() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<Token>> all;
  for (const auto& [slot, token] : tokens_) all.push_back(token);
  return all;
}

std::uint32_t Realm::free_slot() const {
  const std::shared_lock lock(mutex_);
  return tokens_.empty() ? 0 : tokens_.rbegin()->first + 1;
}

void Realm::put_token(std::shared_ptr<Token> token) {
  const std::unique_lock lock(mutex_);
  const std::uint32_t slot = token->slot();
  tokens_[slot] = std::move(token);
}

void Realm::remove_token(std::uint32_t slot) {
  const std::unique_lock lock(mutex_);
  tokens_.erase(slot);
}

std::shared_ptr<const LoadedAuthority> Realm::authority(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto place = authorities_.find(name);
  return place == authorities_.end() ? nullptr : place->second;
}

std::vector<std::shared_ptr<const LoadedAuthority>> Realm::authorities() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const LoadedAuthority>> all;
  for (const auto& [name, authority] : authorities_) all.push_back(authority);
  return all;
}

bool Realm::put_authority(std::shared_ptr<const LoadedAuthority> authority) {
  const std::unique_lock lock(mutex_);
  const std::string name = authority->authority.name;
  return authorities_.emplace(name, std::move(authority)).second;
}

std::shared_ptr<const LoadedGrant> Realm::grant(std::uint32_t uid) const {
  const std::shared_lock lock(mutex_);
  const auto place = grants_.find(uid);
  return place == grants_.end() ? nullptr : place->second;
}

std::vector<std::shared_ptr<const LoadedGrant>> Realm::grants(std::uint32_t from,
                                                              std::size_t count_max) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const LoadedGrant>> found;
  for (auto place = grants_.lower_bound(from); place != grants_.end() && found.size() < count_max; ++place) {
    found.push_back(place->second);
  }
  return found;
}

std::size_t Realm::grant_count() const {
  const std::shared_lock lock(mutex_);
  return grants_.size();
}

void Realm::put_grant(std::shared_ptr<const LoadedGrant> grant) {
  const std::unique_lock lock(mutex_);
  grants_[grant->record.uid] = std::move(grant);
}

void Realm::remove_grant(std::uint32_t uid) {
  const std::unique_lock lock(mutex_);
  grants_.erase(uid);
}

std::optional<ObjectId> Realm::legacy(const record::PartitionTag& partition) const {
  const std::shared_lock lock(mutex_);
  const auto place = legacy_.find(partition);
  return place == legacy_.end() ? std::nullopt : std::optional(place->second);
}

void Realm::put_legacy(const record::PartitionTag& partition, const ObjectId& id) {
  const std::unique_lock lock(mutex_);
  legacy_[partition] = id;
}

void Realm::remove_legacy(const record::PartitionTag& partition) {
  const std::unique_lock lock(mutex_);
  legacy_.erase(partition);
}

std::optional<ObjectId> Realm::guest_token(const ObjectId& token) const {
  const std::shared_lock lock(mutex_);
  const auto place = guest_tokens_.find(token);
  return place == guest_tokens_.end() ? std::nullopt : std::optional(place->second.id);
}

std::size_t Realm::count_guest_tokens(std::uint32_t uid) const {
  const std::shared_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(guest_tokens_, [uid](const auto& each) { return each.second.uid == uid; }));
}

void Realm::put_guest_token(const GuestTokenRecord& record, const ObjectId& id) {
  const std::unique_lock lock(mutex_);
  guest_tokens_[record.token] = {id, record.uid};
}

void Realm::remove_guest_token(const ObjectId& token) {
  const std::unique_lock lock(mutex_);
  guest_tokens_.erase(token);
}

SealedTamperRecord Realm::tamper() const {
  const std::shared_lock lock(mutex_);
  return tamper_;
}

std::shared_ptr<const KeptBackupLock> Realm::backup_lock() const {
  const std::shared_lock lock(mutex_);
  return backup_lock_;
}

void Realm::put_backup_lock(std::shared_ptr<const KeptBackupLock> lock) {
  const std::unique_lock guard(mutex_);
  backup_lock_.swap(lock);
}

void Realm::put_tamper(const SealedTamperRecord& record) {
  const std::unique_lock lock(mutex_);
  tamper_ = record;
}

}  // namespace coffer::vault
