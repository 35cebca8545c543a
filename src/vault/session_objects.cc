// Session objects: the table, and putting away what is not used.
#include "vault/session_objects.h"

#include <algorithm>
#include <mutex>

#include "codec/binary.h"
#include "wire/limits.h"

namespace coffer::vault {

namespace {

// ShelfPlace is what a sealed object is bound to.
struct ShelfPlace {
  ObjectId id{};
  record::PartitionTag partition{};
  std::uint64_t session = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.id));
    TRY(visit(in.partition));
    return visit(in.session);
  }
};

wire::ObjectSummary session_summary(const record::ManifestEntry& entry) {
  wire::ObjectSummary summary = summary_of(entry);
  summary.is_token = false;
  return summary;
}

}  // namespace

Result<std::unique_ptr<Shelf>> Shelf::create() {
  auto shelf = std::make_unique<Shelf>();
  TRY(crypto::random_bytes(shelf->key_.reveal()));
  return shelf;
}

void Shelf::seal(const Object& object, PublicVector<std::uint8_t>& out) {
  crypto::Nonce nonce{};
  const std::uint64_t number = next_nonce_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < sizeof(number); ++i) nonce[i] = static_cast<std::uint8_t>(number >> (8U * i));
  Buffer sealed = to_buffer(nonce);
  crypto::seal(key_, nonce, codec::encode(ShelfPlace{object.id, object.partition, object.session}),
               object_plaintext(object).reveal(), sealed);
  out.assign(sealed.begin(), sealed.end());
}

Result<Object> Shelf::open(const record::ManifestEntry& entry, std::uint64_t session, Bytes sealed) const {
  if (sealed.size() < crypto::kNonceBytes) return Error{Code::corrupt, "an object of a session was changed"};
  crypto::Nonce nonce{};
  std::ranges::copy(sealed.first(nonce.size()), nonce.begin());
  const SecretBytes plaintext =
      TRY(crypto::open(key_, nonce, codec::encode(ShelfPlace{entry.id, entry.partition, session}),
                       sealed.subspan(nonce.size())));
  Object object = TRY(object_of(entry, plaintext));
  object.is_token = false;
  object.session = session;
  finish_object(object);
  return object;
}

Result<std::shared_ptr<const Object>> SessionObjects::find(const ObjectId& id) {
  {
    const std::shared_lock lock(mutex_);
    if (objects_.empty()) return std::shared_ptr<const Object>();
    const auto place = objects_.find(id);
    if (place == objects_.end()) return std::shared_ptr<const Object>();
    if (place->second.open) return place->second.open;
  }
  const std::unique_lock lock(mutex_);
  const auto place = objects_.find(id);
  if (place == objects_.end()) return std::shared_ptr<const Object>();
  Kept& kept = place->second;
  if (!kept.open) {
    kept.open = std::make_shared<const Object>(TRY(shelf_.open(kept.entry, kept.session, kept.sealed)));
    opened();
  }
  return kept.open;
}

std::shared_ptr<const SessionObjects::Arrival> SessionObjects::expect(std::uint64_t session,
                                                                      const record::PartitionTag& partition) {
  auto arrival = std::make_shared<Arrival>();
  arrival->session = session;
  arrival->partition = partition;
  const std::unique_lock lock(mutex_);
  std::erase_if(arrivals_, [](const auto& each) { return each.expired(); });
  arrivals_.push_back(arrival);
  return arrival;
}

void SessionObjects::tell_arrivals(const std::function<void(Arrival&)>& tell) {
  const std::unique_lock lock(mutex_);
  for (const auto& each : arrivals_) {
    if (const auto arrival = each.lock()) tell(*arrival);
  }
}

Status SessionObjects::put(std::shared_ptr<const Object> object, const Arrival& arrival) {
  const std::unique_lock lock(mutex_);
  if (arrival.is_session_closed) return Error{Code::session_invalid, "the session was closed meanwhile"};
  if (arrival.is_login_over && object->summary.is_private)
    return Error{Code::not_logged_in, "the login has ended"};
  if (objects_.size() >= wire::kSessionObjectsMax) {
    return Error{Code::limit, "too many session objects: destroy some first"};
  }
  wire::Claim claim(budget_);
  if (!claim.resize(wire::kKeptThingBytes + object_bytes(*object))) return wire::kBudgetIsSpent;
  const ObjectId id = object->id;
  const std::uint64_t session = object->session;
  objects_.emplace(id, Kept{.open = std::move(object),
                            .session = session,
                            .entry = {},
                            .sealed = {},
                            .claim = std::move(claim)});
  opened();
  return {};
}

Status SessionObjects::replace(const std::shared_ptr<const Object>& before,
                               std::shared_ptr<const Object> next) {
  const std::unique_lock lock(mutex_);
  const auto place = objects_.find(before->id);
  // Who holds `before` keeps it from being put away.
  if (place == objects_.end() || place->second.open != before) {
    return Error{Code::conflict, "the object was changed or destroyed meanwhile: ask again"};
  }
  if (!place->second.claim.resize(wire::kKeptThingBytes + object_bytes(*next))) return wire::kBudgetIsSpent;
  place->second.open = std::move(next);
  place->second.sealed.clear();
  return {};
}

bool SessionObjects::remove(const ObjectId& id) {
  const std::unique_lock lock(mutex_);
  const auto place = objects_.find(id);
  if (place == objects_.end()) return false;
  if (place->second.open) closed();
  objects_.erase(place);
  return true;
}

void SessionObjects::erase_if(const std::function<bool(const Kept&)>& is_meant) {
  const std::unique_lock lock(mutex_);
  std::erase_if(objects_, [&](const auto& each) {
    if (!is_meant(each.second)) return false;
    if (each.second.open) closed();
    return true;
  });
}

bool SessionObjects::is_of(const Kept& kept, const record::PartitionTag& partition, bool private_only) {
  if (kept.open) return kept.open->partition == partition && (!private_only || kept.open->summary.is_private);
  return kept.entry.partition == partition && (!private_only || kept.entry.is_private);
}

void SessionObjects::close_session(std::uint64_t session) {
  tell_arrivals([session](Arrival& arrival) {
    if (arrival.session == session) arrival.is_session_closed = true;
  });
  erase_if([session](const Kept& kept) { return kept.session == session; });
}

void SessionObjects::forget(const record::PartitionTag& partition, bool private_only) {
  tell_arrivals([&](Arrival& arrival) {
    if (arrival.partition != partition) return;
    arrival.is_login_over = true;
    if (!private_only) arrival.is_session_closed = true;
  });
  erase_if([&](const Kept& kept) { return is_of(kept, partition, private_only); });
}

void SessionObjects::forget_everything() {
  tell_arrivals([](Arrival& arrival) { arrival.is_session_closed = true; });
  erase_if([](const Kept&) { return true; });
}

Status SessionObjects::search(const record::Filter& filter,
                              const std::function<bool(const wire::ObjectSummary& summary)>& is_wanted,
                              const std::function<void(const Object& object)>& show) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [id, kept] : objects_) {
    if (!is_of(kept, filter.partition, false)) continue;
    if (kept.open) {
      show(*kept.open);
    } else if (passes(kept.entry, filter) && is_wanted(session_summary(kept.entry))) {
      show(TRY(shelf_.open(kept.entry, kept.session, kept.sealed)));
    }
  }
  return {};
}

void SessionObjects::opened() {
  open_count_.fetch_add(1, std::memory_order_relaxed);
  shelf_.open_count.fetch_add(1, std::memory_order_relaxed);
}

void SessionObjects::closed() {
  open_count_.fetch_sub(1, std::memory_order_relaxed);
  shelf_.open_count.fetch_sub(1, std::memory_order_relaxed);
}

void SessionObjects::put_away(const record::NameKey& names) {
  if (open_count_.load(std::memory_order_relaxed) == 0) return;
  const std::unique_lock lock(mutex_);
  for (auto& [id, kept] : objects_) {
    // With the lock nobody else can come to hold it.
    if (!kept.open || kept.open.use_count() > 1) continue;
    if (kept.sealed.empty()) {
      kept.entry = manifest_entry(*kept.open, names);
      shelf_.seal(*kept.open, kept.sealed);
    }
    kept.open.reset();
    closed();
  }
}

}  // namespace coffer::vault
