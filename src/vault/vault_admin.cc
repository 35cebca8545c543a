// Vault: its life cycle (initialize, lock, unlock, rollback), and what `coffer status` shows.
#include <algorithm>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"
#include "codec/binary.h"
#include "crypto/operation.h"
#include "record/root_of_trust.h"
#include "vault/history.h"
#include "vault/migration.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

const Buffer kHeaderKey{record::kRealmHeaderKey};

// So many wrong passphrases before the right one are a sign of guessing. A locked vault does not know its
// levels: it is noticed when the vault opens.
constexpr std::uint32_t kPassphraseTriesNoticed = 10;

constexpr Error kOtherHostKey{Code::denied,
                              "the store is not sealed to this host.key, or its header was changed"};

}  // namespace

Vault::Vault(VaultOptions options)
    : store_(options.store),
      clock_(options.clock),
      host_key_(std::move(options.host_key)),
      owner_uid_(options.owner_uid),
      group_gid_(options.group_gid),
      subordinate_users_(options.subordinate_users),
      on_shut_down_(std::move(options.on_shut_down)),
      audit_log_(options.audit_log),
      high_water_(options.mark_file, host_key_, options.clock),
      tamper_(options.clock),
      pin_delays_(options.clock),
      binary_(options.binary),
      was_debugged_(options.was_debugged),
      committer_(options.store, options.audit_log, high_water_, usage_, options.clock, log_key(host_key_),
                 std::move(options.on_fatal)),
      pin_desk_([this](wire::Incoming& incoming) { handle_pin(incoming); }) {}

Vault::~Vault() {
  pin_desk_.stop();
  finish();
}

Result<std::unique_ptr<Vault>> Vault::create(VaultOptions options) {
  std::unique_ptr<Vault> vault(new Vault(std::move(options)));
  TRY(vault->start());
  return vault;
}

Status Vault::start() {
  std::array<std::uint8_t, sizeof incarnation_> octets{};
  TRY(crypto::random_bytes(octets));
  std::memcpy(&incarnation_, octets.data(), octets.size());
  shelf_ = TRY(Shelf::create());
  const auto erasure = TRY(store_.get(Buffer{kErasureKey}));
  is_erased_ = erasure.has_value() && is_erasure(erasure->value);
  const auto record = TRY(store_.get(kHeaderKey));
  if (record.has_value()) header_ = TRY(record::read_realm_header(record->value));
  TRY(load_history());
  if (erasure.has_value() && !is_erased_) {
    log_line("chip", "the store holds a record of an erasure that this vault did not write");
    committer_.record({.event = "store.tampered", .result = Code::corrupt});
    noticed(wire::TamperSignal::record);
  }
  if (!header_) {
    state_ = is_store_gone() ? wire::VaultState::rollback : wire::VaultState::uninitialized;
    if (state_ != wire::VaultState::rollback) return {};
    log_line("chip", "the store is gone: its high-water mark is there");
    committer_.record({.event = "store.rollback", .result = Code::rollback});
    noticed(wire::TamperSignal::rollback);
    return {};
  }
  state_ = wire::VaultState::locked;
  TRY(open_again());
  committer_.record({.event = "chip.start"});
  respond();
  return {};
}

// open_again opens a vault whose root of trust needs nobody; others wait for Unlock. When the store is gone
// the chip must begin anew; a vault that cannot be opened for another reason stays locked, and says why in
// the log.
Status Vault::open_again() {
  const record::RootProvider* const provider = TRY(record::root_provider(header_->root_of_trust));
  if (provider->needs_secret()) return {};
  const auto keys = open_realm_header(host_key_, *header_, SecretBytes());
  if (!keys.ok()) {
    // Without a passphrase only the host key can be another.
    return keys.error().code == Code::denied ? kOtherHostKey : keys.error();
  }
  const Status opened = open_realm(keys.value());
  return !opened.ok() && opened.error().code == Code::unavailable ? opened : Status{};
}

// load_history reads the mark, and goes on with the audit log.
Status Vault::load_history() {
  if (const Status loaded = high_water_.load(); !loaded.ok() && loaded.error().code != Code::rollback) {
    log_line("chip", loaded.error().text);
    // What is not there to be read now says nothing about the vault: the guard starts the chip anew.
    if (loaded.error().code != Code::corrupt && loaded.error().code != Code::malformed) return loaded;
  }
  return take_log();
}

// take_log lets the audit log go on behind its last whole line.
Status Vault::take_log() {
  const record::Mark mark = high_water_.mark();
  const bool is_ours =
      high_water_.presence() == record::HighWater::Presence::whole && header_ && mark.realm == header_->id;
  if (is_ours) log_evidence_ = trim_log(audit_log_, log_key(host_key_), mark);
  if (!log_evidence_.ok() && log_evidence_.error().code != Code::rollback) return log_evidence_.error();
  TRY(committer_.resume_audit());
  if (!log_evidence_.ok()) return {};
  const std::uint64_t cut = log_evidence_.value().cut;
  if (cut > 0) {
    log_line("chip", "the audit log ended with " + std::to_string(cut) +
                         " lines that were not whole; they are cut off");
    committer_.record({.event = "audit.cut", .count = cut});
  }
  committer_.bind_by_mark(is_ours && mark.format >= record::kBoundFormat);
  return {};
}

// is_store_gone tells, of a store without a header, whether there was one. A mark without a commit was left
// by an initialisation that did not come to its end.
bool Vault::is_store_gone() const {
  if (is_erased_ || high_water_.presence() == record::HighWater::Presence::missing) return false;
  return high_water_.presence() == record::HighWater::Presence::unreadable ||
         high_water_.mark().bound.commits > 0;
}

// compare_history compares the store with what is known outside it.
Status Vault::compare_history() {
  const record::Mark mark = high_water_.mark();
  if (high_water_.presence() != record::HighWater::Presence::whole)
    return Error{Code::rollback, "the high-water mark is missing or does not open"};
  if (mark.realm != header_->id) return Error{Code::rollback, "the high-water mark belongs to another vault"};
  if (header_->format < mark.format)
    return Error{Code::rollback, "the store is of an older format than its high-water mark"};
  const LogEvidence evidence = TRY(log_evidence_);
  return check_history(realm_->manifests().head(), mark, evidence, audit_log_);
}

Result<std::unique_ptr<Realm>> Vault::load_realm(const record::DomainKey& domain) {
  auto realm = std::make_unique<Realm>(domain, header_->id, store_);
  if (const Status loaded = realm->load(); !loaded.ok()) {
    log_line("chip", loaded.error().text);
    committer_.record({.event = "store.tampered", .result = loaded.error().code});
    // A store that does not answer, or answers too much, was not tampered with.
    const bool is_tampered = loaded.error().code == Code::corrupt || loaded.error().code == Code::malformed;
    state_ = is_tampered ? wire::VaultState::error : wire::VaultState::locked;
    if (!is_tampered) return loaded.error();
    noticed(wire::TamperSignal::record);
    return std::unique_ptr<Realm>();
  }
  realm->set_on_corrupt([this] { noticed(wire::TamperSignal::record); });
  return realm;
}

// stay_locked forgets what was opened, and gives `why` back.
Status Vault::stay_locked(Status why) {
  realm_.reset();
  tamper_.set_policy(std::nullopt);
  state_ = wire::VaultState::locked;
  return why;
}

Status Vault::open_realm(const record::RealmKeys& keys, Alarm alarm) {
  auto realm = TRY(load_realm(keys.domain));
  if (realm == nullptr) return {};
  const TamperRecord policy = realm->tamper().record;
  tamper_.set_policy(policy);
  if (policy.is_alarmed && alarm == Alarm::keep) {
    state_ = wire::VaultState::error;
    return {};
  }
  realm_ = std::move(realm);
  if (const Status history = compare_history(); !history.ok()) {
    log_line("chip", history.error().text);
    if (history.error().code != Code::rollback) {
      return stay_locked(history);
    }
    committer_.bind_by_mark(false);
    committer_.record({.event = "store.rollback", .result = history.error().code});
    state_ = wire::VaultState::rollback;
    noticed(wire::TamperSignal::rollback);
    return {};
  }
  if (const Status migrated = migrate(keys); !migrated.ok()) {
    log_line("chip", migrated.error().text);
    if (migrated.error().code != Code::corrupt) return stay_locked(migrated);
    realm_.reset();
    if (state_ != wire::VaultState::error) noticed(wire::TamperSignal::record);
    state_ = wire::VaultState::error;
    return {};
  }
  if (realm_->manifests().head().bound.audit_sequence == 0) {
    // The first line tells the log's own key. A vault that was killed in front of it says so now.
    const Status recorded =
        committer_.submit_and_wait({.events = {{.event = "vault.initialize",
                                                .who = record::Who(wire::user_principal(owner_uid_)),
                                                .more = {{"audit_key", to_hex(header_->audit_key)}}}},
                                    .is_administrators = true});
    if (!recorded.ok()) return stay_locked(recorded);
  }
  begin_service();
  return {};
}

Status Vault::migrate(const record::RealmKeys& keys) {
  Migrator migrator({.store = store_,
                     .audit_log = audit_log_,
                     .high_water = high_water_,
                     .record = [this](record::AuditEvent event) {
                       return committer_.submit_and_wait(
                           {.events = {std::move(event)}, .is_administrators = true});
                     }});
  for (const MigrationStep& step : migration_steps()) {
    if (step.from < header_->format) continue;
    header_ = TRY(migrator.run(step, *realm_, *header_, keys));
    TRY(migrator.settle(*realm_, *header_));
    // What was rewritten has other versions now. It is read from the same store that was written to: another
    // one would be a history that nobody has checked.
    const record::Head written = realm_->manifests().head();
    realm_ = TRY(load_realm(keys.domain));
    if (realm_ == nullptr) return Error{Code::corrupt, "the vault does not verify after a migration"};
    const record::Head read = realm_->manifests().head();
    if (read.bound != written.bound || read.manifest_root != written.manifest_root) {
      return Error{Code::corrupt, "the store is not the one that the migration wrote"};
    }
  }
  return migrator.settle(*realm_, *header_);
}

void Vault::begin_service() {
  committer_.bind_by_mark(true);  // from now on, when it is locked again
  committer_.open({.manifests = &realm_->manifests(), .id = realm_->id(), .audit_key = &realm_->audit_key()});
  state_ = wire::VaultState::unlocked;
  check_binary();
  if (std::exchange(was_debugged_, false)) noticed(wire::TamperSignal::debugger);
  note_rates();
  erase_ended();
  for (const auto& [partition, count] : realm_->manifests().partitions()) sweep(partition);
}

void Vault::close_realm() {
  state_ = header_ ? wire::VaultState::locked : wire::VaultState::uninitialized;
  committer_.close();
  std::vector<std::shared_ptr<Application>> all;
  {
    const std::lock_guard lock(applications_mutex_);
    all = applications();
  }
  for (const auto& application : all) application->forget_everything();
  realm_.reset();
  tamper_.set_policy(std::nullopt);
}

void Vault::finish() {
  const std::unique_lock lock(world_);
  close_realm();
}

Result<wire::StatusReply> Vault::on(Caller& /*caller*/, const wire::StatusRequest& /*request*/) {
  const std::shared_lock lock(world_);
  wire::StatusReply reply;
  reply.state = state_;
  if (header_) {
    reply.root_of_trust = header_->root_of_trust;
    reply.realm = header_->id;
  }
  if (realm_) {
    for (const auto& token : realm_->tokens()) {
      reply.object_count += realm_->manifests().count(token->partition()->tag);
    }
    reply.token_count = static_cast<std::uint32_t>(realm_->tokens().size());
    reply.authority_count = static_cast<std::uint32_t>(realm_->authorities().size());
    reply.commits = realm_->manifests().head().bound.commits;
  }
  {
    const std::lock_guard connections(applications_mutex_);
    reply.connection_count = static_cast<std::uint32_t>(connections_.size());
    reply.assurance = door_assurance_;
  }
  reply.unlock_failures = high_water_.mark().unlock_failures;
  reply.retry_after_seconds = high_water_.retry_after_seconds();
  reply.audit_sequence = committer_.audit_sequence();
  reply.library = crypto::library_version();
  reply.accelerator = crypto::accelerator();
  for (const std::string_view name : crypto::disabled_mechanisms())
    reply.disabled_mechanisms.emplace_back(name);
  if (!assurance_) return reply;
  host::Assurance own = assurance_();
  reply.assurance.protections.insert(reply.assurance.protections.begin(),
                                     std::make_move_iterator(own.protections.begin()),
                                     std::make_move_iterator(own.protections.end()));
  return reply;
}

Result<wire::Empty> Vault::on(Caller& /*caller*/, const wire::Initialize& request) {
  const std::unique_lock lock(world_);
  if (state_ != wire::VaultState::uninitialized)
    return Error{Code::exists, "the vault is initialised already"};
  if (is_erased_) return Error{Code::unavailable, "the vault is being destroyed"};
  TRY(audit_log_.check_room());
  record::RealmKeys keys;
  const record::RealmHeader header = TRY(record::new_realm_header(host_key_, request, clock_.now(), keys));
  // The mark may name only lines that a loss of power leaves.
  const store::AuditTail tail = TRY(audit_log_.tail());
  TRY(audit_log_.sync());
  TRY(high_water_.found(header.id, header.format,
                        {.audit_sequence = tail.line_count, .audit_hash = record::hash_of_last(tail)}));
  store::Transaction transaction;
  transaction.compares.push_back({.key = kHeaderKey, .revision = 0});
  transaction.writes.push_back({.key = kHeaderKey, .remove = false, .value = codec::encode(header)});
  record::Manifests manifests(keys.domain, header.id);
  TRY(manifests.found(transaction.writes));
  TRY(store_.commit(transaction));
  header_ = header;
  TRY(open_realm(keys));
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Unlock& request) {
  // Whoever asks for nothing stops nobody.
  if (state_ == wire::VaultState::unlocked) return wire::Empty{};
  const std::unique_lock lock(world_);
  if (state_ == wire::VaultState::uninitialized)
    return Error{Code::not_initialized, "run 'coffer init' first"};
  if (state_ == wire::VaultState::rollback || state_ == wire::VaultState::error) return state_error(state_);
  if (state_ != wire::VaultState::locked) return wire::Empty{};
  const record::RootProvider* const provider = TRY(record::root_provider(header_->root_of_trust));
  if (provider->needs_secret()) {
    if (request.passphrase.empty()) return Error{Code::denied, "the vault needs its passphrase"};
    if (const Status counted = high_water_.begin_attempt(); !counted.ok()) {
      committer_.record({.event = "vault.unlock", .who = caller.who(), .result = counted.error().code});
      return counted.error();
    }
  }
  const auto opened = open_realm_header(host_key_, *header_, request.passphrase);
  if (!opened.ok()) {
    const Status recorded = committer_.submit_and_wait(
        {.events = {{.event = "vault.unlock", .who = caller.who(), .result = opened.error().code}},
         .is_administrators = true});
    return recorded.ok() ? opened.error() : recorded.error();
  }
  // This try was counted too.
  const bool was_guessed_at = high_water_.mark().unlock_failures > kPassphraseTriesNoticed;
  if (provider->needs_secret()) TRY(high_water_.succeeded());
  TRY(committer_.submit_and_wait(
      {.events = {{.event = "vault.unlock", .who = caller.who()}}, .is_administrators = true}));
  TRY(open_realm(opened.value()));
  if (was_guessed_at) noticed(wire::TamperSignal::failures);
  if (state_ != wire::VaultState::unlocked) return state_error(state_);
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Lock& /*request*/) {
  const std::unique_lock lock(world_);
  if (state_ == wire::VaultState::uninitialized)
    return Error{Code::not_initialized, "run 'coffer init' first"};
  if (state_ != wire::VaultState::unlocked) return wire::Empty{};
  TRY(committer_.submit_and_wait(
      {.events = {{.event = "vault.lock", .who = caller.who()}}, .is_administrators = true}));
  close_realm();
  // Who is a guest, or a member, comes again when the vault is open.
  cut_off([](const Connection& each) { return each.entrance != Entrance::door && !each.is_owner(); });
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::AcceptRollback& /*request*/) {
  const std::unique_lock lock(world_);
  if (state_ != wire::VaultState::rollback) return Error{Code::invalid, "no rollback was noticed"};
  if (!realm_) {
    return Error{
        Code::not_found,
        "the store is gone: put store/ back, or make a new vault elsewhere (--home) and restore a backup"};
  }
  const record::Bound head = realm_->manifests().head().bound;
  const record::Bound mark = high_water_.mark().bound;
  const std::uint64_t logged = log_evidence_.ok() ? log_evidence_.value().commits : 0;
  TRY(committer_.submit_and_wait({.events = {{.event = "store.accept-rollback",
                                              .who = caller.who(),
                                              .more = {{"store_commits", std::to_string(head.commits)},
                                                       {"mark_commits", std::to_string(mark.commits)}}}},
                                  .is_administrators = true}));
  // The head may name only lines that a loss of power leaves.
  const store::AuditTail tail = TRY(audit_log_.tail());
  TRY(audit_log_.sync());
  // The counts go on above everything ever seen, so that the newer store, brought back later, is refused in
  // turn.
  const record::Bound accepted{.commits = std::max({head.commits, mark.commits, logged}) + 1,
                               .binding = std::max(head.binding, mark.binding) + 1,
                               .audit_sequence = tail.line_count,
                               .audit_hash = record::hash_of_last(tail)};
  store::Transaction transaction;
  TRY(realm_->manifests().stage({}, accepted, transaction.writes));
  TRY(store_.commit(transaction));
  realm_->manifests().publish();
  TRY(high_water_.reset(header_->id, header_->format, accepted));
  log_evidence_ = LogEvidence{};
  if (header_->format == kFormat) {
    begin_service();
    return wire::Empty{};
  }
  // What was put back is of an older format; to bring it to this one takes the root key.
  close_realm();
  TRY(open_again());
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::ShutDown& /*request*/) {
  TRY(committer_.submit_and_wait(
      {.events = {{.event = "chip.stop", .who = caller.who()}}, .is_administrators = true}));
  on_shut_down_();
  return wire::Empty{};
}

// A checkpoint costs a signature and a write that all others wait for, and may use the administrator's room.
// No worker waits for the disk, and nobody who closes the vault for this one.
void Vault::on(Caller& /*caller*/, const wire::AuditHead& /*request*/, wire::Reply reply) {
  const std::shared_lock lock(world_);
  if (!header_) return reply.fail(Error{Code::not_initialized, "run 'coffer init' first"});
  const auto answer = std::make_shared<wire::Reply>(std::move(reply));
  committer_.checkpoint(
      [answer, key = header_->audit_key](const Result<record::AuditChain::Position>& position) {
        if (!position.ok()) return answer->fail(position.error());
        answer->send(codec::encode(wire::AuditHeadReply{
            .public_key = key, .sequence = position.value().sequence, .hash = position.value().hash}));
      });
}

}  // namespace coffer::vault
