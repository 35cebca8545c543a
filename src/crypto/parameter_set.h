// Parameter sets of ML-DSA (FIPS 204), ML-KEM (FIPS 203) and SLH-DSA (FIPS 205), as data.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/mechanism.h"

namespace coffer::crypto {

// ParameterSet names one of the standards' sets of parameters.
enum class ParameterSet : std::uint8_t {
  none = 0,
  ml_dsa_44 = 1,
  ml_dsa_65 = 2,
  ml_dsa_87 = 3,
  ml_kem_512 = 4,
  ml_kem_768 = 5,
  ml_kem_1024 = 6,
  slh_dsa_sha2_128s = 7,
  slh_dsa_shake_128s = 8,
  slh_dsa_sha2_128f = 9,
  slh_dsa_shake_128f = 10,
  slh_dsa_sha2_192s = 11,
  slh_dsa_shake_192s = 12,
  slh_dsa_sha2_192f = 13,
  slh_dsa_shake_192f = 14,
  slh_dsa_sha2_256s = 15,
  slh_dsa_shake_256s = 16,
  slh_dsa_sha2_256f = 17,
  slh_dsa_shake_256f = 18,
};
inline constexpr std::size_t kParameterSetCount = 19;  // with none

// ParameterSetFacts is one row: what a set's keys and outputs look like.
struct ParameterSetFacts {
  ParameterSet set;
  KeyType type;
  std::uint32_t number;      // CKP_ of PKCS#11 3.2
  const char* name;          // as the standards write it
  std::size_t public_bytes;  // of the encoded keys
  std::size_t private_bytes;
  std::size_t seed_bytes;    // what the key can be made of again; 0: SLH-DSA has no seed beside its key
  std::size_t output_bytes;  // of a signature or of a ciphertext
};

inline constexpr std::size_t kPostQuantumSignatureBytesMax = 49856;  // SLH-DSA-SHA2-256f
inline constexpr std::size_t kSharedSecretBytes = 32;                // ML-KEM

// parameter_sets is the whole table, in the order of ParameterSet.
std::span<const ParameterSetFacts> parameter_sets();

// facts_of gives a row, null for none.
const ParameterSetFacts* facts_of(ParameterSet set);

// find_parameter_set looks a CKP_ number up; null when keys of this type have no such set.
const ParameterSetFacts* find_parameter_set(KeyType type, std::uint64_t number);

// is_post_quantum tells the types whose keys have a parameter set.
constexpr bool is_post_quantum(KeyType type) {
  return type == KeyType::ml_dsa || type == KeyType::ml_kem || type == KeyType::slh_dsa;
}

}  // namespace coffer::crypto
