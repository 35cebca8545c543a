// Verification: checking a signature over a message, in one part or several; what C_Verify, C_VerifySignature
// and C_VerifyMessage have in common.
#pragma once

#include "base/bytes.h"
#include "pkcs11/operation.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"

namespace coffer::pkcs11 {

// Signature is what an application says that the signature is.
struct Signature {
  const CK_BYTE* octets = nullptr;
  CK_ULONG bytes = 0;
};

// check_signature refuses a signature that cannot be right because of its length.
Answer check_signature(const Operation& operation, Signature signature);

// verify_whole verifies a message in one part, and ends the operation.
Answer verify_whole(Module& module, Session& session, Activity activity, const CK_BYTE* data,
                    CK_ULONG data_bytes, Signature signature);

// verify_collected verifies what collect() took, and ends the operation.
Answer verify_collected(Module& module, Session& session, Activity activity, Signature signature);

}  // namespace coffer::pkcs11
