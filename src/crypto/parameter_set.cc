// Parameter sets: the table (FIPS 203, 8; FIPS 204, 4; FIPS 205, 11).
#include "crypto/parameter_set.h"

#include <algorithm>
#include <array>

namespace coffer::crypto {
namespace {

using enum ParameterSet;

constexpr ParameterSetFacts dsa(ParameterSet set, std::uint32_t number, const char* name,
                                std::size_t public_bytes, std::size_t private_bytes,
                                std::size_t signature_bytes) {
  return {set, KeyType::ml_dsa, number, name, public_bytes, private_bytes, 32, signature_bytes};
}
constexpr ParameterSetFacts kem(ParameterSet set, std::uint32_t number, const char* name,
                                std::size_t public_bytes, std::size_t private_bytes,
                                std::size_t ciphertext_bytes) {
  return {set, KeyType::ml_kem, number, name, public_bytes, private_bytes, 64, ciphertext_bytes};
}
constexpr ParameterSetFacts hashes(ParameterSet set, std::uint32_t number, const char* name,
                                   std::size_t security_bytes, std::size_t signature_bytes) {
  return {set, KeyType::slh_dsa, number, name, 2 * security_bytes, 4 * security_bytes, 0, signature_bytes};
}

constexpr auto kSets = std::to_array<ParameterSetFacts>({
    dsa(ml_dsa_44, 1, "ML-DSA-44", 1312, 2560, 2420),
    dsa(ml_dsa_65, 2, "ML-DSA-65", 1952, 4032, 3309),
    dsa(ml_dsa_87, 3, "ML-DSA-87", 2592, 4896, 4627),
    kem(ml_kem_512, 1, "ML-KEM-512", 800, 1632, 768),
    kem(ml_kem_768, 2, "ML-KEM-768", 1184, 2400, 1088),
    kem(ml_kem_1024, 3, "ML-KEM-1024", 1568, 3168, 1568),
    hashes(slh_dsa_sha2_128s, 1, "SLH-DSA-SHA2-128s", 16, 7856),
    hashes(slh_dsa_shake_128s, 2, "SLH-DSA-SHAKE-128s", 16, 7856),
    hashes(slh_dsa_sha2_128f, 3, "SLH-DSA-SHA2-128f", 16, 17088),
    hashes(slh_dsa_shake_128f, 4, "SLH-DSA-SHAKE-128f", 16, 17088),
    hashes(slh_dsa_sha2_192s, 5, "SLH-DSA-SHA2-192s", 24, 16224),
    hashes(slh_dsa_shake_192s, 6, "SLH-DSA-SHAKE-192s", 24, 16224),
    hashes(slh_dsa_sha2_192f, 7, "SLH-DSA-SHA2-192f", 24, 35664),
    hashes(slh_dsa_shake_192f, 8, "SLH-DSA-SHAKE-192f", 24, 35664),
    hashes(slh_dsa_sha2_256s, 9, "SLH-DSA-SHA2-256s", 32, 29792),
    hashes(slh_dsa_shake_256s, 10, "SLH-DSA-SHAKE-256s", 32, 29792),
    hashes(slh_dsa_sha2_256f, 11, "SLH-DSA-SHA2-256f", 32, 49856),
    hashes(slh_dsa_shake_256f, 12, "SLH-DSA-SHAKE-256f", 32, 49856),
});
static_assert(kSets.size() + 1 == kParameterSetCount);
static_assert(std::ranges::is_sorted(kSets, {}, &ParameterSetFacts::set));
static_assert(std::ranges::max(kSets, {}, &ParameterSetFacts::output_bytes).output_bytes ==
              kPostQuantumSignatureBytesMax);

}  // namespace

std::span<const ParameterSetFacts> parameter_sets() { return kSets; }

const ParameterSetFacts* facts_of(ParameterSet set) {
  const auto* row = std::ranges::find(kSets, set, &ParameterSetFacts::set);
  return row != kSets.end() ? row : nullptr;
}

const ParameterSetFacts* find_parameter_set(KeyType type, std::uint64_t number) {
  const auto* row = std::ranges::find_if(
      kSets, [&](const ParameterSetFacts& facts) { return facts.type == type && facts.number == number; });
  return row != kSets.end() ? row : nullptr;
}

}  // namespace coffer::crypto
