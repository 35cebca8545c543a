// C_GenerateKey, C_GenerateKeyPair (PKCS#11 3.0, 5.18).
#include <optional>

#include "pkcs11/async.h"
#include "pkcs11/call.h"
#include "pkcs11/derive_parameters.h"
#include "pkcs11/functions.h"
#include "pkcs11/new_object.h"
#include "pkcs11/operation.h"
#include "pkcs11/template.h"

namespace coffer::pkcs11 {

namespace {

// Checks that a mechanism generates, and has no parameter: only the one that makes a key of a password has.
Answer check_generator(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_FLAGS use) {
  static_cast<void>(TRY(module.mechanism(session.link, session.slot, mechanism.mechanism, use)));
  if (mechanism.mechanism == CKM_PKCS5_PBKD2) return {};
  return mechanism.ulParameterLen == 0 ? Answer{} : Answer{CKR_MECHANISM_PARAM_INVALID};
}

// The type of the keys of a pair, where it has parameter sets.
CK_KEY_TYPE type_made_by(CK_MECHANISM_TYPE mechanism) {
  switch (mechanism) {
    case CKM_ML_KEM_KEY_PAIR_GEN: return CKK_ML_KEM;
    case CKM_ML_DSA_KEY_PAIR_GEN: return CKK_ML_DSA;
    case CKM_SLH_DSA_KEY_PAIR_GEN: return CKK_SLH_DSA;
    default: return CKK_RSA;
  }
}

Repeat repeat_of(bool is_token) { return is_token ? Repeat::no : Repeat::yes; }

Answer generate(Module& module, Session& session, const CK_MECHANISM& mechanism,
                const CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE& key) {
  TRY(check_generator(module, session, mechanism, CKF_GENERATE));
  OwnedTemplate wanted;
  bool is_token = false;
  TRY(read_new_object(module, session, attributes, count, wanted, is_token));
  wire::GenerateKey request;
  request.slot = session.slot;
  request.session = session.number;
  request.mechanism = static_cast<std::uint32_t>(mechanism.mechanism);
  request.attributes = wanted.view;
  PasswordParameters password;
  const bool is_stretched = mechanism.mechanism == CKM_PKCS5_PBKD2;
  if (is_stretched) {
    password = TRY(read_password_parameters(mechanism));
    request.parameters = password.parameters.view;
    request.password = std::move(password.password);
  }
  // A password does not wait among the jobs of the chip.
  if (session.is_async && !is_stretched) return start_job(module, session, request);
  const auto reply = TRY(module.ask(session.link, request, repeat_of(is_token)));
  return hand_out_new(module, session, reply.object, key);
}

// PairTemplates are the two templates of a pair, as the application gave them.
struct PairTemplates {
  const CK_ATTRIBUTE* public_attributes = nullptr;
  CK_ULONG public_count = 0;
  const CK_ATTRIBUTE* private_attributes = nullptr;
  CK_ULONG private_count = 0;
};

Answer generate_pair(Module& module, Session& session, const CK_MECHANISM& mechanism,
                     const PairTemplates& templates, CK_OBJECT_HANDLE& public_key,
                     CK_OBJECT_HANDLE& private_key) {
  TRY(check_generator(module, session, mechanism, CKF_GENERATE_KEY_PAIR));
  OwnedTemplate public_attributes;
  OwnedTemplate private_attributes;
  bool is_public_token = false;
  bool is_private_token = false;
  TRY(read_new_object(module, session, templates.public_attributes, templates.public_count, public_attributes,
                      is_public_token));
  TRY(read_new_object(module, session, templates.private_attributes, templates.private_count,
                      private_attributes, is_private_token));
  const wire::GenerateKeyPair request{session.slot, session.number,
                                      static_cast<std::uint32_t>(mechanism.mechanism), public_attributes.view,
                                      private_attributes.view};
  if (session.is_async) return start_job(module, session, request);
  const auto reply = module.ask(session.link, request, repeat_of(is_public_token || is_private_token));
  if (!reply.ok()) return set_answer(reply.error(), type_made_by(mechanism.mechanism));
  TRY(hand_out_new(module, session, reply.value().public_key, public_key));
  return hand_out_new(module, session, reply.value().private_key, private_key);
}

}  // namespace

CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR attributes,
                   CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || key == nullptr) return CKR_ARGUMENTS_BAD;
    return generate(module, held, *mechanism, attributes, count, *key);
  });
}

CK_RV generate_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || public_key == nullptr || private_key == nullptr) return CKR_ARGUMENTS_BAD;
    return generate_pair(module, held, *mechanism,
                         {public_attributes, public_count, private_attributes, private_count}, *public_key,
                         *private_key);
  });
}

}  // namespace coffer::pkcs11
