// Verification: one request, or the end of a stream.
#include "pkcs11/verification.h"

#include "pkcs11/given.h"
#include "pkcs11/module.h"
#include "pkcs11/session.h"

namespace coffer::pkcs11 {

namespace {

// Ends the verification with the chip's verdict.
Answer conclude(Module& module, Session& session, Activity activity, const Status& verdict) {
  end_operation(module, session, activity);
  return key_answer(verdict);
}

Status ask_verify(Module& module, Session& session, const Operation& operation, Bytes data, Bytes signature) {
  const wire::Verify request{operation.key.slot, operation.key.summary.id, operation.parameters.view, data,
                             signature};
  return module.tell(session.link, request);
}

Status no_output(Bytes /*octets*/) { return {}; }

}  // namespace

Answer check_signature(const Operation& operation, Signature signature) {
  if (signature.octets == nullptr) return CKR_ARGUMENTS_BAD;
  const Bound bound = signature_bound(operation.shape, operation.key.summary.bits);
  // Two numbers may come without their leading zeros, as long as both have one length (3.2, 6.3.1).
  const bool may_be_shorter = operation.shape.output == OutputForm::field_pair && signature.bytes % 2 == 0;
  const bool fits = signature.bytes == bound.bytes || !bound.exact || may_be_shorter;
  if (signature.bytes > bound.bytes || !fits) {
    return CKR_SIGNATURE_LEN_RANGE;
  }
  return {};
}

Answer verify_whole(Module& module, Session& session, Activity activity, const CK_BYTE* data,
                    CK_ULONG data_bytes, Signature signature) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  if (operation.stage != Stage::ready) {
    end_operation(module, session, activity);
    return CKR_OPERATION_ACTIVE;
  }
  const Answer checked =
      is_missing(data, data_bytes) ? Answer{CKR_ARGUMENTS_BAD} : check_signature(operation, signature);
  if (!checked.ok()) {
    end_operation(module, session, activity);
    return checked;
  }
  const Bytes octets{data, data_bytes};
  const Bytes claimed{signature.octets, signature.bytes};
  if (octets.size() <= wire::kDataBytesMax) {
    return conclude(module, session, activity, ask_verify(module, session, operation, octets, claimed));
  }
  return conclude(module, session, activity,
                  ask_streamed(module, session, activity, octets, claimed, no_output));
}

Answer verify_collected(Module& module, Session& session, Activity activity, Signature signature) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const Answer checked = check_signature(operation, signature);
  if (!checked.ok()) {
    end_operation(module, session, activity);
    return checked;
  }
  const Bytes claimed{signature.octets, signature.bytes};
  return conclude(module, session, activity,
                  operation.stage == Stage::streaming
                      ? finish_remote(module, session, operation, claimed, no_output)
                      : ask_verify(module, session, operation, operation.collected, claimed));
}

}  // namespace coffer::pkcs11
