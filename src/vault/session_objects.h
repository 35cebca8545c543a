// Session objects: those of one application. They live in the chip's memory only (PKCS#11 3.0, 2.4).
//
// Hidden memory has an end, and an application may have thousands of keys. When the room gets low, objects
// are put away: sealed under a hidden key of this process, in public memory, and opened again for their next
// use.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "base/public_memory.h"
#include "base/result.h"
#include "record/manifest.h"
#include "vault/object.h"
#include "vault/object_id.h"
#include "wire/budget.h"

namespace coffer::vault {

// ShelfKey seals what is put away; it is random, and never leaves the process.
struct ShelfKey : Secret<32> {};

// Shelf seals and opens session objects. Safe from many threads.
class Shelf {
 public:
  // create makes the key.
  static Result<std::unique_ptr<Shelf>> create();

  // seal appends the object to `out`; open is its inverse. Code::corrupt when the octets were changed.
  void seal(const Object& object, PublicVector<std::uint8_t>& out);
  [[nodiscard]] Result<Object> open(const record::ManifestEntry& entry, std::uint64_t session,
                                    Bytes sealed) const;

  // open_count is how many objects of all applications are not put away.
  std::atomic<std::size_t> open_count = 0;

 private:
  ShelfKey key_;
  std::atomic<std::uint64_t> next_nonce_ = 0;
};

// SessionObjects is safe from many threads.
class SessionObjects {
 public:
  SessionObjects(Shelf& shelf, std::shared_ptr<wire::Budget> budget)
      : shelf_(shelf), budget_(std::move(budget)) {}
  SessionObjects(const SessionObjects&) = delete;
  SessionObjects& operator=(const SessionObjects&) = delete;
  ~SessionObjects() { forget_everything(); }

  // find gives an object, opened; null when it is not there.
  Result<std::shared_ptr<const Object>> find(const ObjectId& id);
  // Arrival is told what ends while objects are being made.
  struct Arrival {
    std::uint64_t session = 0;
    record::PartitionTag partition{};
    bool is_session_closed = false;
    bool is_login_over = false;  // then what is private has no place any more
  };
  // expect begins the making of objects of a session.
  std::shared_ptr<const Arrival> expect(std::uint64_t session, const record::PartitionTag& partition);
  // put adds a new one; Code::session_invalid or not_logged_in when what it would belong to has ended
  // meanwhile, Code::limit beyond wire::kSessionObjectsMax, or the user's budget.
  Status put(std::shared_ptr<const Object> object, const Arrival& arrival);
  // replace puts `next` in the place of `before`. Code::conflict when that is not there any more: it was
  // changed, or destroyed. Code::limit beyond the user's budget.
  Status replace(const std::shared_ptr<const Object>& before, std::shared_ptr<const Object> next);
  bool remove(const ObjectId& id);
  void close_session(std::uint64_t session);
  // forget drops the objects of one token, or its private ones only (logout).
  void forget(const record::PartitionTag& partition, bool private_only);
  void forget_everything();

  // search shows every object of a token that a filter lets through: an open one is given as it is; of one
  // that was put away `is_wanted` is asked first, with what its summary tells, and only then it is opened,
  // for the call. Fails when one does not open.
  Status search(const record::Filter& filter,
                const std::function<bool(const wire::ObjectSummary& summary)>& is_wanted,
                const std::function<void(const Object& object)>& show) const;

  // put_away seals what nobody uses at this moment; without an open one it costs nothing.
  void put_away(const record::NameKey& names);

 private:
  // Kept is one object: opened, or sealed, or both.
  struct Kept {
    std::shared_ptr<const Object> open;
    std::uint64_t session = 0;
    // The next two are there once it was put away: what the filter looks at, and the object.
    record::ManifestEntry entry;
    PublicVector<std::uint8_t> sealed;
    wire::Claim claim;
  };
  [[nodiscard]] static bool is_of(const Kept& kept, const record::PartitionTag& partition, bool private_only);
  void opened();
  void closed();
  void erase_if(const std::function<bool(const Kept&)>& is_meant);
  void tell_arrivals(const std::function<void(Arrival&)>& tell);

  Shelf& shelf_;
  const std::shared_ptr<wire::Budget> budget_;  // shared: of all that the user has
  std::atomic<std::size_t> open_count_ = 0;     // of this application's
  mutable std::shared_mutex mutex_;             // guards all below, and what arrivals are told
  PublicMap<ObjectId, Kept> objects_;
  std::vector<std::weak_ptr<Arrival>> arrivals_;
};

}  // namespace coffer::vault
