// C_EncapsulateKey, C_DecapsulateKey (PKCS#11 3.2, 5.18).
#include "pkcs11/functions.h"

namespace coffer::pkcs11 {

CK_RV encapsulate_key(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE, CK_ATTRIBUTE_PTR, CK_ULONG,
                      CK_BYTE_PTR, CK_ULONG_PTR, CK_OBJECT_HANDLE_PTR) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV decapsulate_key(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE, CK_ATTRIBUTE_PTR, CK_ULONG,
                      CK_BYTE_PTR, CK_ULONG, CK_OBJECT_HANDLE_PTR) {
  return CKR_FUNCTION_NOT_SUPPORTED;
}

}  // namespace coffer::pkcs11
