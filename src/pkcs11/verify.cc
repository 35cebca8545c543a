// C_VerifyInit, C_Verify, C_VerifyUpdate, C_VerifyFinal (PKCS#11 3.2, 5.15).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/verification.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::verify;

}  // namespace

CK_RV verify_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
             CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return verify_whole(module, held, kActivity, data, data_bytes, {signature, signature_bytes});
  });
}

CK_RV verify_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return collect(module, held, kActivity, part, part_bytes);
  });
}

CK_RV verify_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return verify_collected(module, held, kActivity, {signature, signature_bytes});
  });
}

}  // namespace coffer::pkcs11
