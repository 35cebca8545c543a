// C_SignInit, C_Sign, C_SignUpdate, C_SignFinal (PKCS#11 3.2, 5.13).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::sign;

}  // namespace

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
           CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, kActivity, data, data_bytes, {signature, signature_bytes});
  });
}

CK_RV sign_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return collect(module, held, kActivity, part, part_bytes);
  });
}

CK_RV sign_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_collected(module, held, kActivity, {signature, signature_bytes});
  });
}

}  // namespace coffer::pkcs11
