// Ciphers of secret keys: AES-XTS, AES-CCM and ChaCha20-Poly1305 in one call; everything else is
// crypto/aes.h. No gate: operation.h is the public door.
#pragma once

#include "crypto/aes.h"

namespace coffer::crypto {

// check_cipher_parameters looks at the IV, tag size and counter of any mechanism that encrypts with a secret
// key (mechanism_parameter).
Status check_cipher_parameters(const Mechanism& mechanism, const Parameters& parameters);

// is_sealing tells whether a family authenticates what it encrypts: GCM, CCM, ChaCha20-Poly1305.
bool is_sealing(Family family);

// seal_tag_bytes is the size of such a mechanism's tag.
std::size_t seal_tag_bytes(const Mechanism& mechanism, const Parameters& parameters);

// check_seal_length checks the size of a plaintext against what the mechanism's counter and, for CCM, the
// announcement allow (data_length, or ciphertext_length).
Status check_seal_length(const Mechanism& mechanism, const Parameters& parameters, std::uint64_t bytes,
                         Direction direction);

// too_much_to_seal refuses what is longer than kSealBytesMax.
inline Error too_much_to_seal() {
  return Error{Code::data_length, "more than 64 MiB cannot be encrypted with one nonce here"};
}

// is_whole tells whether a mechanism needs all its input at once: in parts it is collected.
bool is_whole(const Mechanism& mechanism, Direction direction);

// encrypt_secret and decrypt_secret run any mechanism that encrypts with a secret key, with all checks of
// parameters and lengths.
Result<std::size_t> encrypt_secret(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Bytes data, MutableBytes output);
Result<std::size_t> decrypt_secret(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Bytes data, MutableBytes output);

}  // namespace coffer::crypto
