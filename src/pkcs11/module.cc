// Module: starting, stopping, asking the chip, and the child of a fork.
#include "pkcs11/module.h"

#include <sched.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <utility>

#include "pkcs11/refusal.h"

namespace coffer::pkcs11 {

namespace {

// The only mutable globals of the library; neither has a constructor or a destructor that runs.
constinit std::atomic<Module*> the_module = nullptr;
constinit ProcessLock starting;

constexpr std::uint32_t kLockedSlot = 0;
constexpr long kReconnectNanoseconds = 50'000'000;

// Notes what the chip said, which tells what to do about it, or what happened to the connection.
void note_failure(const wire::Client& client, Error error) {
  if (!tells_refusals()) return;
  const std::string text = client.alive() ? client.last_error_text() : std::string();
  note_reason(text.empty() ? error.text : std::string_view(text));
}

}  // namespace

void ProcessLock::lock() {
  const pid_t self = ::getpid();
  for (;;) {
    pid_t holder = 0;
    if (holder_.compare_exchange_strong(holder, self)) return;
    if (holder != self && holder_.compare_exchange_strong(holder, self)) return;
    ::sched_yield();
  }
}

void ProcessLock::unlock() { holder_.store(0); }

const wire::TokenInfo* SlotView::find(CK_SLOT_ID slot) const {
  const auto found = std::ranges::find(slots, slot, &wire::TokenInfo::slot);
  return found == slots.end() ? nullptr : &*found;
}

Module* Module::entered() {
  Module* module = the_module.load(std::memory_order_acquire);
  if (module == nullptr) return nullptr;
  if (module->fork_page_.is_new_process()) [[unlikely]] {
    if (module->fork_page_.claim()) {
      module->after_fork();
      module->fork_page_.done();
    }
  }
  return module->is_running_.load(std::memory_order_acquire) ? module : nullptr;
}

Answer Module::start(std::unique_ptr<Connector> connector) {
  const std::scoped_lock lock(starting);
  if (Module* running = entered()) {
    return std::exchange(running->may_start_again_, false) ? Answer{} : CKR_CRYPTOKI_ALREADY_INITIALIZED;
  }
  Module* module = the_module.load();
  if (module == nullptr) {
    ForkPage page = TRY(ForkPage::create());
    module = std::unique_ptr<Module>(new Module(std::move(page))).release();
    the_module.store(module, std::memory_order_release);
  }
  module->begin(std::move(connector));
  return {};
}

Answer Module::stop() {
  const std::scoped_lock lock(starting);
  Module* module = entered();
  if (module == nullptr) return CKR_CRYPTOKI_NOT_INITIALIZED;
  module->end();
  return {};
}

void Module::begin(std::unique_ptr<Connector> connector) {
  choose_telling();
  may_start_again_ = false;
  connection_.emplace(std::move(connector), [this](wire::Client& client) { resume_all(client); });
  is_running_.store(true, std::memory_order_release);
}

void Module::end() {
  is_running_.store(false, std::memory_order_release);
  for (const CK_SESSION_HANDLE handle : sessions_.handles(std::nullopt)) {
    SessionTable::Lease lease = sessions_.lease(handle);
    // The chip ends what belongs to an application when its last connection closes.
    if (lease) sessions_.close(std::move(lease));
  }
  tokens_.forget_all();
  objects_.forget_all();
  {
    const std::scoped_lock lock(control_mutex_);
    control_ = Link{};
    told_slots_.reset();
  }
  {
    const std::scoped_lock lock(slots_mutex_);
    slots_ = SlotView{};
  }
  connection_->drop();
}

void Module::after_fork() {
  may_start_again_ = true;
  bool was_in_use = sessions_.after_fork();
  was_in_use |= tokens_.after_fork();
  was_in_use |= control_mutex_.renew();
  // A link is half changed at worst while its lock is held; whatever it held is then left alone.
  if (was_in_use) {
    std::construct_at(&control_);
    std::construct_at(&told_slots_);
  } else {
    control_ = Link{};
  }
  if (slots_mutex_.renew()) std::construct_at(&slots_);
  objects_.after_fork();
  if (connection_) connection_->after_fork(!was_in_use);
}

Result<wire::Client*> Module::probe(Link& link) {
  // Whatever the answer, there was one, or the client knows now that there is nobody.
  static_cast<void>(
      link.client->call_with(wire::Random{0}, [](const wire::OutputReply&) { return Status{}; }).ok());
  return connection_->client(link);
}

wire::Client* Module::recover(Link& link, Error error, Recovery& recovery) {
  if (tells_refusals()) note_failure(*link.client, error);
  // A chip that answers `unavailable` has lost its store and is about to end.
  const bool is_cut_off = !link.client->alive() || error.code == Code::unavailable;
  if (is_cut_off) {
    recovery.was_cut_off = true;
    return recovery.repeat == Repeat::yes ? reconnect(link, recovery) : nullptr;
  }
  const bool resumes = error.code == Code::not_logged_in && !recovery.has_resumed;
  if (!resumes || tokens_.logins().empty()) return nullptr;
  recovery.has_resumed = true;
  resume_all(*link.client);
  return link.client.get();
}

wire::Client* Module::reconnect(Link& link, const Recovery& recovery) {
  for (;;) {
    if (recovery.end.remaining().count() == 0) return nullptr;
    // One that still speaks, or that nobody answers for, gets a moment.
    if (!link.client->alive()) {
      const auto again = connection_->client(link);
      if (again.ok()) return again.value();
      if (!connection_->is_coming_back()) return nullptr;
    }
    const timespec pause{0, kReconnectNanoseconds};
    ::nanosleep(&pause, nullptr);
    if (link.client->alive()) return link.client.get();
  }
}

Result<wire::RequestId> Module::new_request_id() {
  wire::RequestId id{};
  if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size()))
    return Error{Code::internal, "the system gives no random octets"};
  return id;
}

void Module::resume_all(wire::Client& client) {
  for (const std::uint32_t slot : tokens_.logins()) {
    Token* token = tokens_.find(slot);
    const auto resumed = client.call(wire::Resume{token->ticket()});
    if (resumed.ok()) {
      token->confirm_login();
      continue;
    }
    switch (resumed.error().code) {
      case Code::already_logged_in:
      // These pass; the ticket may be good afterwards.
      case Code::locked:
      case Code::unavailable:
      case Code::timed_out: break;
      default: token->clear_login();
    }
  }
}

void Module::refresh_logins(Link& link) {
  const auto client = connection_->client(link);
  if (client.ok()) resume_all(*client.value());
}

Result<SlotView> Module::slots(Control& control) {
  SlotView view;
  auto answered = ask(control.link(), wire::Slots{});
  if (answered.ok()) {
    view.slots = std::move(answered).value().slots;
  } else if (answered.error().code == Code::locked || answered.error().code == Code::rollback) {
    view.is_locked = true;
    view.slots.emplace_back().slot = kLockedSlot;
  } else {
    return answered.error();
  }
  const std::scoped_lock lock(slots_mutex_);
  slots_ = view;
  return view;
}

bool Module::knows_token(CK_SLOT_ID slot) {
  const std::scoped_lock lock(slots_mutex_);
  const wire::TokenInfo* found = slots_.find(slot);
  return found != nullptr && found->initialized;
}

Result<const Module::MechanismTable*> Module::usual_mechanisms(Link& link) {
  if (const MechanismTable* table = mechanisms_.load(std::memory_order_acquire)) return table;
  auto reply = TRY(ask(link, wire::Mechanisms{}));
  std::ranges::sort(reply.mechanisms, {}, &wire::MechanismInfo::number);
  auto made = std::make_unique<const MechanismTable>(std::move(reply.mechanisms));
  const MechanismTable* table = nullptr;
  if (mechanisms_.compare_exchange_strong(table, made.get(), std::memory_order_acq_rel))
    table = made.release();
  return table;
}

Result<Module::MechanismTable> Module::mechanisms(Link& link, CK_SLOT_ID slot) {
  auto reply = TRY(ask(link, wire::TokenMechanisms{.slot = static_cast<std::uint32_t>(slot)}));
  std::ranges::sort(reply.mechanisms, {}, &wire::MechanismInfo::number);
  return std::move(reply.mechanisms);
}

Result<wire::MechanismInfo> Module::mechanism(Link& link, CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                                              CK_FLAGS uses) {
  const auto row_of = [&](const MechanismTable& table) -> const wire::MechanismInfo* {
    const auto row = std::ranges::lower_bound(table, type, {}, &wire::MechanismInfo::number);
    return row != table.end() && row->number == type && (row->uses & uses) != 0 ? &*row : nullptr;
  };
  const MechanismTable* usual = TRY(usual_mechanisms(link));
  if (const wire::MechanismInfo* found = row_of(*usual)) return *found;
  const MechanismTable tokens = TRY(mechanisms(link, slot));
  if (const wire::MechanismInfo* found = row_of(tokens)) return *found;
  return Error{Code::mechanism_invalid, "the token has no such mechanism"};
}

LoginState Module::login(std::uint32_t slot) const {
  const Token* token = tokens_.find(slot);
  return token != nullptr ? token->login() : LoginState::nobody;
}

bool Module::can_see(std::uint32_t slot, const wire::ObjectSummary& object) const {
  if (!object.is_private) return true;
  const LoginState state = login(slot);
  return state == LoginState::user || (state == LoginState::officer && object.object_class == CKO_SECRET_KEY);
}

bool Module::can_use(std::uint32_t slot, const wire::ObjectSummary& object) const {
  const bool is_secret = object.object_class == CKO_SECRET_KEY || object.object_class == CKO_PRIVATE_KEY;
  const bool is_open = !object.is_private && !(object.is_token && is_secret);
  return is_open || login(slot) == LoginState::user;
}

void Module::close_session(SessionTable::Lease lease) {
  Session& session = *lease;
  const std::uint32_t slot = session.slot;
  const bool is_ours = session.opener == ::getpid();
  for (std::size_t i = 0; i < kActivityCount; ++i) {
    const auto activity = static_cast<Activity>(i);
    if (session.knows(activity)) quit_operation(*this, session, activity);
  }
  if (!session.objects.empty()) {
    for (const CK_OBJECT_HANDLE handle : session.objects) objects_.forget(handle);
    // The parent still uses its own copy of a session that was open when the process forked.
    if (is_ours) static_cast<void>(tell(session.link, wire::CloseSession{session.number}).ok());
  }
  Token* token = tokens_.find(slot);
  const std::scoped_lock lock(token->mutex);
  if (token->count_out(session.is_read_write) && token->login() != LoginState::nobody) {
    token->clear_login();
    if (!is_shared()) static_cast<void>(tell(session.link, wire::Logout{slot}).ok());
  }
  sessions_.close(std::move(lease));
}

}  // namespace coffer::pkcs11
