// Operations: sign, verify, encrypt, decrypt, derive, digest - one call each, or as a stream of parts.
//
// Every function looks the mechanism up in the table, runs its self-test before first use, and checks key
// type, key size, parameters and lengths. To whoever sent a ciphertext, all ways to fail decryption look the
// same (Code::ciphertext_invalid). RSA private results are verified with the public key before they are
// released.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"
#include "crypto/mechanism.h"

namespace coffer::crypto {

// DataPart is one piece of the input of SP 800-108 (CK_PRF_DATA_PARAM); the kinds have the numbers of
// PKCS#11, where the length of all blocks is a variant of the length of all keys.
struct DataPart {
  enum class Kind : std::uint8_t {
    iteration = 1,
    counter = 2,
    keys_length = 3,
    octets = 4,
    blocks_length = 5
  };
  Kind kind = Kind::octets;
  bool little_endian = false;
  std::uint32_t bits = 0;  // width of a counter (8 to 32) or a length (8 to 64); 0 for the rest
  Bytes octets;
};

// Parameters of one operation. Unused fields stay empty. Views live as long as the caller's buffers.
struct Parameters {
  std::uint32_t mechanism = 0;  // Mechanism::number
  // iv: CBC, CTR, XTS 16 octets; GCM 1..128; CCM 7..13; GMAC and ChaCha20-Poly1305 12; KW 8 or none; KWP 4 or
  // none; ChaCha20 16, the counter (little-endian) and the nonce; SP 800-108 feedback: the first block.
  Bytes iv;
  Bytes associated;  // GCM, CCM, ChaCha20-Poly1305: associated data; OAEP label; context of a signature
  std::uint32_t tag_bits = 0;      // GCM: 96..128 in steps of 8, or 64 or 32; CCM: 32..128 in steps of 16
  std::uint32_t counter_bits = 0;  // CTR: 1..128; ChaCha20: 32 or 64; must not wrap within one message
  Hash hash = Hash::none;          // PSS, OAEP: the message digest; HKDF, ECDH's X9.63 KDF, PBKDF2, TLS, SP
                                   // 800-108: its digest (SP 800-108: none for AES-CMAC)
  Hash mask_hash = Hash::none;     // PSS, OAEP: the digest inside MGF1
  std::uint32_t salt_bytes = 0;    // PSS
  Bytes peer;                      // ECDH: the other side's public point
  Bytes salt;                      // HKDF, PBKDF2: salt; ECDH with KDF: shared info; TLS: both randoms in
                                   // the order of the RFC, or the session's hash
  Bytes info;                      // HKDF: info; TLS: a label; concatenation, XOR, encryption: the data
  bool extract = false;            // HKDF: run the extract step
  bool expand = false;             // HKDF: run the expand step
  std::uint32_t output_bytes = 0;  // HKDF, ECDH: octets wanted (0: all, for ECDH without KDF and HKDF-
                                   // Extract). ECDH without KDF drops leading octets (PKCS#11). MACs of
                                   // general length, TLS: octets wanted
  std::uint8_t variant = 0;        // a choice between forms of one mechanism: namespace variant
  const SecretKey* other_key = nullptr;  // CONCATENATE_BASE_AND_KEY: the second key; HKDF: the salt
  std::uint64_t number = 0;  // PBKDF2: iterations; EXTRACT_KEY_FROM_KEY: the first bit; CCM: octets
                             // of plaintext announced, or 0
  std::span<const std::uint32_t> sizes;  // TLS keys: octets of a MAC secret, a key, an IV
  std::span<const DataPart> parts;       // SP 800-108
  bool legacy = false;  // the caller may do what Mechanism::legacy lists, and sign with SHA-1
};

// The values of Parameters::variant.
namespace variant {
inline constexpr std::uint8_t kPlain = 0;          // the usual form; what signs may hedge (post-quantum)
inline constexpr std::uint8_t kPrehashed = 1;      // EdDSA: Ed25519ph, Ed448ph
inline constexpr std::uint8_t kHedged = 1;         // ML-DSA, SLH-DSA: hedged, not as the implementation likes
inline constexpr std::uint8_t kDeterministic = 2;  // ML-DSA, SLH-DSA
inline constexpr std::uint8_t kSp800 = 1;  // ECDH's KDF: the one-step KDF of SP 800-56C instead of X9.63
}  // namespace variant

// kContextBytesMax bounds the context string of a signature (RFC 8032, 2; FIPS 204, 5.2).
inline constexpr std::size_t kContextBytesMax = 255;

inline constexpr std::size_t kSignatureBytesMax = 512;  // RSA-4096; post-quantum: signature_bytes_max

// signature_bytes_max is the room that a signature of a key needs.
std::size_t signature_bytes_max(const PrivateKey& key);

// kOverheadBytesMax is how much longer a ciphertext can be than its plaintext (RSA-4096 block, padding, tag).
inline constexpr std::size_t kOverheadBytesMax = 512;

// sign writes the signature of `data` to `signature` and returns its size. RSA-PKCS without a hash signs a
// DigestInfo as given, ECDSA without a hash a digest of 1 to 66 octets as given (the leftmost bits). ECDSA
// signatures are r || s.
Result<std::size_t> sign(const PrivateKey& key, const Parameters& parameters, Bytes data,
                         MutableBytes signature);
Status verify(const PublicKey& key, const Parameters& parameters, Bytes data, Bytes signature);

// is_legacy tells whether a use needs Parameters::legacy: by the mechanism's row, or because PSS is told to
// sign a SHA-1 digest.
bool is_legacy(const Parameters& parameters, std::uint32_t wanted_use);

// recover gives back what an RSA-PKCS signature without a hash signed, and its size; it writes at most as
// many octets as the signature has.
Result<std::size_t> recover(const PublicKey& key, const Parameters& parameters, Bytes signature,
                            MutableBytes output);

// mac and verify_mac: HMAC, AES-CMAC, AES-GMAC and the MAC of a TLS handshake.
Result<std::size_t> mac(const SecretKey& key, const Parameters& parameters, Bytes data, MutableBytes tag);
Status verify_mac(const SecretKey& key, const Parameters& parameters, Bytes data, Bytes tag);

// encrypt and decrypt with AES (ECB, CBC, CBC-PAD, CTR, GCM with the tag behind the ciphertext, KW, KWP), or
// DES3 (the first three). `output` must have room for data.size() + kOverheadBytesMax; the returned size is
// what was written. decrypt with GCM writes nothing when the tag is wrong. `output` must not overlap `data`.
Result<std::size_t> encrypt(const SecretKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output);
Result<std::size_t> decrypt(const SecretKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output);

// encrypt and decrypt with RSA (PKCS#1 v1.5, OAEP, raw). v1.5 decryption is constant-time in the padding and
// never tells why it failed.
Result<std::size_t> encrypt(const PublicKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output);
Result<std::size_t> decrypt(const PrivateKey& key, const Parameters& parameters, Bytes data,
                            MutableBytes output);

// encapsulate makes a shared secret and the ciphertext that tells it to the owner of the private key
// (ML-KEM). decapsulate gives that secret; for a ciphertext that was not made so it gives another one, not an
// error.
struct Encapsulation {
  Buffer ciphertext;
  SecretBytes secret;
};
Result<Encapsulation> encapsulate(const PublicKey& key, const Parameters& parameters);
Result<SecretBytes> decapsulate(const PrivateKey& key, const Parameters& parameters, Bytes ciphertext);

// derive: ECDH (EC curves, X25519, X448; an all-zero result of the latter is refused); from secret keys HKDF,
// SP 800-108, the TLS 1.2 functions, and what PKCS#11 makes of a key's own octets (key_octets.h).
Result<SecretBytes> derive(const PrivateKey& key, const Parameters& parameters);
Result<SecretBytes> derive(const SecretKey& key, const Parameters& parameters);

// derive_password is PBKDF2 (RFC 8018, 5.2); iterations times blocks of output are at most
// kPbkdf2WorkMax.
inline constexpr std::uint64_t kPbkdf2WorkMax = 10'000'000;
Result<SecretBytes> derive_password(const SecretBytes& password, const Parameters& parameters);

// digest: MD5 (legacy), SHA-1 (for OAEP and old formats), SHA-2, SHA-3.
Result<std::size_t> digest(const Parameters& parameters, Bytes data, MutableBytes output);

// Stream is one operation in parts. Not safe from two threads at once. The key must outlive it: pass a
// shared_ptr that the stream keeps (two owners are right: the object may be destroyed while a stream runs).
class Stream {
 public:
  virtual ~Stream() = default;
  // update takes a part and writes what output is ready (encrypt, decrypt), at most data.size() + 32 octets.
  virtual Result<std::size_t> update(Bytes data, MutableBytes output) = 0;
  // finish ends it: writes the last output, or the signature, MAC or digest. The stream is spent afterwards.
  virtual Result<std::size_t> finish(MutableBytes output) = 0;
  // finish_verify ends a verification.
  virtual Status finish_verify(Bytes signature) = 0;
  // kept_bytes is how much of the caller's octets it keeps: what it collects, and its parameters.
  [[nodiscard]] virtual std::size_t kept_bytes() const { return 0; }
  // copy makes a second stream that was fed the same. Only digests can (unsupported).
  [[nodiscard]] virtual Result<std::unique_ptr<Stream>> copy() const {
    return Error{Code::unsupported, "only a digest can be copied"};
  }
};

// What cannot be streamed (CCM; XTS; raw RSA; EdDSA; KW; and what gives no plaintext before its tag was
// right) collects its input in the stream, up to this limit; then Code::data_length, or ciphertext_length.
inline constexpr std::size_t kStreamCollectBytesMax = 4U << 20U;

Result<std::unique_ptr<Stream>> start_sign(std::shared_ptr<const PrivateKey> key,
                                           const Parameters& parameters);
Result<std::unique_ptr<Stream>> start_verify(PublicKey key, const Parameters& parameters);
Result<std::unique_ptr<Stream>> start_mac(std::shared_ptr<const SecretKey> key,
                                          const Parameters& parameters);  // sign and verify
Result<std::unique_ptr<Stream>> start_encrypt(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters);
Result<std::unique_ptr<Stream>> start_decrypt(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters);
Result<std::unique_ptr<Stream>> start_digest(const Parameters& parameters);

// kSealBytesMax is how much GCM, CCM and ChaCha20-Poly1305 encrypt with one nonce (data_length). They decrypt
// what is longer too, up to the bounds of their specifications.
inline constexpr std::uint64_t kSealBytesMax = std::uint64_t{64} << 20U;

// kSizedPieceBytes is the size of each piece of a sized operation but the last.
inline constexpr std::size_t kSizedPieceBytes = std::size_t{1} << 20U;

// start_sealing and start_opening begin a GCM, CCM or ChaCha20-Poly1305 of an input whose size in `bytes` is
// known, in pieces of kSizedPieceBytes; the stream keeps 32 octets of each piece, and nothing else. The
// output of start_sealing comes with the pieces, the tag at the end.
//
// start_opening takes all pieces, the tag behind the ciphertext, twice. The first time it gives nothing and
// fails with ciphertext_invalid when the tag is wrong; the second time it gives the plaintext of each piece,
// and fails with ciphertext_invalid at one that is not what it was the first time.
Result<std::unique_ptr<Stream>> start_sealing(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters, std::uint64_t bytes);
Result<std::unique_ptr<Stream>> start_opening(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters, std::uint64_t bytes);

// SignJob is one of several signatures made together.
struct SignJob {
  const PrivateKey* key = nullptr;
  const Parameters* parameters = nullptr;
  Bytes data;
  MutableBytes signature;  // in: room
  Result<std::size_t> result = Error{Code::internal, "not run"};
};

// kBatchMax is how many jobs the multi-buffer code takes at a time.
inline constexpr std::size_t kBatchMax = 8;

// sign_batch runs up to kBatchMax signatures. Jobs of one kind (same family, key type and size) go through
// the multi-buffer code where the CPU has it and its known answers were right; the rest one by one.
void sign_batch(std::span<SignJob> jobs);

// prepare_batches runs the known answers of all multi-buffer code now (about 0.2 s), not at the first batch.
void prepare_batches();

}  // namespace coffer::crypto
