// AES: ECB, CBC, CBC-PAD, CTR, GCM, KW and KWP (SP 800-38A, D, F), DES3 in the first three modes, and
// ChaCha20 (RFC 8439), which runs like CTR, and in parts with Poly1305 like GCM. No gate: operation.h is the
// public door.
#pragma once

#include "crypto/operation.h"
#include "crypto/secret_contexts.h"

namespace coffer::crypto {

inline constexpr std::size_t kAesBlockBytes = 16;
inline constexpr std::size_t kDes3BlockBytes = 8;
// block_bytes is the size of a block of the mechanism's cipher.
constexpr std::size_t block_bytes(const Mechanism& mechanism) {
  return mechanism.key == KeyType::des3 ? kDes3BlockBytes : kAesBlockBytes;
}
// OpenSSL takes no longer nonces.
inline constexpr std::size_t kGcmNonceBytesMax = 128;

// CipherRun is one run of ECB, CBC, CTR, GCM, ChaCha20 or ChaCha20-Poly1305 over a prepared context. The key
// must outlive it.
class CipherRun final {
 public:
  // start checks nothing: check_cipher_parameters comes first. What authenticates also takes in the
  // associated data.
  static Result<CipherRun> start(const SecretKey& key, const Mechanism& mechanism,
                                 const Parameters& parameters, Direction direction);
  // update writes what is ready (of a stream as much as came in, otherwise whole blocks); it returns the
  // size.
  Result<std::size_t> update(Bytes data, MutableBytes output);
  // tag ends an encryption that authenticates.
  Status tag(MutableBytes out);
  // accept ends a decryption that authenticates (ciphertext_invalid).
  Status accept(Bytes tag);
  // give_back returns the context to the key. Without it the context is freed, which is right after a
  // failure.
  void give_back();

 private:
  static Result<CipherRun> start_chacha20(const SecretKey& key, const Parameters& parameters);
  static Result<CipherRun> start_poly1305(const SecretKey& key, const Parameters& parameters,
                                          Direction direction);
  Status take_associated(Bytes associated);
  CipherRun(CipherContextPool* pool, OwnedCipherContext context, bool reusable)
      : pool_(pool), context_(std::move(context)), reusable_(reusable) {}

  CipherContextPool* pool_;  // null when the context is not reusable
  OwnedCipherContext context_;
  bool reusable_;
};

// check_aes_parameters looks at the IV, tag size and counter size of a mechanism (mechanism_parameter).
Status check_aes_parameters(const Mechanism& mechanism, const Parameters& parameters);

// check_counter makes sure that `bytes` octets do not make the counter of CTR or ChaCha20 wrap (data_length).
Status check_counter(const Mechanism& mechanism, const Parameters& parameters, std::uint64_t bytes);

// pad_block completes the last octets of a message to a block of `bytes` octets (RFC 5652, 6.3). What it
// gives has room for the longest block.
std::array<std::uint8_t, kAesBlockBytes> pad_block(Bytes tail, std::size_t bytes);

// padding_of looks at the last block of a message in constant time: how many octets of it are data, or
// its size when the padding is wrong.
std::size_t data_in_last_block(Bytes block);

// encrypt_aes and decrypt_aes run a mechanism in one call, with all checks of parameters and lengths.
Result<std::size_t> encrypt_aes(const SecretKey& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output);
Result<std::size_t> decrypt_aes(const SecretKey& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output);

}  // namespace coffer::crypto
