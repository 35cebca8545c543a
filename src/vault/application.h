// Application: a process that uses the vault, with its forks - its logins, session objects and running
// operations.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"
#include "crypto/operation.h"
#include "crypto/primitives.h"
#include "record/who.h"
#include "vault/identity.h"
#include "vault/object.h"
#include "vault/object_id.h"
#include "vault/session_objects.h"
#include "wire/server.h"

namespace coffer::vault {

struct BackupJob;

// ObjectIdHash spreads object ids, which are random already.
struct ObjectIdHash {
  std::size_t operator()(const ObjectId& id) const {
    std::size_t hash = 0;
    std::memcpy(&hash, id.data(), sizeof hash);
    return hash;
  }
};

// kSavedMax is how many operations an application can have saved (C_GetOperationState).
inline constexpr std::size_t kSavedMax = 64;

// kTokenShare is set in the share of those who are logged in to a token; the slot is in the lower half.
inline constexpr std::uint64_t kTokenShare = std::uint64_t{1} << 32U;

// Operation is one operation in parts. Its mutex is held while a part is processed.
struct Operation {
  std::mutex mutex;
  wire::OperationKind kind{};
  std::unique_ptr<crypto::Stream> stream;
  std::uint32_t slot = 0;
  std::uint64_t login = 0;  // the number of the login that it needs; 0: none
  wire::Claim claim;        // for itself, and for what the stream keeps
};

// NonceCounter hands out nonces, each once: the numbers from `next` on, within `mask`, XORed into the end of
// `base`.
struct NonceCounter {
  std::uint64_t next = 0;
  std::uint64_t left = 0;
  std::uint64_t mask = 0;
  Buffer base;
  wire::Claim claim;
};

// Application lives as long as one of its connections. Safe from many threads.
class Application : public std::enable_shared_from_this<Application> {
 public:
  // The shelf outlives it; the budget is its user's. Operations and counters are numbered from
  // `first_number` on. It is random: whoever goes on with an operation of a chip that has ended, or of an
  // application that has, finds none instead of another.
  Application(record::Who who, std::uint32_t uid, std::uint64_t first_number, Shelf& shelf,
              const std::shared_ptr<wire::Budget>& budget)
      : who_(std::move(who)),
        uid_(uid),
        share_(uid),
        budget_(budget),
        objects_(shelf, budget),
        next_operation_(first_number) {}

  [[nodiscard]] const record::Who& who() const { return who_; }
  // share is with whom it takes turns (wire::ConnectionContext): all that are logged in to the token to which
  // it logged in last, else all of its user that are logged in nowhere.
  [[nodiscard]] std::uint64_t share() const { return share_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::optional<Login> login(std::uint32_t slot) const;
  // set_login notes a login, and numbers it; one that is there already keeps its number. Another one finds no
  // private session objects. renew_login notes one whose holder has changed the PIN, and keeps them.
  void set_login(std::uint32_t slot, const Login& next);
  void renew_login(std::uint32_t slot, Login login);
  // has_operators tells whether an operator ever logged in.
  [[nodiscard]] bool has_operators() const { return has_operators_.load(std::memory_order_acquire); }
  void clear_login(std::uint32_t slot);

  // objects are its session objects.
  [[nodiscard]] SessionObjects& objects() { return objects_; }
  void forget_everything();

  // backup is the backup that is being made or read, or null. Setting another ends it.
  [[nodiscard]] std::shared_ptr<BackupJob> backup() const;
  void set_backup(std::shared_ptr<BackupJob> job);

  // permit_use remembers that the PIN was shown for one use of a key; take_permit takes that away again. A
  // second PIN before the use changes nothing.
  Status permit_use(const ObjectId& key);
  bool take_permit(const ObjectId& key);

  // add_operation and add_counter fail with Code::limit when there are too many, or when the user's budget is
  // spent or the hidden memory full.
  Result<std::uint64_t> add_operation(std::shared_ptr<Operation> operation);
  [[nodiscard]] std::shared_ptr<Operation> operation(std::uint64_t number) const;
  void remove_operation(std::uint64_t number);
  // save_operation adds one that stays until kSavedMax others were saved.
  Result<std::uint64_t> save_operation(std::shared_ptr<Operation> operation);

  Result<std::uint64_t> add_counter(NonceCounter counter);
  // next_nonce gives the next one of a counter. Code::operation_unknown, Code::data_length when all have been
  // given.
  Result<Buffer> next_nonce(std::uint64_t counter);

 private:
  const record::Who who_;
  const std::uint32_t uid_;
  std::atomic<bool> has_operators_ = false;
  std::atomic<std::uint64_t> share_;
  const std::shared_ptr<wire::Budget> budget_;  // shared: of all that the user has
  SessionObjects objects_;
  mutable std::shared_mutex mutex_;  // guards all below
  std::map<std::uint32_t, Login> logins_;
  std::uint64_t next_login_ = 1;
  std::unordered_set<ObjectId, ObjectIdHash> permits_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Operation>> operations_;
  std::uint64_t next_operation_;
  std::deque<std::uint64_t> saved_;  // numbers of saved operations, the oldest first
  std::unordered_map<std::uint64_t, NonceCounter> counters_;
  std::shared_ptr<BackupJob> backup_;  // shared with the request that works on it
};

// Entrance is where a connection comes from: a process of this machine, the net door itself, or through it.
enum class Entrance : std::uint8_t { socket, door, net };

// AdmittedAs is by what a process of this machine was admitted. A guest has a grant.
enum class AdmittedAs : std::uint8_t { owner, member, guest };

// principal_of is who takes turns (wire::ConnectionContext): a user of this machine, the net door, or a net
// client.
constexpr std::uint64_t principal_of(Entrance entrance, std::uint32_t uid) {
  return (std::uint64_t{1} + static_cast<std::uint64_t>(entrance)) << 32U | uid;
}

// Connection is one admitted peer. `application` is set by Hello.
class Connection final : public wire::ConnectionContext {
 public:
  Connection(const host::Peer& peer, AdmittedAs by)
      : ConnectionContext(principal_of(Entrance::socket, peer.uid)),
        who(wire::user_principal(peer.uid)),
        uid(peer.uid),
        pid(peer.pid),
        admitted_as(by) {
    set_share(uid);
  }
  Connection(record::Who asker, std::uint32_t number, Entrance through, const crypto::Digest32& digest)
      : ConnectionContext(principal_of(through, number)),
        who(std::move(asker)),
        uid(number),
        entrance(through),
        certificate(digest) {
    set_share(uid);
  }

  const record::Who who;
  const std::uint32_t uid;  // of a net client its number
  const std::int32_t pid = 0;
  const Entrance entrance = Entrance::socket;
  const AdmittedAs admitted_as = AdmittedAs::owner;  // for Entrance::socket
  const crypto::Digest32 certificate{};              // SHA-256 of the certificate, for Entrance::net

  [[nodiscard]] bool is_owner() const {
    return entrance == Entrance::socket && admitted_as == AdmittedAs::owner;
  }
  // is_guest tells whether it sees only some tokens.
  [[nodiscard]] bool is_guest() const {
    return entrance == Entrance::net || (entrance == Entrance::socket && admitted_as == AdmittedAs::guest);
  }

  [[nodiscard]] std::shared_ptr<Application> application() const { return application_.load(); }
  void set_application(std::shared_ptr<Application> application) {
    application_.store(std::move(application));
  }

 private:
  std::atomic<std::shared_ptr<Application>> application_;
};

}  // namespace coffer::vault
