// Vault: the chip's Service - it admits peers, decides about every request, and answers. It opens no file and
// no socket: apps/ hands it what it needs.
//
// Where things are: vault_admin.cc (status, initialize, lock, unlock), vault_admittance.cc (who is admitted,
// grants), vault_token.cc (slots, PINs, logins; pin_desk.h: where they wait), vault_operator.cc (operators),
// vault_object.cc (objects and their making), vault_derive.cc (keys from keys), vault_use.cc (sign, verify,
// encrypt, decrypt ... C_Sign ends there), vault_policy.cc (the policies of keys), vault_tenant.cc (the
// policies of tokens), vault_deleted.cc (destroyed objects that can come back), vault_operation.cc
// (operations in parts), vault_message.cc (nonces, signatures with recovery), vault_legacy.cc (outdated
// mechanisms), vault_job.cc (requests that are answered later), vault_once.cc (requests that are sent again),
// vault_ca.cc (certificate authorities), vault_backup.cc (backups), vault_net.cc (callers from the network),
// vault_tamper.cc (tamper response, destruction), dispatch.cc (the table of requests).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/fair_shared_mutex.h"
#include "base/result.h"
#include "base/user_range.h"
#include "crypto/operation.h"
#include "record/committer.h"
#include "record/high_water.h"
#include "store/audit_log.h"
#include "store/mark_file.h"
#include "store/store.h"
#include "vault/application.h"
#include "vault/history.h"
#include "vault/job.h"
#include "vault/key_policy.h"
#include "vault/object_id.h"
#include "vault/pending_commits.h"
#include "vault/pin_desk.h"
#include "vault/realm.h"
#include "vault/settled_clock.h"
#include "vault/tamper.h"
#include "vault/unwrap_delay.h"
#include "vault/wrap_rules.h"
#include "wire/backup_messages.h"
#include "wire/ca_messages.h"
#include "wire/derive_messages.h"
#include "wire/grant_messages.h"
#include "wire/kem_messages.h"
#include "wire/legacy_messages.h"
#include "wire/messages.h"
#include "wire/net_messages.h"
#include "wire/once_messages.h"
#include "wire/operation_messages.h"
#include "wire/operator_messages.h"
#include "wire/policy_messages.h"
#include "wire/server.h"
#include "wire/tamper_messages.h"
#include "wire/tenant_messages.h"
#include "wire/wrap_messages.h"

namespace coffer::vault {

struct AskedSignature;
class BackupReader;
struct VaultContent;

// VaultOptions are what main() of the chip hands over. References outlive the vault.
struct VaultOptions {
  store::Store& store;
  store::AuditLog& audit_log;
  store::MarkFile& mark_file;
  const Clock& clock;
  record::HostKey host_key;
  std::uint32_t owner_uid = 0;                 // whose vault it is
  std::optional<std::uint32_t> group_gid;      // members of the group `coffer` are admitted too
  std::vector<UserRange> subordinate_users{};  // whom the group does not admit, sorted
  crypto::Digest32 binary{};                   // SHA-256 of the program; zeros: not known
  bool was_debugged = false;                   // a chip before this one had a debugger, and was ended
  std::function<void()> on_fatal;              // the store or audit log is gone: end the chip
  std::function<void()> on_shut_down;          // the owner asked the vault to end
};

// Caller is who asks, for the handlers.
struct Caller {
  Connection& connection;
  Application& application;
  const wire::RequestId* request = nullptr;   // of a request inside Once; it lives as long as the Caller
  std::shared_ptr<PendingCommits> commits{};  // what the request's result waits for; null: nothing
  std::shared_ptr<Token> token{};             // whose officer asks, for requests that are the officer's
  [[nodiscard]] const record::Who& who() const { return connection.who; }
  [[nodiscard]] std::uint32_t uid() const { return connection.uid; }
};

// state_error is what a request gets that needs an unlocked vault, and what to do about it.
Error state_error(wire::VaultState state);

inline constexpr Error kNotAdmitted{Code::denied,
                                    "this user may not use the vault: its owner can run 'coffer grant add'"};
inline constexpr Error kCannotRecord{Code::limit, "the audit log cannot keep up: try again"};
inline constexpr Error kAnotherIsLoggedIn{Code::other_user_logged_in,
                                          "another user is logged in: log out first"};

// to_crypto views the wire's parameters as the crypto engine's; other_key and parts are for vault_derive.cc.
// Vault::parameters_of permits the outdated uses too, if the token does.
crypto::Parameters to_crypto(const wire::Parameters& from);

// Vault answers requests; see wire::Service for the threads.
class Vault final : public wire::Service {
 public:
  // create reads the realm header and the high-water mark; a vault whose root of trust needs no passphrase is
  // unlocked right away. Starts the committer's thread.
  static Result<std::unique_ptr<Vault>> create(VaultOptions options);
  ~Vault() override;

  // set_assurance says who tells what protections the process has, for `coffer status --assurance`: it is
  // asked each time.
  void set_assurance(std::function<host::Assurance()> assurance) { assurance_ = std::move(assurance); }

  Result<std::shared_ptr<wire::ConnectionContext>> connected(const host::Peer& peer) override;
  Result<std::shared_ptr<wire::ConnectionContext>> handed_over(Bytes identity) override;
  void disconnected(const std::shared_ptr<wire::ConnectionContext>& context) override;
  [[nodiscard]] bool is_long(wire::Op op, Bytes payload) const override;
  [[nodiscard]] bool is_heavy(wire::Op op) const override;
  void handle(std::span<wire::Incoming> batch) override;

  // is_erased tells whether the vault was destroyed: then the guard must erase what is left of it.
  [[nodiscard]] bool is_erased() const { return is_erased_; }

  // finish writes what must outlive the process: checkpoint and high-water mark. The vault is locked
  // afterwards.
  void finish();

 private:
  friend struct Dispatch;
  explicit Vault(VaultOptions options);

  void handle_batch(std::span<wire::Incoming> batch);
  void handle_one(wire::Incoming& incoming);
  void handle_now(wire::Incoming& incoming);
  // handle_pin answers what the PinDesk kept.
  void handle_pin(wire::Incoming& incoming);
  // handle_signatures answers several Sign requests together, under one lock.
  void handle_signatures(std::span<wire::Incoming*> requests);
  void greet(wire::Incoming& incoming);
  [[nodiscard]] Status check_deadline(const wire::Incoming& incoming) const;

  // vault_tamper.cc
  [[nodiscard]] bool is_erasure(Bytes value) const;

  // vault_admin.cc
  Status start();
  // Alarm says what becomes of an alarm that is stored in the realm: the vault stays shut, or opens.
  enum class Alarm : std::uint8_t { keep, clear };
  Status open_realm(const record::RealmKeys& keys, Alarm alarm = Alarm::keep);
  // load_realm gives what the store holds, or null when it was refused; state_ says how.
  Result<std::unique_ptr<Realm>> load_realm(const record::DomainKey& domain);
  Status stay_locked(Status why);
  Status compare_history();
  Status load_history();
  Status take_log();
  [[nodiscard]] bool is_store_gone() const;
  // migrate brings the realm that was opened, and whose history is right, to this program's format.
  Status migrate(const record::RealmKeys& keys);
  Status open_again();
  void begin_service();
  void close_realm();
  Result<wire::StatusReply> on(Caller& caller, const wire::StatusRequest& request);
  Result<wire::Empty> on(Caller& caller, const wire::Initialize& request);
  Result<wire::Empty> on(Caller& caller, const wire::Unlock& request);
  Result<wire::Empty> on(Caller& caller, const wire::Lock& request);
  Result<wire::Empty> on(Caller& caller, const wire::AcceptRollback& request);
  Result<wire::Empty> on(Caller& caller, const wire::ShutDown& request);
  void on(Caller& caller, const wire::AuditHead& request, wire::Reply reply);

  // vault_admittance.cc
  // check_owner lets the vault's owner pass, and records whom it refuses under `event`.
  [[nodiscard]] Status check_owner(const Caller& caller, std::string_view event);
  [[nodiscard]] bool is_member(const host::Peer& peer) const;
  // enter keeps a connection for cut_off(), which ends all that are meant.
  std::shared_ptr<wire::ConnectionContext> enter(std::shared_ptr<Connection> connection);
  void cut_off(const std::function<bool(const Connection&)>& is_meant);
  Result<wire::HelloReply> on(Connection& connection, wire::Hello& request);
  Result<wire::Empty> on(Caller& caller, const wire::Grant& request);
  Result<wire::GrantsReply> on(Caller& caller, const wire::Grants& request);

  // vault_room.cc
  // make_room closes what can be opened again when the hidden memory gets low.
  void make_room();

  // vault_token.cc
  Result<std::shared_ptr<Token>> need_token(std::uint32_t slot) const;
  // login_of tells who is logged in to a token, if the login is still valid.
  [[nodiscard]] std::optional<Login> login_of(const Application& application, const Token& token) const;
  // role_at tells what that login lets them do.
  [[nodiscard]] std::optional<LoginRole> role_at(const Application& application, const Token& token) const;
  Status try_pin(Caller& caller, const Identity& identity, const SecretBytes& pin, std::string_view event);
  // check_pin_waits refuses a try while the waits after wrong ones last: the caller's, and its turn among
  // all. `is_known`: the caller has given that PIN (PinTries::is_known).
  [[nodiscard]] Status check_pin_waits(const Token& token, const PinPlace& place, std::uint32_t failures,
                                       bool is_known);
  // pin_was_wrong begins the caller's wait.
  void pin_was_wrong(Caller& caller, const Token& token, const PinPlace& place, const SecretBytes& pin);
  // count_try commits what the caller's wrong PINs are, should this one be wrong.
  Status count_try(const PinTries::Next& next);
  // forgive_tries takes them back: the PIN was right.
  Status forgive_tries(Caller& caller, const Identity& identity, std::string_view event);
  // commit_tries commits a submission together with what becomes of wrong PINs.
  Status commit_tries(record::Submission submission, const std::vector<PinTries::Next>& tries);
  // set_verifier gives somebody another PIN, which ends all logins; `forgives`: and everybody's wrong ones.
  Status set_verifier(Caller& caller, const Identity& identity, const PinVerifier& next, bool forgives,
                      std::string_view event);
  Result<wire::LoginReply> log_in(Caller& caller, const Identity& identity, const SecretBytes& pin);
  // tries_left_of is for the caller, who is shown them.
  [[nodiscard]] std::uint8_t tries_left_of(const Caller& caller, const Token& token,
                                           wire::UserType user) const;
  Result<wire::SlotsReply> on(Caller& caller, const wire::Slots& request);
  Result<wire::Empty> on(Caller& caller, const wire::InitToken& request);
  Result<wire::LoginReply> on(Caller& caller, const wire::Login& request);
  Result<wire::Empty> on(Caller& caller, const wire::Resume& request);
  Result<wire::Empty> on(Caller& caller, const wire::AuthorizeUse& request);
  Result<wire::Empty> on(Caller& caller, const wire::Logout& request);
  Result<wire::Empty> on(Caller& caller, const wire::InitPin& request);
  Result<wire::Empty> on(Caller& caller, const wire::SetPin& request);
  Result<wire::Empty> on(Caller& caller, const wire::TokenUnlock& request);
  Result<wire::TokenTriesReply> on(Caller& caller, const wire::TokenTries& request);
  Result<wire::Empty> on(Caller& caller, const wire::DestroyToken& request);
  Result<PinVerifier> first_user_pin(const wire::InitToken& request) const;
  Status create_token(Caller& caller, const wire::InitToken& request);
  Status replace_token(Caller& caller, Token& token, const wire::InitToken& request);
  // sweep begins to remove what is left of a partition whose key is gone; what it has not come to when the
  // vault is locked is removed after the next unlocking.
  void sweep(const record::PartitionTag& partition);

  // vault_operator.cc
  // operator_of gives the operator who is logged in to a slot, or null; operator_at is for the audit log.
  [[nodiscard]] std::shared_ptr<const Operator> operator_of(const Caller& caller, std::uint32_t slot) const;
  [[nodiscard]] record::Who operator_at(const Caller& caller, std::uint32_t slot) const;
  // need_officer gives the token whose security officer the caller is, and records whom it refuses under
  // `event`.
  Result<std::shared_ptr<Token>> need_officer(const Caller& caller, std::uint32_t slot,
                                              std::string_view event);
  // check_may_act refuses operators who only look, or only make backups, and records that under `event`.
  [[nodiscard]] Status check_may_act(const Caller& caller, std::uint32_t slot, const ObjectId& id,
                                     std::string_view event,
                                     std::optional<std::uint32_t> mechanism = std::nullopt);
  // backup_operator is who is logged in, to any token, to make backups; else nobody.
  [[nodiscard]] record::Who backup_operator(const Caller& caller) const;
  Status refuse_stranger(Caller& caller, Token& token, const wire::OperatorLogin& request);
  Result<wire::Empty> on(Caller& caller, const wire::OperatorAdd& request);
  Result<wire::OperatorsReply> on(Caller& caller, const wire::Operators& request);
  Result<wire::Empty> on(Caller& caller, const wire::OperatorChange& request);
  Result<wire::LoginReply> on(Caller& caller, const wire::OperatorLogin& request);

  // vault_object.cc
  // Access is what an object is looked up for.
  enum class Access : std::uint8_t {
    read,    // its attributes; the security officer sees secret keys, to trust them
    change,  // or to destroy it: what a token holds by its user, what is public in it by its officer too
    use,     // and to use
  };
  // find_object gives an object that the caller may reach so: a session object of its own, or a token's.
  Result<std::shared_ptr<const Object>> find_object(Caller& caller, std::uint32_t slot, const ObjectId& id,
                                                    Access access);
  [[nodiscard]] Status check_access(const Caller& caller, const Token& token, const Object& object,
                                    Access access) const;
  // completed says what a template leaves open by who asks: without a login, CKA_PRIVATE of a session object
  // is false. The values live as long as the program.
  [[nodiscard]] wire::Template completed(const Caller& caller, const Token& token,
                                         const wire::Template& attributes) const;
  Status check_may_store(Caller& caller, const Token& token, const Object& object, std::string_view event);
  // check_may_trust leaves trusted objects to the security officer: making them, and changing them.
  [[nodiscard]] Status check_may_trust(const Caller& caller, const Token& token, const Object& object) const;
  [[nodiscard]] std::vector<record::ManifestEntry> entry_of(Bytes unique_id,
                                                            const record::PartitionTag& partition) const;
  void keep(Caller& caller, const Token& token, std::uint64_t session, std::vector<Object> objects,
            record::AuditEvent event, Buffer reply_payload, wire::Reply reply);
  // change_stored and destroy_stored commit what becomes of a token's object, behind what is being committed
  // of it already; `reply` waits for that.
  Result<Buffer> change_stored(Caller& caller, const Token& token, const wire::SetAttributes& request,
                               Access access, wire::Reply& reply);
  Status destroy_stored(Caller& caller, const Token& token, const ObjectId& id, wire::Reply& reply);
  // replace_session_object puts a changed session object in the place of the one that was looked at.
  Status replace_session_object(Caller& caller, const Token& token,
                                const std::shared_ptr<const Object>& before, Object next);
  void on(Caller& caller, const wire::CreateObject& request, wire::Reply reply);
  void on(Caller& caller, const wire::CopyObject& request, wire::Reply reply);
  void on(Caller& caller, const wire::GenerateKey& request, wire::Reply reply);
  void on(Caller& caller, const wire::GenerateKeyPair& request, wire::Reply reply);
  void on(Caller& caller, const wire::SetAttributes& request, wire::Reply reply);
  void on(Caller& caller, const wire::DestroyObject& request, wire::Reply reply);
  Result<wire::GetAttributesReply> on(Caller& caller, const wire::GetAttributes& request);
  Result<wire::FindReply> on(Caller& caller, const wire::Find& request);
  Result<wire::Empty> on(Caller& caller, const wire::CloseSession& request);

  // vault_legacy.cc
  // permits_legacy tells whether a token permits outdated mechanisms; check_legacy refuses them otherwise.
  [[nodiscard]] bool permits_legacy(std::uint32_t slot) const;
  [[nodiscard]] Status check_legacy(std::uint32_t slot, std::uint32_t mechanism, std::uint32_t use) const;
  [[nodiscard]] crypto::Parameters parameters_of(std::uint32_t slot, const wire::Parameters& from,
                                                 std::uint32_t use) const;
  // without_legacy is what to commit so that a token permits them no more.
  [[nodiscard]] std::vector<record::RecordChange> without_legacy(const Token& token) const;
  Result<wire::MechanismsReply> on(Caller& caller, const wire::Mechanisms& request);
  Result<wire::MechanismsReply> on(Caller& caller, const wire::TokenMechanisms& request);
  Result<wire::TokenLegacyReply> on(Caller& caller, const wire::TokenLegacy& request);

  // vault_operation.cc
  // check_goes_on asks whether the key that an operation began with may still be used.
  [[nodiscard]] Status check_goes_on(const Caller& caller, const Operation& operation) const;

  // vault_derive.cc
  void on(Caller& caller, const wire::DeriveKey& request, wire::Reply reply);

  // vault_use.cc
  // permitted is the decision: may this caller use this object so, with this mechanism? Of a use that is
  // counted `reply` becomes one that waits for the count.
  Result<std::shared_ptr<const Object>> permitted(Caller& caller, std::uint32_t slot, const ObjectId& id,
                                                  std::uint32_t mechanism, std::uint32_t use,
                                                  wire::Reply& reply);
  // pending gives the commits that the request waits for, and lets `reply` wait for them too.
  std::shared_ptr<PendingCommits> pending(Caller& caller, wire::Reply& reply);
  // note_use records a use: summed up, or (then it answers later) durably before `reply` goes out.
  void note_use(Caller& caller, std::uint32_t slot, const Object& object, std::string_view event,
                std::uint32_t mechanism, Code result, Bytes output, wire::Reply reply);
  // count_usage adds to the summary of uses, which reaches the audit log within a second. False when the
  // summary is full.
  [[nodiscard]] bool count_usage(const record::UsageSummary::Key& key);
  // keep_note does the same with what is no use and cannot be refused: it has happened.
  void keep_note(const record::UsageSummary::Key& key);
  void note_refusal(const Caller& caller, std::uint32_t slot, const ObjectId& id, std::string_view event,
                    std::optional<std::uint32_t> mechanism, Code result);
  // sign_with makes a signature alone with a key that permitted() gave.
  void sign_with(Caller& caller, const wire::Sign& request, const Object& object, wire::Reply reply);
  // sign_together makes the signatures of a batch through the multi-buffer code.
  void sign_together(std::span<AskedSignature> asked);
  void on(Caller& caller, const wire::Sign& request, wire::Reply reply);
  void on(Caller& caller, const wire::Verify& request, wire::Reply reply);
  void on(Caller& caller, const wire::Encrypt& request, wire::Reply reply);
  void on(Caller& caller, const wire::Decrypt& request, wire::Reply reply);
  void on(Caller& caller, const wire::DigestRequest& request, wire::Reply reply);
  void on(Caller& caller, const wire::Random& request, wire::Reply reply);
  Result<wire::Empty> on(Caller& caller, const wire::SeedRandom& request);

  // vault_wrap.cc
  Result<wire::WrapReply> wrap(Caller& caller, const wire::WrapKey& request, wire::Reply& reply);
  Result<Object> unwrap(Caller& caller, const wire::UnwrapKey& request, wire::Reply& reply);
  void on(Caller& caller, const wire::WrapKey& request, wire::Reply reply);
  void on(Caller& caller, const wire::UnwrapKey& request, wire::Reply reply);

  // vault_policy.cc
  Result<std::shared_ptr<const Object>> policy_target(Caller& caller, const Token& token, const ObjectId& id);
  record::Submission replacement(const Caller& caller, const Token& token, const Object& next,
                                 record::AuditEvent event);
  Status replace_object(Caller& caller, const Token& token, Object next, record::AuditEvent event);
  Status ask_policy(Caller& caller, std::uint32_t slot, const Object& object, std::uint32_t mechanism,
                    wire::Reply& reply);
  Status take_rate(const Object& object);
  // newest_state is an object's after all changes that are being committed, of what is stored now; not_found
  // when it is being destroyed. chain commits another change behind them: `next`, or its destruction (null).
  // Both with chains_mutex_.
  Result<std::shared_ptr<const Object>> newest_state(Result<std::shared_ptr<const Object>> stored) const;
  void chain(const ObjectId& id, std::shared_ptr<const Object> next, record::Submission submission,
             const std::shared_ptr<PendingCommits>& commits);
  // chain_replacement does that with a changed object.
  void chain_replacement(Caller& caller, const Token& token, Object next, record::AuditEvent event,
                         wire::Reply& reply);
  // wait_for_chain lets `reply` wait for the newest change of an object.
  void wait_for_chain(Caller& caller, const ObjectId& id, wire::Reply& reply);
  Status set_policy(Caller& caller, const wire::KeyPolicySet& request, wire::Reply& reply);
  void on(Caller& caller, const wire::KeyPolicySet& request, wire::Reply reply);
  Result<wire::KeyPolicyReply> on(Caller& caller, const wire::KeyPolicyShow& request);
  Result<wire::KeyPolicyExplainReply> on(Caller& caller, const wire::KeyPolicyExplain& request);

  // vault_tenant.cc
  // count_request takes one request from a token's rate; Code::too_fast when there is none left.
  Status count_request(const Caller& caller, std::uint32_t slot);
  void note_rates();
  // check_room refuses new objects that the token's policy has no room for, and lets the committer decide.
  Status check_room(const Caller& caller, const Token& token, record::Submission& submission);
  // GuestTerms are what belongs to a token that a guest makes: its policy, and the id of the record that says
  // whose it is. begin_guest_token adds both to a commit; Code::limit when the guest has made as many tokens
  // as it may. Called with naming_mutex.
  struct GuestTerms {
    SealedTokenPolicy policy;
    ObjectId record{};
  };
  Result<GuestTerms> begin_guest_token(const Caller& caller, const ObjectId& token,
                                       record::Submission& submission) const;
  // without_guest is what to commit for that when the token is destroyed.
  [[nodiscard]] std::vector<record::RecordChange> without_guest(const Token& token) const;
  // admit_login logs an application in, unless the token has its number of them.
  Status admit_login(Application& application, const Token& token, const Login& login);
  // applications is called with applications_mutex_, and what it gives is let go of without: it may be the
  // last to hold one.
  [[nodiscard]] std::vector<std::shared_ptr<Application>> applications() const;
  [[nodiscard]] std::uint32_t count_logged_in(const std::vector<std::shared_ptr<Application>>& all,
                                              const Token& token, const Application* without) const;
  Result<wire::Empty> on(Caller& caller, const wire::TokenPolicySet& request);
  Result<wire::TokenPolicyReply> on(Caller& caller, const wire::TokenPolicyShow& request);

  // vault_deleted.cc
  // erase_ended removes the objects whose window has ended, without waiting for it; not because of a clock
  // that may be wrong.
  void erase_ended();
  [[nodiscard]] std::optional<std::uint32_t> slot_of(const record::PartitionTag& partition) const;
  Result<wire::KeyDeletedReply> on(Caller& caller, const wire::KeyDeleted& request);
  Result<wire::Empty> on(Caller& caller, const wire::KeyUndelete& request);

  // vault_operation.cc
  // `bytes` is the size of the input of a sized operation.
  Result<std::shared_ptr<Operation>> begin(Caller& caller, const wire::Begin& request,
                                           std::optional<std::uint64_t> bytes, wire::Reply& reply);
  void add(Caller& caller, Result<std::shared_ptr<Operation>> operation, wire::Reply reply);
  void on(Caller& caller, const wire::Begin& request, wire::Reply reply);
  void on(Caller& caller, const wire::BeginSized& request, wire::Reply reply);
  void on(Caller& caller, const wire::Update& request, wire::Reply reply);
  void on(Caller& caller, const wire::Finish& request, wire::Reply reply);
  Result<wire::Empty> on(Caller& caller, const wire::Cancel& request);

  Result<wire::Empty> on(Caller& caller, const wire::DigestKey& request);
  Result<wire::BeginReply> on(Caller& caller, const wire::CopyOperation& request);

  // vault_message.cc
  Result<wire::NonceReply> on(Caller& caller, const wire::MakeNonce& request);
  void on(Caller& caller, const wire::SignRecover& request, wire::Reply reply);
  void on(Caller& caller, const wire::VerifyRecover& request, wire::Reply reply);

  // vault_job.cc
  void on(Caller& caller, const wire::StartJob& request, wire::Reply reply);
  Result<wire::TakeJobReply> on(Caller& caller, const wire::TakeJob& request);

  // vault_once.cc
  // name_new gives a new token object of a request inside Once the id that it has in every delivery; the
  // index tells the objects of one request apart.
  void name_new(const Caller& caller, const Token& token, Object& object, std::uint8_t index = 0) const;
  [[nodiscard]] bool was_made_before(const Caller& caller, const record::Submission& submission) const;
  void on(Caller& caller, const wire::Once& request, wire::Reply reply);

  // vault_kem.cc
  void on(Caller& caller, const wire::Encapsulate& request, wire::Reply reply);
  void on(Caller& caller, const wire::Decapsulate& request, wire::Reply reply);

  // vault_ca.cc
  Result<std::shared_ptr<const LoadedAuthority>> need_authority(const std::string& name) const;
  Result<wire::AuthorityReply> on(Caller& caller, const wire::CaCreate& request);
  Result<wire::AuthorityReply> on(Caller& caller, const wire::CaShow& request);
  Result<wire::CaListReply> on(Caller& caller, const wire::CaList& request);
  void on(Caller& caller, const wire::CaSignSsh& request, wire::Reply reply);

  // vault_backup.cc
  void on(Caller& caller, const wire::BackupKeep& request, wire::Reply reply);
  void on(Caller& caller, const wire::BackupBegin& request, wire::Reply reply);
  Result<wire::BackupSharesReply> keep_backup_lock(Caller& caller, const wire::BackupKeep& request);
  Result<wire::BackupReadReply> on(Caller& caller, const wire::BackupRead& request);
  Result<wire::BackupRehearseReply> on(Caller& caller, const wire::BackupRehearse& request);
  Result<wire::Empty> on(Caller& caller, const wire::BackupOpen& request);
  Result<wire::BackupWriteReply> on(Caller& caller, const wire::BackupWrite& request);
  Result<wire::BackupFinishReply> on(Caller& caller, const wire::BackupFinish& request);
  // check_may_back_up lets the owner, and with the kept lock those whom it names and operators for backups.
  Status check_may_back_up(Caller& caller, bool uses_kept);
  // keep_room_for_backups refuses a second backup of one principal, and those that leave none for the owner.
  Status keep_room_for_backups(const Caller& caller, const std::shared_ptr<BackupJob>& job);
  Result<wire::BackupBeginReply> begin_backup(Caller& caller, const wire::BackupBegin& request);
  // vault_tamper.cc
  // noticed says that a signal came; those of PINs come from who tried them, at which token.
  void noticed(wire::TamperSignal signal, wire::TamperLevel level_max = wire::TamperLevel::destroy);
  void noticed_at(const Connection& connection, const Token& token, wire::TamperSignal signal);
  void respond();
  void check_binary();
  void check_duress(const Connection& connection, const Token& token, const SecretBytes& wrong_pin);
  Status store_tamper_record(const TamperRecord& next, record::AuditEvent event);
  bool destroy(const record::Who& who, std::string_view reason);
  Result<wire::TamperShowReply> on(Caller& caller, const wire::TamperShow& request);
  Result<wire::Empty> on(Caller& caller, const wire::TamperSet& request);
  Result<wire::Empty> on(Caller& caller, const wire::TamperClear& request);
  Result<wire::Empty> on(Caller& caller, const wire::TamperDuress& request);
  Result<wire::ZeroizePrepareReply> on(Caller& caller, const wire::ZeroizePrepare& request);
  Result<wire::Empty> on(Caller& caller, const wire::Zeroize& request);

  Status become(Caller& caller, const VaultContent& content, const BackupReader& backup,
                const wire::BackupFinish& request);
  // vault_net.cc
  // check_admission and check_slot tell whether a caller may still ask, and whether there is such a slot for
  // it: guests and network clients do not see all. Called with world_.
  Status check_admission(const Connection& connection) const;
  Status check_slot(const Connection& connection, std::uint32_t slot) const;
  // need_slot does that for a request, and records who names somebody else's token.
  Status need_slot(const Caller& caller, std::uint32_t slot);
  Result<std::shared_ptr<const NetKeys>> need_net_keys() const;
  Result<wire::NetIdentityReply> on(Caller& caller, const wire::NetEnable& request);
  Result<wire::NetIdentityReply> on(Caller& caller, const wire::NetIdentity& request);
  Result<wire::NetEnrolReply> on(Caller& caller, const wire::NetEnrol& request);
  Result<wire::NetIdentityReply> on(Caller& caller, const wire::NetJoin& request);
  Result<wire::NetListReply> on(Caller& caller, const wire::NetList& request);
  Result<wire::Empty> on(Caller& caller, const wire::NetRevoke& request);
  Result<wire::NetSignReply> on(Caller& caller, const wire::NetSign& request);
  Result<wire::Empty> on(Caller& caller, const wire::NetProtections& request);
  Result<wire::NetStandingReply> on(Caller& caller, const wire::NetStanding& request);

  store::Store& store_;
  const Clock& clock_;
  const record::HostKey host_key_;
  const std::uint32_t owner_uid_;
  const std::optional<std::uint32_t> group_gid_;
  const std::vector<UserRange> subordinate_users_;
  const std::function<void()> on_shut_down_;
  store::AuditLog& audit_log_;
  record::HighWater high_water_;
  TamperWatch tamper_;
  std::mutex backups_mutex_;                                               // guards the next
  std::vector<std::pair<record::Who, std::weak_ptr<BackupJob>>> backups_;  // not the owner's
  PinDelays pin_delays_;
  const crypto::Digest32 binary_;
  bool was_debugged_;  // until the vault has opened and it was noticed
  UnwrapDelays unwrap_delays_{clock_};
  WrapNonces wrap_nonces_;
  record::UsageSummary usage_;
  record::Committer committer_;
  std::function<host::Assurance()> assurance_;
  std::uint64_t incarnation_ = 0;

  std::atomic<wire::VaultState> state_ = wire::VaultState::uninitialized;
  // Held shared while a request uses realm_, exclusively while the vault is initialised, unlocked or locked.
  mutable FairSharedMutex world_;
  std::optional<record::RealmHeader> header_;
  std::unique_ptr<Realm> realm_;
  // What the end of the audit log told at the start; its error is `rollback`.
  Result<LogEvidence> log_evidence_ = LogEvidence{};
  std::string erasure_code_;  // of the last ZeroizePrepare; world_ is held exclusively
  std::uint64_t erasure_code_ends_ = 0;
  std::atomic<bool> is_erased_ = false;

  std::unique_ptr<Shelf> shelf_;
  std::mutex making_room_;  // by one thread at a time
  std::atomic<std::uint64_t> no_room_until_milliseconds_ = 0;
  JobTable jobs_;
  RateLimits rates_;
  std::atomic<bool> has_token_rates_ = false;
  std::atomic<bool> is_erasing_ = false;
  SettledClock settled_clock_{clock_};
  // Guards chains_. Recursive: a committer that is full refuses at once, on the thread that submits.
  std::recursive_mutex chains_mutex_;
  // Link is a change that is being committed. Its fate and its outcome are null where there is none.
  struct Link {
    std::shared_ptr<const Object> object;  // what it makes; null: nothing
    std::shared_ptr<record::Fate> fate;
    std::shared_ptr<PendingCommits> outcome;
  };
  // Chain is the changes of one object that are being committed, one behind the other.
  struct Chain {
    Link newest;               // empty once one of them has failed: the next begins anew
    std::uint32_t number = 0;  // how often that was
    std::size_t length = 0;
  };
  std::map<ObjectId, Chain> chains_;

  mutable std::mutex applications_mutex_;                                // guards the next four
  std::map<crypto::Digest32, std::weak_ptr<Application>> applications_;  // by the digests of their ids
  std::unordered_map<const Connection*, std::weak_ptr<Connection>> connections_;  // of all that are open
  std::map<std::uint32_t, std::uint32_t> net_connections_;                        // by number of the client
  host::Assurance door_assurance_;  // of the net door, while it is connected

  PinDesk pin_desk_;  // the last: its thread uses all the others
};

}  // namespace coffer::vault
