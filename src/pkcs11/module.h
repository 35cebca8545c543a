// Module: everything that the loaded library remembers for its application - one object, made by the first
// C_Initialize and never destroyed, so that nothing is left to do when the process exits.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/binary.h"
#include "host/deadline.h"
#include "pkcs11/connection.h"
#include "pkcs11/fork.h"
#include "pkcs11/object_table.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"
#include "pkcs11/session.h"
#include "pkcs11/token_table.h"
#include "wire/legacy_messages.h"
#include "wire/messages.h"
#include "wire/once_messages.h"
#include "wire/wrap_messages.h"

namespace coffer::pkcs11 {

// Repeat says whether a request may be sent a second time when the connection broke before its answer came.
enum class Repeat : std::uint8_t { no, yes };

// kRepeatMilliseconds is how long a request that was cut off is sent again while the vault is coming back,
// the time of the last try included (docs/network.md has the sum).
inline constexpr std::chrono::milliseconds kRepeatMilliseconds{10000};

// Recovery is how far a request has got whose answer did not come.
struct Recovery {
  explicit Recovery(Repeat permitted) : repeat(permitted), end(host::Deadline::after(kRepeatMilliseconds)) {}
  [[nodiscard]] std::uint32_t milliseconds_left() const {
    return static_cast<std::uint32_t>(std::max(1, end.poll_milliseconds()));
  }

  Repeat repeat;
  host::Deadline end;
  bool has_resumed = false;  // the logins, for this request
  bool was_cut_off = false;  // so that it may have been executed
};

// SlotView is what the chip said about its slots.
struct SlotView {
  bool is_locked = false;  // the vault is locked: slot 0 stands for all, without a token
  std::vector<wire::TokenInfo> slots;

  [[nodiscard]] const wire::TokenInfo* find(CK_SLOT_ID slot) const;
};

class Module final {
 public:
  // entered gives the module to a C_ function, or null when C_Initialize has not been called. In the child of
  // a fork it first puts the module right.
  static Module* entered();

  // start is C_Initialize: CKR_CRYPTOKI_ALREADY_INITIALIZED when it has been called already. The child of a
  // fork may call it once more, as PKCS#11 2.40 tells it to (2.40 usage guide, 2.5.2), and keeps its
  // sessions.
  static Answer start(std::unique_ptr<Connector> connector);

  // stop is C_Finalize. Waits for calls that other threads are in the middle of.
  static Answer stop();

  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  [[nodiscard]] SessionTable& sessions() { return sessions_; }
  [[nodiscard]] ObjectTable& objects() { return objects_; }
  [[nodiscard]] TokenTable& tokens() { return tokens_; }
  [[nodiscard]] bool is_shared() const { return connection_->is_shared(); }

  // ask sends a request and hands the decoded reply to `use` while it is valid. When the connection turns out
  // to be broken it is made again and the request sent again: as it is if `repeat` says so, inside wire::Once
  // if its facts say so. When the chip forgot a login that this process has, the login is resumed and the
  // request sent again.
  template <typename Request, typename Use>
  Status ask(Link& link, const Request& request, Use&& use, Repeat repeat = default_repeat<Request>()) {
    if constexpr (Request::kFacts.again == wire::Again::once) {
      if (repeat == Repeat::no) return ask_once(link, request, use);
    }
    wire::Client* client = TRY(connection_->client(link));
    if (repeat == Repeat::no && Request::kFacts.again != wire::Again::follows) client = TRY(probe(link));
    const Status answered = client->call_with(request, use);
    if (answered.ok()) [[likely]]
      return answered;
    return ask_again(link, request, use, answered.error(), Recovery(repeat));
  }

  // ask for a reply without views.
  template <typename Request>
  Result<typename Request::Response> ask(Link& link, const Request& request,
                                         Repeat repeat = default_repeat<Request>()) {
    typename Request::Response response{};
    TRY(ask(
        link, request,
        [&response](typename Request::Response& decoded) {
          response = std::move(decoded);
          return Status{};
        },
        repeat));
    return response;
  }

  // tell sends a request whose reply says no more than that it was done.
  template <typename Request>
  Status tell(Link& link, const Request& request, Repeat repeat = default_repeat<Request>()) {
    return ask(link, request, [](const wire::Empty&) { return Status{}; }, repeat);
  }

  // Control is a link for what belongs to no session, with its lock.
  class Control final {
   public:
    explicit Control(Module& module) : lock_(module.control_mutex_), link_(module.control_) {}
    Link& link() { return link_; }

   private:
    std::scoped_lock<ForkMutex> lock_;
    Link& link_;
  };

  // slots asks the chip for its slots. knows_token says whether a slot had an initialised token the last
  // time.
  Result<SlotView> slots(Control& control);
  bool knows_token(CK_SLOT_ID slot);

  // told_slots is what C_WaitForSlotEvent has told; `now` when it has told nothing yet.
  SlotView& told_slots(Control& /*control*/, const SlotView& now) {
    if (!told_slots_) told_slots_ = now;
    return *told_slots_;
  }

  using MechanismTable = std::vector<wire::MechanismInfo>;

  // mechanism looks up a mechanism that does one of `uses` (CKF_). Fails with `mechanism_invalid`. The chip's
  // table is asked for once, and a token for what is not there: its officer may permit outdated mechanisms at
  // any time.
  Result<wire::MechanismInfo> mechanism(Link& link, CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_FLAGS uses);
  // mechanisms asks for all mechanisms of a token, sorted by number.
  Result<MechanismTable> mechanisms(Link& link, CK_SLOT_ID slot);

  // can_see says whether the login state shows an object: what is private to the user, and secret keys to the
  // security officer too, who may trust them.
  [[nodiscard]] bool can_see(std::uint32_t slot, const wire::ObjectSummary& object) const;
  // can_use says whether it permits to use it: a token's secret and private keys are the user's, private or
  // not.
  [[nodiscard]] bool can_use(std::uint32_t slot, const wire::ObjectSummary& object) const;
  // login says who is logged in to a slot's token.
  [[nodiscard]] LoginState login(std::uint32_t slot) const;

  // resume_all makes the chip remember the logins of this process.
  void resume_all(wire::Client& client);

  // refresh_logins makes the chip remember the logins of this process before a request that would silently
  // see less without them.
  void refresh_logins(Link& link);

  // close_session ends a session with all that belongs to it. The last one of a token logs out.
  void close_session(SessionTable::Lease lease);

 private:
  explicit Module(ForkPage page) : fork_page_(std::move(page)) {}

  template <typename Request>
  static constexpr Repeat default_repeat() {
    return Request::kFacts.again == wire::Again::yes ? Repeat::yes : Repeat::no;
  }

  Result<const MechanismTable*> usual_mechanisms(Link& link);

  // probe makes sure that the connection is alive before a request that must not be sent twice: a chip that
  // was restarted while the application was idle shall not cost it a failure.
  Result<wire::Client*> probe(Link& link);
  // recover gives the client to send a failed request to once more, or null.
  wire::Client* recover(Link& link, Error error, Recovery& recovery);
  // reconnect waits for a vault that is coming back; null when it does not in time.
  wire::Client* reconnect(Link& link, const Recovery& recovery);

  // ask_once sends a request inside wire::Once.
  template <typename Request, typename Use>
  Status ask_once(Link& link, const Request& request, Use&& use) {
    codec::WipingBuffer encoded;
    codec::encode_secret_into(request, encoded.octets);
    const wire::RequestId id = TRY(new_request_id());
    const wire::Once once{id, static_cast<std::uint32_t>(wire::kOp<Request>), encoded.octets};
    return ask(
        link, once,
        [&use](const wire::OutputReply& reply) -> Status {
          auto decoded = TRY(codec::decode<typename Request::Response>(reply.output));
          return use(decoded);
        },
        Repeat::yes);
  }

  // ask_again goes on with a request that failed.
  template <typename Request, typename Use>
  Status ask_again(Link& link, const Request& request, Use&& use, Error error, Recovery recovery) {
    while (wire::Client* client = recover(link, error, recovery)) {
      const Status answered = client->call_with(request, use, recovery.milliseconds_left());
      if (answered.ok()) return answered;
      error = answered.error();
      if (Request::kFacts.again == wire::Again::guess) break;
      // A destruction that was sent twice has happened when there is nothing left to destroy.
      if (wire::kOp<Request> == wire::kOp<wire::DestroyObject> && recovery.was_cut_off &&
          error.code == Code::not_found)
        return {};
    }
    return error;
  }

  static Result<wire::RequestId> new_request_id();
  void begin(std::unique_ptr<Connector> connector);
  void end();
  void after_fork();

  ForkPage fork_page_;
  std::atomic<bool> is_running_ = false;
  bool may_start_again_ = false;  // guarded by the lock of start(); a child sets it before others enter
  std::optional<Connection> connection_;
  SessionTable sessions_;
  ObjectTable objects_;
  TokenTable tokens_;

  ForkMutex control_mutex_;  // guards the next two
  Link control_;
  std::optional<SlotView> told_slots_;
  ForkMutex slots_mutex_;  // guards slots_
  SlotView slots_;
  std::atomic<const MechanismTable*> mechanisms_ = nullptr;  // never freed: readers hold no lock
};

// ProcessLock keeps C_Initialize and C_Finalize apart. It can be constant-initialised, and a lock that
// another thread held when the process forked counts as free in the child.
class ProcessLock final {
 public:
  constexpr ProcessLock() = default;
  void lock();
  void unlock();

 private:
  std::atomic<pid_t> holder_ = 0;
};

}  // namespace coffer::pkcs11
