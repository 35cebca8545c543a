// Vault: the policies of tokens - how many objects, requests and applications a tenant may have.
#include <algorithm>

#include "codec/binary.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

Status check_token_policy(const wire::TokenPolicy& policy) {
  if (policy.rate_max > wire::kTokenRateMax) {
    return Error{Code::invalid, "a token's rate is at most 1,000,000 requests a second"};
  }
  if (policy.undelete_seconds > wire::kUndeleteSecondsMax) {
    return Error{Code::invalid, "destroyed objects can come back for at most 366 days"};
  }
  return {};
}

record::RecordChange policy_change(const SealedTokenPolicy& policy, const ObjectId& token,
                                   std::uint64_t expected_version,
                                   const std::shared_ptr<const record::Partition>& system) {
  return {.remove = false,
          .entry = {.id = policy.id,
                    .partition = record::kSystemPartition,
                    .object_class = object_class::kTokenPolicy},
          .expected_version = expected_version,
          .partition = system,
          .plaintext = SecretBytes::copy_of(codec::encode(TokenPolicyRecord{token, policy.policy}))};
}

}  // namespace

void Vault::note_rates() {
  const auto tokens = realm_->tokens();
  has_token_rates_ =
      std::ranges::any_of(tokens, [](const auto& token) { return token->policy().policy.rate_max != 0; });
}

Status Vault::count_request(const Caller& caller, std::uint32_t slot) {
  if (!has_token_rates_.load(std::memory_order_relaxed)) return {};
  const auto token = realm_->token(slot);
  if (!token) return {};
  const Rate rate{.uses = token->policy().policy.rate_max, .seconds = 1};
  if (rates_.take(token->id(), rate, clock_.boot_milliseconds())) return {};
  keep_note(
      {.event = "token.rate", .mechanism = {}, .who = caller.who(), .slot = slot, .result = Code::too_fast});
  return Error{Code::too_fast, "more requests than the token's policy permits: try again in a moment"};
}

Status Vault::check_room(const Caller& caller, const Token& token, record::Submission& submission) {
  const std::uint64_t objects_max = token.policy().policy.objects_max;
  const auto added = static_cast<std::uint64_t>(
      std::ranges::count(submission.changes, std::uint64_t{0},
                         [](const record::RecordChange& change) { return change.expected_version; }));
  if (objects_max == 0 || added == 0) return {};
  // Several creations may pass here together; the committer counts for good.
  submission.records_max = objects_max;
  if (realm_->manifests().count(token.partition()->tag) + added <= objects_max) return {};
  keep_note({.event = "token.full",
             .mechanism = {},
             .who = caller.who(),
             .slot = token.slot(),
             .result = Code::limit});
  return Error{Code::limit,
               "the token holds as many objects as its policy permits: destroy some, or have it raised"};
}

std::vector<std::shared_ptr<Application>> Vault::applications() const {
  std::vector<std::shared_ptr<Application>> all;
  for (const auto& [id, weak] : applications_) {
    if (auto application = weak.lock()) all.push_back(std::move(application));
  }
  return all;
}

std::uint32_t Vault::count_logged_in(const std::vector<std::shared_ptr<Application>>& all, const Token& token,
                                     const Application* without) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(all, [&](const auto& application) {
    if (application.get() == without) return false;
    const auto login = login_of(*application, token);
    return login && login->role() != LoginRole::officer;
  }));
}

Status Vault::admit_login(Application& application, const Token& token, const Login& login) {
  const std::uint32_t applications_max = token.policy().policy.applications_max;
  // The officer always gets in: who else could help?
  if (applications_max == 0 || login.role() == LoginRole::officer) {
    application.set_login(token.slot(), login);
    return {};
  }
  std::vector<std::shared_ptr<Application>> all;
  const std::lock_guard lock(applications_mutex_);
  all = applications();
  if (count_logged_in(all, token, &application) >= applications_max) {
    return Error{Code::limit, "as many applications are logged in to the token as its policy permits"};
  }
  application.set_login(token.slot(), login);
  return {};
}

Result<Vault::GuestTerms> Vault::begin_guest_token(const Caller& caller, const ObjectId& token,
                                                   record::Submission& submission) const {
  if (realm_->count_guest_tokens(caller.uid()) >= wire::kGuestTokensMax) {
    return Error{Code::limit,
                 "a user who is not the vault's owner makes at most 16 tokens: the owner may destroy some"};
  }
  GuestTerms terms{.policy = {.policy = {.objects_max = wire::kGuestObjectsMax}}};
  TRY(crypto::random_bytes(terms.policy.id));
  TRY(crypto::random_bytes(terms.record));
  submission.changes.push_back(policy_change(terms.policy, token, 0, realm_->system()));
  submission.changes.push_back(
      {.remove = false,
       .entry = {.id = terms.record,
                 .partition = record::kSystemPartition,
                 .object_class = object_class::kGuestToken},
       .expected_version = 0,
       .partition = realm_->system(),
       .plaintext = SecretBytes::copy_of(codec::encode(GuestTokenRecord{token, caller.uid()}))});
  return terms;
}

std::vector<record::RecordChange> Vault::without_guest(const Token& token) const {
  std::vector<record::RecordChange> changes;
  if (const auto id = realm_->guest_token(token.id())) {
    changes.push_back({.remove = true,
                       .entry = {.id = *id,
                                 .partition = record::kSystemPartition,
                                 .object_class = object_class::kGuestToken},
                       .expected_version = 1,
                       .partition = realm_->system(),
                       .plaintext = {}});
  }
  return changes;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::TokenPolicySet& request) {
  TRY(check_token_policy(request.policy));
  const std::lock_guard naming(realm_->naming_mutex);
  const auto token = TRY(need_token(request.slot));
  SealedTokenPolicy next = token->policy();
  std::uint64_t version = 0;
  if (const auto entry = realm_->manifests().find(next.id)) {
    version = entry->version;
  } else {
    TRY(crypto::random_bytes(next.id));
  }
  next.policy = request.policy;
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back(policy_change(next, token->id(), version, realm_->system()));
  submission.events.push_back({.event = "token.policy",
                               .who = caller.who(),
                               .slot = request.slot,
                               .more = {{"objects", std::to_string(next.policy.objects_max)},
                                        {"rate", std::to_string(next.policy.rate_max)},
                                        {"applications", std::to_string(next.policy.applications_max)},
                                        {"undelete_seconds", std::to_string(next.policy.undelete_seconds)}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  token->set_policy(next);
  note_rates();
  return wire::Empty{};
}

Result<wire::TokenPolicyReply> Vault::on(Caller& /*caller*/, const wire::TokenPolicyShow& request) {
  const auto token = TRY(need_token(request.slot));
  wire::TokenPolicyReply reply{.policy = token->policy().policy,
                               .object_count = realm_->manifests().count(token->partition()->tag)};
  std::vector<std::shared_ptr<Application>> all;
  {
    const std::lock_guard lock(applications_mutex_);
    all = applications();
  }
  reply.application_count = count_logged_in(all, *token, nullptr);
  return reply;
}

}  // namespace coffer::vault
