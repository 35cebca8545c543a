// C_VerifySignatureInit and its kin: the signature comes first (PKCS#11 3.2, 5.16).
#include "pkcs11/functions.h"

namespace coffer::pkcs11 {

CK_RV verify_signature_init(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE, CK_BYTE_PTR, CK_ULONG) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV verify_signature(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG) { return CKR_FUNCTION_NOT_SUPPORTED; }

CK_RV verify_signature_update(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG) { return CKR_FUNCTION_NOT_SUPPORTED; }

CK_RV verify_signature_final(CK_SESSION_HANDLE) { return CKR_FUNCTION_NOT_SUPPORTED; }

}  // namespace coffer::pkcs11
