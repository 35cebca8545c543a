// Vault: objects - creating, generating, copying, reading and destroying them.
#include <algorithm>

#include "codec/binary.h"
#include "codec/hex.h"
#include "crypto/operation.h"
#include "vault/curve.h"
#include "vault/deleted_object.h"
#include "vault/description.h"
#include "vault/new_object.h"
#include "vault/vault.h"
#include "vault/wrap_rules.h"

namespace coffer::vault {

namespace {

std::shared_ptr<const Object> shared(Object object) {
  return std::make_shared<const Object>(std::move(object));
}

constexpr Error kNotDestroyable{Code::action_prohibited, "the object cannot be destroyed"};

// NewSessionObjects are put where they belong all together, or not at all.
struct NewSessionObjects {
  std::shared_ptr<Application> application;  // shared: it may outlive the request
  std::shared_ptr<const SessionObjects::Arrival> arrival;
  std::vector<std::shared_ptr<const Object>> objects;

  Status put() {
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const Status room = application->objects().put(objects[i], *arrival);
      if (room.ok()) continue;
      objects.resize(i);
      take_back();
      return room;
    }
    return {};
  }
  void take_back() {
    for (const auto& each : objects) application->objects().remove(each->id);
  }
};

}  // namespace

Status Vault::check_access(const Caller& caller, const Token& token, const Object& object,
                           Access access) const {
  const bool is_read = access == Access::read;
  const bool changes_token = access == Access::change && object.is_token;
  if (is_read ? !object.summary.is_private : !needs_login(object) && !changes_token) return {};
  const auto role = role_at(caller.application, token);
  if (role == LoginRole::user || (is_read && is_shown(object.summary, role))) return {};
  if (changes_token && role == LoginRole::officer && !needs_login(object)) return {};
  if (changes_token || (!is_read && object.is_token && has_secret(object.summary.object_class)))
    return Error{Code::not_logged_in,
                 "a token's keys are used, and its objects changed, by who is logged in: log in first"};
  return Error{Code::not_logged_in, "the object is private: log in first"};
}

wire::Template Vault::completed(const Caller& caller, const Token& token,
                                const wire::Template& attributes) const {
  static constexpr std::uint8_t kFalse = 0;
  wire::Template whole = attributes;
  const bool is_session_object =
      !truth_of(template_value(attributes, attribute::kToken).value_or(Bytes{})).value_or(false);
  if (!is_session_object || template_value(attributes, attribute::kPrivate) ||
      role_at(caller.application, token) == LoginRole::user) {
    return whole;
  }
  whole.push_back({attribute::kPrivate, Bytes(&kFalse, 1)});
  return whole;
}

Result<std::shared_ptr<const Object>> Vault::find_object(Caller& caller, std::uint32_t slot,
                                                         const ObjectId& id, Access access) {
  const auto token = TRY(need_token(slot));
  if (auto object = TRY(caller.application.objects().find(id))) {
    if (object->partition != token->partition()->tag)
      return Error{Code::not_found, "there is no such object"};
    TRY(check_access(caller, *token, *object, access));
    return object;
  }
  const auto entry = realm_->manifests().find(id);
  if (!entry) {
    if (auto description = find_description(token->partition()->tag, id, permits_legacy(slot)))
      return description;
    return Error{Code::not_found, "there is no such object"};
  }
  auto object = TRY(realm_->load_object(*token, *entry));
  TRY(check_access(caller, *token, *object, access));
  return object;
}

Status Vault::check_may_store(Caller& caller, const Token& token, const Object& object,
                              std::string_view event) {
  TRY(check_may_act(caller, token.slot(), object.id, event));
  if (!object.is_token && !object.summary.is_private) return {};
  const auto role = role_at(caller.application, token);
  if (role == LoginRole::user) return {};
  // SetAttributes has seen to it that the officer changes nothing of private objects but CKA_TRUSTED.
  const bool is_mark = object.version != 0 && object.summary.object_class == object_class::kSecretKey;
  if (role == LoginRole::officer && (!object.summary.is_private || is_mark)) return {};
  note_refusal(caller, token.slot(), object.id, event, {}, Code::not_logged_in);
  return Error{Code::not_logged_in, "a token's objects, and private ones, are made after a login"};
}

Status Vault::check_may_trust(const Caller& caller, const Token& token, const Object& object) const {
  if (!object.attributes.truth(attribute::kTrusted)) return {};
  if (role_at(caller.application, token) == LoginRole::officer) return {};
  return Error{Code::attribute_read_only, "only a security officer may mark an object as trusted"};
}

// keep puts new objects where they belong and answers: session objects at once, token objects after the
// commit; neither is there before the commits that the request waits for. The event's object is the key that
// they were made with, if one was: a session object's line is a use of that, a token object's names the new
// one.
void Vault::keep(Caller& caller, const Token& token, std::uint64_t session, std::vector<Object> objects,
                 record::AuditEvent event, Buffer reply_payload, wire::Reply reply) {
  record::Submission submission;
  std::vector<std::shared_ptr<const Object>> kept;
  // Before the login is asked for: from here on its end is not missed.
  NewSessionObjects of_session{
      .application = caller.application.shared_from_this(),
      .arrival = caller.application.objects().expect(session, token.partition()->tag),
      .objects = {}};
  for (Object& object : objects) {
    object.partition = token.partition()->tag;
    Status allowed = check_may_store(caller, token, object, event.event);
    if (allowed.ok()) allowed = check_may_trust(caller, token, object);
    if (!allowed.ok()) return reply.fail(allowed.error());
    if (!object.is_token) {
      object.session = session;
      of_session.objects.push_back(shared(std::move(object)));
      continue;
    }
    const std::uint64_t expected = object.version;
    object.version = expected + 1;
    submission.changes.push_back({.remove = false,
                                  .entry = manifest_entry(object, realm_->names()),
                                  .expected_version = expected,
                                  .partition = token.partition(),
                                  .plaintext = object_plaintext(object)});
    kept.push_back(shared(std::move(object)));
  }
  const auto when_durable = [&caller](auto finish) {
    if (!caller.commits) return finish(Status{});
    caller.commits->then(record::make_completion(std::move(finish)));
  };
  if (submission.changes.empty()) {
    record::UsageSummary::Key use{.event = event.event,
                                  .mechanism = event.mechanism,
                                  .who = caller.who(),
                                  .slot = token.slot(),
                                  .as = operator_at(caller, token.slot()),
                                  .object = event.object.value_or(ObjectId{})};
    return when_durable([this, made = std::move(of_session), use = std::move(use),
                         payload = std::move(reply_payload),
                         answer = std::move(reply)](Status status) mutable {
      if (status.ok()) status = made.put();
      if (!status.ok()) return answer.fail(status.error());
      if (count_usage(use)) return answer.send(payload);
      // Nobody knows the objects yet: what cannot be recorded was not made.
      made.take_back();
      answer.fail(kCannotRecord);
    });
  }
  if (was_made_before(caller, submission)) return reply.send(reply_payload);
  if (const Status room = check_room(caller, token, submission); !room.ok()) return reply.fail(room.error());
  // What waits for the disk is kept for its user.
  wire::Claim claim(caller.connection.budget());
  std::size_t bytes = 0;
  for (const record::RecordChange& change : submission.changes) bytes += change.plaintext.size();
  if (!claim.resize(bytes)) return reply.fail(wire::kBudgetIsSpent);
  event.who = caller.who();
  event.slot = token.slot();
  event.as = operator_at(caller, token.slot());
  event.object = kept.back()->id;
  submission.events.push_back(std::move(event));
  const bool is_once = caller.request != nullptr;
  submission.completion = record::make_completion(
      [realm = realm_.get(), kept = std::move(kept), payload = std::move(reply_payload), is_once,
       claim = std::move(claim), answer = std::move(reply)](Status status) mutable {
        // Two deliveries met on their way here: the other one has made the objects.
        if (is_once && !status.ok() && status.error().code == Code::conflict) return answer.send(payload);
        if (!status.ok()) return answer.fail(status.error());
        for (auto& object : kept) realm->cache().put(std::move(object));
        answer.send(payload);
      });
  when_durable([this, made = std::move(of_session), change = std::move(submission)](Status status) mutable {
    if (status.ok()) status = made.put();
    if (!status.ok()) return change.completion->done(status);
    committer_.submit(std::move(change));
  });
}

Status Vault::replace_session_object(Caller& caller, const Token& token,
                                     const std::shared_ptr<const Object>& before, Object next) {
  TRY(check_may_store(caller, token, next, "object.modify"));
  TRY(check_may_trust(caller, token, next));
  TRY(caller.application.objects().replace(before, shared(std::move(next))));
  keep_note({.event = "object.modify",
             .who = caller.who(),
             .slot = token.slot(),
             .as = operator_at(caller, token.slot())});
  return {};
}

void Vault::on(Caller& caller, const wire::CreateObject& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto object = create_object(completed(caller, *token.value(), request.attributes));
  if (!object.ok()) return reply.fail(object.error());
  name_new(caller, *token.value(), object.value());
  Buffer payload = codec::encode(wire::ObjectReply{object.value().summary});
  std::vector<Object> objects;
  objects.push_back(std::move(object).value());
  keep(caller, *token.value(), request.session, std::move(objects), {.event = "object.create"},
       std::move(payload), std::move(reply));
}

void Vault::on(Caller& caller, const wire::CopyObject& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto original = find_object(caller, request.slot, request.id, Access::use);
  if (!original.ok()) return reply.fail(original.error());
  auto object = copied(*original.value(), request.attributes);
  if (!object.ok()) return reply.fail(object.error());
  name_new(caller, *token.value(), object.value());
  Buffer payload = codec::encode(wire::ObjectReply{object.value().summary});
  std::vector<Object> objects;
  objects.push_back(std::move(object).value());
  keep(caller, *token.value(), request.session, std::move(objects),
       {.event = "object.copy", .object = request.id, .more = {{"original", to_hex(request.id)}}},
       std::move(payload), std::move(reply));
}

void Vault::on(Caller& caller, const wire::GenerateKey& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  const Status outdated = check_legacy(request.slot, request.mechanism, crypto::use::kGenerate);
  if (!outdated.ok()) return reply.fail(outdated.error());
  auto object = generate_secret(request.mechanism, completed(caller, *token.value(), request.attributes),
                                to_crypto(request.parameters), request.password);
  if (!object.ok()) return reply.fail(object.error());
  name_new(caller, *token.value(), object.value());
  Buffer payload = codec::encode(wire::ObjectReply{object.value().summary});
  std::vector<Object> objects;
  objects.push_back(std::move(object).value());
  keep(caller, *token.value(), request.session, std::move(objects),
       {.event = "key.generate", .mechanism = crypto::find_mechanism(request.mechanism)->name},
       std::move(payload), std::move(reply));
}

void Vault::on(Caller& caller, const wire::GenerateKeyPair& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto pair = generate_pair(request.mechanism, request.public_attributes,
                            completed(caller, *token.value(), request.private_attributes));
  if (!pair.ok()) return reply.fail(pair.error());
  name_new(caller, *token.value(), pair.value().public_key, 0);
  name_new(caller, *token.value(), pair.value().private_key, 1);
  Buffer payload =
      codec::encode(wire::KeyPairReply{pair.value().public_key.summary, pair.value().private_key.summary});
  std::vector<Object> objects;
  objects.push_back(std::move(pair.value().public_key));
  objects.push_back(std::move(pair.value().private_key));
  keep(caller, *token.value(), request.session, std::move(objects),
       {.event = "key.generate", .mechanism = crypto::find_mechanism(request.mechanism)->name},
       std::move(payload), std::move(reply));
}

Result<Buffer> Vault::change_stored(Caller& caller, const Token& token, const wire::SetAttributes& request,
                                    Access access, wire::Reply& reply) {
  const std::lock_guard chaining(chains_mutex_);
  const auto object = TRY(newest_state(find_object(caller, token.slot(), request.id, access)));
  TRY(check_may_trust(caller, token, *object));
  Object next = TRY(modified(*object, request.attributes));
  ++next.version;
  TRY(check_may_store(caller, token, next, "object.modify"));
  TRY(check_may_trust(caller, token, next));
  Buffer payload = codec::encode(wire::ObjectReply{next.summary});
  chain_replacement(caller, token, std::move(next), {.event = "object.modify"}, reply);
  return payload;
}

void Vault::on(Caller& caller, const wire::SetAttributes& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  // The officer, who does not use keys, marks them as trusted.
  const bool only_trusts = role_at(caller.application, *token.value()) == LoginRole::officer &&
                           std::ranges::all_of(request.attributes, [](const auto& each) {
                             return each.type == attribute::kTrusted;
                           });
  const Access access = only_trusts ? Access::read : Access::change;
  // Opens it where it is not open, so that no other object waits for that below.
  auto object = find_object(caller, request.slot, request.id, access);
  if (!object.ok()) return reply.fail(object.error());
  if (object.value()->is_token) {
    const auto changed = change_stored(caller, *token.value(), request, access, reply);
    return changed.ok() ? reply.send(changed.value()) : reply.fail(changed.error());
  }
  if (const Status may = check_may_trust(caller, *token.value(), *object.value()); !may.ok())
    return reply.fail(may.error());
  auto next = modified(*object.value(), request.attributes);
  if (!next.ok()) return reply.fail(next.error());
  Buffer payload = codec::encode(wire::ObjectReply{next.value().summary});
  const Status kept = replace_session_object(caller, *token.value(), object.value(), std::move(next).value());
  return kept.ok() ? reply.send(payload) : reply.fail(kept.error());
}

Status Vault::destroy_stored(Caller& caller, const Token& token, const ObjectId& id, wire::Reply& reply) {
  const std::lock_guard chaining(chains_mutex_);
  const auto object = TRY(newest_state(find_object(caller, token.slot(), id, Access::change)));
  if (!object->attributes.truth(attribute::kDestroyable, true)) return kNotDestroyable;
  record::Submission submission;
  record::AuditEvent event{.event = "object.destroy",
                           .who = caller.who(),
                           .slot = token.slot(),
                           .as = operator_at(caller, token.slot()),
                           .object = id};
  if (const std::uint32_t window = token.policy().policy.undelete_seconds; window != 0) {
    const Timestamp now = clock_.now();
    submission.changes.push_back(deletion(*object, token.partition(), now, now + window));
    event.more = {{"until", std::to_string(now + window)}};
  } else {
    submission.changes.push_back({.remove = true,
                                  .entry = manifest_entry(*object, realm_->names()),
                                  .expected_version = object->version,
                                  .partition = token.partition(),
                                  .plaintext = {}});
  }
  submission.events.push_back(std::move(event));
  chain(id, nullptr, std::move(submission), pending(caller, reply));
  return {};
}

void Vault::on(Caller& caller, const wire::DestroyObject& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto object = find_object(caller, request.slot, request.id, Access::change);
  if (!object.ok()) return reply.fail(object.error());
  const Status may = check_may_act(caller, request.slot, request.id, "object.destroy");
  if (!may.ok()) return reply.fail(may.error());
  if (object.value()->is_token) {
    const Status destroyed = destroy_stored(caller, *token.value(), request.id, reply);
    return destroyed.ok() ? reply.send({}) : reply.fail(destroyed.error());
  }
  if (!object.value()->attributes.truth(attribute::kDestroyable, true)) return reply.fail(kNotDestroyable);
  if (!caller.application.objects().remove(request.id)) {
    return reply.fail(Error{Code::not_found, "there is no such object"});
  }
  reply.send({});
}

Result<wire::GetAttributesReply> Vault::on(Caller& caller, const wire::GetAttributes& request) {
  const auto object = TRY(find_object(caller, request.slot, request.id, Access::read));
  wire::GetAttributesReply reply;
  reply.attributes.reserve(request.types.size());
  for (const std::uint32_t type : request.types) {
    reply.attributes.push_back(read_attribute(*object, type));
    const bool is_present = reply.attributes.back().state == wire::AttributeState::present;
    reply.holds_secret = reply.holds_secret || (is_present && is_secret_attribute(*object, type));
  }
  reply.size_bytes = object_bytes(*object);
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::CloseSession& request) {
  caller.application.objects().close_session(request.session);
  return wire::Empty{};
}

}  // namespace coffer::vault
