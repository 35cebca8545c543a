// C_DigestEncryptUpdate, C_DecryptDigestUpdate, C_SignEncryptUpdate, C_DecryptVerifyUpdate: two operations on
// one part (PKCS#11 3.2, 5.17).
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

namespace {

// Part is one part of the cipher's input, and where its output goes.
struct DualPart {
  const CK_BYTE* input = nullptr;
  CK_ULONG input_bytes = 0;
  Output output;
};

// Runs the cipher first: only when its output was taken does the other operation get the plaintext, so a
// caller with too little room can call again with the same part. A failure of one ends both.
Answer run_both(Module& module, Session& session, Activity cipher, Activity other, const DualPart& part) {
  if (!session.operation(cipher).is_active() || !session.operation(other).is_active()) {
    return CKR_OPERATION_NOT_INITIALIZED;
  }
  const Answer ciphered = cipher_update(module, session, cipher, part.input, part.input_bytes, part.output);
  if (ciphered.code() == CKR_BUFFER_TOO_SMALL) return ciphered;
  if (!ciphered.ok()) {
    end_operation(module, session, other);
    return ciphered;
  }
  if (part.output.octets == nullptr) return {};
  const bool decrypts = cipher == Activity::decrypt;
  const Answer collected = decrypts ? collect(module, session, other, part.output.octets, *part.output.length)
                                    : collect(module, session, other, part.input, part.input_bytes);
  if (!collected.ok()) end_operation(module, session, cipher);
  return collected;
}

}  // namespace

CK_RV digest_encrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                            CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_both(module, held, Activity::encrypt, Activity::digest,
                    {part, part_bytes, {encrypted, encrypted_bytes}});
  });
}

CK_RV decrypt_digest_update(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                            CK_BYTE_PTR part, CK_ULONG_PTR part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_both(module, held, Activity::decrypt, Activity::digest,
                    {encrypted, encrypted_bytes, {part, part_bytes}});
  });
}

CK_RV sign_encrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                          CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_both(module, held, Activity::encrypt, Activity::sign,
                    {part, part_bytes, {encrypted, encrypted_bytes}});
  });
}

CK_RV decrypt_verify_update(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                            CK_BYTE_PTR part, CK_ULONG_PTR part_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return run_both(module, held, Activity::decrypt, Activity::verify,
                    {encrypted, encrypted_bytes, {part, part_bytes}});
  });
}

}  // namespace coffer::pkcs11
