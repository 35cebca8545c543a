// The key derivations of TLS 1.2 (RFC 5246, RFC 5705, RFC 7627). No gate: operation.h is the public door.
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// derive_tls gives a master secret (48 octets), the key block of a connection (two MAC secrets, two keys, two
// IVs), or the output of the PRF under the caller's label.
Result<SecretBytes> derive_tls(const SecretKey& key, const Mechanism& mechanism,
                               const Parameters& parameters);

// tls_mac_into is the verify_data of a Finished message: `data` is the hash of the handshake and
// parameters.info the label ("client finished", "server finished").
Result<std::size_t> tls_mac_into(const SecretKey& key, const Parameters& parameters, Bytes data,
                                 MutableBytes tag);

}  // namespace coffer::crypto
