// C_EncryptInit, C_Encrypt, C_EncryptUpdate, C_EncryptFinal (PKCS#11 3.0, 5.8).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::encrypt;

}  // namespace

CK_RV encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR encrypted,
              CK_ULONG_PTR encrypted_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, kActivity, data, data_bytes, {encrypted, encrypted_bytes});
  });
}

CK_RV encrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                     CK_ULONG_PTR encrypted_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_update(module, held, kActivity, part, part_bytes, {encrypted, encrypted_bytes});
  });
}

CK_RV encrypt_final(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_final(module, held, kActivity, {encrypted, encrypted_bytes});
  });
}

}  // namespace coffer::pkcs11
