// Key wrapping: the octets of a key, encrypted under another key - by any mechanism that encrypts, and by the
// two that put a temporary AES key in between (PKCS#11 3.2, CKM_RSA_AES_KEY_WRAP, CKM_ECDH_AES_KEY_WRAP).
//
// Parameters::output_bytes is the size of that temporary key. Self-tests and checks are those of operation.h;
// all ways to fail unwrapping look the same (ciphertext_invalid; ciphertext_length where the length alone
// tells).
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// wrap encrypts the octets of a key. AES-CBC pads them with zeros to whole blocks, as PKCS#11 wants it.
Result<Buffer> wrap(const SecretKey& key, const Parameters& parameters, const SecretBytes& octets);
Result<Buffer> wrap(const PublicKey& key, const Parameters& parameters, const SecretBytes& octets);

// unwrap gives the octets back; they never leave the chip.
Result<SecretBytes> unwrap(const SecretKey& key, const Parameters& parameters, Bytes wrapped);
Result<SecretBytes> unwrap(const PrivateKey& key, const Parameters& parameters, Bytes wrapped);

}  // namespace coffer::crypto
