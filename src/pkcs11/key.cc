// C_GenerateKey, C_GenerateKeyPair, C_DeriveKey (PKCS#11 3.0, 5.18).
#include <optional>

#include "pkcs11/async.h"
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/new_object.h"
#include "pkcs11/operation.h"
#include "pkcs11/parameters.h"
#include "pkcs11/template.h"

namespace coffer::pkcs11 {

namespace {

// Checks that a mechanism generates, and has no parameter, as none of ours has.
Answer check_generator(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_FLAGS use) {
  const wire::MechanismInfo* info = TRY(module.mechanism(session.link, mechanism.mechanism));
  if ((info->uses & use) == 0) return CKR_MECHANISM_INVALID;
  return mechanism.ulParameterLen == 0 ? Answer{} : Answer{CKR_MECHANISM_PARAM_INVALID};
}

// Reads the template of a new key and checks it against the session.
Answer read_new(Module& module, const Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count,
                wire::Template& wanted, bool& is_token) {
  wanted = TRY(read_template(attributes, count));
  is_token = template_bool(wanted, CKA_TOKEN).value_or(false);
  return check_new_object(module, session, is_token, template_bool(wanted, CKA_PRIVATE).value_or(false));
}

Repeat repeat_of(bool is_token) { return is_token ? Repeat::no : Repeat::yes; }

Answer generate(Module& module, Session& session, const CK_MECHANISM& mechanism,
                const CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE& key) {
  TRY(check_generator(module, session, mechanism, CKF_GENERATE));
  wire::Template wanted;
  bool is_token = false;
  TRY(read_new(module, session, attributes, count, wanted, is_token));
  const wire::GenerateKey request{session.slot, session.number,
                                  static_cast<std::uint32_t>(mechanism.mechanism), wanted};
  if (session.is_async) return start_job(module, session, request);
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
  wire::GenerateKeyPair request{
      session.slot, session.number, static_cast<std::uint32_t>(mechanism.mechanism), {}, {}};
  bool is_public_token = false;
  bool is_private_token = false;
  TRY(read_new(module, session, templates.public_attributes, templates.public_count,
               request.public_attributes, is_public_token));
  TRY(read_new(module, session, templates.private_attributes, templates.private_count,
               request.private_attributes, is_private_token));
  if (session.is_async) return start_job(module, session, request);
  const auto reply = TRY(module.ask(session.link, request, repeat_of(is_public_token || is_private_token)));
  TRY(hand_out_new(module, session, reply.public_key, public_key));
  return hand_out_new(module, session, reply.private_key, private_key);
}

Answer derive(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base,
              const CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE& key) {
  const wire::MechanismInfo* info = TRY(module.mechanism(session.link, mechanism.mechanism));
  if ((info->uses & CKF_DERIVE) == 0) return CKR_MECHANISM_INVALID;
  const OwnedParameters parameters = TRY(read_parameters(mechanism));
  Object base_key;
  TRY(check_key(module, session, *info, CKF_DERIVE, base, base_key));
  wire::Template wanted;
  bool is_token = false;
  TRY(read_new(module, session, attributes, count, wanted, is_token));
  wire::DeriveKey request{session.slot, session.number, base_key.summary.id, parameters.view, wanted};
  request.parameters.output_bytes = template_ulong(wanted, CKA_VALUE_LEN).value_or(0);
  const auto reply = module.ask(session.link, request, repeat_of(is_token));
  if (!reply.ok()) return key_answer(reply.error());
  return hand_out_new(module, session, reply.value().object, key);
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

CK_RV derive_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key,
                 CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || key == nullptr) return CKR_ARGUMENTS_BAD;
    return derive(module, held, *mechanism, base_key, attributes, count, *key);
  });
}

}  // namespace coffer::pkcs11
