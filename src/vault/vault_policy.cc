// Vault: the policies of keys - setting, showing and explaining them, and asking them before every use.
#include <algorithm>

#include "codec/binary.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

std::uint64_t uses_of(const Object& object) { return object.attributes.number(attribute::kUses).value_or(0); }

// name_of is what a principal is called here, if it is somebody: a request may call it anything.
std::string name_of(const wire::Principal& principal, Realm& realm, const Token& token) {
  if (principal.kind == wire::PrincipalKind::token_operator) {
    const auto person = realm.operators().find(token.id(), principal.id);
    return person ? person->name() : principal.name;
  }
  if (principal.kind == wire::PrincipalKind::client) {
    const auto clients = realm.net().list();
    const auto client = std::ranges::find(clients, principal.id, &LoadedNetClient::id);
    return client != clients.end() ? (*client)->record.name : principal.name;
  }
  const auto number = wire::number_of(principal.id);
  const bool is_user = principal.kind == wire::PrincipalKind::user;
  return is_user && number ? std::to_string(*number) : principal.name;
}

}  // namespace

// policy_target gives the token's key that a policy is about: to its user, and to the officer, who sees no
// private objects otherwise.
Result<std::shared_ptr<const Object>> Vault::policy_target(Caller& caller, const Token& token,
                                                           const ObjectId& id) {
  if (TRY(caller.application.objects().find(id))) {
    return Error{Code::unsupported, "a session's key has no policy: it ends with its session"};
  }
  const auto entry = realm_->manifests().find(id);
  if (!entry) return Error{Code::not_found, "there is no such object"};
  auto object = TRY(realm_->load_object(token, *entry));
  const Material& material = object->material;
  if (!material.private_key && !material.secret_key && !material.public_key)
    return Error{Code::not_found, "only keys have policies"};
  if (!login_of(caller.application, token)) return Error{Code::not_logged_in, "policies need a login"};
  return object;
}

// replacement is what commits a changed object.
record::Submission Vault::replacement(const Caller& caller, const Token& token, const Object& next,
                                      record::AuditEvent event) {
  record::Submission submission;
  submission.changes.push_back({.remove = false,
                                .entry = manifest_entry(next, realm_->names()),
                                .expected_version = next.version - 1,
                                .partition = token.partition(),
                                .plaintext = object_plaintext(next)});
  event.who = caller.who();
  event.slot = token.slot();
  event.as = operator_at(caller, token.slot());
  event.object = next.id;
  submission.events.push_back(std::move(event));
  return submission;
}

// replace_object commits a changed object and waits for it.
Status Vault::replace_object(Caller& caller, const Token& token, Object next, record::AuditEvent event) {
  TRY(committer_.submit_and_wait(replacement(caller, token, next, std::move(event))));
  realm_->cache().put(std::make_shared<const Object>(std::move(next)));
  return {};
}

Result<std::shared_ptr<const Object>> Vault::newest_state(
    Result<std::shared_ptr<const Object>> stored) const {
  if (!stored.ok()) return stored;
  const auto chained = chains_.find(stored.value()->id);
  if (chained == chains_.end() || !chained->second.newest.fate) return stored;
  const auto& newest = chained->second.newest.object;
  if (!newest) return Error{Code::not_found, "the object is being destroyed"};
  return newest;
}

void Vault::chain(const ObjectId& id, std::shared_ptr<const Object> next, record::Submission submission,
                  const std::shared_ptr<PendingCommits>& commits) {
  Chain& of_object = chains_[id];
  ++of_object.length;
  const Link link{.object = std::move(next),
                  .fate = std::make_shared<record::Fate>(),
                  .outcome = std::make_shared<PendingCommits>()};
  Link before = std::exchange(of_object.newest, link);
  submission.builds_on = before.fate;
  submission.fate = link.fate;
  link.outcome->begin();
  commits->begin();
  submission.completion =
      record::make_completion([this, realm = realm_.get(), id, link, before = std::move(before),
                               number = of_object.number, commits](Status status) {
        if (status.ok() && link.object) realm->cache().put(link.object);
        if (status.ok() && !link.object) realm->cache().remove(id);
        {
          const std::lock_guard lock(chains_mutex_);
          Chain& ended = chains_[id];
          if (!status.ok() && ended.number == number) {
            if (ended.newest.fate == link.fate) {
              // Nobody builds on it, as when the committer had no room for it.
              ended.newest = before;
            } else {
              // Those behind it build on what never came to be, and fail too.
              ended.newest = {};
              ++ended.number;
            }
          }
          if (--ended.length == 0) chains_.erase(id);
        }
        link.outcome->done(status);
        commits->done(status);
      });
  committer_.submit(std::move(submission));
}

void Vault::chain_replacement(Caller& caller, const Token& token, Object next, record::AuditEvent event,
                              wire::Reply& reply) {
  const auto object = std::make_shared<const Object>(std::move(next));
  chain(object->id, object, replacement(caller, token, *object, std::move(event)), pending(caller, reply));
}

void Vault::wait_for_chain(Caller& caller, const ObjectId& id, wire::Reply& reply) {
  const auto chained = chains_.find(id);
  if (chained == chains_.end() || !chained->second.newest.outcome) return;
  const auto commits = pending(caller, reply);
  commits->begin();
  chained->second.newest.outcome->then(
      record::make_completion([commits](Status status) { commits->done(status); }));
}

Status Vault::set_policy(Caller& caller, const wire::KeyPolicySet& request, wire::Reply& reply) {
  const auto token = TRY(need_token(request.slot));
  TRY(check_policy(request.policy));
  TRY(check_may_act(caller, request.slot, request.key, "key.policy"));
  const std::lock_guard chaining(chains_mutex_);
  const auto object = TRY(newest_state(policy_target(caller, *token, request.key)));
  const bool is_officer = role_at(caller.application, *token) == LoginRole::officer;
  if ((object->policy || request.remove) && !is_officer) {
    note_refusal(caller, request.slot, request.key, "key.policy", {}, Code::denied);
    return Error{Code::denied, "only the token's security officer may change or remove a key's policy"};
  }
  Object next = *object;
  ++next.version;
  if (request.remove) {
    next.policy.reset();
    next.attributes.remove(attribute::kPolicy);
  } else {
    wire::KeyPolicy policy = request.policy;
    for (wire::Principal& each : policy.principals) each.name = name_of(each, *realm_, *token);
    vault::set_policy(next, std::move(policy));
  }
  chain_replacement(caller, *token, std::move(next),
                    {.event = request.remove ? "key.policy.remove" : "key.policy.set"}, reply);
  return {};
}

void Vault::on(Caller& caller, const wire::KeyPolicySet& request, wire::Reply reply) {
  if (const Status set = set_policy(caller, request, reply); !set.ok()) return reply.fail(set.error());
  caller.commits->then(
      record::make_completion([this, key = request.key, answer = std::move(reply)](Status status) mutable {
        if (!status.ok()) return answer.fail(status.error());
        rates_.forget(key);
        answer.send({});
      }));
}

Result<wire::KeyPolicyReply> Vault::on(Caller& caller, const wire::KeyPolicyShow& request) {
  const auto token = TRY(need_token(request.slot));
  const auto object = TRY(policy_target(caller, *token, request.key));
  wire::KeyPolicyReply reply;
  reply.is_set = object->policy != nullptr;
  if (reply.is_set) reply.policy = *object->policy;
  reply.uses = uses_of(*object);
  return reply;
}

Result<wire::KeyPolicyExplainReply> Vault::on(Caller& caller, const wire::KeyPolicyExplain& request) {
  const auto token = TRY(need_token(request.slot));
  const auto object = TRY(policy_target(caller, *token, request.key));
  wire::KeyPolicyExplainReply reply;
  const auto find = [&reply](std::string_view rule, bool holds, std::string_view refusal) {
    reply.findings.push_back(
        {.rule = std::string(rule), .holds = holds, .reason = holds ? std::string() : std::string(refusal)});
  };
  const crypto::Mechanism* row = crypto::find_mechanism(request.mechanism);
  find("mechanism", row != nullptr && (row->uses & request.use) != 0, "the mechanism cannot do this");
  if (row != nullptr && (row->legacy & request.use) != 0) {
    find("legacy", permits_legacy(request.slot),
         "the mechanism is outdated: 'coffer token legacy' permits it");
  }
  find("attributes", (object->summary.uses & request.use) != 0,
       "the key's attributes do not permit this use");
  find("CKA_ALLOWED_MECHANISMS", allows_mechanism(*object, request.mechanism),
       "the key's CKA_ALLOWED_MECHANISMS does not list the mechanism");
  if (object->policy) {
    const PolicyQuestion question{.mechanism = request.mechanism,
                                  .who = record::Who(request.who),
                                  .as = {},
                                  .now = clock_.now(),
                                  .uses = uses_of(*object)};
    for (const PolicyVerdict& verdict : judge(*object->policy, question)) {
      find(verdict.rule, verdict.holds, verdict.reason);
    }
    if (object->policy->rate_uses != 0) {
      find("rate", rates_.has_room(object->id, rate_of(*object->policy), clock_.boot_milliseconds()),
           "the key is being used faster than its policy permits: try again later");
    }
  }
  reply.allowed = std::ranges::all_of(reply.findings, &wire::Finding::holds);
  return reply;
}

// ask_policy lets a key's policy decide about one use. A use that is counted is made while its count is being
// committed, and its result waits for that.
Status Vault::ask_policy(Caller& caller, std::uint32_t slot, const Object& object, std::uint32_t mechanism,
                         wire::Reply& reply) {
  const wire::KeyPolicy& policy = *object.policy;
  PolicyQuestion question{.mechanism = mechanism,
                          .who = caller.who(),
                          .as = operator_at(caller, slot),
                          .now = clock_.now(),
                          .uses = uses_of(object)};
  if (policy.uses_max == 0) {
    TRY(decide(policy, question));
    return take_rate(object);
  }
  const auto token = TRY(need_token(slot));
  // Opens it where it is not open, so that no other key waits for that below.
  static_cast<void>(TRY(policy_target(caller, *token, object.id)));
  // One at a time, so that two uses cannot be counted as one.
  const std::lock_guard chaining(chains_mutex_);
  const auto newest = TRY(newest_state(policy_target(caller, *token, object.id)));
  if (!newest->policy) {
    // Its removal is under way, and may fail.
    wait_for_chain(caller, object.id, reply);
    return {};
  }
  question.uses = uses_of(*newest);
  TRY(decide(*newest->policy, question));
  TRY(take_rate(*newest));
  Object next = *newest;
  ++next.version;
  next.attributes.set_number(attribute::kUses, question.uses + 1);
  chain_replacement(caller, *token, std::move(next),
                    {.event = "key.count", .more = {{"uses", std::to_string(question.uses + 1)}}}, reply);
  return {};
}

Status Vault::take_rate(const Object& object) {
  if (rates_.take(object.id, rate_of(*object.policy), clock_.boot_milliseconds())) return {};
  return Error{Code::limit, "the key is being used faster than its policy permits: try again later"};
}

}  // namespace coffer::vault
