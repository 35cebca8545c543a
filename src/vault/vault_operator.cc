// Vault: operators - making, listing, unlocking and removing them, and their logins (C_LoginUser).
#include <algorithm>

#include "codec/utf8.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

std::string_view role_word(wire::OperatorRole role) {
  switch (role) {
    case wire::OperatorRole::user: return "user";
    case wire::OperatorRole::auditor: return "auditor";
    case wire::OperatorRole::backup: break;
  }
  return "backup";
}

Status check_name(const std::string& name) {
  constexpr char kBlank = ' ';
  constexpr char kDelete = 0x7F;
  const bool is_printable = std::ranges::all_of(name, [](char each) {
    return static_cast<unsigned char>(each) >= static_cast<unsigned char>(kBlank) && each != kDelete;
  });
  if (!name.empty() && name.size() <= wire::kOperatorNameBytesMax && is_printable && codec::is_utf8(name) &&
      name.front() != kBlank && name.back() != kBlank) {
    return {};
  }
  return Error{Code::invalid,
               "an operator's name is UTF-8, 1 to 64 octets, no control characters, no blank at its ends"};
}

}  // namespace

Result<std::shared_ptr<Token>> Vault::need_officer(const Caller& caller, std::uint32_t slot,
                                                   std::string_view event) {
  auto token = TRY(need_token(slot));
  if (role_at(caller.application, *token) == LoginRole::officer) return token;
  keep_note(
      {.event = event, .mechanism = {}, .who = caller.who(), .slot = slot, .result = Code::not_logged_in});
  return Error{Code::not_logged_in, "the security officer must be logged in"};
}

std::shared_ptr<const Operator> Vault::operator_of(const Caller& caller, std::uint32_t slot) const {
  if (!caller.application.has_operators()) return nullptr;
  const auto login = caller.application.login(slot);
  const bool holds = login && login->person && login->person->honours(login->epoch);
  return holds ? login->person : nullptr;
}

record::Who Vault::operator_at(const Caller& caller, std::uint32_t slot) const {
  const auto person = operator_of(caller, slot);
  return person ? person->who() : record::Who();
}

Status Vault::check_may_act(const Caller& caller, std::uint32_t slot, const ObjectId& id,
                            std::string_view event, std::optional<std::uint32_t> mechanism) {
  const auto person = operator_of(caller, slot);
  if (!person || person->role() == wire::OperatorRole::user) return {};
  note_refusal(caller, slot, id, event, mechanism, Code::denied);
  return Error{Code::denied, "auditors and those who make backups use and change nothing in a token"};
}

record::Who Vault::backup_operator(const Caller& caller) const {
  if (!caller.application.has_operators()) return {};
  for (const auto& token : realm_->tokens()) {
    // A backup is of the whole vault: who made a token as a guest names nobody for that.
    if (realm_->guest_token(token->id()) || !check_slot(caller.connection, token->slot()).ok()) continue;
    const auto person = operator_of(caller, token->slot());
    if (person && person->role() == wire::OperatorRole::backup) return person->who();
  }
  return {};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::OperatorAdd& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  const std::shared_ptr<Token>& token = caller.token;
  TRY(check_name(request.name));
  OperatorRecord record{
      .token = token->id(), .name = request.name, .role = request.role, .created = clock_.now()};
  record.pin = TRY(make_verifier(realm_->pins(), request.pin));
  if (realm_->operators().find(token->id(), request.name)) {
    return Error{Code::exists, "the token has an operator of that name"};
  }
  if (realm_->operators().list(token->id()).size() >= wire::kOperatorsMax) {
    return Error{Code::limit,
                 "the token has 256 operators, which is the most: remove one that is not needed"};
  }
  ObjectId id{};
  TRY(crypto::random_bytes(id));
  record::Submission submission;
  submission.changes.push_back(operator_change(id, record, 0, realm_->system()));
  submission.events.push_back(
      {.event = "operator.add",
       .who = caller.who(),
       .slot = token->slot(),
       .more = {{"name", record.name}, {"role", std::string(role_word(record.role))}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->pin_tries().forget_name(token->id(), record.name);
  realm_->operators().put(std::make_shared<Operator>(id, 1, std::move(record)));
  return wire::Empty{};
}

Result<wire::OperatorsReply> Vault::on(Caller& caller, const wire::Operators& request) {
  const auto token = TRY(need_token(request.slot));
  if (!role_at(caller.application, *token)) TRY(check_owner(caller, "operator.list"));
  wire::OperatorsReply reply;
  for (const auto& person : realm_->operators().list(token->id())) {
    const WhichPin pin{.holder = TicketHolder::person, .person = person->id()};
    wire::OperatorInfo info = person->info();
    info.tries_left =
        tries_left(std::uint32_t{person->verifier().failures} + realm_->pin_tries().most(token->id(), pin));
    reply.operators.push_back(std::move(info));
  }
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::OperatorChange& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  const std::shared_ptr<Token>& token = caller.token;
  const auto person = realm_->operators().find(token->id(), request.name);
  if (!person) return Error{Code::not_found, "the token has no operator of that name"};
  const bool removes = request.action == wire::OperatorAction::remove;
  PinVerifier next = person->verifier();
  if (!request.pin.empty()) next = TRY(make_verifier(realm_->pins(), request.pin));
  next.failures = 0;
  const bool ends_logins = !request.pin.empty();
  record::Submission submission;
  submission.changes.push_back(removes ? person->removal(realm_->system())
                                       : person->change(next, ends_logins, realm_->system()));
  submission.events.push_back({.event = removes ? "operator.remove" : "operator.unlock",
                               .who = caller.who(),
                               .slot = token->slot(),
                               .more = {{"name", person->name()}}});
  const WhichPin pin{.holder = TicketHolder::person, .person = person->id()};
  const auto forgiven = realm_->pin_tries().without(
      token->id(), [&pin](const record::Who& /*who*/, const WhichPin& each) { return each == pin; });
  TRY(commit_tries(std::move(submission), forgiven));
  if (removes || ends_logins) realm_->pin_tries().forget_known(token->id(), pin);
  pin_delays_.end_all(wait_place({token->id(), caller.who()}, pin));
  if (removes) {
    realm_->operators().remove(token->id(), person->name());
  } else {
    person->changed(next, ends_logins);
  }
  return wire::Empty{};
}

// refuse_stranger answers a login under a name that nobody has as one with a wrong PIN: a record is
// committed, a PIN is stretched, and the tenth try locks. The name stays out of the log: it may be a PIN.
Status Vault::refuse_stranger(Caller& caller, Token& token, const wire::OperatorLogin& request) {
  const auto refuse = [&](Error error) -> Status {
    committer_.record({.event = "login",
                       .who = caller.who(),
                       .slot = token.slot(),
                       .result = error.code,
                       .more = {{"user", "operator"}}});
    return error;
  };
  PinTries& tries = realm_->pin_tries();
  const PinTries::Place place{token.id(), caller.who()};
  const std::uint8_t failures = tries.stranger_failures(place, request.name);
  if (failures >= kPinTriesMax || tries.by_name(place) >= kTriesByNameMax) {
    keep_note({.event = "login",
               .mechanism = {},
               .who = caller.who(),
               .slot = token.slot(),
               .result = kPinIsLocked.code});
    return kPinIsLocked;
  }
  const PinPlace waits{.token = token.id(), .who = caller.who(), .word = "name " + request.name};
  TRY(check_pin_waits(token, waits, failures, false));
  const std::uint8_t of_all = tries.failures(place, kStrangersPin);
  const auto next = TRY(tries.counted(place, kStrangersPin, static_cast<std::uint8_t>(of_all + 1)));
  TRY(count_try(next));
  tries.count_stranger(place, request.name);
  TRY(spend_check(realm_->pins(), request.pin));
  pin_was_wrong(caller, token, waits, request.pin);
  if (failures + 1 < kPinTriesMax) return refuse(kPinIsWrong);
  noticed_at(caller.connection, token, wire::TamperSignal::failures);
  return refuse(kPinIsLockedNow);
}

Result<wire::LoginReply> Vault::on(Caller& caller, const wire::OperatorLogin& request) {
  const auto token = TRY(need_token(request.slot));
  const auto person = realm_->operators().find(token->id(), request.name);
  const auto logged_in = login_of(caller.application, *token);
  if (!person) {
    if (logged_in) return kAnotherIsLoggedIn;
    TRY(refuse_stranger(caller, *token, request));
    return kPinIsWrong;
  }
  return log_in(caller, {.token = *token, .person = person}, request.pin);
}

}  // namespace coffer::vault
