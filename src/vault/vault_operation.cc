// Vault: operations in parts (C_SignUpdate, C_EncryptUpdate, ... when the data is too long for one request).
#include <algorithm>

#include "codec/binary.h"
#include "crypto/operation.h"
#include "vault/new_object.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::size_t kRoomBytes = 64;  // what an update can give beyond the size of its input

// The wire knows nothing of crypto/.
static_assert(wire::kSealBytesMax == crypto::kSealBytesMax);
static_assert(wire::kSizedPieceBytes == crypto::kSizedPieceBytes);

// finish_bytes_max is what the last step can give: the mechanisms that collect their input give everything
// then.
std::size_t finish_bytes_max(const Operation& operation) {
  if (operation.kind == wire::OperationKind::sign) return crypto::kPostQuantumSignatureBytesMax;
  return operation.stream->kept_bytes() + crypto::kOverheadBytesMax;
}

std::uint32_t use_of(wire::OperationKind kind) {
  switch (kind) {
    case wire::OperationKind::sign: return crypto::use::kSign;
    case wire::OperationKind::verify: return crypto::use::kVerify;
    case wire::OperationKind::encrypt: return crypto::use::kEncrypt;
    case wire::OperationKind::decrypt: return crypto::use::kDecrypt;
    case wire::OperationKind::digest: return crypto::use::kDigest;
  }
  return 0;
}

std::string_view event_of(wire::OperationKind kind) {
  switch (kind) {
    case wire::OperationKind::sign: return "key.sign";
    case wire::OperationKind::verify: return "key.verify";
    case wire::OperationKind::encrypt: return "key.encrypt";
    case wire::OperationKind::decrypt: return "key.decrypt";
    case wire::OperationKind::digest: return "digest";
  }
  return "key.use";
}

Result<std::unique_ptr<crypto::Stream>> start_stream(wire::OperationKind kind, const Material& material,
                                                     const crypto::Parameters& parameters) {
  switch (kind) {
    case wire::OperationKind::digest: return crypto::start_digest(parameters);
    case wire::OperationKind::sign:
      if (material.private_key) return crypto::start_sign(material.private_key, parameters);
      if (material.secret_key) return crypto::start_mac(material.secret_key, parameters);
      break;
    case wire::OperationKind::verify:
      if (material.public_key) return crypto::start_verify(*material.public_key, parameters);
      if (material.secret_key) return crypto::start_mac(material.secret_key, parameters);
      break;
    case wire::OperationKind::encrypt:
      if (material.secret_key) return crypto::start_encrypt(material.secret_key, parameters);
      break;
    case wire::OperationKind::decrypt:
      if (material.secret_key) return crypto::start_decrypt(material.secret_key, parameters);
      break;
  }
  return Error{Code::key_type, "this key cannot do this in parts"};
}

Result<std::unique_ptr<crypto::Stream>> start_sized_stream(wire::OperationKind kind, const Material& material,
                                                           const crypto::Parameters& parameters,
                                                           std::uint64_t bytes) {
  if (!material.secret_key) return Error{Code::key_type, "this key cannot do this in pieces"};
  if (kind == wire::OperationKind::encrypt)
    return crypto::start_sealing(material.secret_key, parameters, bytes);
  if (kind == wire::OperationKind::decrypt)
    return crypto::start_opening(material.secret_key, parameters, bytes);
  return Error{Code::mechanism_invalid, "the mechanism has no tag"};
}

}  // namespace

Status Vault::check_goes_on(const Caller& caller, const Operation& operation) const {
  if (operation.kind != wire::OperationKind::digest) TRY(check_slot(caller.connection, operation.slot));
  if (operation.login == 0) return {};
  const auto login = login_of(caller.application, *TRY(need_token(operation.slot)));
  if (login && login->number == operation.login) return {};
  return Error{Code::not_logged_in, "the operation began with a login that has ended"};
}

Result<std::shared_ptr<Operation>> Vault::begin(Caller& caller, const wire::Begin& request,
                                                std::optional<std::uint64_t> bytes, wire::Reply& reply) {
  auto operation = std::make_shared<Operation>();
  operation->kind = request.kind;
  const crypto::Parameters parameters = parameters_of(request.slot, request.parameters, use_of(request.kind));
  if (request.kind == wire::OperationKind::digest && !bytes) {
    operation->stream = TRY(start_stream(request.kind, Material{}, parameters));
  } else {
    const auto object = TRY(permitted(caller, request.slot, request.key, request.parameters.mechanism,
                                      use_of(request.kind), reply));
    auto started = bytes ? start_sized_stream(request.kind, object->material, parameters, *bytes)
                         : start_stream(request.kind, object->material, parameters);
    operation->stream = TRY(std::move(started));
    operation->slot = request.slot;
    if (needs_login(*object)) {
      const auto login = login_of(caller.application, *TRY(need_token(request.slot)));
      if (!login) return Error{Code::not_logged_in, "the login has ended"};
      operation->login = login->number;
    }
    const record::AuditEvent event{.event = event_of(request.kind),
                                   .who = caller.who(),
                                   .slot = request.slot,
                                   .as = operator_at(caller, request.slot),
                                   .object = request.key,
                                   .mechanism = crypto::find_mechanism(request.parameters.mechanism)->name,
                                   .more = {{"parts", "begin"}}};
    if (object->records_every_use()) {
      record::Submission submission;
      submission.events.push_back(event);
      const auto commits = pending(caller, reply);
      commits->begin();
      submission.completion = record::make_completion([commits](Status status) { commits->done(status); });
      committer_.submit(std::move(submission));
    } else if (!count_usage({.event = event.event,
                             .mechanism = event.mechanism,
                             .who = caller.who(),
                             .slot = request.slot,
                             .as = event.as,
                             .object = request.key})) {
      return kCannotRecord;
    }
  }
  return operation;
}

void Vault::add(Caller& caller, Result<std::shared_ptr<Operation>> operation, wire::Reply reply) {
  if (!operation.ok()) return reply.fail(operation.error());
  // It is not there before its begin is durable, so nobody can go on with it.
  auto answer_it = [application = caller.application.shared_from_this(), begun = std::move(operation).value(),
                    answer = std::move(reply)](Status status) mutable {
    if (!status.ok()) return answer.fail(status.error());
    const auto number = application->add_operation(std::move(begun));
    if (!number.ok()) return answer.fail(number.error());
    answer.send(codec::encode(wire::BeginReply{number.value()}));
  };
  if (!caller.commits) return answer_it(Status{});
  caller.commits->then(record::make_completion(std::move(answer_it)));
}

void Vault::on(Caller& caller, const wire::Begin& request, wire::Reply reply) {
  auto operation = begin(caller, request, {}, reply);
  add(caller, std::move(operation), std::move(reply));
}

void Vault::on(Caller& caller, const wire::BeginSized& request, wire::Reply reply) {
  auto operation = begin(caller, request.begin, request.bytes, reply);
  add(caller, std::move(operation), std::move(reply));
}

void Vault::on(Caller& caller, const wire::Update& request, wire::Reply reply) {
  const auto operation = caller.application.operation(request.operation);
  if (!operation) return reply.fail(Error{Code::operation_unknown, "there is no such operation"});
  if (const Status may = check_goes_on(caller, *operation); !may.ok()) return reply.fail(may.error());
  const std::lock_guard lock(operation->mutex);
  // While it is worked on, all of it might be kept.
  const std::size_t kept = operation->claim.bytes();
  if (!operation->claim.resize(kept + request.data.size())) return reply.fail(wire::kBudgetIsSpent);
  SecretBytes output = SecretBytes::zeroes(request.data.size() + kRoomBytes);
  const auto size = operation->stream->update(request.data, output.reveal());
  if (!size.ok()) {
    caller.application.remove_operation(request.operation);
    return reply.fail(size.error());
  }
  if (!operation->claim.resize(wire::kKeptOperationBytes + operation->stream->kept_bytes())) {
    caller.application.remove_operation(request.operation);
    return reply.fail(wire::kBudgetIsSpent);
  }
  codec::WipingBuffer payload;
  codec::encode_into(wire::OutputReply{output.reveal().first(size.value())}, payload.octets);
  reply.send(payload.octets);
}

void Vault::on(Caller& caller, const wire::Finish& request, wire::Reply reply) {
  const auto operation = caller.application.operation(request.operation);
  if (!operation) return reply.fail(Error{Code::operation_unknown, "there is no such operation"});
  if (const Status may = check_goes_on(caller, *operation); !may.ok()) return reply.fail(may.error());
  const std::lock_guard lock(operation->mutex);
  caller.application.remove_operation(request.operation);
  if (operation->kind == wire::OperationKind::verify) {
    const Status verified = operation->stream->finish_verify(request.signature);
    if (!verified.ok()) return reply.fail(verified.error());
    return reply.send(codec::encode(wire::OutputReply{}));
  }
  SecretBytes output = SecretBytes::zeroes(finish_bytes_max(*operation));
  const auto size = operation->stream->finish(output.reveal());
  if (!size.ok()) return reply.fail(size.error());
  codec::WipingBuffer payload;
  codec::encode_into(wire::OutputReply{output.reveal().first(size.value())}, payload.octets);
  reply.send(payload.octets);
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::DigestKey& request) {
  const auto operation = caller.application.operation(request.operation);
  if (!operation || operation->kind != wire::OperationKind::digest) {
    return Error{Code::operation_unknown, "there is no such digest"};
  }
  TRY(check_may_act(caller, request.slot, request.key, "key.use"));
  const auto object = TRY(find_object(caller, request.slot, request.key, Access::use));
  if (!object->material.secret_key || !object->is_readable()) {
    return Error{Code::denied, "the key may not be read, so its digest may not be known"};
  }
  const std::lock_guard lock(operation->mutex);
  static_cast<void>(TRY(operation->stream->update(object->material.secret_key->value().reveal(), {})));
  return wire::Empty{};
}

Result<wire::BeginReply> Vault::on(Caller& caller, const wire::CopyOperation& request) {
  const auto operation = caller.application.operation(request.operation);
  if (!operation) return Error{Code::operation_unknown, "there is no such operation"};
  auto copy = std::make_shared<Operation>();
  {
    const std::lock_guard lock(operation->mutex);
    copy->kind = operation->kind;
    copy->stream = TRY(operation->stream->copy());
  }
  if (request.save) return wire::BeginReply{TRY(caller.application.save_operation(std::move(copy)))};
  return wire::BeginReply{TRY(caller.application.add_operation(std::move(copy)))};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Cancel& request) {
  caller.application.remove_operation(request.operation);
  return wire::Empty{};
}

}  // namespace coffer::vault
