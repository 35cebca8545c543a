// Vault: what is done about tampering, and the destruction of the vault.
#include <algorithm>

#include "base/log.h"
#include "codec/binary.h"
#include "record/root_of_trust.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kCodeSeconds = 60;
constexpr std::size_t kCodeBytes = 5;

constexpr std::uint8_t kErasureVersion = 3;  // versions 1 and 2 had no MAC

// ErasureRecord lies in the store from the moment on at which the vault is destroyed: whoever starts it next
// goes on destroying. The MAC is under this host's key, so that only its chip can have asked for that.
struct ErasureRecord {
  std::uint8_t version = kErasureVersion;
  record::RealmId realm{};
  std::uint64_t time = 0;
  crypto::Digest32 mac{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.version));
    TRY(visit(in.realm));
    TRY(visit(in.time));
    return visit(in.mac);
  }
};

crypto::Digest32 erasure_mac(const record::HostKey& host, ErasureRecord record) {
  record.mac = {};
  return crypto::hmac_sha256(erase_key(host), codec::encode(record));
}

}  // namespace

bool Vault::is_erasure(Bytes value) const {
  const auto record = codec::decode<ErasureRecord>(value);
  return record.ok() && record.value().version == kErasureVersion &&
         equal_secret(erasure_mac(host_key_, record.value()), record.value().mac);
}

void Vault::noticed(wire::TamperSignal signal, wire::TamperLevel level_max) {
  const wire::TamperLevel level = tamper_.noticed(signal, level_max);
  committer_.record(
      {.event = "tamper",
       .more = {{"signal", std::string(signal_name(signal))}, {"level", std::string(level_name(level))}}});
}

// What guests and network clients do to tokens harms nobody else, unless the owner wants that.
void Vault::noticed_at(const Connection& connection, const Token& token, wire::TamperSignal signal) {
  const auto& named = realm_->tamper().record.signal_tokens;
  const bool counts =
      !connection.is_guest() || std::ranges::find(named, SignalToken{signal, token.id()}) != named.end();
  noticed(signal, counts ? wire::TamperLevel::destroy : wire::TamperLevel::log);
}

// respond does what the strongest signal of late asks for. Nobody may hold the world.
void Vault::respond() {
  const wire::TamperLevel level = tamper_.take_due();
  if (level == wire::TamperLevel::log) return;
  const std::unique_lock lock(world_);
  if (level == wire::TamperLevel::destroy) {
    if (header_) destroy({}, "tampering");
    return;
  }
  // A vault that refuses its store, or is locked, serves nobody already.
  if (state_ != wire::VaultState::unlocked) return;
  TamperRecord next = realm_->tamper().record;
  if (level == wire::TamperLevel::error) {
    next.is_alarmed = true;
    if (!store_tamper_record(next, {.event = "tamper.alarm"}).ok())
      log_line("chip", "the alarm could not be stored; it lasts until the next start");
  }
  close_realm();
  if (level != wire::TamperLevel::error) return;
  tamper_.set_policy(next);
  state_ = wire::VaultState::error;
}

Status Vault::store_tamper_record(const TamperRecord& next, record::AuditEvent event) {
  SealedTamperRecord current = realm_->tamper();
  std::uint64_t version = 0;
  if (const auto entry = realm_->manifests().find(current.id)) {
    version = entry->version;
  } else {
    TRY(crypto::random_bytes(current.id));
  }
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back({.remove = false,
                                .entry = {.id = current.id,
                                          .partition = record::kSystemPartition,
                                          .object_class = object_class::kTamperPolicy},
                                .expected_version = version,
                                .partition = realm_->system(),
                                .plaintext = SecretBytes::copy_of(codec::encode(next))});
  submission.events.push_back(std::move(event));
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->put_tamper({current.id, next});
  tamper_.set_policy(next);
  return {};
}

// check_binary compares the program with the one that opened the vault last, and remembers this one.
void Vault::check_binary() {
  TamperRecord record = realm_->tamper().record;
  if (binary_ == crypto::Digest32{} || record.binary == binary_) return;
  if (record.binary != crypto::Digest32{}) noticed(wire::TamperSignal::changed_binary);
  record.binary = binary_;
  const Status stored =
      store_tamper_record(record, {.event = "binary", .more = {{"sha256", to_hex(binary_)}}});
  if (!stored.ok()) log_line("chip", "the digest of the program could not be stored");
}

// check_duress looks whether a PIN that is wrong is the one that people show under threat.
void Vault::check_duress(const Connection& connection, const Token& token, const SecretBytes& wrong_pin) {
  const PinVerifier duress = realm_->tamper().record.duress;
  if (!duress.is_set) return;
  const auto is_shown = check_pin(realm_->pins(), duress, wrong_pin);
  if (is_shown.ok() && is_shown.value()) noticed_at(connection, token, wire::TamperSignal::duress);
}

Result<wire::TamperShowReply> Vault::on(Caller& /*caller*/, const wire::TamperShow& /*request*/) {
  wire::TamperShowReply reply = tamper_.show();
  const std::shared_lock lock(world_);
  if (state_ != wire::VaultState::unlocked) return reply;
  for (const SignalToken& each : realm_->tamper().record.signal_tokens) {
    for (const auto& token : realm_->tokens()) {
      if (token->id() == each.token)
        reply.signals[static_cast<std::size_t>(each.signal)].slots.push_back(token->slot());
    }
  }
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::TamperSet& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  TamperRecord next = realm_->tamper().record;
  next.levels[static_cast<std::size_t>(request.signal)] = static_cast<std::uint8_t>(request.level);
  if (!request.slots.empty() && !wire::by_guests(request.signal))
    return Error{Code::invalid, "tokens are named for the signals 'failures' and 'duress' only"};
  std::erase_if(next.signal_tokens,
                [&request](const SignalToken& each) { return each.signal == request.signal; });
  for (const std::uint32_t slot : request.slots)
    next.signal_tokens.push_back({request.signal, TRY(need_token(slot))->id()});
  TRY(store_tamper_record(next, {.event = "tamper.set",
                                 .who = caller.who(),
                                 .more = {{"signal", std::string(signal_name(request.signal))},
                                          {"level", std::string(level_name(request.level))}}}));
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::TamperDuress& request) {
  const bool is_removal = request.pin.empty();
  const PinVerifier duress = is_removal ? PinVerifier{} : TRY(make_verifier(realm_->pins(), request.pin));
  const std::lock_guard naming(realm_->naming_mutex);
  TamperRecord next = realm_->tamper().record;
  next.duress = duress;
  TRY(store_tamper_record(
      next, {.event = is_removal ? "tamper.duress.remove" : "tamper.duress.set", .who = caller.who()}));
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::TamperClear& request) {
  const std::unique_lock lock(world_);
  if (state_ != wire::VaultState::error || !header_) return Error{Code::invalid, "there is no alarm"};
  const record::RootProvider* const provider = TRY(record::root_provider(header_->root_of_trust));
  if (provider->needs_secret()) TRY(high_water_.begin_attempt());
  const record::RealmKeys keys = TRY(open_realm_header(host_key_, *header_, request.passphrase));
  if (provider->needs_secret()) TRY(high_water_.succeeded());
  TRY(open_realm(keys, Alarm::clear));
  if (state_ != wire::VaultState::unlocked) return state_error(state_);
  TamperRecord next = realm_->tamper().record;
  next.is_alarmed = false;
  TRY(store_tamper_record(next, {.event = "tamper.clear", .who = caller.who()}));
  return wire::Empty{};
}

Result<wire::ZeroizePrepareReply> Vault::on(Caller& /*caller*/, const wire::ZeroizePrepare& /*request*/) {
  const std::unique_lock lock(world_);
  if (!header_) return Error{Code::not_initialized, "there is no vault to destroy"};
  std::array<std::uint8_t, kCodeBytes> octets{};
  TRY(crypto::random_bytes(octets));
  erasure_code_ = to_hex(octets);
  erasure_code_ends_ = clock_.boot_milliseconds() + std::uint64_t{kCodeSeconds} * 1000;
  wire::ZeroizePrepareReply reply{.code = erasure_code_, .valid_seconds = kCodeSeconds, .realm = header_->id};
  if (realm_) {
    reply.content_known = true;
    for (const auto& token : realm_->tokens()) {
      reply.object_count += realm_->manifests().count(token->partition()->tag);
    }
    reply.token_count = static_cast<std::uint32_t>(realm_->tokens().size());
    reply.authority_count = static_cast<std::uint32_t>(realm_->authorities().size());
  }
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Zeroize& request) {
  const std::unique_lock lock(world_);
  const std::string expected = std::exchange(erasure_code_, {});  // good for one try
  if (expected.empty() || clock_.boot_milliseconds() >= erasure_code_ends_ ||
      !equal_secret(as_bytes(expected), as_bytes(request.code))) {
    return Error{Code::denied, "the code is wrong or too old: run 'coffer zeroize' for a new one"};
  }
  if (!header_) return Error{Code::not_initialized, "there is no vault to destroy"};
  return destroy(caller.who(), "request") ? Result<wire::Empty>(wire::Empty{})
                                          : Error{Code::unavailable, "the store cannot be written"};
}

// destroy makes the vault's keys unusable: first a signed line in the audit log, then the domain key out of
// the store, then out of memory. The guard does the rest (apps/erasure.h). The world is held exclusively.
bool Vault::destroy(const record::Who& who, std::string_view reason) {
  record::AuditEvent event{.event = "vault.erase",
                           .who = who,
                           .more = {{"reason", std::string(reason)},
                                    {"realm", to_hex(header_->id)},
                                    {"audit_key", to_hex(header_->audit_key)}}};
  if (realm_) {
    event.more.emplace_back("records", std::to_string(realm_->manifests().count()));
    // A store that is not served is not written to: what is wrong with it stays as it is.
    record::Manifests* const served = state_ == wire::VaultState::unlocked ? &realm_->manifests() : nullptr;
    committer_.open({.manifests = served, .id = realm_->id(), .audit_key = &realm_->audit_key()});
  }
  record::Submission submission{.is_administrators = true};
  submission.events.push_back(std::move(event));
  // What must be destroyed is destroyed, whether or not it can be written down.
  const bool recorded =
      committer_.submit_and_wait(std::move(submission)).ok() && committer_.checkpoint_and_wait().ok();
  if (!recorded) log_line("chip", "the erasure could not be recorded in the audit log");
  ErasureRecord record{.realm = header_->id, .time = clock_.now()};
  record.mac = erasure_mac(host_key_, record);
  store::Transaction transaction;
  transaction.writes.push_back({.key = {kErasureKey}, .remove = false, .value = codec::encode(record)});
  transaction.writes.push_back({.key = {record::kRealmHeaderKey}, .remove = true, .value = {}});
  if (!store_.commit(transaction).ok()) return false;
  header_.reset();
  close_realm();
  is_erased_ = true;
  on_shut_down_();
  return true;
}

}  // namespace coffer::vault
