// Vault: C_WrapKey and C_UnwrapKey end here. A wrapped key leaves with an audit line of its own, always.
#include "codec/binary.h"
#include "crypto/key_wrap.h"
#include "crypto/primitives.h"
#include "vault/vault.h"
#include "vault/wrap_rules.h"

namespace coffer::vault {

namespace {

// octets_of gives what is wrapped of a key: its value, or its PrivateKeyInfo (PKCS#11 3.2, 5.18.3).
SecretBytes octets_of(const Material& material) {
  if (material.secret_key) return material.secret_key->value().clone();
  return material.private_key->pkcs8();
}

Result<Buffer> encrypted(const Material& wrapping, const crypto::Parameters& parameters,
                         const SecretBytes& octets) {
  if (wrapping.secret_key) return crypto::wrap(*wrapping.secret_key, parameters, octets);
  if (wrapping.public_key) return crypto::wrap(*wrapping.public_key, parameters, octets);
  return Error{Code::key_type, "this key wraps nothing"};
}

Result<SecretBytes> decrypted(const Material& unwrapping, const crypto::Parameters& parameters,
                              Bytes wrapped) {
  if (unwrapping.secret_key) return crypto::unwrap(*unwrapping.secret_key, parameters, wrapped);
  if (unwrapping.private_key) return crypto::unwrap(*unwrapping.private_key, parameters, wrapped);
  return Error{Code::key_type, "this key unwraps nothing"};
}

}  // namespace

Result<Buffer> WrapNonces::next(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (base_.empty()) {
    Buffer first(wire::kNonceBytesMax);
    TRY(crypto::random_bytes(first));
    base_ = std::move(first);  // not before it is random: a failure must not leave zeros to count from
  }
  // The last octets count, from a random beginning.
  std::size_t at = base_.size();
  while (at > base_.size() - sizeof(std::uint64_t) && ++base_[at - 1] == 0) --at;
  return to_buffer(Bytes(base_).last(bytes));
}

namespace {

Result<Buffer> chosen_nonce(WrapNonces& nonces, const wire::WrapKey& request) {
  constexpr std::uint32_t kNonceBytesMin = 12;
  if (request.nonce_bytes < kNonceBytesMin || request.nonce_bytes > wire::kNonceBytesMax ||
      !request.parameters.iv.empty()) {
    return Error{Code::mechanism_parameter, "a nonce that the vault chooses has at least 12 octets"};
  }
  return nonces.next(request.nonce_bytes);
}

// open_wrapped decrypts a wrapped key into the object that its template began.
Status open_wrapped(const Object& unwrapping, const wire::UnwrapKey& request,
                    const wire::Template& attributes, Object& object) {
  const SecretBytes octets =
      TRY(decrypted(unwrapping.material, to_crypto(request.parameters), request.wrapped));
  return finish_unwrapped(unwrapping, object, octets, attributes);
}

}  // namespace

Result<wire::WrapReply> Vault::wrap(Caller& caller, const wire::WrapKey& request, wire::Reply& reply) {
  const std::uint32_t number = request.parameters.mechanism;
  const auto wrapping =
      TRY(permitted(caller, request.slot, request.wrapping_key, number, crypto::use::kWrap, reply));
  const auto key = TRY(find_object(caller, request.slot, request.key, Access::use));
  const crypto::Mechanism& mechanism = *crypto::find_mechanism(number);
  TRY(check_parameters(mechanism, request.parameters, TagRule::wrap));
  const Nonce nonce = request.nonce_bytes == 0 ? Nonce::callers : Nonce::chips;
  const Status allowed = check_wrap(*wrapping, *key, mechanism, nonce);
  if (!allowed.ok()) {
    note_refusal(caller, request.slot, request.key, "key.wrap", number, allowed.error().code);
    return allowed.error();
  }
  wire::WrapReply answer;
  crypto::Parameters parameters = to_crypto(request.parameters);
  if (nonce == Nonce::chips) {
    answer.nonce = TRY(chosen_nonce(wrap_nonces_, request));
    parameters.iv = answer.nonce;
  }
  answer.wrapped = TRY(encrypted(wrapping->material, parameters, octets_of(key->material)));
  answer.wrapped_bytes = static_cast<std::uint32_t>(answer.wrapped.size());
  return answer;
}

void Vault::on(Caller& caller, const wire::WrapKey& request, wire::Reply reply) {
  auto wrapped = wrap(caller, request, reply);
  if (!wrapped.ok()) return reply.fail(wrapped.error());
  if (wrapped.value().wrapped_bytes > request.room_bytes) {
    return reply.send(codec::encode(
        wire::WrapReply{.wrapped_bytes = wrapped.value().wrapped_bytes, .wrapped = {}, .nonce = {}}));
  }
  record::Submission submission;
  submission.events.push_back({.event = "key.wrap",
                               .who = caller.who(),
                               .slot = request.slot,
                               .as = operator_at(caller, request.slot),
                               .object = request.key,
                               .mechanism = crypto::find_mechanism(request.parameters.mechanism)->name,
                               .more = {{"wrapping_key", to_hex(request.wrapping_key)}}});
  submission.completion =
      answering(std::move(reply), codec::encode(wrapped.value()), {}, caller.connection.budget());
  if (!submission.completion) return;
  committer_.submit(std::move(submission));
}

Result<Object> Vault::unwrap(Caller& caller, const wire::UnwrapKey& request, wire::Reply& reply) {
  const std::uint32_t number = request.parameters.mechanism;
  const auto unwrapping =
      TRY(permitted(caller, request.slot, request.unwrapping_key, number, crypto::use::kUnwrap, reply));
  const crypto::Mechanism& mechanism = *crypto::find_mechanism(number);
  TRY(check_parameters(mechanism, request.parameters, TagRule::unwrap));
  const Status allowed = check_unwrap(*unwrapping, mechanism);
  const auto whole = completed(caller, *TRY(need_token(request.slot)), request.attributes);
  const auto attributes =
      allowed.ok() ? with_template(*unwrapping, attribute::kUnwrapTemplate, whole) : allowed.error();
  auto object = attributes.ok() ? begin_unwrapped(*unwrapping, attributes.value()) : attributes.error();
  if (!object.ok()) {
    note_refusal(caller, request.slot, request.unwrapping_key, "key.unwrap", number, object.error().code);
    return object.error();
  }
  const KeyMark mark = key_mark(*unwrapping, realm_->names());
  TRY(unwrap_delays_.check(caller.who(), mark));
  const Status opened = open_wrapped(*unwrapping, request, attributes.value(), object.value());
  if (!opened.ok()) {
    if (opened.error().code == Code::ciphertext_invalid) unwrap_delays_.failed(caller.who(), mark);
    note_refusal(caller, request.slot, request.unwrapping_key, "key.unwrap", number, opened.error().code);
    return opened.error();
  }
  return object;
}

void Vault::on(Caller& caller, const wire::UnwrapKey& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto object = unwrap(caller, request, reply);
  if (!object.ok()) return reply.fail(object.error());
  name_new(caller, *token.value(), object.value());
  Buffer payload = codec::encode(wire::ObjectReply{object.value().summary});
  std::vector<Object> objects;
  objects.push_back(std::move(object).value());
  keep(caller, *token.value(), request.session, std::move(objects),
       {.event = "key.unwrap",
        .object = request.unwrapping_key,
        .mechanism = crypto::find_mechanism(request.parameters.mechanism)->name,
        .more = {{"unwrapping_key", to_hex(request.unwrapping_key)}}},
       std::move(payload), std::move(reply));
}

}  // namespace coffer::vault
