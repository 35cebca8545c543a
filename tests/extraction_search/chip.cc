// Chip: making the vault, the tokens and the logins.
#include "tests/extraction_search/chip.h"

#include "base/check.h"
#include "wire/grant_messages.h"
#include "wire/legacy_messages.h"

namespace coffer::extraction {
namespace {

constexpr std::uint32_t kOtherUid = 2000;
constexpr std::string_view kUserPin = "1234";
constexpr std::string_view kOfficerPin = "12345678";
constexpr std::uint64_t kLongTimeMilliseconds = 3'600'000;

std::uint32_t uid_of(Who who) {
  return who == Who::other || who == Who::other_user ? kOtherUid : vault::kOwner;
}

}  // namespace

Status ForgetfulAuditLog::append(std::span<const std::string> lines, store::Urgency /*urgency*/) {
  return append_relaxed(lines);
}

Status ForgetfulAuditLog::append_relaxed(std::span<const std::string> lines) {
  const std::lock_guard lock(mutex_);
  if (!lines.empty()) tail_.line = lines.back();
  tail_.line_count += lines.size();
  return {};
}

Result<store::AuditTail> ForgetfulAuditLog::tail() {
  const std::lock_guard lock(mutex_);
  return tail_;
}

Result<store::AuditPage> ForgetfulAuditLog::read(std::uint64_t first) {
  const std::lock_guard lock(mutex_);
  if (first != tail_.line_count) return store::AuditPage{};
  return store::AuditPage{.lines = {tail_.line}};
}

Chip::Chip() {
  auto made = vault::Vault::create({.store = store_,
                                    .audit_log = audit_,
                                    .mark_file = mark_,
                                    .clock = clock_,
                                    .host_key = vault::host_key(1),
                                    .owner_uid = vault::kOwner,
                                    .group_gid = std::nullopt,
                                    .on_fatal = [] { check_failed("the vault gave up", __FILE__, __LINE__); },
                                    .on_shut_down = [] {}});
  CHECK(made.ok());
  vault_ = std::move(made).value();
  {
    vault::Client owner(*vault_, vault::kOwner);
    CHECK(owner.call(wire::Hello{}).ok());
    CHECK(owner.call(wire::Initialize{.root_of_trust = wire::RootOfTrust::file, .passphrase = {}}).ok());
    CHECK(owner.call(wire::Grant{.uid = kOtherUid, .admit = true}).ok());
  }
  for (std::size_t i = 0; i < kWhoCount; ++i) {
    clients_[i] = std::make_unique<vault::Client>(*vault_, uid_of(static_cast<Who>(i)));
    CHECK(clients_[i]->call(wire::Hello{}).ok());
  }
  make_tokens();
}

void Chip::make_tokens() {
  vault::Client owner(*vault_, vault::kOwner);
  CHECK(owner.call(wire::Hello{}).ok());
  for (std::uint32_t token = 0; token < kTokenCount; ++token) {
    CHECK(ask(Who::officer,
              wire::InitToken{.slot = token, .officer_pin = vault::secret(kOfficerPin), .label = "token"})
              .ok());
    take_ticket(Who::officer, token, wire::UserType::security_officer);
    CHECK(owner.call(wire::Grant{.uid = kOtherUid, .admit = true, .slots = {token}}).ok());
    CHECK(ask(Who::officer, wire::InitPin{.slot = token, .pin = vault::secret(kUserPin)}).ok());
    CHECK(ask(Who::officer, wire::TokenLegacy{.slot = token, .changes = true, .turns_on = true}).ok());
    take_ticket(Who::officer, token, wire::UserType::security_officer);  // the first ended with InitPin
    take_ticket(Who::user, token, wire::UserType::user);
    take_ticket(Who::other_user, token, wire::UserType::user);
  }
}

void Chip::take_ticket(Who who, std::uint32_t token, wire::UserType user) {
  const bool is_officer = user == wire::UserType::security_officer;
  auto answer = ask(
      who,
      wire::Login{.slot = token, .user = user, .pin = vault::secret(is_officer ? kOfficerPin : kUserPin)});
  CHECK(answer.ok());
  tickets_[static_cast<std::size_t>(who)][token] = std::move(answer.reply.ticket);
}

Code Chip::log_in(Who who, std::uint32_t token) {
  const wire::LoginTicket& ticket = tickets_[static_cast<std::size_t>(who)][token];
  if (ticket.empty()) return Code::pin_incorrect;
  return ask(who, wire::Resume{.ticket = clone(ticket)}).code;
}

void Chip::restore(Who who) { CHECK(ask(who, wire::CloseSession{.session = kSession}).ok()); }

void Chip::restore_login(Who who, std::uint32_t token) {
  const wire::LoginTicket& ticket = tickets_[static_cast<std::size_t>(who)][token];
  if (!ticket.empty()) static_cast<void>(ask(who, wire::Resume{.ticket = clone(ticket)}).code);
}

void Chip::pass_time() { clock_.advance(kLongTimeMilliseconds); }

}  // namespace coffer::extraction
