// The table of requests: which handler answers which Op, and in which state of the vault.
#include <algorithm>
#include <array>
#include <type_traits>

#include "codec/binary.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

// Needs says when a request is answered.
enum class Needs : std::uint8_t {
  nothing,   // in every state; the handler takes world_ itself
  unlocked,  // only while unlocked; world_ is held shared during the call
};

// Reach says who may ask, by where the connection comes from.
enum class Reach : std::uint8_t {
  here,      // a process of this machine
  anywhere,  // and whoever the net door lets in
  door,      // the net door itself, nobody else
};

using Handler = void (*)(Vault& vault, Caller& caller, wire::Incoming& incoming);

struct Row {
  wire::Op op;
  Needs needs;
  bool is_long;  // takes more than about 10 us
  Reach reach;
  Handler handler;
};

// IsOneOf tells whether a type is in a list.
template <typename T, typename... List>
inline constexpr bool kIsOneOf = (std::is_same_v<T, List> || ...);

// What names a slot may come from anywhere: Dispatch::run sees to it that the slot is one of the caller's.
template <typename Request>
constexpr Reach reach_of() {
  if (kIsOneOf<Request, wire::NetIdentity, wire::NetJoin, wire::NetSign, wire::NetProtections>)
    return Reach::door;
  if (kIsOneOf<Request, wire::DestroyToken, wire::KeyPolicySet, wire::TokenPolicySet, wire::TokenLegacy>)
    return Reach::here;
  if (requires(Request& request) { request.slot; }) return Reach::anywhere;
  const bool is_harmless =
      kIsOneOf<Request, wire::Slots, wire::Resume, wire::Mechanisms, wire::CloseSession, wire::DigestRequest,
               wire::Random, wire::SeedRandom, wire::Update, wire::Finish, wire::Cancel, wire::MakeNonce,
               wire::CopyOperation, wire::StartJob, wire::TakeJob, wire::Once>;
  return is_harmless ? Reach::anywhere : Reach::here;
}

// What logs in or administers a token is not counted against its rate: a flood must not keep its officer out.
template <typename Request>
constexpr bool kIsCounted = !kIsOneOf<Request, wire::InitToken, wire::Login, wire::Logout, wire::InitPin,
                                      wire::SetPin, wire::DestroyToken, wire::TokenPolicySet,
                                      wire::TokenPolicyShow, wire::KeyDeleted, wire::KeyUndelete>;

bool reaches(Reach reach, Entrance entrance) {
  switch (entrance) {
    case Entrance::socket: return reach != Reach::door;
    case Entrance::door: return reach == Reach::door;
    case Entrance::net: break;
  }
  return reach == Reach::anywhere;
}

// A key that may be read leaves nothing behind in the chip's ordinary memory.
void send_attributes(wire::GetAttributesReply& response, wire::Reply reply) {
  codec::WipingBuffer octets;
  codec::encode_into(response, octets.octets);
  reply.send(octets.octets);
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

// Dispatch reaches the vault's private handlers and turns their Results into replies.
struct Dispatch {
  template <typename Request>
  static void run(Vault& vault, Caller& caller, wire::Incoming& incoming) {
    auto request = codec::decode<Request>(incoming.payload);
    if (!request.ok()) return incoming.reply.fail(request.error());
    if constexpr (requires { request.value().slot; }) {
      const Status slot = vault.check_slot(caller.connection, request.value().slot);
      if (!slot.ok()) return incoming.reply.fail(slot.error());
      const Status counted =
          kIsCounted<Request> ? vault.count_request(caller, request.value().slot) : Status{};
      if (!counted.ok()) return incoming.reply.fail(counted.error());
    }
    if constexpr (requires { vault.on(caller, request.value(), std::move(incoming.reply)); }) {
      vault.on(caller, request.value(), std::move(incoming.reply));
    } else {
      auto response = vault.on(caller, request.value());
      if (!response.ok()) return incoming.reply.fail(response.error());
      if constexpr (std::is_same_v<Request, wire::GetAttributes>) {
        if (response.value().holds_secret)
          return send_attributes(response.value(), std::move(incoming.reply));
      }
      incoming.reply.send(codec::encode(response.value()));
    }
  }

  template <typename Request>
  static constexpr Row row(Needs needs, bool is_long) {
    return {Request::kOp, needs, is_long, reach_of<Request>(), &run<Request>};
  }

  static const Row* find(wire::Op op);
};

namespace {

constexpr bool kLong = true;
constexpr bool kShort = false;

constexpr auto kRows = std::to_array<Row>({
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
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::op));

}  // namespace

const Row* Dispatch::find(wire::Op op) {
  const auto* row = std::ranges::lower_bound(kRows, op, {}, &Row::op);
  return row != kRows.end() && row->op == op ? row : nullptr;
}

bool Vault::is_long(wire::Op op, Bytes /*payload*/) const {
  const Row* row = Dispatch::find(op);
  return row != nullptr && row->is_long;
}

void Vault::handle_one(wire::Incoming& incoming) {
  if (incoming.deadline_boot_milliseconds != 0 &&
      clock_.boot_milliseconds() > incoming.deadline_boot_milliseconds) {
    return incoming.reply.fail(Error{Code::timed_out, "the request waited longer than its deadline"});
  }
  auto& connection = static_cast<Connection&>(*incoming.context);
  if (incoming.op == wire::Op::hello) {
    const auto request = codec::decode<wire::Hello>(incoming.payload);
    if (!request.ok()) return incoming.reply.fail(request.error());
    const auto response = on(connection, request.value());
    if (!response.ok()) return incoming.reply.fail(response.error());
    return incoming.reply.send(codec::encode(response.value()));
  }
  const auto application = connection.application();
  if (!application) return incoming.reply.fail(Error{Code::invalid, "say Hello first"});
  const Row* row = Dispatch::find(incoming.op);
  if (row == nullptr) return incoming.reply.fail(Error{Code::unsupported, "there is no such request"});
  if (!reaches(row->reach, connection.entrance)) {
    return incoming.reply.fail(Error{Code::denied, "this cannot be asked from there"});
  }
  Caller caller{connection, *application};
  if (row->needs == Needs::nothing) return row->handler(*this, caller, incoming);
  // Asked before the lock too, so that a busy vault does not keep somebody from locking it.
  if (state_ != wire::VaultState::unlocked) return incoming.reply.fail(state_error(state_));
  const std::shared_lock lock(world_);
  if (state_ != wire::VaultState::unlocked) return incoming.reply.fail(state_error(state_));
  const Status known = check_net(connection);
  if (!known.ok()) return incoming.reply.fail(known.error());
  row->handler(*this, caller, incoming);
  connection.set_share(application->share());  // it may have logged in, here or on another connection
  erase_ended();
}

void Vault::handle(std::span<wire::Incoming> batch) {
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
  if (!together) return;
  const auto waiting = std::span(signatures).first(count);
  const std::shared_lock lock(world_);
  if (state_ == wire::VaultState::unlocked) return handle_signatures(waiting);
  for (wire::Incoming* incoming : waiting) incoming->reply.fail(state_error(state_));
}

}  // namespace coffer::vault
