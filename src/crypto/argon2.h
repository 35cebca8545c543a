// Argon2id without its gate and with any salt: for the self-test. primitives.h is the public door.
#pragma once

#include "crypto/primitives.h"

namespace coffer::crypto {

// argon2id_raw fills `out`; `salt` has at least 8 octets (RFC 9106, 3.1).
Status argon2id_raw(Bytes password, Bytes salt, const Argon2Cost& cost, MutableBytes out);

}  // namespace coffer::crypto
