// C_DeriveKey (PKCS#11 3.0, 5.18.5).
#include <cstring>

#include "pkcs11/call.h"
#include "pkcs11/derive_parameters.h"
#include "pkcs11/functions.h"
#include "pkcs11/new_object.h"
#include "pkcs11/operation.h"
#include "pkcs11/template.h"
#include "wire/derive_messages.h"

namespace coffer::pkcs11 {

namespace {

bool makes_connection(const CK_MECHANISM& mechanism) {
  return mechanism.mechanism == CKM_TLS12_KEY_AND_MAC_DERIVE ||
         mechanism.mechanism == CKM_TLS12_KEY_SAFE_DERIVE;
}

// Hands out the keys of a TLS connection: MAC secrets if the cipher suite has them, keys, IVs.
Answer hand_out_connection(Module& module, Session& session, const wire::DeriveKeyReply& reply,
                           CK_SSL3_KEY_MAT_OUT& material) {
  std::vector<wire::ObjectSummary> keys = reply.additional;
  keys.insert(keys.begin(), reply.object);
  const bool has_macs = keys.size() == 4;
  if (!has_macs && keys.size() != 2) return CKR_DEVICE_ERROR;
  material.hClientMacSecret = material.hServerMacSecret = CK_INVALID_HANDLE;
  if (has_macs) {
    TRY(hand_out_new(module, session, keys[0], material.hClientMacSecret));
    TRY(hand_out_new(module, session, keys[1], material.hServerMacSecret));
  }
  TRY(hand_out_new(module, session, keys[keys.size() - 2], material.hClientKey));
  TRY(hand_out_new(module, session, keys[keys.size() - 1], material.hServerKey));
  const std::size_t half = reply.octets.size() / 2;
  if (half != 0) {
    std::memcpy(material.pIVClient, reply.octets.data(), half);
    std::memcpy(material.pIVServer, reply.octets.data() + half, half);
  }
  return {};
}

Answer hand_out(Module& module, Session& session, const DeriveParameters& parameters,
                const wire::DeriveKeyReply& reply, CK_OBJECT_HANDLE* key) {
  if (parameters.material != nullptr) {
    return hand_out_connection(module, session, reply, *parameters.material);
  }
  if (reply.additional.size() != parameters.additional.size()) return CKR_DEVICE_ERROR;
  TRY(hand_out_new(module, session, reply.object, *key));
  for (std::size_t i = 0; i < reply.additional.size(); ++i) {
    TRY(hand_out_new(module, session, reply.additional[i], *parameters.additional[i].phKey));
  }
  if (parameters.version != nullptr && reply.octets.size() == 2) {
    *parameters.version = CK_VERSION{reply.octets[0], reply.octets[1]};
  }
  return {};
}

Answer derive(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base,
              const CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE* key) {
  const auto info = TRY(module.mechanism(session.link, session.slot, mechanism.mechanism, CKF_DERIVE));
  const DeriveParameters parameters = TRY(read_derive_parameters(mechanism));
  Object base_key;
  // A public key is nobody's secret.
  const CK_FLAGS use = mechanism.mechanism == CKM_PUB_KEY_FROM_PRIV_KEY ? 0 : CKF_DERIVE;
  TRY(check_key(module, session, info, use, base, base_key));
  wire::DeriveKey request;
  request.slot = session.slot;
  request.session = session.number;
  request.base = base_key.summary.id;
  request.parameters = parameters.parameters.view;
  if (parameters.other_key != CK_INVALID_HANDLE) {
    Object other;
    TRY(check_key(module, session, info, CKF_DERIVE, parameters.other_key, other));
    request.parameters.other_key = other.summary.id;
  }
  bool makes_token_object = false;
  OwnedTemplate wanted;
  TRY(read_new_object(module, session, attributes, count, wanted, makes_token_object));
  request.attributes = wanted.view;
  std::vector<OwnedTemplate> additional(parameters.additional.size());
  for (std::size_t i = 0; i < additional.size(); ++i) {
    const CK_DERIVED_KEY& each = parameters.additional[i];
    bool is_token = false;
    TRY(read_new_object(module, session, each.pTemplate, each.ulAttributeCount, additional[i], is_token));
    request.additional.emplace_back().attributes = additional[i].view;
    makes_token_object = makes_token_object || is_token;
  }
  request.parameters.output_bytes = template_ulong(request.attributes, CKA_VALUE_LEN).value_or(0);
  const auto reply = module.ask(session.link, request, makes_token_object ? Repeat::no : Repeat::yes);
  if (!reply.ok()) return key_answer(reply.error());
  return hand_out(module, session, parameters, reply.value(), key);
}

}  // namespace

CK_RV derive_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key,
                 CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    // The keys of a TLS connection have a place of their own: "phKey should be NULL_PTR".
    if (mechanism == nullptr || (key == nullptr && !makes_connection(*mechanism))) return CKR_ARGUMENTS_BAD;
    return derive(module, held, *mechanism, base_key, attributes, count, key);
  });
}

}  // namespace coffer::pkcs11
