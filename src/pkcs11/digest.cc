// C_DigestInit, C_Digest, C_DigestUpdate, C_DigestKey, C_DigestFinal (PKCS#11 3.0, 5.12).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::digest;

// The digest of a key tells something about it: only a key whose value may be read can be digested.
Answer feed_key(Module& module, Session& session, CK_OBJECT_HANDLE handle) {
  const std::optional<Object> key = module.objects().find(handle);
  if (!key || key->slot != session.slot) return CKR_KEY_HANDLE_INVALID;
  if (!module.can_see(key->slot, key->summary)) return CKR_KEY_HANDLE_INVALID;
  if (key->summary.object_class != CKO_SECRET_KEY) return CKR_KEY_INDIGESTIBLE;
  TRY(move_to_chip(module, session, kActivity));
  const wire::DigestKey request{session.operation(kActivity).remote, key->slot, key->summary.id};
  const Status told = module.tell(session.link, request);
  if (!told.ok() && told.error().code == Code::denied) return CKR_KEY_INDIGESTIBLE;
  return key_answer(told);
}

}  // namespace

CK_RV digest_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism) {
  return with_session(session, [&](Module& module, Session& held) {
    return begin_operation(module, held, kActivity, mechanism, CK_INVALID_HANDLE);
  });
}

CK_RV digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR digest,
             CK_ULONG_PTR digest_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_whole(module, held, kActivity, data, data_bytes, {digest, digest_bytes});
  });
}

CK_RV digest_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return collect(module, held, kActivity, part, part_bytes);
  });
}

CK_RV digest_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (!held.operation(kActivity).is_active()) return CKR_OPERATION_NOT_INITIALIZED;
    const Answer fed = feed_key(module, held, key);
    if (!fed.ok()) end_operation(module, held, kActivity);
    return fed;
  });
}

CK_RV digest_final(CK_SESSION_HANDLE session, CK_BYTE_PTR digest, CK_ULONG_PTR digest_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_collected(module, held, kActivity, {digest, digest_bytes});
  });
}

}  // namespace coffer::pkcs11
