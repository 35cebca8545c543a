// RSA: signatures and encryption (RFC 8017). No gate: operation.h is the public door.
#pragma once

#include "crypto/key_handle.h"
#include "crypto/operation.h"

namespace coffer::crypto {

// rsa_private is the bare private operation on as many octets as the modulus has. The result is checked with
// the public key before it is written: a computation that went wrong would give the factors away.
Status rsa_private(const PrivateKey::Handle& key, Bytes input, MutableBytes output);

// rsa_public is the bare public operation.
Status rsa_public(const PublicKey::Handle& key, Bytes input, MutableBytes output);

// sign_rsa and verify_rsa take the digest, or for bare PKCS#1 v1.5 the data.
Result<std::size_t> sign_rsa(const PrivateKey::Handle& key, const Mechanism& mechanism,
                             const Parameters& parameters, Bytes data, MutableBytes signature);
Status verify_rsa(const PublicKey::Handle& key, const Mechanism& mechanism, const Parameters& parameters,
                  Bytes data, Bytes signature);

// recover_rsa gives what a bare PKCS#1 v1.5 signature signed, and its size; of a raw one all octets.
Result<std::size_t> recover_rsa(const PublicKey::Handle& key, const Mechanism& mechanism, Bytes signature,
                                MutableBytes output);

// encrypt_rsa and decrypt_rsa: PKCS#1 v1.5 with implicit rejection, OAEP, and raw. OpenSSL checks each
// private result with the public exponent itself.
Result<std::size_t> encrypt_rsa(const PublicKey::Handle& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output);
Result<std::size_t> decrypt_rsa(const PrivateKey::Handle& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output);

}  // namespace coffer::crypto
