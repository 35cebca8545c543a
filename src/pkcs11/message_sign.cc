// C_MessageSignInit, C_SignMessage, C_SignMessageBegin, C_SignMessageNext, C_MessageSignFinal: many messages
// with one key (PKCS#11 3.2, 5.14).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/message.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::message_sign;

// The last part comes with the room for the signature. It is taken only when the signature will fit, so that
// a caller who learns the length, or had too little room, can call again with the same part.
Answer sign_last(Module& module, Session& session, const CK_BYTE* part, CK_ULONG part_bytes, Output output) {
  const Operation& operation = session.operation(kActivity);
  const Bound bound = signature_bound(operation.shape, operation.key.summary.bits);
  if (output.octets == nullptr || *output.length < bound.bytes) {
    *output.length = bound.bytes;
    return output.octets == nullptr ? Answer{} : Answer{CKR_BUFFER_TOO_SMALL};
  }
  TRY(collect(module, session, kActivity, part, part_bytes));
  return run_collected(module, session, kActivity, output);
}

}  // namespace

CK_RV message_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, key);
  });
}

CK_RV sign_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                   CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                   CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    TRY(need_no_parameter(module, held, kActivity, parameter, parameter_bytes));
    return run_whole(module, held, kActivity, data, data_bytes, {signature, signature_bytes});
  });
}

CK_RV sign_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes) {
  return with_session(session, [&](Module&, Session& held) -> Answer {
    TRY(check_no_parameter(held.operation(kActivity), parameter, parameter_bytes));
    return begin_message(held.operation(kActivity));
  });
}

CK_RV sign_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                        CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    TRY(check_no_parameter(held.operation(kActivity), parameter, parameter_bytes));
    TRY(check_in_message(held.operation(kActivity)));
    if (signature_bytes == nullptr) return collect(module, held, kActivity, part, part_bytes);
    return sign_last(module, held, part, part_bytes, {signature, signature_bytes});
  });
}

CK_RV message_sign_final(CK_SESSION_HANDLE session) {
  return with_session(session,
                      [&](Module& module, Session& held) { return end_messages(module, held, kActivity); });
}

}  // namespace coffer::pkcs11
