// C_VerifySignatureInit, C_VerifySignature, C_VerifySignatureUpdate, C_VerifySignatureFinal: the signature
// comes before the message (PKCS#11 3.2, 5.16).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/verification.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::verify_signature;

Answer begin(Module& module, Session& session, const CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key,
             Signature signature) {
  TRY(begin_operation(module, session, kActivity, mechanism, key));
  if (mechanism == nullptr) return {};
  Operation& operation = session.operation(kActivity);
  const Answer checked = check_signature(operation, signature);
  if (checked.ok()) {
    operation.signature = to_buffer({signature.octets, signature.bytes});
  } else {
    quit_operation(module, session, kActivity);
  }
  return checked;
}

Signature kept(const Operation& operation) {
  return {operation.signature.data(), operation.signature.size()};
}

}  // namespace

CK_RV verify_signature_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key,
                            CK_BYTE_PTR signature, CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin(module, held, mechanism, key, {signature, signature_bytes});
  });
}

CK_RV verify_signature(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return verify_whole(module, held, kActivity, data, data_bytes, kept(held.operation(kActivity)));
  });
}

CK_RV verify_signature_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return collect(module, held, kActivity, part, part_bytes);
  });
}

CK_RV verify_signature_final(CK_SESSION_HANDLE session) {
  return with_session(session, [&](Module& module, Session& held) {
    return verify_collected(module, held, kActivity, kept(held.operation(kActivity)));
  });
}

}  // namespace coffer::pkcs11
