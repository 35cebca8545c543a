// Key types: the names that `coffer key generate` takes, as one table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "cli/key/pkcs11_numbers.h"

namespace coffer::cli {

// KeyTypeRow is one type. `size` is bits of an RSA modulus, octets of a secret key, or the number of a
// parameter set (CKP_).
struct KeyTypeRow {
  std::string_view name;
  std::uint32_t mechanism;  // CKM_ that generates it
  bool is_pair;             // public and private key, or one secret key
  std::uint32_t size;
  std::string_view ec_params;  // DER of the curve's OBJECT IDENTIFIER (RFC 5480 2.1.1.1, RFC 8410 3)
  std::uint32_t set_type = 0;  // CKK_ of keys with a parameter set, else 0
};

inline constexpr auto kKeyTypes = std::to_array<KeyTypeRow>({
    {"rsa2048", ckm::kRsaGenerate, true, 2048, {}},
    {"rsa3072", ckm::kRsaGenerate, true, 3072, {}},
    {"rsa4096", ckm::kRsaGenerate, true, 4096, {}},
    {"p256", ckm::kEcGenerate, true, 0, {"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10}},
    {"p384", ckm::kEcGenerate, true, 0, {"\x06\x05\x2b\x81\x04\x00\x22", 7}},
    {"p521", ckm::kEcGenerate, true, 0, {"\x06\x05\x2b\x81\x04\x00\x23", 7}},
    {"secp256k1", ckm::kEcGenerate, true, 0, {"\x06\x05\x2b\x81\x04\x00\x0a", 7}},
    {"brainpoolp256r1", ckm::kEcGenerate, true, 0, {"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07", 11}},
    {"brainpoolp384r1", ckm::kEcGenerate, true, 0, {"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", 11}},
    {"brainpoolp512r1", ckm::kEcGenerate, true, 0, {"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", 11}},
    {"ed25519", ckm::kEdwardsGenerate, true, 0, {"\x06\x03\x2b\x65\x70", 5}},
    {"ed448", ckm::kEdwardsGenerate, true, 0, {"\x06\x03\x2b\x65\x71", 5}},
    {"x25519", ckm::kMontgomeryGenerate, true, 0, {"\x06\x03\x2b\x65\x6e", 5}},
    {"x448", ckm::kMontgomeryGenerate, true, 0, {"\x06\x03\x2b\x65\x6f", 5}},
    {"ml-dsa-44", ckm::kMlDsaGenerate, true, 1, {}, ckk::kMlDsa},
    {"ml-dsa-65", ckm::kMlDsaGenerate, true, 2, {}, ckk::kMlDsa},
    {"ml-dsa-87", ckm::kMlDsaGenerate, true, 3, {}, ckk::kMlDsa},
    {"ml-kem-512", ckm::kMlKemGenerate, true, 1, {}, ckk::kMlKem},
    {"ml-kem-768", ckm::kMlKemGenerate, true, 2, {}, ckk::kMlKem},
    {"ml-kem-1024", ckm::kMlKemGenerate, true, 3, {}, ckk::kMlKem},
    {"slh-dsa-sha2-128s", ckm::kSlhDsaGenerate, true, 1, {}, ckk::kSlhDsa},
    {"slh-dsa-shake-128s", ckm::kSlhDsaGenerate, true, 2, {}, ckk::kSlhDsa},
    {"slh-dsa-sha2-128f", ckm::kSlhDsaGenerate, true, 3, {}, ckk::kSlhDsa},
    {"slh-dsa-shake-128f", ckm::kSlhDsaGenerate, true, 4, {}, ckk::kSlhDsa},
    {"slh-dsa-sha2-192s", ckm::kSlhDsaGenerate, true, 5, {}, ckk::kSlhDsa},
    {"slh-dsa-shake-192s", ckm::kSlhDsaGenerate, true, 6, {}, ckk::kSlhDsa},
    {"slh-dsa-sha2-192f", ckm::kSlhDsaGenerate, true, 7, {}, ckk::kSlhDsa},
    {"slh-dsa-shake-192f", ckm::kSlhDsaGenerate, true, 8, {}, ckk::kSlhDsa},
    {"slh-dsa-sha2-256s", ckm::kSlhDsaGenerate, true, 9, {}, ckk::kSlhDsa},
    {"slh-dsa-shake-256s", ckm::kSlhDsaGenerate, true, 10, {}, ckk::kSlhDsa},
    {"slh-dsa-sha2-256f", ckm::kSlhDsaGenerate, true, 11, {}, ckk::kSlhDsa},
    {"slh-dsa-shake-256f", ckm::kSlhDsaGenerate, true, 12, {}, ckk::kSlhDsa},
    {"aes128", ckm::kAesGenerate, false, 16, {}},
    {"aes256", ckm::kAesGenerate, false, 32, {}},
    {"hmac", ckm::kGenericGenerate, false, 32, {}},
});

// kKeyTypeChoices is the table's first column as Option and Operand take it; a test keeps the two together.
inline constexpr std::string_view kKeyTypeChoices =
    "rsa2048|rsa3072|rsa4096|p256|p384|p521|secp256k1|brainpoolp256r1|brainpoolp384r1|brainpoolp512r1|"
    "ed25519|ed448|x25519|x448|"
    "ml-dsa-44|ml-dsa-65|ml-dsa-87|ml-kem-512|ml-kem-768|ml-kem-1024|"
    "slh-dsa-sha2-128s|slh-dsa-shake-128s|slh-dsa-sha2-128f|slh-dsa-shake-128f|slh-dsa-sha2-192s|slh-dsa-"
    "shake-192s|"
    "slh-dsa-sha2-192f|slh-dsa-shake-192f|slh-dsa-sha2-256s|slh-dsa-shake-256s|slh-dsa-sha2-256f|slh-dsa-"
    "shake-256f|"
    "aes128|aes256|hmac";

// find_key_type gives the row of a name, or null.
inline const KeyTypeRow* find_key_type(std::string_view name) {
  const auto* row = std::ranges::find(kKeyTypes, name, &KeyTypeRow::name);
  return row == kKeyTypes.end() ? nullptr : row;
}

}  // namespace coffer::cli
