// C_DigestInit, C_Digest, C_DigestUpdate, C_DigestKey, C_DigestFinal (PKCS#11 3.0, 5.12).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kKind = wire::OperationKind::digest;

}  // namespace

CK_RV digest_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kKind, mechanism, CK_INVALID_HANDLE);
  });
}

CK_RV digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR digest,
             CK_ULONG_PTR digest_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, kKind, data, data_bytes, {digest, digest_bytes});
  });
}

CK_RV digest_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(
      session, [&](Module& module, Session& held) { return collect(module, held, kKind, part, part_bytes); });
}

// The digest of a key tells something about it; no key of Coffer permits that.
CK_RV digest_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (!held.operation(kKind).is_active()) return CKR_OPERATION_NOT_INITIALIZED;
    end_operation(module, held, kKind);
    return CKR_KEY_INDIGESTIBLE;
  });
}

CK_RV digest_final(CK_SESSION_HANDLE session, CK_BYTE_PTR digest, CK_ULONG_PTR digest_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_collected(module, held, kKind, {digest, digest_bytes});
  });
}

}  // namespace coffer::pkcs11
