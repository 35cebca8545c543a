// Vault: backups - what they are sealed for, making one, checking one, and becoming the vault that is in one.
#include <algorithm>

#include "codec/binary.h"
#include "vault/backup.h"
#include "vault/dispatch.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr Error kNoJob{Code::invalid, "no backup was begun here"};

}  // namespace

void Vault::on(Caller& caller, const wire::BackupBegin& request, wire::Reply reply) {
  auto begun = begin_backup(caller, request);
  if (!begun.ok()) return reply.fail(begun.error());
  send_wiped(begun.value(), reply);
}

Status Vault::check_may_back_up(Caller& caller, bool uses_kept) {
  const auto kept = realm_->backup_lock();
  const bool is_listed = kept && std::ranges::find(kept->operators, *caller.who()) != kept->operators.end();
  if (uses_kept && kept && (is_listed || backup_operator(caller))) return {};
  return check_owner(caller, "backup.create");
}

// One that was begun before by the same application ends when this one takes its place.
Status Vault::keep_room_for_backups(const Caller& caller, const std::shared_ptr<BackupJob>& job) {
  if (caller.connection.is_owner()) return {};
  const std::lock_guard lock(backups_mutex_);
  const auto own = caller.application.backup();
  std::erase_if(backups_, [&own](const auto& each) {
    const auto made = each.second.lock();
    return !made || made == own;
  });
  const bool has_one =
      std::ranges::any_of(backups_, [&](const auto& each) { return each.first == caller.who(); });
  if (has_one) return Error{Code::limit, "this user makes a backup already: wait until it has ended"};
  if (backups_.size() + 1 >= store::kSnapshotsMax)
    return Error{Code::limit, "others make backups: wait until one has ended"};
  backups_.emplace_back(caller.who(), job);
  return {};
}

Result<wire::BackupBeginReply> Vault::begin_backup(Caller& caller, const wire::BackupBegin& request) {
  const auto kept = realm_->backup_lock();
  const bool uses_kept = request.terms.choice == wire::BackupChoice::kept;
  TRY(check_may_back_up(caller, uses_kept));
  if (uses_kept && !kept) {
    return Error{Code::not_found,
                 "the vault keeps no lock for backups: 'coffer backup keep' makes one, or name a passphrase"};
  }
  NewBackupLock made;
  if (!uses_kept) made = TRY(make_backup_lock(request.terms));
  const wire::BackupLock& lock = uses_kept ? kept->lock : made.lock;
  auto job = std::make_shared<BackupJob>();
  job->uses_kept = uses_kept;
  TRY(keep_room_for_backups(caller, job));
  caller.application.set_backup(nullptr);
  // Whatever was acknowledged is in the store, and so in the snapshot.
  auto snapshot = TRY(store_.snapshot());
  job->writer = TRY(BackupWriter::create({.domain = realm_->domain(),
                                          .realm = realm_->id(),
                                          .audit_key = realm_->audit_key(),
                                          .created = clock_.now(),
                                          .snapshot = std::move(snapshot)},
                                         lock, uses_kept ? kept->key : made.key));
  record::Submission submission{.is_administrators = true};
  submission.events.push_back(
      {.event = "backup.create",
       .who = caller.who(),
       .as = backup_operator(caller),
       .more = {{"backup", to_hex(job->writer->id())},
                {"opened_by",
                 lock.protection == wire::BackupProtection::passphrase ? "passphrase" : "custodians"}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  wire::BackupBeginReply reply{.octets = job->writer->begin(),
                               .record_count = realm_->manifests().count(),
                               .shares = std::move(made.shares)};
  caller.application.set_backup(std::move(job));
  return reply;
}

void Vault::on(Caller& caller, const wire::BackupKeep& request, wire::Reply reply) {
  auto kept = keep_backup_lock(caller, request);
  if (!kept.ok()) return reply.fail(kept.error());
  send_wiped(kept.value(), reply);
}

Result<wire::BackupSharesReply> Vault::keep_backup_lock(Caller& caller, const wire::BackupKeep& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  NewBackupLock made = TRY(make_backup_lock(request.terms));
  auto kept = std::make_shared<KeptBackupLock>();
  kept->lock = made.lock;
  kept->key = std::move(made.key);
  kept->operators = request.operators;
  std::uint64_t version = 0;
  if (const auto before = realm_->backup_lock()) {
    kept->id = before->id;
    if (const auto entry = realm_->manifests().find(before->id)) version = entry->version;
  } else {
    TRY(crypto::random_bytes(kept->id));
  }
  codec::WipingBuffer plaintext;
  codec::encode_secret_into(*kept, plaintext.octets);
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back({.remove = false,
                                .entry = {.id = kept->id,
                                          .partition = record::kSystemPartition,
                                          .object_class = object_class::kBackupLock},
                                .expected_version = version,
                                .partition = realm_->system(),
                                .plaintext = SecretBytes::copy_of(plaintext.octets)});
  submission.events.push_back(
      {.event = "backup.keep",
       .who = caller.who(),
       .more = {{"set", to_hex(kept->lock.set)}, {"operators", std::to_string(kept->operators.size())}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->put_backup_lock(std::move(kept));
  return wire::BackupSharesReply{std::move(made.shares)};
}

Result<wire::BackupReadReply> Vault::on(Caller& caller, const wire::BackupRead& /*request*/) {
  const auto job = caller.application.backup();
  if (!job || !job->writer) return kNoJob;
  if (const Status may = check_may_back_up(caller, job->uses_kept); !may.ok()) {
    caller.application.set_backup(nullptr);
    return may.error();
  }
  const std::lock_guard lock(job->mutex);
  if (job->writer->is_done()) return kNoJob;
  auto octets = job->writer->next();
  if (!octets.ok()) {
    committer_.record({.event = "backup.complete",
                       .who = caller.who(),
                       .result = octets.error().code,
                       .more = {{"backup", to_hex(job->writer->id())}}});
    caller.application.set_backup(nullptr);
    return octets.error();
  }
  wire::BackupReadReply reply{.octets = std::move(octets).value(),
                              .record_count = job->writer->record_count(),
                              .is_last = job->writer->is_done()};
  if (!reply.is_last) return reply;
  record::Submission submission{.is_administrators = true};
  submission.events.push_back({.event = "backup.complete",
                               .who = caller.who(),
                               .count = reply.record_count,
                               .more = {{"backup", to_hex(job->writer->id())}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  return reply;
}

Result<wire::BackupRehearseReply> Vault::on(Caller& caller, const wire::BackupRehearse& request) {
  const auto header = TRY(wire::decode_backup_header(request.header));
  wire::BackupRehearseReply reply;
  reply.shares = check_shares(header.lock, request.keys.shares);
  const auto reader = BackupReader::create(request.header, request.keys);
  reply.opens = reader.ok();
  committer_.record({.event = "backup.rehearse",
                     .who = caller.who(),
                     .result = reader.ok() ? Code::ok : reader.error().code,
                     .more = {{"backup", to_hex(header.id)}}});
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::BackupOpen& request) {
  if (request.restores) {
    const std::shared_lock lock(world_);
    if (state_ != wire::VaultState::uninitialized) {
      return Error{Code::exists,
                   "a backup is restored into a vault that holds nothing: choose another --home"};
    }
    if (!TRY(store_.range({}, {}, 1)).records.empty()) {
      return Error{Code::exists, "an earlier restoring was not finished here: choose another --home"};
    }
  }
  auto job = std::make_shared<BackupJob>();
  job->restores = request.restores;
  job->reader = TRY(BackupReader::create(request.header, request.keys));
  caller.application.set_backup(std::move(job));
  return wire::Empty{};
}

Result<wire::BackupWriteReply> Vault::on(Caller& caller, const wire::BackupWrite& request) {
  const auto job = caller.application.backup();
  if (!job || !job->reader) return kNoJob;
  const std::lock_guard lock(job->mutex);
  store::Transaction transaction;
  TRY(job->reader->take(request.kind, request.octets, [&](Bytes key, Bytes value) {
    // The header is made anew for this host, at the very end: without it there is no vault.
    if (!job->restores || equal_public(key, Buffer{record::kRealmHeaderKey})) return;
    transaction.writes.push_back({.key = to_buffer(key), .remove = false, .value = to_buffer(value)});
  }));
  if (!transaction.writes.empty()) {
    const std::shared_lock world(world_);
    if (state_ != wire::VaultState::uninitialized)
      return Error{Code::exists, "the vault was initialised meanwhile"};
    TRY(store_.commit(transaction));
  }
  return wire::BackupWriteReply{job->reader->record_count()};
}

Result<wire::BackupFinishReply> Vault::on(Caller& caller, const wire::BackupFinish& request) {
  const auto job = caller.application.backup();
  if (!job || !job->reader) return kNoJob;
  const std::lock_guard lock(job->mutex);
  const VaultContent content = TRY(job->reader->finish());
  caller.application.set_backup(nullptr);
  if (job->restores) {
    TRY(become(caller, content, *job->reader, request));
  } else {
    committer_.record({.event = "backup.verify",
                       .who = caller.who(),
                       .count = content.record_count,
                       .more = {{"backup", to_hex(job->reader->header().id)}}});
  }
  return wire::BackupFinishReply{.record_count = content.record_count,
                                 .token_count = content.token_count,
                                 .object_count = content.object_count,
                                 .authority_count = content.authority_count};
}

// become makes the records that lie in the store a vault of this host: a header under this host's root of
// trust and a head that goes on from this host's audit log, in one transaction.
Status Vault::become(Caller& caller, const VaultContent& content, const BackupReader& backup,
                     const wire::BackupFinish& request) {
  const std::unique_lock lock(world_);
  if (state_ != wire::VaultState::uninitialized)
    return Error{Code::exists, "the vault was initialised meanwhile"};
  record::RealmHeader header = content.header;
  const record::RealmKeys keys = TRY(seal_realm_header(host_key_,
                                                       {.root_of_trust = request.root_of_trust,
                                                        .passphrase = request.passphrase.clone(),
                                                        .stretch_milliseconds = request.stretch_milliseconds},
                                                       backup.domain(), header));
  TRY(committer_.submit_and_wait(
      {.events = {{.event = "backup.restore",
                   .who = caller.who(),
                   .count = content.record_count,
                   .more = {{"backup", to_hex(backup.header().id)},
                            {"made", std::to_string(backup.header().created)},
                            {"audit_sequence_before", std::to_string(content.head.bound.audit_sequence)},
                            {"audit_hash_before", to_hex(content.head.bound.audit_hash)},
                            {"audit_key", to_hex(header.audit_key)}}}},
       .is_administrators = true}));
  record::Manifests manifests(backup.domain(), header.id);
  TRY(manifests.load(store_));
  // The head may name only lines that a loss of power leaves.
  const store::AuditTail tail = TRY(audit_log_.tail());
  TRY(audit_log_.sync());
  const record::Bound bound{.commits = content.head.bound.commits + 1,
                            .binding = 1,
                            .audit_sequence = tail.line_count,
                            .audit_hash = record::hash_of_last(tail)};
  store::Transaction transaction;
  transaction.compares.push_back({.key = {record::kRealmHeaderKey}, .revision = 0});
  transaction.writes.push_back(
      {.key = {record::kRealmHeaderKey}, .remove = false, .value = codec::encode(header)});
  TRY(manifests.stage({}, bound, transaction.writes));
  TRY(high_water_.found(header.id, header.format,
                        {.audit_sequence = bound.audit_sequence, .audit_hash = bound.audit_hash}));
  TRY(store_.commit(transaction));
  TRY(high_water_.reset(header.id, header.format, bound));
  header_ = header;
  return open_realm(keys);
}

}  // namespace coffer::vault
