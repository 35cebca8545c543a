// The table of requests: which handler answers which Op, and in which state of the vault.
#include "vault/dispatch.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "codec/binary.h"

namespace coffer::vault {

namespace {

// Reach says who may ask, by where the connection comes from.
enum class Reach : std::uint8_t {
  here,      // a process of this machine
  anywhere,  // and whoever the net door lets in
  door,      // the net door itself, nobody else
};

using Handler = void (*)(Vault& vault, Caller& caller, wire::Incoming& incoming);

// What names a slot may come from anywhere: Dispatch::open sees to it that the slot is one of the caller's.
template <typename Request>
constexpr Reach reach_of() {
  if (kIsOneOf<Request, wire::NetIdentity, wire::NetJoin, wire::NetSign, wire::NetProtections>)
    return Reach::door;
  if (kIsOneOf<Request, wire::DestroyToken, wire::KeyPolicySet, wire::TokenPolicySet, wire::TokenLegacy,
               wire::TokenUnlock>)
    return Reach::here;
  if (requires(Request& request) { request.slot; }) return Reach::anywhere;
  const bool is_harmless =
      kIsOneOf<Request, wire::Slots, wire::Resume, wire::Mechanisms, wire::CloseSession, wire::DigestRequest,
               wire::Random, wire::SeedRandom, wire::Update, wire::Finish, wire::Cancel, wire::MakeNonce,
               wire::CopyOperation, wire::StartJob, wire::TakeJob, wire::Once>;
  return is_harmless ? Reach::anywhere : Reach::here;
}

bool reaches(Reach reach, Entrance entrance) {
  switch (entrance) {
    case Entrance::socket: return reach != Reach::door;
    case Entrance::door: return reach == Reach::door;
    case Entrance::net: break;
  }
  return reach == Reach::anywhere;
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

struct Dispatch::Row {
  wire::Op op;
  Needs needs;
  bool is_long;  // takes more than about 10 us
  Reach reach;
  Handler handler;
};

template <typename Request>
void Dispatch::run(Vault& vault, Caller& caller, wire::Incoming& incoming) {
  auto request = open<Request>(vault, caller, incoming.payload);
  if (!request.ok()) return incoming.reply.fail(request.error());
  if constexpr (requires { vault.on(caller, request.value(), std::move(incoming.reply)); }) {
    vault.on(caller, request.value(), std::move(incoming.reply));
  } else {
    auto response = vault.on(caller, request.value());
    if (!response.ok()) return incoming.reply.fail(response.error());
    if constexpr (wire::carries_secret(Request::kOp)) {
      send_wiped(response.value(), incoming.reply);
    } else {
      incoming.reply.send(codec::encode(response.value()));
    }
    if constexpr (std::is_same_v<Request, wire::GetAttributes>) {
      if (response.value().holds_secret) wipe_values(response.value());
    }
  }
}

template <typename Request>
constexpr Dispatch::Row Dispatch::row(Needs needs, bool is_long) {
  return {Request::kOp, needs, is_long, reach_of<Request>(), &run<Request>};
}

namespace {

constexpr bool kLong = true;
constexpr bool kShort = false;

constexpr auto kRows = std::to_array<Dispatch::Row>({
    Dispatch::row<wire::StatusRequest>(Needs::nothing, kLong),
    Dispatch::row<wire::Initialize>(Needs::nothing, kLong),
    Dispatch::row<wire::Unlock>(Needs::nothing, kLong),
    Dispatch::row<wire::Lock>(Needs::nothing, kLong),
    Dispatch::row<wire::AcceptRollback>(Needs::nothing, kLong),
    Dispatch::row<wire::Grant>(Needs::unlocked, kLong),
    Dispatch::row<wire::Grants>(Needs::unlocked, kLong),
    Dispatch::row<wire::AuditHead>(Needs::nothing, kLong),
    Dispatch::row<wire::Mechanisms>(Needs::nothing, kLong),
    Dispatch::row<wire::ShutDown>(Needs::nothing, kLong),
    Dispatch::row<wire::Slots>(Needs::unlocked, kLong),
    Dispatch::row<wire::InitToken>(Needs::unlocked, kLong),
    Dispatch::row<wire::Login>(Needs::unlocked, kLong),
    Dispatch::row<wire::Resume>(Needs::unlocked, kLong),
    Dispatch::row<wire::Logout>(Needs::unlocked, kLong),
    Dispatch::row<wire::InitPin>(Needs::unlocked, kLong),
    Dispatch::row<wire::SetPin>(Needs::unlocked, kLong),
    Dispatch::row<wire::DestroyToken>(Needs::unlocked, kLong),
    Dispatch::row<wire::CreateObject>(Needs::unlocked, kLong),
    Dispatch::row<wire::CopyObject>(Needs::unlocked, kLong),
    Dispatch::row<wire::DestroyObject>(Needs::unlocked, kLong),
    Dispatch::row<wire::GetAttributes>(Needs::unlocked, kLong),
    Dispatch::row<wire::SetAttributes>(Needs::unlocked, kLong),
    Dispatch::row<wire::Find>(Needs::unlocked, kLong),
    Dispatch::row<wire::GenerateKey>(Needs::unlocked, kLong),
    Dispatch::row<wire::GenerateKeyPair>(Needs::unlocked, kLong),
    Dispatch::row<wire::DeriveKey>(Needs::unlocked, kLong),
    Dispatch::row<wire::CloseSession>(Needs::unlocked, kShort),
    Dispatch::row<wire::KeyPolicySet>(Needs::unlocked, kLong),
    Dispatch::row<wire::KeyPolicyShow>(Needs::unlocked, kLong),
    Dispatch::row<wire::KeyPolicyExplain>(Needs::unlocked, kLong),
    Dispatch::row<wire::Sign>(Needs::unlocked, kLong),
    Dispatch::row<wire::Verify>(Needs::unlocked, kLong),
    Dispatch::row<wire::Encrypt>(Needs::unlocked, kShort),
    Dispatch::row<wire::Decrypt>(Needs::unlocked, kShort),
    Dispatch::row<wire::DigestRequest>(Needs::unlocked, kShort),
    Dispatch::row<wire::Random>(Needs::unlocked, kShort),
    Dispatch::row<wire::SeedRandom>(Needs::unlocked, kShort),
    Dispatch::row<wire::Begin>(Needs::unlocked, kShort),
    Dispatch::row<wire::Update>(Needs::unlocked, kShort),
    Dispatch::row<wire::Finish>(Needs::unlocked, kLong),
    Dispatch::row<wire::Cancel>(Needs::unlocked, kShort),
    Dispatch::row<wire::CaCreate>(Needs::unlocked, kLong),
    Dispatch::row<wire::CaShow>(Needs::unlocked, kLong),
    Dispatch::row<wire::CaList>(Needs::unlocked, kLong),
    Dispatch::row<wire::CaSignSsh>(Needs::unlocked, kLong),
    Dispatch::row<wire::MakeNonce>(Needs::unlocked, kShort),
    Dispatch::row<wire::SignRecover>(Needs::unlocked, kLong),
    Dispatch::row<wire::VerifyRecover>(Needs::unlocked, kLong),
    Dispatch::row<wire::DigestKey>(Needs::unlocked, kShort),
    Dispatch::row<wire::CopyOperation>(Needs::unlocked, kShort),
    Dispatch::row<wire::StartJob>(Needs::unlocked, kLong),
    Dispatch::row<wire::TakeJob>(Needs::unlocked, kShort),
    Dispatch::row<wire::WrapKey>(Needs::unlocked, kLong),
    Dispatch::row<wire::UnwrapKey>(Needs::unlocked, kLong),
    Dispatch::row<wire::AuthorizeUse>(Needs::unlocked, kLong),
    Dispatch::row<wire::Encapsulate>(Needs::unlocked, kLong),
    Dispatch::row<wire::Decapsulate>(Needs::unlocked, kLong),
    Dispatch::row<wire::BackupKeep>(Needs::unlocked, kLong),
    Dispatch::row<wire::BackupBegin>(Needs::unlocked, kLong),
    Dispatch::row<wire::BackupRead>(Needs::unlocked, kLong),
    Dispatch::row<wire::BackupRehearse>(Needs::nothing, kLong),
    Dispatch::row<wire::BackupOpen>(Needs::nothing, kLong),
    Dispatch::row<wire::BackupWrite>(Needs::nothing, kLong),
    Dispatch::row<wire::BackupFinish>(Needs::nothing, kLong),
    Dispatch::row<wire::TamperShow>(Needs::nothing, kShort),
    Dispatch::row<wire::TamperSet>(Needs::unlocked, kLong),
    Dispatch::row<wire::TamperClear>(Needs::nothing, kLong),
    Dispatch::row<wire::ZeroizePrepare>(Needs::nothing, kLong),
    Dispatch::row<wire::Zeroize>(Needs::nothing, kLong),
    Dispatch::row<wire::OperatorAdd>(Needs::unlocked, kLong),
    Dispatch::row<wire::Operators>(Needs::unlocked, kLong),
    Dispatch::row<wire::OperatorChange>(Needs::unlocked, kLong),
    Dispatch::row<wire::OperatorLogin>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetEnable>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetEnrol>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetList>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetRevoke>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetIdentity>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetJoin>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetSign>(Needs::unlocked, kLong),
    Dispatch::row<wire::TokenPolicySet>(Needs::unlocked, kLong),
    Dispatch::row<wire::TokenPolicyShow>(Needs::unlocked, kLong),
    Dispatch::row<wire::KeyDeleted>(Needs::unlocked, kLong),
    Dispatch::row<wire::KeyUndelete>(Needs::unlocked, kLong),
    Dispatch::row<wire::TamperDuress>(Needs::unlocked, kLong),
    Dispatch::row<wire::TokenMechanisms>(Needs::unlocked, kLong),
    Dispatch::row<wire::TokenLegacy>(Needs::unlocked, kLong),
    Dispatch::row<wire::Once>(Needs::unlocked, kLong),
    Dispatch::row<wire::NetProtections>(Needs::nothing, kShort),
    Dispatch::row<wire::TokenUnlock>(Needs::unlocked, kLong),
});
static_assert(std::ranges::is_sorted(kRows, {}, &Dispatch::Row::op));

}  // namespace

const Dispatch::Row* Dispatch::find(wire::Op op) {
  const auto* row = std::ranges::lower_bound(kRows, op, {}, &Row::op);
  return row != kRows.end() && row->op == op ? row : nullptr;
}

bool Vault::is_long(wire::Op op, Bytes /*payload*/) const {
  const Dispatch::Row* row = Dispatch::find(op);
  return row != nullptr && row->is_long;
}

Status Vault::check_deadline(const wire::Incoming& incoming) const {
  if (incoming.deadline_boot_milliseconds == 0 ||
      clock_.boot_milliseconds() <= incoming.deadline_boot_milliseconds) {
    return {};
  }
  return Error{Code::timed_out, "the request waited longer than its deadline"};
}

Result<Dispatch::Admitted> Dispatch::admit(Vault& vault, const wire::Incoming& incoming,
                                           std::shared_lock<std::shared_mutex>& world) {
  TRY(vault.check_deadline(incoming));
  auto& connection = static_cast<Connection&>(*incoming.context);
  Admitted admitted{find(incoming.op), &connection, connection.application()};
  if (!admitted.application) return Error{Code::invalid, "say Hello first"};
  if (admitted.row == nullptr) return Error{Code::unsupported, "there is no such request"};
  if (!reaches(admitted.row->reach, connection.entrance))
    return Error{Code::denied, "this cannot be asked from there"};
  if (admitted.row->needs == Needs::nothing) return admitted;
  // Asked before the lock too, so that a busy vault does not keep somebody from locking it.
  if (vault.state_ != wire::VaultState::unlocked) return state_error(vault.state_);
  if (!world.owns_lock()) world.lock();
  if (vault.state_ != wire::VaultState::unlocked) return state_error(vault.state_);
  TRY(vault.check_net(connection));
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
  if (incoming.op == wire::Op::hello) return greet(incoming);
  std::shared_lock world(world_, std::defer_lock);
  const auto admitted = Dispatch::admit(*this, incoming, world);
  if (!admitted.ok()) return incoming.reply.fail(admitted.error());
  Caller caller = admitted.value().caller();
  admitted.value().row->handler(*this, caller, incoming);
  if (world.owns_lock()) Dispatch::settle(*this, admitted.value());
}

void Vault::handle_signatures(std::span<wire::Incoming*> requests) {
  std::shared_lock world(world_, std::defer_lock);
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
    auto request = Dispatch::open<wire::Sign>(*this, each.admitted.caller(), incoming->payload);
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

void Vault::handle_batch(std::span<wire::Incoming> batch) {
  std::array<wire::Incoming*, wire::kBatchMax> signatures{};
  std::size_t count = 0;
  if (batch.size() > 1) {
    for (wire::Incoming& incoming : batch) {
      if (incoming.op == wire::Op::sign && count < signatures.size()) signatures[count++] = &incoming;
    }
  }
  const bool together = count > 1;
  for (wire::Incoming& incoming : batch) {
    if (!together || incoming.op != wire::Op::sign) handle_one(incoming);
  }
  if (together) handle_signatures(std::span(signatures).first(count));
}

}  // namespace coffer::vault
