// Vault: key encapsulation. C_EncapsulateKey and C_DecapsulateKey end here.
#include "codec/binary.h"
#include "crypto/operation.h"
#include "vault/post_quantum.h"
#include "vault/protection.h"
#include "vault/vault.h"
#include "vault/wrap_rules.h"

namespace coffer::vault {

void Vault::on(Caller& caller, const wire::Encapsulate& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto key =
      permitted(caller, request.slot, request.key, request.mechanism, crypto::use::kEncapsulate, reply);
  if (!key.ok()) return reply.fail(key.error());
  if (!key.value()->material.public_key)
    return reply.fail(Error{Code::key_type, "this key encapsulates nothing"});
  const auto attributes = with_template(*key.value(), attribute::kEncapsulateTemplate,
                                        completed(caller, *token.value(), request.attributes));
  if (!attributes.ok()) return reply.fail(attributes.error());
  auto made = crypto::encapsulate(*key.value()->material.public_key, {.mechanism = request.mechanism});
  if (!made.ok()) return reply.fail(made.error());
  auto object = encapsulated_secret(made.value().secret, attributes.value(), *key.value(),
                                    attribute::kEncapsulateTemplate);
  if (!object.ok()) return reply.fail(object.error());
  Buffer payload =
      codec::encode(wire::EncapsulateReply{object.value().summary, std::move(made.value().ciphertext)});
  std::vector<Object> objects;
  objects.push_back(std::move(object).value());
  keep(caller, *token.value(), request.session, std::move(objects),
       {.event = "key.encapsulate",
        .object = request.key,
        .mechanism = crypto::find_mechanism(request.mechanism)->name,
        .more = {{"base", to_hex(request.key)}}},
       std::move(payload), std::move(reply));
}

void Vault::on(Caller& caller, const wire::Decapsulate& request, wire::Reply reply) {
  auto token = need_token(request.slot);
  if (!token.ok()) return reply.fail(token.error());
  auto key =
      permitted(caller, request.slot, request.key, request.mechanism, crypto::use::kDecapsulate, reply);
  if (!key.ok()) return reply.fail(key.error());
  if (!key.value()->material.private_key)
    return reply.fail(Error{Code::key_type, "this key decapsulates nothing"});
  const auto attributes = with_template(*key.value(), attribute::kDecapsulateTemplate,
                                        completed(caller, *token.value(), request.attributes));
  if (!attributes.ok()) return reply.fail(attributes.error());
  auto secret = crypto::decapsulate(*key.value()->material.private_key, {.mechanism = request.mechanism},
                                    request.ciphertext);
  if (!secret.ok()) return reply.fail(secret.error());
  auto object =
      encapsulated_secret(secret.value(), attributes.value(), *key.value(), attribute::kDecapsulateTemplate);
  if (!object.ok()) return reply.fail(object.error());
  name_new(caller, *token.value(), object.value());
  Buffer payload = codec::encode(wire::ObjectReply{object.value().summary});
  std::vector<Object> objects;
  objects.push_back(std::move(object).value());
  keep(caller, *token.value(), request.session, std::move(objects),
       {.event = "key.decapsulate",
        .object = request.key,
        .mechanism = crypto::find_mechanism(request.mechanism)->name,
        .more = {{"base", to_hex(request.key)}}},
       std::move(payload), std::move(reply));
}

}  // namespace coffer::vault
