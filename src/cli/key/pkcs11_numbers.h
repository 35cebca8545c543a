// PKCS#11 numbers: the CKA_, CKO_, CKK_ and CKM_ values that the command line sends (PKCS#11 3.0, pkcs11t.h).
#pragma once

#include <cstdint>

namespace coffer::cli {

namespace cka {
inline constexpr std::uint32_t kClass = 0x0;
inline constexpr std::uint32_t kToken = 0x1;
inline constexpr std::uint32_t kPrivate = 0x2;
inline constexpr std::uint32_t kLabel = 0x3;
inline constexpr std::uint32_t kId = 0x102;
inline constexpr std::uint32_t kSensitive = 0x103;
inline constexpr std::uint32_t kModulusBits = 0x121;
inline constexpr std::uint32_t kPublicExponent = 0x122;
inline constexpr std::uint32_t kPublicKeyInfo = 0x129;
inline constexpr std::uint32_t kValueLen = 0x161;
inline constexpr std::uint32_t kExtractable = 0x162;
inline constexpr std::uint32_t kLocal = 0x163;
inline constexpr std::uint32_t kCuttable = 0x80434F03;  // CKA_COFFER_CUTTABLE: see docs/key-protection.md
inline constexpr std::uint32_t kNeverExtractable = 0x164;
inline constexpr std::uint32_t kAlwaysSensitive = 0x165;
inline constexpr std::uint32_t kEcParams = 0x180;
inline constexpr std::uint32_t kParameterSet = 0x61D;
}  // namespace cka

namespace cko {
inline constexpr std::uint32_t kData = 0;
inline constexpr std::uint32_t kCertificate = 1;
inline constexpr std::uint32_t kPublicKey = 2;
inline constexpr std::uint32_t kPrivateKey = 3;
inline constexpr std::uint32_t kSecretKey = 4;
}  // namespace cko

namespace ckk {
inline constexpr std::uint32_t kRsa = 0x0;
inline constexpr std::uint32_t kEc = 0x3;
inline constexpr std::uint32_t kGenericSecret = 0x10;
inline constexpr std::uint32_t kAes = 0x1F;
inline constexpr std::uint32_t kEdwards = 0x40;
inline constexpr std::uint32_t kMontgomery = 0x41;
inline constexpr std::uint32_t kMlKem = 0x49;
inline constexpr std::uint32_t kMlDsa = 0x4A;
inline constexpr std::uint32_t kSlhDsa = 0x4B;
}  // namespace ckk

namespace ckm {
inline constexpr std::uint32_t kRsaGenerate = 0x0;
inline constexpr std::uint32_t kRsaOaep = 0x9;
inline constexpr std::uint32_t kMlKemGenerate = 0xF;
inline constexpr std::uint32_t kMlDsaGenerate = 0x1C;
inline constexpr std::uint32_t kSlhDsaGenerate = 0x2D;
inline constexpr std::uint32_t kGenericGenerate = 0x350;
inline constexpr std::uint32_t kEcGenerate = 0x1040;
inline constexpr std::uint32_t kEdwardsGenerate = 0x1055;
inline constexpr std::uint32_t kMontgomeryGenerate = 0x1056;
inline constexpr std::uint32_t kAesGenerate = 0x1080;
inline constexpr std::uint32_t kAesGcm = 0x1087;
}  // namespace ckm

}  // namespace coffer::cli
