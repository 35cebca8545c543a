// What is behind PublicKey and PrivateKey: OpenSSL's object and its prepared contexts. For crypto/ only.
#pragma once

#include <memory>
#include <mutex>

#include "crypto/context_pool.h"
#include "crypto/key.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

// CurveFacts is what the code needs to know about a curve.
struct CurveFacts {
  Curve curve;
  KeyType type;
  const char* key_name;    // OpenSSL's name of the key type
  const char* group_name;  // OpenSSL's name of the group, null for Edwards and Montgomery curves
  int group_number;        // OpenSSL's NID, 0 for Edwards and Montgomery curves
  std::uint32_t bits;
  std::size_t width;  // octets of a scalar, a coordinate, and half a signature
};

// facts_of gives the row of a curve, null for Curve::none.
const CurveFacts* facts_of(Curve curve);

// LaneKey is a private key as the multi-buffer code wants it. Made at the first batch, if ever.
struct LaneKey {
  SecretBytes scalar;                    // EC: little-endian, the width rounded up to 8; Ed25519: the seed
  Buffer public_octets;                  // Ed25519
  OwnedNumber n, e, p, q, dp, dq, qinv;  // RSA
};

struct PublicKey::Handle {
  OwnedKey key;
  KeyType type = KeyType::none;
  Curve curve = Curve::none;
  ParameterSet set = ParameterSet::none;
  std::uint32_t bits = 0;
  mutable KeyContextPool verifiers;  // RSA: the bare public operation; EC and Ed25519: verify
};

struct PrivateKey::Handle {
  OwnedKey key;
  KeyType type = KeyType::none;
  Curve curve = Curve::none;
  ParameterSet set = ParameterSet::none;
  std::uint32_t bits = 0;
  PublicKey public_key;
  mutable KeyContextPool signers;  // RSA: the bare private operation; EC and Ed25519: sign
  mutable std::once_flag lane_once;
  mutable std::unique_ptr<LaneKey> lane;
};

// KeyKind is what identify() found out about an OpenSSL key.
struct KeyKind {
  KeyType type = KeyType::none;
  Curve curve = Curve::none;
  ParameterSet set = ParameterSet::none;
  std::uint32_t bits = 0;
};

// identify refuses keys of other types, curves and sizes than ours (key_type, curve_unsupported, key_size).
Result<KeyKind> identify(const EVP_PKEY& key);

// adopt_public and adopt_private put OpenSSL's object behind our types; adopt_private derives the public
// half.
Result<PublicKey> adopt_public(OwnedKey key);
Result<PrivateKey> adopt_private(OwnedKey key);

// key_number reads one of OSSL_PKEY_PARAM_*; null when the key has none.
OwnedNumber key_number(const EVP_PKEY& key, const char* name);

// key_octets reads the public point or the public octets.
Buffer key_octets(const EVP_PKEY& key);

// import_key makes an OpenSSL key out of described values; null when OpenSSL refuses.
OwnedKey import_key(const char* key_name, int selection, OSSL_PARAM* values);

// scalar_of gives the private value of an EC, Edwards or Montgomery key, as PrivateKey::scalar() does.
SecretBytes scalar_of(const PrivateKey::Handle& key);

// pairwise_check signs and verifies, or derives with itself (self_test_failed).
Status pairwise_check(const PrivateKey& key);

}  // namespace coffer::crypto
