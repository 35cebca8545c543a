// Vault: using keys. C_Sign, C_Verify, C_Encrypt, C_Decrypt, C_Digest and C_GenerateRandom end here.
#include <algorithm>
#include <array>

#include "codec/binary.h"
#include "crypto/operation.h"
#include "vault/dispatch.h"
#include "vault/protection.h"

namespace coffer::vault {

namespace {

// Scratch is each worker thread's room for one result, so that the common request costs no allocation. What
// may be a plaintext is wiped after it was sent.
Buffer& scratch(std::size_t bytes) {
  // What is larger may lie outside of hidden memory, where nothing smaller is to work.
  constexpr std::size_t kKeptBytesMax = std::size_t{64} << 10U;
  thread_local Buffer room;
  if (room.size() > kKeptBytesMax && bytes <= kKeptBytesMax) room = Buffer();
  if (room.size() < bytes) room.resize(bytes);
  return room;
}

// length_of gives what stands before the output in an OutputReply.
std::array<std::uint8_t, 4> length_of(Bytes output) {
  std::array<std::uint8_t, 4> length{};
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<std::uint8_t>(output.size() >> (8U * i));
  return length;
}

// send_output answers with an OutputReply whose octets are copied once, straight to where the client reads
// them.
void send_output(wire::Reply& reply, Bytes output) { reply.send_parts(length_of(output), output); }

// PKCS#11 3.0, 4.9: the PIN is asked before each signature and each decryption.
constexpr std::uint32_t kAuthenticatedUses =
    crypto::use::kSign | crypto::use::kSignRecover | crypto::use::kDecrypt;

bool is_refusal(Code code) {
  return code == Code::denied || code == Code::key_use || code == Code::not_logged_in ||
         code == Code::action_prohibited;
}

std::string_view mechanism_name(std::uint32_t mechanism) {
  const crypto::Mechanism* row = crypto::find_mechanism(mechanism);
  return row != nullptr ? row->name : std::string_view("unknown");
}

// check_key refuses mechanisms that a key's type or its other uses forbid.
Status check_key(const Object& object, const crypto::Mechanism& mechanism) {
  TRY(check_mac_type(object, mechanism));
  return check_raw_use(object, mechanism);
}

}  // namespace

crypto::Parameters to_crypto(const wire::Parameters& from) {
  constexpr auto hash_of = [](std::uint8_t number) {
    return number <= static_cast<std::uint8_t>(crypto::Hash::sha512_256) ? static_cast<crypto::Hash>(number)
                                                                         : crypto::Hash::none;
  };
  return {.mechanism = from.mechanism,
          .iv = from.iv,
          .associated = from.associated,
          .tag_bits = from.tag_bits,
          .counter_bits = from.counter_bits,
          .hash = hash_of(from.hash),
          .mask_hash = hash_of(from.mask_hash),
          .salt_bytes = from.salt_bytes,
          .peer = from.peer,
          .salt = from.salt,
          .info = from.info,
          .extract = from.extract,
          .expand = from.expand,
          .output_bytes = from.output_bytes,
          .variant = from.variant,
          .number = from.number,
          .sizes = from.sizes};
}

Result<std::shared_ptr<const Object>> Vault::permitted(Caller& caller, std::uint32_t slot, const ObjectId& id,
                                                       std::uint32_t mechanism, std::uint32_t use,
                                                       wire::Reply& reply) {
  const crypto::Mechanism* row = crypto::find_mechanism(mechanism);
  if (row == nullptr || (row->uses & use) == 0) {
    return Error{Code::mechanism_invalid, "the mechanism cannot do this"};
  }
  if ((row->legacy & use) != 0 && !permits_legacy(slot)) {
    note_refusal(caller, slot, id, "key.use", mechanism, Code::mechanism_invalid);
    return Error{Code::mechanism_invalid, "the mechanism is outdated: 'coffer token legacy' permits it"};
  }
  TRY(check_may_act(caller, slot, id, "key.use", mechanism));
  auto found = find_object(caller, slot, id, Access::use);
  if (!found.ok()) {
    const auto entry = realm_->manifests().find(id);
    if (entry && entry->object_class == object_class::kAuthority) {
      note_refusal(caller, slot, id, "authority.raw-use", mechanism, Code::denied);
      return Error{Code::denied, "the key of a certificate authority signs certificates and nothing else"};
    }
    if (is_refusal(found.error().code))
      note_refusal(caller, slot, id, "key.use", mechanism, found.error().code);
    return found.error();
  }
  const auto& object = found.value();
  if ((object->summary.uses & use) == 0) {
    note_refusal(caller, slot, id, "key.use", mechanism, Code::key_use);
    return Error{Code::key_use, "the key's attributes do not permit this use"};
  }
  if (!allows_mechanism(*object, mechanism)) {
    note_refusal(caller, slot, id, "key.use", mechanism, Code::denied);
    return Error{Code::mechanism_invalid, "the key's CKA_ALLOWED_MECHANISMS does not list the mechanism"};
  }
  const Status fits = check_key(*object, *row);
  if (!fits.ok()) {
    note_refusal(caller, slot, id, "key.use", mechanism, fits.error().code);
    return fits.error();
  }
  if (object->summary.always_authenticate && (use & kAuthenticatedUses) != 0 &&
      !caller.application.take_permit(id)) {
    note_refusal(caller, slot, id, "key.use", mechanism, Code::not_logged_in);
    return Error{Code::not_logged_in, "the key asks for the PIN before each use"};
  }
  if (object->policy) {
    if (const Status asked = ask_policy(caller, slot, *object, mechanism, reply); !asked.ok()) {
      note_refusal(caller, slot, id, "key.use", mechanism, asked.error().code);
      return asked.error();
    }
  }
  return object;
}

std::shared_ptr<PendingCommits> Vault::pending(Caller& caller, wire::Reply& reply) {
  if (!caller.commits) {
    caller.commits = std::make_shared<PendingCommits>();
    reply = held(caller.commits, std::move(reply), caller.connection.budget());
  }
  return caller.commits;
}

bool Vault::count_usage(const record::UsageSummary::Key& key) {
  const bool is_counted = usage_.add(key);
  committer_.usage_added();
  return is_counted;
}

void Vault::keep_note(const record::UsageSummary::Key& key) {
  usage_.keep(key);
  committer_.usage_added();
}

// What does not exist has no name: whoever asks for much of it makes no more than one line.
void Vault::note_refusal(const Caller& caller, std::uint32_t slot, const ObjectId& id, std::string_view event,
                         std::optional<std::uint32_t> mechanism, Code result) {
  keep_note({.event = event,
             .mechanism = mechanism ? mechanism_name(*mechanism) : std::string_view(),
             .who = caller.who(),
             .slot = slot,
             .as = operator_at(caller, slot),
             .object = realm_->manifests().find(id) ? id : ObjectId{},
             .result = result});
}

void Vault::note_use(Caller& caller, std::uint32_t slot, const Object& object, std::string_view event,
                     std::uint32_t mechanism, Code result, Bytes output, wire::Reply reply) {
  const std::string_view name = mechanism_name(mechanism);
  if (!object.records_every_use()) {
    const record::UsageSummary::Key key{.event = event,
                                        .mechanism = name,
                                        .who = caller.who(),
                                        .slot = slot,
                                        .as = operator_at(caller, slot),
                                        .object = object.id,
                                        .result = result};
    if (!caller.commits) {
      if (!count_usage(key)) return reply.fail(kCannotRecord);
      return send_output(reply, output);
    }
    // What came of it is known with its count.
    caller.commits->then(record::make_completion([this, noted = key](Status status) mutable {
      if (!status.ok()) noted.result = status.error().code;
      keep_note(noted);
    }));
    return send_output(reply, output);
  }
  record::Submission submission;
  submission.events.push_back({.event = event,
                               .who = caller.who(),
                               .slot = slot,
                               .as = operator_at(caller, slot),
                               .object = object.id,
                               .mechanism = name,
                               .result = result});
  submission.completion = answering(std::move(reply), length_of(output), output, caller.connection.budget());
  if (!submission.completion) return;
  if (!caller.commits) return committer_.submit(std::move(submission));
  caller.commits->then(record::make_completion([this, line = std::move(submission)](Status status) mutable {
    if (!status.ok()) line.events.front().result = status.error().code;
    committer_.submit(std::move(line));
  }));
}

void Vault::sign_with(Caller& caller, const wire::Sign& request, const Object& object, wire::Reply reply) {
  const crypto::Parameters parameters = parameters_of(request.slot, request.parameters, crypto::use::kSign);
  const Material& material = object.material;
  const bool is_private = material.private_key != nullptr;
  Buffer& signature =
      scratch(is_private ? crypto::signature_bytes_max(*material.private_key) : crypto::kSignatureBytesMax);
  auto size = material.private_key  ? crypto::sign(*material.private_key, parameters, request.data, signature)
              : material.secret_key ? crypto::mac(*material.secret_key, parameters, request.data, signature)
                                    : Result<std::size_t>(Error{Code::key_type, "this key signs nothing"});
  if (!size.ok()) return reply.fail(size.error());
  note_use(caller, request.slot, object, "key.sign", request.parameters.mechanism, Code::ok,
           Bytes(signature).first(size.value()), std::move(reply));
}

void Vault::on(Caller& caller, const wire::Sign& request, wire::Reply reply) {
  auto object =
      permitted(caller, request.slot, request.key, request.parameters.mechanism, crypto::use::kSign, reply);
  if (!object.ok()) return reply.fail(object.error());
  sign_with(caller, request, *object.value(), std::move(reply));
}

void Vault::on(Caller& caller, const wire::Verify& request, wire::Reply reply) {
  auto object =
      permitted(caller, request.slot, request.key, request.parameters.mechanism, crypto::use::kVerify, reply);
  if (!object.ok()) return reply.fail(object.error());
  const crypto::Parameters parameters = parameters_of(request.slot, request.parameters, crypto::use::kVerify);
  const Material& material = object.value()->material;
  const Status verified =
      material.public_key ? crypto::verify(*material.public_key, parameters, request.data, request.signature)
      : material.secret_key
          ? crypto::verify_mac(*material.secret_key, parameters, request.data, request.signature)
          : Status(Error{Code::key_type, "this key verifies nothing"});
  if (!verified.ok()) return reply.fail(verified.error());
  const bool is_counted = count_usage({.event = "key.verify",
                                       .mechanism = mechanism_name(request.parameters.mechanism),
                                       .who = caller.who(),
                                       .slot = request.slot,
                                       .as = operator_at(caller, request.slot),
                                       .object = request.key});
  if (!is_counted) return reply.fail(kCannotRecord);
  reply.send({});
}

void Vault::on(Caller& caller, const wire::Encrypt& request, wire::Reply reply) {
  auto object = permitted(caller, request.slot, request.key, request.parameters.mechanism,
                          crypto::use::kEncrypt, reply);
  if (!object.ok()) return reply.fail(object.error());
  const crypto::Parameters parameters =
      parameters_of(request.slot, request.parameters, crypto::use::kEncrypt);
  const Material& material = object.value()->material;
  Buffer& room = scratch(request.data.size() + crypto::kOverheadBytesMax);
  auto size = material.secret_key   ? crypto::encrypt(*material.secret_key, parameters, request.data, room)
              : material.public_key ? crypto::encrypt(*material.public_key, parameters, request.data, room)
                                    : Result<std::size_t>(Error{Code::key_type, "this key encrypts nothing"});
  if (!size.ok()) return reply.fail(size.error());
  note_use(caller, request.slot, *object.value(), "key.encrypt", request.parameters.mechanism, Code::ok,
           Bytes(room).first(size.value()), std::move(reply));
}

void Vault::on(Caller& caller, const wire::Decrypt& request, wire::Reply reply) {
  auto object = permitted(caller, request.slot, request.key, request.parameters.mechanism,
                          crypto::use::kDecrypt, reply);
  if (!object.ok()) return reply.fail(object.error());
  const crypto::Parameters parameters =
      parameters_of(request.slot, request.parameters, crypto::use::kDecrypt);
  const Material& material = object.value()->material;
  Buffer& room = scratch(request.data.size() + crypto::kOverheadBytesMax);
  auto size = material.secret_key ? crypto::decrypt(*material.secret_key, parameters, request.data, room)
              : material.private_key
                  ? crypto::decrypt(*material.private_key, parameters, request.data, room)
                  : Result<std::size_t>(Error{Code::key_type, "this key decrypts nothing"});
  if (!size.ok()) return reply.fail(size.error());
  note_use(caller, request.slot, *object.value(), "key.decrypt", request.parameters.mechanism, Code::ok,
           Bytes(room).first(size.value()), std::move(reply));
  wipe(MutableBytes(room).first(size.value()));
}

void Vault::on(Caller& /*caller*/, const wire::DigestRequest& request, wire::Reply reply) {
  std::array<std::uint8_t, 64> digest;
  const auto size = crypto::digest({.mechanism = request.mechanism}, request.data, digest);
  if (!size.ok()) return reply.fail(size.error());
  send_output(reply, Bytes(digest).first(size.value()));
}

void Vault::on(Caller& /*caller*/, const wire::Random& request, wire::Reply reply) {
  if (request.bytes > wire::kRandomBytesMax)
    return reply.fail(Error{Code::limit, "too many random octets at once"});
  Buffer& room = scratch(request.bytes);
  const MutableBytes wanted = MutableBytes(room).first(request.bytes);
  if (const Status filled = crypto::random_bytes(wanted); !filled.ok()) return reply.fail(filled.error());
  send_output(reply, wanted);
  wipe(wanted);
}

Result<wire::Empty> Vault::on(Caller& /*caller*/, const wire::SeedRandom& request) {
  crypto::seed_random(request.seed);
  return wire::Empty{};
}

void Vault::sign_together(std::span<AskedSignature> asked) {
  struct Prepared {
    AskedSignature* asked = nullptr;
    std::shared_ptr<const Object> object;
    crypto::Parameters parameters;
    std::array<std::uint8_t, crypto::kSignatureBytesMax> signature;
  };
  std::array<Prepared, wire::kBatchMax> prepared;
  std::array<crypto::SignJob, wire::kBatchMax> jobs;
  std::size_t count = 0;
  for (AskedSignature& each : asked) {
    if (each.incoming == nullptr) continue;
    const wire::Sign& request = each.request;
    Caller caller = each.admitted.caller();
    auto object = permitted(caller, request.slot, request.key, request.parameters.mechanism,
                            crypto::use::kSign, each.incoming->reply);
    if (!object.ok()) {
      each.incoming->reply.fail(object.error());
      continue;
    }
    // Post-quantum signatures have no batch, and are longer than the room here.
    const auto& key = object.value()->material.private_key;
    if (!key || crypto::is_post_quantum(key->type())) {
      sign_with(caller, request, *object.value(), std::move(each.incoming->reply));
      continue;
    }
    Prepared& next = prepared[count];
    next.asked = &each;
    next.object = std::move(object).value();
    next.parameters = parameters_of(request.slot, request.parameters, crypto::use::kSign);
    jobs[count].key = next.object->material.private_key.get();
    jobs[count].parameters = &next.parameters;
    jobs[count].data = request.data;
    jobs[count].signature = next.signature;
    ++count;
  }
  crypto::sign_batch(std::span(jobs).first(count));
  for (std::size_t i = 0; i < count; ++i) {
    AskedSignature& each = *prepared[i].asked;
    if (!jobs[i].result.ok()) {
      each.incoming->reply.fail(jobs[i].result.error());
      continue;
    }
    Caller caller = each.admitted.caller();
    note_use(caller, each.request.slot, *prepared[i].object, "key.sign", each.request.parameters.mechanism,
             Code::ok, Bytes(prepared[i].signature).first(jobs[i].result.value()),
             std::move(each.incoming->reply));
  }
}

}  // namespace coffer::vault
