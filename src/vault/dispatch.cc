// The gates in front of every request, and the table that finds its handler.
#include "vault/dispatch.h"

#include <array>
#include <type_traits>

#include "codec/binary.h"
#include "wire/message_list.h"

namespace coffer::vault {

namespace {

// reaches tells whether a request may come from there.
bool reaches(wire::From from, Entrance entrance) {
  switch (entrance) {
    case Entrance::socket: return from != wire::From::door;
    case Entrance::door: return from == wire::From::door;
    case Entrance::net: break;
  }
  return from == wire::From::anywhere;
}

// Wipes what a client may read of a key once it was sent.
void wipe_values(wire::GetAttributesReply& response) {
  for (wire::AttributeValue& each : response.attributes) wipe(each.value);
}

}  // namespace

Error state_error(wire::VaultState state) {
  switch (state) {
    case wire::VaultState::uninitialized:
      return Error{Code::not_initialized, "no vault yet: run 'coffer init'"};
    case wire::VaultState::rollback:
      return Error{Code::rollback,
                   "the store is older than the vault remembers: bring the newest one back, or run "
                   "'coffer recover --accept-rollback'"};
    case wire::VaultState::error:
      return Error{Code::corrupt, "tampering was noticed: see 'coffer tamper show' and 'coffer audit show'"};
    default: return Error{Code::locked, "the vault is locked: run 'coffer unlock'"};
  }
}

template <typename Request>
void Dispatch::run(Vault& vault, Caller& caller, Bytes payload, wire::Reply reply) {
  auto request = open<Request>(vault, caller, payload);
  if (!request.ok()) return reply.fail(request.error());
  if constexpr (requires { vault.on(caller, request.value(), std::move(reply)); }) {
    vault.on(caller, request.value(), std::move(reply));
  } else {
    auto response = vault.on(caller, request.value());
    if (!response.ok()) return reply.fail(response.error());
    if constexpr (Request::kFacts.holds == wire::Holds::secret) {
      send_wiped(response.value(), reply);
    } else {
      reply.send(codec::encode(response.value()));
    }
    if constexpr (std::is_same_v<Request, wire::GetAttributes>) {
      if (response.value().holds_secret) wipe_values(response.value());
    }
  }
}

template <typename Request>
void Dispatch::start_job(Vault& vault, Caller& caller, Bytes payload, wire::Reply reply) {
  const auto request = open<Request>(vault, caller, payload);
  if (!request.ok()) return reply.fail(request.error());
  auto job = std::make_shared<Job>(caller.who(), wire::kOp<Request>, request.value().slot);
  const auto number = vault.jobs_.start(job);
  if (!number.ok()) return reply.fail(number.error());
  reply.send(codec::encode(wire::JobReply{number.value()}));
  vault.on(caller, request.value(), wire::Reply(std::move(job)));
}

template <typename Request>
constexpr Dispatch::Row Dispatch::row() {
  if constexpr (std::is_same_v<Request, wire::Hello> || std::is_same_v<Request, wire::AttachRing>) {
    return {};
  } else if constexpr (Request::kFacts.later == wire::Later::yes) {
    return {&Request::kFacts, &run<Request>, &start_job<Request>};
  } else {
    return {&Request::kFacts, &run<Request>, nullptr};
  }
}

namespace {

constexpr std::size_t kNumbers = 256;  // above every Op

template <typename... Request>
constexpr std::array<Dispatch::Row, kNumbers> rows_of(wire::MessageList<Request...> /*list*/) {
  std::array<Dispatch::Row, kNumbers> rows{};
  ((rows[static_cast<std::size_t>(wire::kOp<Request>)] = Dispatch::row<Request>()), ...);
  return rows;
}

constexpr auto kRows = rows_of(wire::AllMessages());

}  // namespace

const Dispatch::Row* Dispatch::find(std::uint32_t number) {
  return number < kRows.size() && kRows[number].facts != nullptr ? &kRows[number] : nullptr;
}

bool Vault::is_long(wire::Op op, Bytes /*payload*/) const {
  const wire::Facts* const facts = wire::find_facts(op);
  return facts != nullptr && (facts->cost == wire::Cost::large || facts->cost == wire::Cost::heavy);
}

bool Vault::is_heavy(wire::Op op) const {
  const wire::Facts* const facts = wire::find_facts(op);
  return facts != nullptr && facts->cost == wire::Cost::heavy;
}

Status Vault::check_deadline(const wire::Incoming& incoming) const {
  if (incoming.deadline_boot_milliseconds == 0 ||
      clock_.boot_milliseconds() <= incoming.deadline_boot_milliseconds) {
    return {};
  }
  return Error{Code::timed_out, "the request waited longer than its deadline"};
}

Result<Dispatch::Admitted> Dispatch::admit(Vault& vault, const wire::Incoming& incoming,
                                           std::shared_lock<FairSharedMutex>& world) {
  TRY(vault.check_deadline(incoming));
  auto& connection = static_cast<Connection&>(*incoming.context);
  Admitted admitted{find(static_cast<std::uint32_t>(incoming.op)), &connection, connection.application()};
  if (!admitted.application) return Error{Code::invalid, "say Hello first"};
  if (admitted.row == nullptr) return Error{Code::unsupported, "there is no such request"};
  const wire::Facts& facts = *admitted.row->facts;
  if (!reaches(facts.from, connection.entrance))
    return Error{Code::denied, "this cannot be asked from there"};
  if (facts.needs == wire::Needs::nothing) {
    if (facts.right == wire::Right::owner) TRY(vault.check_owner(admitted.caller(), facts.event));
    return admitted;
  }
  // Asked before the lock too, so that a busy vault does not keep somebody from locking it.
  if (vault.state_ != wire::VaultState::unlocked) return state_error(vault.state_);
  if (!world.owns_lock()) world.lock();
  if (vault.state_ != wire::VaultState::unlocked) return state_error(vault.state_);
  TRY(vault.check_admission(connection));
  if (facts.right == wire::Right::owner) TRY(vault.check_owner(admitted.caller(), facts.event));
  return admitted;
}

void Dispatch::settle(Vault& vault, const Admitted& admitted) {
  // It may have logged in, here or on another connection.
  admitted.connection->set_share(admitted.application->share());
  vault.erase_ended();
}

void Vault::greet(wire::Incoming& incoming) {
  if (const Status on_time = check_deadline(incoming); !on_time.ok())
    return incoming.reply.fail(on_time.error());
  auto request = codec::decode<wire::Hello>(incoming.payload);
  if (!request.ok()) return incoming.reply.fail(request.error());
  const auto response = on(static_cast<Connection&>(*incoming.context), request.value());
  if (!response.ok()) return incoming.reply.fail(response.error());
  send_wiped(response.value(), incoming.reply);
}

void Vault::handle_one(wire::Incoming& incoming) {
  if (incoming.op == wire::kOp<wire::Hello>) return greet(incoming);
  const wire::Facts* const facts = wire::find_facts(incoming.op);
  if (facts != nullptr && facts->cost == wire::Cost::desk)
    return pin_desk_.take(incoming.context->principal(), incoming);
  handle_now(incoming);
}

void Vault::handle_now(wire::Incoming& incoming) {
  std::shared_lock world = Dispatch::world_of(*this);
  const auto admitted = Dispatch::admit(*this, incoming, world);
  if (!admitted.ok()) return incoming.reply.fail(admitted.error());
  Caller caller = admitted.value().caller();
  admitted.value().row->handler(*this, caller, incoming.payload, std::move(incoming.reply));
  if (world.owns_lock()) Dispatch::settle(*this, admitted.value());
}

void Vault::handle_signatures(std::span<wire::Incoming*> requests) {
  std::shared_lock world = Dispatch::world_of(*this);
  std::array<AskedSignature, wire::kBatchMax> asked;
  std::size_t count = 0;
  for (wire::Incoming* incoming : requests) {
    auto admitted = Dispatch::admit(*this, *incoming, world);
    if (!admitted.ok()) {
      incoming->reply.fail(admitted.error());
      continue;
    }
    AskedSignature& each = asked[count++];
    each.admitted = std::move(admitted).value();
    Caller caller = each.admitted.caller();
    auto request = Dispatch::open<wire::Sign>(*this, caller, incoming->payload);
    if (!request.ok()) {
      incoming->reply.fail(request.error());
      continue;
    }
    each.incoming = incoming;
    each.request = std::move(request).value();
  }
  sign_together(std::span(asked).first(count));
  for (const AskedSignature& each : std::span(asked).first(count)) Dispatch::settle(*this, each.admitted);
}

void Vault::handle(std::span<wire::Incoming> batch) {
  make_room();
  handle_batch(batch);
  respond();
}

// The answer goes out when all is done that follows from it: whoever has it sees the share of a login, and
// the response to wrong PINs.
void Vault::handle_pin(wire::Incoming& incoming) {
  const auto response = std::make_shared<PendingCommits>();
  response->begin();
  incoming.reply = held(response, std::move(incoming.reply), nullptr);
  make_room();
  handle_now(incoming);
  respond();
  response->done({});
}

void Vault::handle_batch(std::span<wire::Incoming> batch) {
  std::array<wire::Incoming*, wire::kBatchMax> signatures{};
  std::size_t count = 0;
  if (batch.size() > 1) {
    for (wire::Incoming& incoming : batch) {
      if (incoming.op == wire::kOp<wire::Sign> && count < signatures.size()) signatures[count++] = &incoming;
    }
  }
  const bool together = count > 1;
  for (wire::Incoming& incoming : batch) {
    if (!together || incoming.op != wire::kOp<wire::Sign>) handle_one(incoming);
  }
  if (together) handle_signatures(std::span(signatures).first(count));
}

}  // namespace coffer::vault
