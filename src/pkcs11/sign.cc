// C_SignInit, C_Sign, C_SignUpdate, C_SignFinal, C_SignRecoverInit, C_SignRecover (PKCS#11 3.0, 5.13).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kKind = wire::OperationKind::sign;

}  // namespace

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kKind, mechanism, key);
  });
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
           CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, kKind, data, data_bytes, {signature, signature_bytes});
  });
}

CK_RV sign_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(
      session, [&](Module& module, Session& held) { return collect(module, held, kKind, part, part_bytes); });
}

CK_RV sign_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_collected(module, held, kKind, {signature, signature_bytes});
  });
}

CK_RV sign_recover_init(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV sign_recover(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

}  // namespace coffer::pkcs11
