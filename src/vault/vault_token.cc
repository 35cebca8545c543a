// Vault: slots, tokens, PINs and logins (C_InitToken, C_InitPIN, C_SetPIN, C_Login, C_Logout).
#include <algorithm>

#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::size_t kSweepObjects = 1000;  // records removed in one submission

// As the chip knows them: the audit log says nothing of somebody in the words of whoever asks.
std::vector<record::Who> owners_of(const std::vector<PinTries::Standing>& tries) {
  std::vector<record::Who> owners;
  for (const auto& each : tries) {
    if (std::ranges::find(owners, each.who) == owners.end()) owners.push_back(each.who);
  }
  return owners;
}

// note_first_pin has the audit log say that a new token's user has a PIN.
void note_first_pin(const Caller& caller, const TokenRecord& record, record::Submission& submission) {
  if (!record.user.is_set) return;
  submission.events.push_back({.event = "pin.initialize", .who = caller.who(), .slot = record.slot});
}

}  // namespace

Result<std::shared_ptr<Token>> Vault::need_token(std::uint32_t slot) const {
  if (auto token = realm_->token(slot)) return token;
  if (slot == realm_->free_slot()) return Error{Code::not_initialized, "the slot holds no token yet"};
  return Error{Code::slot_invalid, "there is no such slot"};
}

std::optional<Login> Vault::login_of(const Application& application, const Token& token) const {
  auto login = application.login(token.slot());
  if (!login || !login->holds(token)) return std::nullopt;
  return login;
}

std::optional<LoginRole> Vault::role_at(const Application& application, const Token& token) const {
  const auto login = login_of(application, token);
  if (!login) return std::nullopt;
  return login->role();
}

Status Vault::commit_tries(record::Submission submission, const std::vector<PinTries::Next>& tries) {
  for (const PinTries::Next& each : tries) submission.changes.push_back(tries_change(each, realm_->system()));
  TRY(committer_.submit_and_wait(std::move(submission)));
  for (const PinTries::Next& each : tries) realm_->pin_tries().apply(each);
  return {};
}

Status Vault::set_verifier(Caller& caller, const Identity& identity, const PinVerifier& next, bool forgives,
                           std::string_view event) {
  std::vector<PinTries::Next> forgiven;
  if (forgives) {
    forgiven = realm_->pin_tries().without(
        identity.token.id(),
        [pin = identity.pin()](const record::Who& /*who*/, const WhichPin& each) { return each == pin; });
  }
  record::Submission submission;
  submission.changes.push_back(identity.change(next, true, realm_->system()));
  submission.events.push_back(
      {.event = event, .who = caller.who(), .slot = identity.token.slot(), .as = identity.as()});
  TRY(commit_tries(std::move(submission), forgiven));
  identity.changed(next, true);
  realm_->pin_tries().forget_known(identity.token.id(), identity.pin());
  if (forgives) pin_delays_.end_all(wait_place({identity.token.id(), caller.who()}, identity.pin()));
  return {};
}

// Who has given the right PIN, and no wrong one since, does not wait for those of others.
Status Vault::check_pin_waits(const Token& token, const PinPlace& place, std::uint32_t failures,
                              bool is_known) {
  TRY(pin_delays_.check(place, failures));
  if (is_known && failures == 0) return {};
  return pin_delays_.take_turn({.token = token.id(), .who = place.who},
                               realm_->pin_tries().of_token(token.id()), kTriesOfTokenMax - 1);
}

void Vault::pin_was_wrong(Caller& caller, const Token& token, const PinPlace& place, const SecretBytes& pin) {
  pin_delays_.begin(place);
  if (realm_->pin_tries().of_token(token.id()) == kTriesOfTokenMax)
    noticed_at(caller.connection, token, wire::TamperSignal::failures);
  check_duress(caller.connection, token, pin);
}

// A try that cannot be taken back must not be counted: the log has room for what follows, and that may use
// the reserve.
Status Vault::count_try(const PinTries::Next& next) { return commit_tries({.is_followed = true}, {next}); }

Status Vault::forgive_tries(Caller& caller, const Identity& identity, std::string_view event) {
  PinTries& tries = realm_->pin_tries();
  const PinTries::Place place{identity.token.id(), caller.who()};
  const auto forgiven = tries.without(identity.token.id(), [&](const record::Who& who, const WhichPin& pin) {
    return who == caller.who() && (pin == identity.pin() || (identity.person && pin == kStrangersPin));
  });
  record::Submission submission{.is_administrators = true};
  PinVerifier verifier = identity.verifier();
  const bool is_old = std::exchange(verifier.failures, 0) != 0;
  if (is_old) submission.changes.push_back(identity.change(verifier, false, realm_->system()));
  submission.events.push_back(
      {.event = event, .who = caller.who(), .slot = identity.token.slot(), .as = identity.as()});
  TRY(commit_tries(std::move(submission), forgiven));
  if (is_old) identity.changed(verifier, false);
  if (identity.person) tries.forget_strangers(identity.token.id(), {caller.who()});
  tries.set_known(place, identity.pin());
  pin_delays_.end(wait_place(place, identity.pin()));
  return {};
}

// try_pin counts the try as a wrong one, durably, and only then looks whether the PIN is right.
Status Vault::try_pin(Caller& caller, const Identity& identity, const SecretBytes& pin,
                      std::string_view event) {
  const PinVerifier verifier = identity.verifier();
  if (!verifier.is_set) return Error{Code::pin_not_set, "this PIN was never set"};
  const auto refuse = [&](Error error) -> Status {
    committer_.record({.event = event,
                       .who = caller.who(),
                       .slot = identity.token.slot(),
                       .as = identity.as(),
                       .result = error.code,
                       .more = {{"user", std::string(identity.word())}}});
    return error;
  };
  PinTries& tries = realm_->pin_tries();
  const PinTries::Place place{identity.token.id(), caller.who()};
  const WhichPin which = identity.pin();
  const std::uint8_t before = tries.failures(place, which);
  const std::uint32_t failures = std::uint32_t{before} + verifier.failures;
  if (failures >= kPinTriesMax || (identity.person && tries.by_name(place) >= kTriesByNameMax)) {
    // Nothing was tried, so this costs nothing: it is summed up.
    keep_note({.event = event,
               .mechanism = {},
               .who = caller.who(),
               .slot = identity.token.slot(),
               .as = identity.as(),
               .result = kPinIsLocked.code});
    return kPinIsLocked;
  }
  const PinPlace waits = wait_place(place, which);
  TRY(check_pin_waits(identity.token, waits, failures, tries.is_known(place, which)));
  const PinTrial trial(tries, place, which);
  const auto next = TRY(tries.counted(place, which, static_cast<std::uint8_t>(before + 1)));
  TRY(count_try(next));
  const bool right = TRY(check_pin(realm_->pins(), verifier, pin));
  if (!right) {
    pin_was_wrong(caller, identity.token, waits, pin);
    if (failures + 1 < kPinTriesMax) return refuse(kPinIsWrong);
    noticed_at(caller.connection, identity.token, wire::TamperSignal::failures);
    return refuse(kPinIsLockedNow);
  }
  const Status forgiven = forgive_tries(caller, identity, event);
  // The next try counts the same number again: right PINs on a full disk never lock anybody out.
  if (!forgiven.ok()) tries.set(place, which, before);
  return forgiven;
}

std::uint8_t Vault::tries_left_of(const Caller& caller, const Token& token, wire::UserType user) const {
  const WhichPin pin{.holder = static_cast<TicketHolder>(user)};
  return tries_left(std::uint32_t{token.verifier(user).failures} +
                    realm_->pin_tries().shown({token.id(), caller.who()}, pin));
}

Result<wire::SlotsReply> Vault::on(Caller& caller, const wire::Slots& /*request*/) {
  wire::SlotsReply reply;
  for (const auto& token : realm_->tokens()) {
    if (!check_slot(caller.connection, token->slot()).ok()) continue;
    wire::TokenInfo info = token->info();
    info.object_count = realm_->manifests().count(token->partition()->tag);
    info.user_tries_left = tries_left_of(caller, *token, wire::UserType::user);
    info.officer_tries_left = tries_left_of(caller, *token, wire::UserType::security_officer);
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

// first_user_pin is the verifier of a new token's user: one that was never set, unless the request sets it.
Result<PinVerifier> Vault::first_user_pin(const wire::InitToken& request) const {
  if (request.user_pin.empty()) return PinVerifier{};
  return make_verifier(realm_->pins(), request.user_pin);
}

Status Vault::create_token(Caller& caller, const wire::InitToken& request) {
  TokenRecord record{.slot = request.slot, .label = request.label, .created = clock_.now()};
  record.officer = TRY(make_verifier(realm_->pins(), request.officer_pin));
  record.user = TRY(first_user_pin(request));
  ObjectId id{};
  TRY(crypto::random_bytes(id));
  TRY(crypto::random_bytes(record.serial));
  TRY(crypto::random_bytes(record.tag));
  TRY(crypto::random_bytes(record.partition_key.reveal()));
  record::Submission submission;
  std::optional<GuestTerms> guest;
  if (!caller.connection.is_owner()) guest = TRY(begin_guest_token(caller, id, submission));
  submission.changes.push_back(token_change(id, record, 0, realm_->system()));
  // Who makes a token sees it.
  std::shared_ptr<LoadedGrant> grant;
  if (caller.connection.is_guest()) {
    const auto present = realm_->grant(caller.uid());
    if (!present) return kNotAdmitted;
    grant = next_of(*present, realm_->tokens());
    if (grant->record.tokens.size() >= wire::kGrantTokensMax)
      return Error{Code::limit, "this user's grant names as many tokens as it can"};
    grant->record.tokens.push_back(id);
    submission.changes.push_back(grant_change(*grant, false, realm_->system()));
  }
  submission.events.push_back({.event = "token.create", .who = caller.who(), .slot = request.slot});
  note_first_pin(caller, record, submission);
  TRY(committer_.submit_and_wait(std::move(submission)));
  if (grant) realm_->put_grant(std::move(grant));
  auto token = std::make_shared<Token>(id, 1, std::move(record));
  if (guest) {
    token->set_policy(guest->policy);
    realm_->put_guest_token({.token = id, .uid = caller.uid()}, guest->record);
  }
  realm_->put_token(std::move(token));
  return {};
}

// replace_token empties a token: it gets a new partition key, so that what it held is unreadable at once.
Status Vault::replace_token(Caller& caller, Token& token, const wire::InitToken& request) {
  const Identity officer{.token = token, .user = wire::UserType::security_officer};
  TRY(try_pin(caller, officer, request.officer_pin, "token.initialize"));
  TokenRecord record{.slot = token.slot(),
                     .label = request.label,
                     .serial = token.info().serial,
                     .created = clock_.now(),
                     .login_epoch = token.login_epoch() + 1,
                     .officer = token.verifier(wire::UserType::security_officer)};
  record.user = TRY(first_user_pin(request));
  TRY(crypto::random_bytes(record.tag));
  TRY(crypto::random_bytes(record.partition_key.reveal()));
  const auto entry = realm_->manifests().find(token.id());
  if (!entry) return Error{Code::not_found, "the token is gone"};
  record::Submission submission;
  submission.changes.push_back(token_change(token.id(), record, entry->version, realm_->system()));
  const auto people = realm_->operators().list(token.id());
  for (const auto& person : people) submission.changes.push_back(person->removal(realm_->system()));
  for (record::RecordChange& each : without_legacy(token)) submission.changes.push_back(std::move(each));
  submission.events.push_back({.event = "token.replace", .who = caller.who(), .slot = token.slot()});
  note_first_pin(caller, record, submission);
  // The officer's PIN stays.
  const auto forgiven =
      realm_->pin_tries().without(token.id(), [](const record::Who& /*who*/, const WhichPin& pin) {
        return pin.holder != TicketHolder::security_officer;
      });
  TRY(commit_tries(std::move(submission), forgiven));
  for (const auto& person : people) realm_->operators().remove(token.id(), person->name());
  realm_->pin_tries().forget_token(token.id());
  const record::PartitionTag old_partition = token.partition()->tag;
  realm_->remove_legacy(old_partition);
  auto next = std::make_shared<Token>(token.id(), entry->version + 1, std::move(record));
  next->set_policy(token.policy());
  realm_->put_token(std::move(next));
  sweep(old_partition);
  return {};
}

void Vault::sweep(const record::PartitionTag& partition) {
  if (partition == record::kSystemPartition) return;
  for (const auto& token : realm_->tokens()) {
    if (token->partition()->tag == partition) return;
  }
  const auto entries = realm_->manifests().list(record::Filter{.partition = partition}, kSweepObjects);
  if (entries.empty()) return;
  record::Submission submission{.is_administrators = true};
  for (const record::ManifestEntry& entry : entries) {
    realm_->cache().remove(entry.id);
    submission.changes.push_back({.remove = true,
                                  .entry = entry,
                                  .expected_version = entry.version,
                                  .partition = nullptr,
                                  .plaintext = {}});
  }
  submission.events.push_back({.event = "token.sweep", .count = entries.size()});
  submission.completion = record::make_completion([this, partition](Status status) {
    if (status.ok() && state_ == wire::VaultState::unlocked) sweep(partition);
  });
  committer_.submit(std::move(submission));
}

// log_in lets somebody in who has the PIN. Who is logged in may show the PIN once more, for a fresh ticket.
Result<wire::LoginReply> Vault::log_in(Caller& caller, const Identity& identity, const SecretBytes& pin) {
  const Token& token = identity.token;
  const auto logged_in = login_of(caller.application, token);
  if (logged_in && !identity.is(*logged_in)) return kAnotherIsLoggedIn;
  TRY(try_pin(caller, identity, pin, "login"));
  const Login login = identity.login();
  TRY(admit_login(caller.application, token, login));
  Ticket ticket{.slot = token.slot(),
                .tag = token.partition()->tag,
                .holder = identity.person ? TicketHolder::person : static_cast<TicketHolder>(identity.user),
                .uid = caller.uid(),
                .login_epoch = login.epoch,
                .kind = caller.who()->kind};
  if (identity.person) ticket.person = identity.person->id();
  TRY(crypto::random_bytes(ticket.nonce));
  return wire::LoginReply{write_ticket(realm_->tickets(), ticket)};
}

Result<wire::LoginReply> Vault::on(Caller& caller, const wire::Login& request) {
  const auto token = TRY(need_token(request.slot));
  return log_in(caller, {.token = *token, .user = request.user}, request.pin);
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::AuthorizeUse& request) {
  const auto token = TRY(need_token(request.slot));
  const auto object = TRY(find_object(caller, request.slot, request.key, Access::use));
  if (!object->summary.always_authenticate) {
    return Error{Code::operation_unknown, "the key does not ask for the PIN before each use"};
  }
  const auto login = login_of(caller.application, *token);
  if (!login || login->role() != LoginRole::user) {
    return Error{Code::not_logged_in, "the user must be logged in"};
  }
  const Identity identity{.token = *token, .user = login->user, .person = login->person};
  TRY(try_pin(caller, identity, request.pin, "key.authorize"));
  TRY(caller.application.permit_use(request.key));
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Resume& request) {
  const Ticket ticket = TRY(read_ticket(realm_->tickets(), request.ticket));
  TRY(check_slot(caller.connection, ticket.slot));
  const auto token = TRY(need_token(ticket.slot));
  constexpr Error kVoid{Code::denied, "the login ticket is not valid any more"};
  if (ticket.kind != caller.who()->kind || ticket.uid != caller.uid() ||
      ticket.tag != token->partition()->tag)
    return kVoid;
  Login login{.user = ticket.holder == TicketHolder::security_officer ? wire::UserType::security_officer
                                                                      : wire::UserType::user,
              .epoch = ticket.login_epoch,
              .partition = ticket.tag};
  if (ticket.holder == TicketHolder::person) {
    login.person = realm_->operators().find(token->id(), ticket.person);
    if (!login.person) return kVoid;
  }
  if (!login.holds(*token)) return kVoid;
  const auto present = login_of(caller.application, *token);
  if (present && !present->is_same_as(login)) return kAnotherIsLoggedIn;
  TRY(admit_login(caller.application, *token, login));
  keep_note({.event = "login.resume",
             .who = caller.who(),
             .slot = ticket.slot,
             .as = operator_at(caller, ticket.slot)});
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Logout& request) {
  const auto token = TRY(need_token(request.slot));
  // One that is void already (another PIN was set) leaves nothing behind either.
  const bool is_logged_in = login_of(caller.application, *token).has_value();
  const record::Who as = operator_at(caller, request.slot);
  caller.application.clear_login(request.slot);
  // PKCS#11 3.0, 5.6.9: private session objects are destroyed when the user logs out.
  caller.application.objects().forget(token->partition()->tag, true);
  if (!is_logged_in) return Error{Code::not_logged_in, "nobody is logged in"};
  keep_note({.event = "logout", .who = caller.who(), .slot = request.slot, .as = as});
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::InitPin& request) {
  const std::shared_ptr<Token>& token = caller.token;
  const PinVerifier next = TRY(make_verifier(realm_->pins(), request.pin));
  TRY(set_verifier(caller, {.token = *token}, next, true, "pin.initialize"));
  // Changing a PIN voids every login; the officer who did it stays logged in.
  const Identity officer{.token = *token, .user = wire::UserType::security_officer};
  caller.application.renew_login(token->slot(), officer.login());
  return wire::Empty{};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::SetPin& request) {
  const auto token = TRY(need_token(request.slot));
  const auto logged_in = login_of(caller.application, *token);
  Identity identity{.token = *token};
  if (logged_in) {
    identity.user = logged_in->user;
    identity.person = logged_in->person;
  }
  const PinVerifier next = TRY(make_verifier(realm_->pins(), request.new_pin));
  TRY(try_pin(caller, identity, request.old_pin, "pin.check"));
  TRY(set_verifier(caller, identity, next, false, "pin.change"));
  if (logged_in) caller.application.renew_login(token->slot(), identity.login());
  return wire::Empty{};
}

// What the owner gives back are tries, not the waits between them: who took the owner over and guesses gains
// no speed.
Result<wire::Empty> Vault::on(Caller& caller, const wire::TokenUnlock& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  const auto token = TRY(need_token(request.slot));
  Identity identity{.token = *token, .user = request.user};
  if (!request.name.empty()) {
    identity.person = realm_->operators().find(token->id(), request.name);
    if (!identity.person) return Error{Code::not_found, "the token has no operator of that name"};
  }
  PinVerifier next = identity.verifier();
  if (!next.is_set) return Error{Code::pin_not_set, "this PIN was never set"};
  PinTries& tries = realm_->pin_tries();
  const auto is_meant = [&](const record::Who& who, const WhichPin& pin) {
    const bool is_whose =
        request.whose.empty() || std::ranges::find(request.whose, *who) != request.whose.end();
    return is_whose && (pin == identity.pin() || pin == kStrangersPin);
  };
  auto given_back = tries.list(token->id());
  std::erase_if(given_back, [&](const auto& each) { return !is_meant(each.who, each.count.pin); });
  record::Submission submission{.is_administrators = true};
  const bool is_old = request.whose.empty() && std::exchange(next.failures, 0) != 0;
  if (is_old) submission.changes.push_back(identity.change(next, false, realm_->system()));
  submission.events.push_back({.event = "token.unlock",
                               .who = caller.who(),
                               .slot = token->slot(),
                               .more = {{"user", std::string(identity.word())}}});
  record::AuditEvent& event = submission.events.back();
  if (identity.person) event.more.emplace_back("name", identity.person->name());
  std::string whose;
  for (const record::Who& each : owners_of(given_back))
    whose += (whose.empty() ? "" : ", ") + record::principal_word(*each);
  if (!request.whose.empty()) event.more.emplace_back("of", std::move(whose));
  TRY(commit_tries(std::move(submission), tries.without(token->id(), is_meant)));
  if (is_old) identity.changed(next, false);
  for (const auto& each : given_back) {
    pin_delays_.keep(wait_place({token->id(), each.who}, each.count.pin), each.count.failures);
    if (each.count.pin == kStrangersPin) tries.forget_strangers(token->id(), {each.who});
  }
  return wire::Empty{};
}

Result<wire::TokenTriesReply> Vault::on(Caller& /*caller*/, const wire::TokenTries& request) {
  const auto token = TRY(need_token(request.slot));
  wire::TokenTriesReply reply;
  for (const auto& each : realm_->pin_tries().list(token->id())) {
    if (reply.tries.size() == wire::kTriesShownMax) break;
    wire::PinTries shown{.who = *each.who, .failures = each.count.failures, .tries_max = kPinTriesMax};
    const WhichPin& pin = each.count.pin;
    shown.is_officers = pin.holder == TicketHolder::security_officer;
    shown.is_by_name = pin.holder == TicketHolder::person;
    if (shown.is_by_name && pin != kStrangersPin) {
      const auto person = realm_->operators().find(token->id(), pin.person);
      if (person) shown.name = person->name();
    }
    reply.tries.push_back(std::move(shown));
  }
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::DestroyToken& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  const auto token = TRY(need_token(request.slot));
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back(token->removal(realm_->system()));
  const auto people = realm_->operators().list(token->id());
  for (const auto& person : people) submission.changes.push_back(person->removal(realm_->system()));
  if (const auto policy = realm_->manifests().find(token->policy().id)) {
    submission.changes.push_back({.remove = true,
                                  .entry = *policy,
                                  .expected_version = policy->version,
                                  .partition = realm_->system(),
                                  .plaintext = {}});
  }
  for (record::RecordChange& each : without_legacy(*token)) submission.changes.push_back(std::move(each));
  for (record::RecordChange& each : without_guest(*token)) submission.changes.push_back(std::move(each));
  submission.events.push_back({.event = "token.destroy", .who = caller.who(), .slot = request.slot});
  const auto forgiven = realm_->pin_tries().without(
      token->id(), [](const record::Who& /*who*/, const WhichPin& /*pin*/) { return true; });
  TRY(commit_tries(std::move(submission), forgiven));
  for (const auto& person : people) realm_->operators().remove(token->id(), person->name());
  realm_->pin_tries().forget_token(token->id());
  realm_->remove_token(request.slot);
  realm_->remove_legacy(token->partition()->tag);
  realm_->remove_guest_token(token->id());
  sweep(token->partition()->tag);
  return wire::Empty{};
}

}  // namespace coffer::vault
