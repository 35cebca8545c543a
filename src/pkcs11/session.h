// Sessions: what the module remembers about each, and the table of them. The chip knows sessions only by
// number.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pkcs11/connection.h"
#include "pkcs11/fork.h"
#include "pkcs11/handle.h"
#include "pkcs11/operation.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/random_pool.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

// Search is what a session remembers between C_FindObjectsInit and C_FindObjectsFinal: the objects of one
// reply, and how to ask for the next ones.
struct Search {
  bool is_active = false;
  bool has_more = false;
  std::vector<CK_OBJECT_HANDLE> found;
  std::size_t next = 0;   // in `found`
  wire::ObjectId last{};  // ask for what comes after it
  Buffer octets;          // that the template's values point to
  wire::Template attributes;

  void forget() { *this = Search{}; }
};

// kCommonCount is how many activities, the first ones, every session has room for.
inline constexpr std::size_t kCommonCount = 5;

// Session is one session. It is used under its lock, which SessionTable::lease() takes.
struct Session {
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  std::uint32_t slot = 0;
  bool is_read_write = false;
  bool is_async = false;     // CKF_ASYNC_SESSION: key generation answers CKR_PENDING
  std::uint64_t job = 0;     // the chip's number of the request that is pending, 0: none
  wire::Op job_op{};         // which request that is
  pid_t opener = 0;          // the process that opened it: a fork's child must not end it in the chip
  std::uint64_t number = 0;  // the chip's name for it, unique among forks
  Link link;
  std::array<Operation, kCommonCount> operations;                              // the common activities
  std::unique_ptr<std::array<Operation, kActivityCount - kCommonCount>> rare;  // the others, when first used
  Search search;
  RandomPool random;
  std::vector<CK_OBJECT_HANDLE> objects;  // session objects that were made here; some may be gone already

  Operation& operation(Activity activity) {
    const auto index = static_cast<std::size_t>(activity);
    if (index < kCommonCount) return operations[index];
    if (!rare) rare = std::make_unique<std::array<Operation, kActivityCount - kCommonCount>>();
    return (*rare)[index - kCommonCount];
  }

  // knows says whether an activity could be active: there is something to look at.
  [[nodiscard]] bool knows(Activity activity) const {
    return static_cast<std::size_t>(activity) < kCommonCount || rare != nullptr;
  }
};

// SessionTable holds the sessions. Safe from many threads at once; different sessions do not wait for each
// other.
class SessionTable final {
 public:
  // kSessionsMax is how many sessions an application can have open at once.
  static constexpr std::size_t kSessionsMax = 16UL * 4096UL;

 private:
  struct Entry {
    ForkMutex mutex;
    std::uint64_t generation = 0;
    Session session;
  };

 public:
  // Lease is the right to use a session, as long as it lives; empty when there is no such session.
  class Lease final {
   public:
    Lease() = default;
    explicit Lease(Entry& entry) : entry_(&entry) {}
    Lease(Lease&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (entry_ != nullptr) entry_->mutex.unlock();
    }

    explicit operator bool() const { return entry_ != nullptr; }
    Session& operator*() const { return entry_->session; }
    Session* operator->() const { return &entry_->session; }

   private:
    Entry* entry_ = nullptr;
  };

  // open makes a session and gives its handle; nothing when kSessionsMax are open.
  std::optional<CK_SESSION_HANDLE> open(std::uint32_t slot, bool is_read_write);

  // lease waits until nobody else uses the session.
  Lease lease(CK_SESSION_HANDLE handle);

  // close forgets a session.
  void close(Lease lease);

  // handles lists the open sessions of a slot, or of all.
  std::vector<CK_SESSION_HANDLE> handles(std::optional<std::uint32_t> slot);

  // after_fork repairs the table in the child, and tells whether a session was in use; nobody else may use
  // the table meanwhile. Operations that the chip holds stay the parent's.
  bool after_fork();

 private:
  StableArray<Entry, 16, 4096> entries_;
  ForkMutex mutex_;  // guards what follows; taken before an entry's or without one
  std::size_t entry_count_ = 0;
  std::vector<std::size_t> free_;  // indexes of closed entries
  std::uint64_t opened_count_ = 0;
};

}  // namespace coffer::pkcs11
