// C_DecryptInit, C_Decrypt, C_DecryptUpdate, C_DecryptFinal (PKCS#11 3.0, 5.10).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::decrypt;

}  // namespace

CK_RV decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes, CK_BYTE_PTR data,
              CK_ULONG_PTR data_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, kActivity, encrypted, encrypted_bytes, {data, data_bytes});
  });
}

CK_RV decrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                     CK_BYTE_PTR part, CK_ULONG_PTR part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_update(module, held, kActivity, encrypted, encrypted_bytes, {part, part_bytes});
  });
}

CK_RV decrypt_final(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG_PTR part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_final(module, held, kActivity, {part, part_bytes});
  });
}

}  // namespace coffer::pkcs11
