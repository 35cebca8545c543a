// Primitives for Coffer's own records and tokens: AEAD, HKDF, HMAC, SHA-256, Argon2id, Ed25519, random.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::crypto {

using Digest32 = std::array<std::uint8_t, 32>;

// sha256 of one run of octets.
Digest32 sha256(Bytes data);
// sha256 of a secret that is too long to be guessed stands for it where it is looked up.
template <std::size_t N>
  requires(N >= 16)
Digest32 sha256(const Secret<N>& secret) {
  return sha256(secret.reveal());
}

// Sha256 digests parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(Bytes data);
  Digest32 finish();  // once

 private:
  struct State;
  State* state_;
};

// hmac_sha256 under a 32-octet key.
Digest32 hmac_sha256(const Secret<32>& key, Bytes data);

// derive_key fills a 32-octet key: HKDF-SHA-256 (RFC 5869) with `key` as input, no salt, and `label` || 0 ||
// `context` as info.
void derive_key(const Secret<32>& key, std::string_view label, Bytes context, Secret<32>& out);

// AES-256-GCM with a 12-octet nonce and a 16-octet tag behind the ciphertext.
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;
using Nonce = std::array<std::uint8_t, kNonceBytes>;

// seal appends ciphertext || tag of `plaintext` to `out`.
void seal(const Secret<32>& key, const Nonce& nonce, Bytes associated, Bytes plaintext, Buffer& out);

// open gives the plaintext; Code::corrupt when the tag is wrong.
Result<SecretBytes> open(const Secret<32>& key, const Nonce& nonce, Bytes associated, Bytes sealed);

// random_bytes fills from the DRBG (reseeded from the kernel, continuous health check).
Status random_bytes(MutableBytes out);
template <std::size_t N>
Status random_bytes(Secret<N>& out) {
  return random_bytes(out.reveal());
}

// random_number gives a number that nobody can guess, and that nothing else has or had: never 0, and it fits
// every CK_ULONG of 64 bits with room to count on.
Result<std::uint64_t> random_number();

// seed_random mixes caller's octets into the DRBG as additional input; it can never weaken it.
void seed_random(Bytes octets);

// Argon2Cost are the parameters of Argon2id (RFC 9106), one lane.
struct Argon2Cost {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.memory_kib));
    return visit(in.passes);
  }
};
inline constexpr std::uint32_t kArgon2MemoryKibMax = 1024 * 1024;
inline constexpr std::uint32_t kArgon2PassesMax = 64;

// argon2id stretches a passphrase or PIN with a 16-octet salt into a 32-octet key.
Status argon2id(const SecretBytes& password, const std::array<std::uint8_t, 16>& salt, const Argon2Cost& cost,
                Secret<32>& out);

// calibrate_argon2 finds the number of passes over `memory_kib` that takes about `target_milliseconds` here
// (at least 1, at most kArgon2PassesMax).
Result<Argon2Cost> calibrate_argon2(std::uint32_t memory_kib, std::uint32_t target_milliseconds);

// library_version is OpenSSL's version text; accelerator says which multi-buffer code is in use, or why none.
std::string_view library_version();
std::string_view accelerator();

// disabled_mechanisms lists names of mechanisms whose self-test failed (empty when all is well).
std::vector<std::string_view> disabled_mechanisms();

}  // namespace coffer::crypto
