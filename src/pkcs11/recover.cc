// C_SignRecoverInit, C_SignRecover, C_VerifyRecoverInit, C_VerifyRecover: signatures that give the data back
// (PKCS#11 3.2, 5.13, 5.15).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

CK_RV sign_recover_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, Activity::sign_recover, mechanism, key);
  });
}

CK_RV sign_recover(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                   CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, Activity::sign_recover, data, data_bytes, {signature, signature_bytes});
  });
}

CK_RV verify_recover_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, Activity::verify_recover, mechanism, key);
  });
}

CK_RV verify_recover(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes,
                     CK_BYTE_PTR data, CK_ULONG_PTR data_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, Activity::verify_recover, signature, signature_bytes, {data, data_bytes});
  });
}

}  // namespace coffer::pkcs11
