// How a digest becomes the number that RSA signs: EMSA-PKCS1-v1_5 and EMSA-PSS (RFC 8017, 9), or the
// number as it is (CKM_RSA_X_509).
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// PssHashes are the two digests of a PSS signature.
struct PssHashes {
  Hash message;
  Hash mask;
};

// pss_hashes reads them from the mechanism's row and the parameters, which must agree (mechanism_parameter).
Result<PssHashes> pss_hashes(const Mechanism& mechanism, const Parameters& parameters);

// encode_for_signature fills `encoded` (as long as the modulus of `bits` bits). `data` is the digest of the
// message, or for bare PKCS#1 v1.5 what shall be signed as it is (data_length when it does not fit).
Status encode_for_signature(const Mechanism& mechanism, const Parameters& parameters, std::uint32_t bits,
                            Bytes data, MutableBytes encoded);

}  // namespace coffer::crypto
