// C_MessageVerifyInit, C_VerifyMessage, C_VerifyMessageBegin, C_VerifyMessageNext, C_MessageVerifyFinal: many
// messages with one key (PKCS#11 3.2, 5.17).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/message.h"
#include "pkcs11/verification.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::message_verify;

}  // namespace

CK_RV message_verify_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV verify_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                     CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature, CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    TRY(need_no_parameter(module, held, kActivity, parameter, parameter_bytes));
    return verify_whole(module, held, kActivity, data, data_bytes, {signature, signature_bytes});
  });
}

CK_RV verify_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes) {
  return with_session(session, [&](Module&, Session& held) -> Answer {
    TRY(check_no_parameter(held.operation(kActivity), parameter, parameter_bytes));
    return begin_message(held.operation(kActivity));
  });
}

CK_RV verify_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                          CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR signature,
                          CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    TRY(check_no_parameter(held.operation(kActivity), parameter, parameter_bytes));
    TRY(check_in_message(held.operation(kActivity)));
    TRY(collect(module, held, kActivity, part, part_bytes));
    if (signature == nullptr) return {};
    return verify_collected(module, held, kActivity, {signature, signature_bytes});
  });
}

CK_RV message_verify_final(CK_SESSION_HANDLE session) {
  return with_session(session,
                      [&](Module& module, Session& held) { return end_messages(module, held, kActivity); });
}

}  // namespace coffer::pkcs11
