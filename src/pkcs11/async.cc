// C_AsyncComplete, C_AsyncGetID, C_AsyncJoin (PKCS#11 3.2, 5.21).
#include "pkcs11/functions.h"

namespace coffer::pkcs11 {

CK_RV async_complete(CK_SESSION_HANDLE, CK_UTF8CHAR_PTR, CK_ASYNC_DATA_PTR) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV async_get_id(CK_SESSION_HANDLE, CK_UTF8CHAR_PTR, CK_ULONG_PTR) { return CKR_FUNCTION_NOT_SUPPORTED; }

CK_RV async_join(CK_SESSION_HANDLE, CK_UTF8CHAR_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

}  // namespace coffer::pkcs11
