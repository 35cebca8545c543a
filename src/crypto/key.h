// Keys: private, public and secret keys as three types that cannot be mixed up.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/mechanism.h"
#include "crypto/parameter_set.h"

namespace coffer::crypto {

inline constexpr std::uint32_t kRsaBitsMin = 2048;       // of keys that are made here
inline constexpr std::uint32_t kRsaBitsTakenMin = 2047;  // two primes of 1024 bits may have such a product
inline constexpr std::uint32_t kRsaBitsMax = 4096;
inline constexpr std::size_t kSecretBytesMax = 255UL * 64;  // generic secrets: all that HKDF gives (RFC 5869)
inline constexpr std::uint32_t kDes3KeyBytes = 24;

// key_type_of gives the KeyType of keys on a curve, and point_bytes the octets of its uncompressed point, or
// of the Edwards or Montgomery public key.
KeyType key_type_of(Curve curve);
std::size_t point_bytes(Curve curve);

// KeySpec says what to generate. `bits` is for RSA only, `set` for post-quantum keys, `curve` for the others.
struct KeySpec {
  KeyType type = KeyType::none;
  std::uint32_t bits = 0;
  Curve curve = Curve::none;
  std::uint64_t public_exponent = 65537;
  ParameterSet set = ParameterSet::none;
};

// RsaParts are the numbers of an RSA private key, big-endian without leading zeros. d, n, e are needed on
// import; what is empty of the others is computed.
struct RsaParts {
  Buffer n, e;
  SecretBytes d, p, q, dp, dq, qinv;
};

class PrivateKey;

// PublicKey is plain data: an RSA, EC, Edwards, Montgomery or post-quantum public key. Copying is cheap
// (shared, immutable: two owners are right because operations only read). Safe from many threads.
class PublicKey {
 public:
  PublicKey() = default;
  static Result<PublicKey> from_rsa(Bytes modulus, Bytes exponent);
  // from_point takes an uncompressed (0x04 || X || Y) or compressed point of an EC curve, or the octets of an
  // Edwards or Montgomery key. Fails with `invalid` when it is not on the curve.
  static Result<PublicKey> from_point(Curve curve, Bytes point);
  // from_octets takes a post-quantum key as its standard encodes it.
  static Result<PublicKey> from_octets(ParameterSet set, Bytes octets);
  // from_spki reads a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
  static Result<PublicKey> from_spki(Bytes der);

  [[nodiscard]] KeyType type() const;
  [[nodiscard]] Curve curve() const;
  [[nodiscard]] ParameterSet parameter_set() const;
  [[nodiscard]] std::uint32_t bits() const;  // modulus bits, or field bits of the curve (256, 255, 448 ...);
                                             // for post-quantum keys bits of a signature or a ciphertext
  [[nodiscard]] Buffer rsa_modulus() const;  // big-endian without leading zeros; empty when not RSA
  [[nodiscard]] Buffer rsa_exponent() const;
  [[nodiscard]] Buffer point() const;   // as from_point takes it, uncompressed; else empty
  [[nodiscard]] Buffer octets() const;  // as from_octets takes it; else empty
  [[nodiscard]] Buffer spki() const;
  [[nodiscard]] bool valid() const { return handle_ != nullptr; }

  struct Handle;  // OpenSSL's object; defined in crypto/key_handle.h for crypto/ only
  explicit PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  [[nodiscard]] const Handle& handle() const { return *handle_; }

 private:
  std::shared_ptr<const Handle> handle_;
};

// PrivateKey is an RSA, EC, Edwards, Montgomery or post-quantum private key. It moves, never copies;
// operations on a const PrivateKey are safe from many threads at once.
class PrivateKey {
 public:
  PrivateKey() = default;
  // generate makes a key and runs the pairwise consistency check (sign/verify, or derive against itself).
  static Result<PrivateKey> generate(const KeySpec& spec);
  // from_pkcs8 reads what pkcs8() wrote (PrivateKeyInfo, RFC 5958) out of a record that was authenticated: it
  // checks the form and, for RSA, the arithmetic of the numbers (under a millisecond), not that factors are
  // prime.
  static Result<PrivateKey> from_pkcs8(Bytes der);
  // import_pkcs8 is from_pkcs8 for a stranger's key (unwrapping): it also tests the factors of RSA for
  // primality (a few signatures' time), and runs the pairwise check, so that the public half really belongs
  // to it.
  static Result<PrivateKey> import_pkcs8(Bytes der);
  // is_pkcs8 tells whether octets have the form of a PrivateKeyInfo, of whatever algorithm.
  static bool is_pkcs8(Bytes octets);
  // from_rsa imports a stranger's numbers: every check of import_pkcs8.
  static Result<PrivateKey> from_rsa(const RsaParts& parts);
  // from_scalar takes the private value: big-endian for an EC curve, with any number of zeros in front, the
  // octets (seed) of RFC 8032 and RFC 7748 for the others.
  static Result<PrivateKey> from_scalar(Curve curve, Bytes scalar);
  // from_seed makes an ML-DSA key of its seed (32 octets) or an ML-KEM key of d || z (64 octets).
  static Result<PrivateKey> from_seed(ParameterSet set, Bytes seed);
  // from_expanded takes a stranger's post-quantum private key as its standard encodes it, and runs the
  // pairwise check.
  static Result<PrivateKey> from_expanded(ParameterSet set, Bytes octets);

  PrivateKey(PrivateKey&&) noexcept = default;
  PrivateKey& operator=(PrivateKey&&) noexcept = default;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey() = default;

  [[nodiscard]] KeyType type() const;
  [[nodiscard]] Curve curve() const;
  [[nodiscard]] ParameterSet parameter_set() const;
  [[nodiscard]] std::uint32_t bits() const;
  [[nodiscard]] PublicKey public_key() const;

  // pkcs8, scalar, seed, expanded and rsa_parts give the secret itself: for sealing at rest, and for keys
  // that PKCS#11 says are readable (not sensitive and extractable). Only vault/ calls them.
  [[nodiscard]] SecretBytes pkcs8() const;
  [[nodiscard]] SecretBytes scalar() const;
  [[nodiscard]] SecretBytes seed() const;      // empty when the key came without one
  [[nodiscard]] SecretBytes expanded() const;  // post-quantum keys; else empty
  // is_expanded compares octets with expanded().
  [[nodiscard]] bool is_expanded(Bytes octets) const;
  [[nodiscard]] RsaParts rsa_parts() const;
  [[nodiscard]] bool valid() const { return handle_ != nullptr; }

  struct Handle;
  explicit PrivateKey(std::unique_ptr<Handle, void (*)(Handle*)> handle) : handle_(std::move(handle)) {}
  [[nodiscard]] const Handle& handle() const { return *handle_; }

 private:
  std::unique_ptr<Handle, void (*)(Handle*)> handle_{nullptr, nullptr};
};

// set_odd_parity makes the number of ones in each octet odd, as keys of DES3 have it (SP 800-67, 3.3).
void set_odd_parity(MutableBytes octets);

// SecretKey is an AES, AES-XTS, ChaCha20 or DES3 key or a generic secret (HMAC, HKDF). It keeps precomputed
// cipher and MAC contexts, so that using it many times costs no key schedule. Operations on a const SecretKey
// are safe from many threads.
class SecretKey {
 public:
  SecretKey() = default;
  // create checks the size: 16, 24 or 32 octets for aes, 32 or 64 for aes_xts (whose halves must differ), 32
  // for chacha20, 24 with odd parity for des3, 1..kSecretBytesMax for generic.
  static Result<SecretKey> create(KeyType type, Bytes value);
  // generate makes `bytes` random octets.
  static Result<SecretKey> generate(KeyType type, std::size_t bytes);

  SecretKey(SecretKey&&) noexcept = default;
  SecretKey& operator=(SecretKey&&) noexcept = default;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey() = default;

  [[nodiscard]] KeyType type() const { return type_; }
  [[nodiscard]] std::size_t bytes() const { return value_.size(); }
  // value is the secret itself: for sealing at rest and for readable keys. Only crypto/ and vault/ call it.
  [[nodiscard]] const SecretBytes& value() const { return value_; }
  [[nodiscard]] bool valid() const { return type_ != KeyType::none; }

  struct Contexts;  // defined in crypto/secret_contexts.h for crypto/ only
  [[nodiscard]] Contexts& contexts() const { return *contexts_; }

 private:
  KeyType type_ = KeyType::none;
  SecretBytes value_;
  std::unique_ptr<Contexts, void (*)(Contexts*)> contexts_{nullptr, nullptr};
};

}  // namespace coffer::crypto
