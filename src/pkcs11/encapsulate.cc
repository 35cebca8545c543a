// C_EncapsulateKey, C_DecapsulateKey (PKCS#11 3.2, 5.18.8 and 5.18.9).
#include <cstring>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/new_object.h"
#include "pkcs11/operation.h"
#include "pkcs11/template.h"
#include "wire/kem_messages.h"

namespace coffer::pkcs11 {

namespace {

// Checks mechanism and key, and reads the template of the secret key to come.
Answer prepare(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_FLAGS use,
               CK_OBJECT_HANDLE handle, Object& key) {
  const auto info = TRY(module.mechanism(session.link, session.slot, mechanism.mechanism, use));
  if (mechanism.ulParameterLen != 0) return CKR_MECHANISM_PARAM_INVALID;
  return check_key(module, session, info, use, handle, key);
}

Answer read_new(Module& module, const Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count,
                OwnedTemplate& wanted, Repeat& repeat) {
  bool is_token = false;
  TRY(read_new_object(module, session, attributes, count, wanted, is_token));
  repeat = is_token ? Repeat::no : Repeat::yes;
  return {};
}

Answer encapsulate(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE handle,
                   const CK_ATTRIBUTE* attributes, CK_ULONG count, Output ciphertext, CK_OBJECT_HANDLE* key) {
  Object public_key;
  TRY(prepare(module, session, mechanism, CKF_ENCAPSULATE, handle, public_key));
  // The chip tells a post-quantum key's size by the bits of what it makes: here, the ciphertext.
  const CK_ULONG bytes = public_key.summary.bits / 8;
  const CK_ULONG room = *ciphertext.length;
  *ciphertext.length = bytes;
  if (ciphertext.octets == nullptr) return {};
  if (room < bytes) return CKR_BUFFER_TOO_SMALL;
  if (key == nullptr) return CKR_ARGUMENTS_BAD;
  OwnedTemplate wanted;
  Repeat repeat = Repeat::no;
  TRY(read_new(module, session, attributes, count, wanted, repeat));
  const wire::Encapsulate request{session.slot, session.number, public_key.summary.id,
                                  static_cast<std::uint32_t>(mechanism.mechanism), wanted.view};
  const auto reply = module.ask(session.link, request, repeat);
  if (!reply.ok()) return key_answer(reply.error());
  const Bytes made = reply.value().ciphertext;
  if (made.size() != bytes) return CKR_DEVICE_ERROR;
  TRY(hand_out_new(module, session, reply.value().object, *key));
  std::memcpy(ciphertext.octets, made.data(), made.size());
  return {};
}

Answer decapsulate(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE handle,
                   const CK_ATTRIBUTE* attributes, CK_ULONG count, Bytes ciphertext, CK_OBJECT_HANDLE& key) {
  Object private_key;
  TRY(prepare(module, session, mechanism, CKF_DECAPSULATE, handle, private_key));
  if (ciphertext.size() != private_key.summary.bits / 8) return CKR_WRAPPED_KEY_LEN_RANGE;
  OwnedTemplate wanted;
  Repeat repeat = Repeat::no;
  TRY(read_new(module, session, attributes, count, wanted, repeat));
  const wire::Decapsulate request{
      session.slot, session.number, private_key.summary.id, static_cast<std::uint32_t>(mechanism.mechanism),
      ciphertext,   wanted.view};
  const auto reply = module.ask(session.link, request, repeat);
  if (!reply.ok()) return key_answer(reply.error());
  return hand_out_new(module, session, reply.value().object, key);
}

}  // namespace

CK_RV encapsulate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE public_key,
                      CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR encapsulated,
                      CK_ULONG_PTR encapsulated_bytes, CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || encapsulated_bytes == nullptr) return CKR_ARGUMENTS_BAD;
    return encapsulate(module, held, *mechanism, public_key, attributes, count,
                       {encapsulated, encapsulated_bytes}, key);
  });
}

CK_RV decapsulate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE private_key,
                      CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR encapsulated,
                      CK_ULONG encapsulated_bytes, CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || key == nullptr || encapsulated == nullptr) return CKR_ARGUMENTS_BAD;
    return decapsulate(module, held, *mechanism, private_key, attributes, count,
                       {encapsulated, encapsulated_bytes}, *key);
  });
}

}  // namespace coffer::pkcs11
