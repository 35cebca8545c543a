// C_VerifyInit, C_Verify, C_VerifyUpdate, C_VerifyFinal, C_VerifyRecoverInit, C_VerifyRecover
// (PKCS#11 3.0, 5.15).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kKind = wire::OperationKind::verify;

// Ends the verification with the chip's verdict.
Answer conclude(Module& module, Session& held, const Status& verdict) {
  end_operation(module, held, kKind);
  return key_answer(verdict);
}

// Refuses a signature that cannot be right because of its length.
Answer check_signature(const Operation& operation, const CK_BYTE* signature, CK_ULONG signature_bytes) {
  if (signature == nullptr) return CKR_ARGUMENTS_BAD;
  const Bound bound = signature_bound(operation.shape, operation.key.summary.bits);
  if (signature_bytes > bound.bytes || (bound.exact && signature_bytes != bound.bytes)) {
    return CKR_SIGNATURE_LEN_RANGE;
  }
  return {};
}

Status ask_verify(Module& module, Session& held, const Operation& operation, Bytes data, Bytes signature) {
  const wire::Verify request{operation.key.slot, operation.key.summary.id, operation.parameters.view, data,
                             signature};
  return module.tell(held.link, request);
}

Status no_output(Bytes /*octets*/) { return {}; }

Answer verify_whole(Module& module, Session& held, const CK_BYTE* data, CK_ULONG data_bytes,
                    const CK_BYTE* signature, CK_ULONG signature_bytes) {
  Operation& operation = held.operation(kKind);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  if (operation.stage != Stage::ready) return CKR_OPERATION_ACTIVE;
  const Answer checked = data == nullptr && data_bytes != 0
                             ? Answer{CKR_ARGUMENTS_BAD}
                             : check_signature(operation, signature, signature_bytes);
  if (!checked.ok()) {
    end_operation(module, held, kKind);
    return checked;
  }
  const Bytes octets{data, data_bytes};
  const Bytes claimed{signature, signature_bytes};
  if (octets.size() <= wire::kDataBytesMax) {
    return conclude(module, held, ask_verify(module, held, operation, octets, claimed));
  }
  return conclude(module, held, ask_streamed(module, held, kKind, octets, claimed, no_output));
}

Answer verify_collected(Module& module, Session& held, const CK_BYTE* signature, CK_ULONG signature_bytes) {
  Operation& operation = held.operation(kKind);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const Answer checked = check_signature(operation, signature, signature_bytes);
  if (!checked.ok()) {
    end_operation(module, held, kKind);
    return checked;
  }
  const Bytes claimed{signature, signature_bytes};
  return conclude(module, held,
                  operation.stage == Stage::streaming
                      ? finish_remote(module, held, operation, claimed, no_output)
                      : ask_verify(module, held, operation, operation.collected, claimed));
}

}  // namespace

CK_RV verify_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kKind, mechanism, key);
  });
}

CK_RV verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
             CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return verify_whole(module, held, data, data_bytes, signature, signature_bytes);
  });
}

CK_RV verify_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(
      session, [&](Module& module, Session& held) { return collect(module, held, kKind, part, part_bytes); });
}

CK_RV verify_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return verify_collected(module, held, signature, signature_bytes);
  });
}

CK_RV verify_recover_init(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV verify_recover(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

}  // namespace coffer::pkcs11
