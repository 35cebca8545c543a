// C_MessageDecryptInit, C_DecryptMessage, C_DecryptMessageBegin, C_DecryptMessageNext, C_MessageDecryptFinal:
// many messages with one key (PKCS#11 3.2, 5.11).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/message_cipher.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::message_decrypt;

}  // namespace

CK_RV message_decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV decrypt_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                      CK_BYTE_PTR associated, CK_ULONG associated_bytes, CK_BYTE_PTR encrypted,
                      CK_ULONG encrypted_bytes, CK_BYTE_PTR data, CK_ULONG_PTR data_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_message(
        module, held, kActivity,
        {parameter, parameter_bytes, associated, associated_bytes, encrypted, encrypted_bytes},
        {data, data_bytes});
  });
}

CK_RV decrypt_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                            CK_BYTE_PTR associated, CK_ULONG associated_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_message_begin(module, held, kActivity,
                                {parameter, parameter_bytes, associated, associated_bytes, nullptr, 0});
  });
}

CK_RV decrypt_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                           CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                           CK_ULONG_PTR part_bytes, CK_FLAGS flags) {
  return with_session(session, [&](Module& module, Session& held) {
    return cipher_message_next(module, held, kActivity,
                               {parameter, parameter_bytes, nullptr, 0, encrypted, encrypted_bytes},
                               {part, part_bytes}, (flags & CKF_END_OF_MESSAGE) != 0);
  });
}

CK_RV message_decrypt_final(CK_SESSION_HANDLE session) {
  return with_session(session,
                      [&](Module& module, Session& held) { return end_messages(module, held, kActivity); });
}

}  // namespace coffer::pkcs11
