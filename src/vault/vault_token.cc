// Vault: slots, tokens, PINs and logins (C_InitToken, C_InitPIN, C_SetPIN, C_Login, C_Logout).
#include <algorithm>

#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::size_t kSweepObjects = 1000;  // records removed in one submission

}  // namespace

Result<std::shared_ptr<Token>> Vault::need_token(std::uint32_t slot) const {
  if (auto token = realm_->token(slot)) return token;
  if (slot == realm_->free_slot()) return Error{Code::not_initialized, "the slot holds no token yet"};
  return Error{Code::slot_invalid, "there is no such slot"};
}

std::optional<wire::UserType> Vault::login_of(const Application& application, const Token& token) const {
  const auto login = application.login(token.slot());
  if (!login || login->epoch != token.login_epoch()) return std::nullopt;
  return login->user;
}

Status Vault::set_verifier(Caller& caller, Token& token, wire::UserType user, const PinVerifier& next,
                           bool ends_logins, std::string_view event) {
  Submission submission;
  submission.changes.push_back(token.change(user, next, ends_logins, realm_->system()));
  if (!event.empty()) {
    submission.events.push_back({.event = event, .uid = caller.uid(), .slot = token.slot()});
  }
  TRY(committer_.submit_and_wait(std::move(submission)));
  token.changed(user, next, ends_logins);
  return {};
}

// try_pin counts the try as a failure, durably, and only then looks whether the PIN is right.
Status Vault::try_pin(Caller& caller, Token& token, wire::UserType user, const SecretBytes& pin,
                      std::string_view event) {
  PinVerifier verifier = token.verifier(user);
  if (!verifier.is_set) return Error{Code::pin_not_set, "this PIN was never set"};
  const auto refuse = [&](Error error) -> Status {
    committer_.record({.event = event,
                       .uid = caller.uid(),
                       .slot = token.slot(),
                       .result = error.code,
                       .more = {{"user", user == wire::UserType::user ? "user" : "security-officer"}}});
    return error;
  };
  if (verifier.failures >= kPinTriesMax) return refuse(Error{Code::pin_locked, "the PIN is locked"});
  ++verifier.failures;
  TRY(set_verifier(caller, token, user, verifier, false, {}));
  const bool right = TRY(check_pin(realm_->pins(), verifier, pin));
  if (!right) {
    if (verifier.failures >= kPinTriesMax) {
      noticed(wire::TamperSignal::failures);
      return refuse(Error{Code::pin_locked, "the PIN is locked now"});
    }
    return refuse(Error{Code::pin_incorrect, "the PIN is not right"});
  }
  verifier.failures = 0;
  return set_verifier(caller, token, user, verifier, false, event);
}

Result<wire::SlotsReply> Vault::on(Caller& caller, const wire::Slots& /*request*/) {
  wire::SlotsReply reply;
  for (const auto& token : realm_->tokens()) {
    if (!check_slot(caller.connection, token->slot()).ok()) continue;
    wire::TokenInfo info = token->info();
    info.object_count = realm_->manifests().count(token->partition()->tag);
    reply.slots.push_back(std::move(info));
  }
  // Tokens are made by those who are here.
  if (caller.connection.entrance != Entrance::socket) return reply;
  if (reply.slots.size() < wire::kSlotsMax) reply.slots.push_back({.slot = realm_->free_slot()});
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::InitToken& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  if (const auto token = realm_->token(request.slot)) {
    TRY(replace_token(caller, *token, request));
    return wire::Empty{};
  }
  if (request.slot != realm_->free_slot()) return Error{Code::slot_invalid, "there is no such slot"};
  if (realm_->tokens().size() + 1 >= wire::kSlotsMax)
    return Error{Code::limit, "the vault has no room for a token"};
  TRY(create_token(caller, request));
  return wire::Empty{};
}

Status Vault::create_token(Caller& caller, const wire::InitToken& request) {
  TokenRecord record{.slot = request.slot, .label = request.label, .created = clock_.now()};
  record.officer = TRY(make_verifier(realm_->pins(), request.officer_pin));
  ObjectId id{};
  TRY(crypto::random_bytes(id));
  TRY(crypto::random_bytes(record.serial));
  TRY(crypto::random_bytes(record.tag));
  TRY(crypto::random_bytes(record.partition_key.reveal()));
  Submission submission;
  submission.changes.push_back(token_change(id, record, 0, realm_->system()));
  submission.events.push_back({.event = "token.create", .uid = caller.uid(), .slot = request.slot});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->put_token(std::make_shared<Token>(id, 1, std::move(record)));
  return {};
}

// replace_token empties a token: it gets a new partition key, so that what it held is unreadable at once.
Status Vault::replace_token(Caller& caller, Token& token, const wire::InitToken& request) {
  const std::lock_guard pins(token.pin_mutex);
  TRY(try_pin(caller, token, wire::UserType::security_officer, request.officer_pin, "token.initialize"));
  TokenRecord record{.slot = token.slot(),
                     .label = request.label,
                     .serial = token.info().serial,
                     .created = clock_.now(),
                     .login_epoch = token.login_epoch() + 1,
                     .officer = token.verifier(wire::UserType::security_officer)};
  TRY(crypto::random_bytes(record.tag));
  TRY(crypto::random_bytes(record.partition_key.reveal()));
  const auto entry = realm_->manifests().find(token.id());
  if (!entry) return Error{Code::not_found, "the token is gone"};
  Submission submission;
  submission.changes.push_back(token_change(token.id(), record, entry->version, realm_->system()));
  submission.events.push_back({.event = "token.replace", .uid = caller.uid(), .slot = token.slot()});
  TRY(committer_.submit_and_wait(std::move(submission)));
  const PartitionTag old_partition = token.partition()->tag;
  realm_->put_token(std::make_shared<Token>(token.id(), entry->version + 1, std::move(record)));
  sweep(old_partition);
  return {};
}

void Vault::sweep(const PartitionTag& partition) {
  if (partition == kSystemPartition) return;
  for (const auto& token : realm_->tokens()) {
    if (token->partition()->tag == partition) return;
  }
  for (;;) {
    const auto entries = realm_->manifests().list(Filter{.partition = partition}, kSweepObjects);
    if (entries.empty()) return;
    Submission submission{.is_administrators = true};
    for (const ManifestEntry& entry : entries) {
      realm_->cache().remove(entry.id);
      submission.changes.push_back({.remove = true,
                                    .entry = entry,
                                    .expected_version = entry.version,
                                    .partition = nullptr,
                                    .plaintext = {}});
    }
    submission.events.push_back({.event = "token.sweep", .count = entries.size()});
    if (!committer_.submit_and_wait(std::move(submission)).ok()) return;
  }
}

Result<wire::LoginReply> Vault::on(Caller& caller, const wire::Login& request) {
  const auto token = TRY(need_token(request.slot));
  const std::lock_guard pins(token->pin_mutex);
  // Who is logged in may show the PIN once more: before each use of a key that wants it, or for a fresh
  // ticket.
  const auto logged_in = login_of(caller.application, *token);
  if (logged_in && *logged_in != request.user) {
    return Error{Code::other_user_logged_in, "another user is logged in: log out first"};
  }
  TRY(try_pin(caller, *token, request.user, request.pin, "login"));
  const std::uint32_t epoch = token->login_epoch();
  caller.application.set_login(token->slot(), {request.user, epoch});
  Ticket ticket{.slot = token->slot(),
                .tag = token->partition()->tag,
                .user = request.user,
                .uid = caller.uid(),
                .login_epoch = epoch};
  TRY(crypto::random_bytes(ticket.nonce));
  return wire::LoginReply{write_ticket(realm_->tickets(), ticket)};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::AuthorizeUse& request) {
  const auto token = TRY(need_token(request.slot));
  const auto object = TRY(find_object(caller, request.slot, request.key));
  if (!object->summary.always_authenticate) {
    return Error{Code::operation_unknown, "the key does not ask for the PIN before each use"};
  }
  const std::lock_guard pins(token->pin_mutex);
  if (login_of(caller.application, *token) != wire::UserType::user) {
    return Error{Code::not_logged_in, "the user must be logged in"};
  }
  TRY(try_pin(caller, *token, wire::UserType::user, request.pin, "key.authorize"));
  TRY(caller.application.permit_use(request.key));
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Resume& request) {
  const Ticket ticket = TRY(read_ticket(realm_->tickets(), request.ticket));
  TRY(check_slot(caller.connection, ticket.slot));
  const auto token = TRY(need_token(ticket.slot));
  if (ticket.uid != caller.uid() || ticket.tag != token->partition()->tag ||
      ticket.login_epoch != token->login_epoch()) {
    return Error{Code::denied, "the login ticket is not valid any more"};
  }
  caller.application.set_login(ticket.slot, {ticket.user, ticket.login_epoch});
  count_usage({.event = "login.resume", .uid = caller.uid(), .slot = ticket.slot});
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Logout& request) {
  const auto token = TRY(need_token(request.slot));
  if (!login_of(caller.application, *token)) return Error{Code::not_logged_in, "nobody is logged in"};
  caller.application.clear_login(request.slot);
  // PKCS#11 3.0, 5.6.9: private session objects are destroyed when the user logs out.
  caller.application.forget_objects(token->partition()->tag, true);
  count_usage({.event = "logout", .uid = caller.uid(), .slot = request.slot});
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::InitPin& request) {
  const auto token = TRY(need_token(request.slot));
  if (login_of(caller.application, *token) != wire::UserType::security_officer) {
    return Error{Code::not_logged_in, "the security officer must be logged in"};
  }
  const PinVerifier next = TRY(make_verifier(realm_->pins(), request.pin));
  const std::lock_guard pins(token->pin_mutex);
  TRY(set_verifier(caller, *token, wire::UserType::user, next, true, "pin.initialize"));
  // Changing a PIN voids every login; the officer who did it stays logged in.
  caller.application.set_login(token->slot(), {wire::UserType::security_officer, token->login_epoch()});
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::SetPin& request) {
  const auto token = TRY(need_token(request.slot));
  const auto logged_in = login_of(caller.application, *token);
  const wire::UserType user = logged_in.value_or(wire::UserType::user);
  const std::lock_guard pins(token->pin_mutex);
  const PinVerifier next = TRY(make_verifier(realm_->pins(), request.new_pin));
  TRY(try_pin(caller, *token, user, request.old_pin, "pin.check"));
  TRY(set_verifier(caller, *token, user, next, true, "pin.change"));
  if (logged_in) caller.application.set_login(token->slot(), {user, token->login_epoch()});
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::DestroyToken& request) {
  TRY(check_owner(caller, "token.destroy"));
  const std::lock_guard naming(realm_->naming_mutex);
  const auto token = TRY(need_token(request.slot));
  const std::lock_guard pins(token->pin_mutex);
  Submission submission{.is_administrators = true};
  submission.changes.push_back(token->removal(realm_->system()));
  submission.events.push_back({.event = "token.destroy", .uid = caller.uid(), .slot = request.slot});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->remove_token(request.slot);
  sweep(token->partition()->tag);
  return wire::Empty{};
}

}  // namespace coffer::vault
