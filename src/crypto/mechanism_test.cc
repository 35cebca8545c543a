// The mechanism table against the numbers of PKCS#11, written out a second time.
#include "crypto/mechanism.h"

#include <gtest/gtest.h>

#include <map>
#include <string_view>

namespace coffer::crypto {
namespace {

// From pkcs11t.h of NSS 3.87 (PKCS#11 3.0), compared with pkcs11.h of p11-kit 0.24 (2.40) where that has
// them. XTS, the extended master secrets of TLS and AES_KEY_WRAP_PKCS7 came later: PKCS#11 3.1.
const std::map<std::string_view, std::uint32_t> kNumbers = {
    {"rsa-generate", 0x00000000},
    {"rsa-pkcs", 0x00000001},
    {"rsa-pkcs-sha1", 0x00000006},
    {"rsa-oaep", 0x00000009},
    {"rsa-pss", 0x0000000D},
    {"rsa-pss-sha1", 0x0000000E},
    {"rsa-pkcs-sha224", 0x00000046},
    {"rsa-pkcs-sha256", 0x00000040},
    {"rsa-pkcs-sha384", 0x00000041},
    {"rsa-pkcs-sha512", 0x00000042},
    {"rsa-pss-sha224", 0x00000047},
    {"rsa-pss-sha256", 0x00000043},
    {"rsa-pss-sha384", 0x00000044},
    {"rsa-pss-sha512", 0x00000045},
    {"rsa-pkcs-sha3-224", 0x00000066},
    {"rsa-pkcs-sha3-256", 0x00000060},
    {"rsa-pkcs-sha3-384", 0x00000061},
    {"rsa-pkcs-sha3-512", 0x00000062},
    {"rsa-pss-sha3-224", 0x00000067},
    {"rsa-pss-sha3-256", 0x00000063},
    {"rsa-pss-sha3-384", 0x00000064},
    {"rsa-pss-sha3-512", 0x00000065},
    {"rsa-x509", 0x00000003},
    {"public-from-private", 0x0000403A},
    {"des3-generate", 0x00000131},
    {"des3-ecb", 0x00000132},
    {"des3-cbc", 0x00000133},
    {"des3-cbc-pad", 0x00000136},
    {"des3-cmac", 0x00000138},
    {"md5", 0x00000210},
    {"hmac-md5", 0x00000211},
    {"hmac-md5-general", 0x00000212},
    {"sha1", 0x00000220},
    {"sha224", 0x00000255},
    {"sha256", 0x00000250},
    {"sha384", 0x00000260},
    {"sha512", 0x00000270},
    {"sha3-224", 0x000002B5},
    {"sha3-256", 0x000002B0},
    {"sha3-384", 0x000002C0},
    {"sha3-512", 0x000002D0},
    {"hmac-sha224", 0x00000256},
    {"hmac-sha256", 0x00000251},
    {"hmac-sha384", 0x00000261},
    {"hmac-sha512", 0x00000271},
    {"hmac-sha3-224", 0x000002B6},
    {"hmac-sha3-256", 0x000002B1},
    {"hmac-sha3-384", 0x000002C1},
    {"hmac-sha3-512", 0x000002D1},
    {"secret-generate", 0x00000350},
    {"ml-kem-generate", 0x0000000F},
    {"ml-kem", 0x00000017},
    {"ml-dsa-generate", 0x0000001C},
    {"ml-dsa", 0x0000001D},
    {"hash-ml-dsa", 0x0000001F},
    {"hash-ml-dsa-sha224", 0x00000023},
    {"hash-ml-dsa-sha256", 0x00000024},
    {"hash-ml-dsa-sha384", 0x00000025},
    {"hash-ml-dsa-sha512", 0x00000026},
    {"hash-ml-dsa-sha3-224", 0x00000027},
    {"hash-ml-dsa-sha3-256", 0x00000028},
    {"hash-ml-dsa-sha3-384", 0x00000029},
    {"hash-ml-dsa-sha3-512", 0x0000002A},
    {"hash-ml-dsa-shake128", 0x0000002B},
    {"hash-ml-dsa-shake256", 0x0000002C},
    {"slh-dsa-generate", 0x0000002D},
    {"slh-dsa", 0x0000002E},
    {"hash-slh-dsa", 0x00000034},
    {"hash-slh-dsa-sha224", 0x00000036},
    {"hash-slh-dsa-sha256", 0x00000037},
    {"hash-slh-dsa-sha384", 0x00000038},
    {"hash-slh-dsa-sha512", 0x00000039},
    {"hash-slh-dsa-sha3-224", 0x0000003A},
    {"hash-slh-dsa-sha3-256", 0x0000003B},
    {"hash-slh-dsa-sha3-384", 0x0000003C},
    {"hash-slh-dsa-sha3-512", 0x0000003D},
    {"hash-slh-dsa-shake128", 0x0000003E},
    {"hash-slh-dsa-shake256", 0x0000003F},
    {"ec-generate", 0x00001040},
    {"ecdsa", 0x00001041},
    {"ecdsa-sha1", 0x00001042},
    {"ecdsa-sha224", 0x00001043},
    {"ecdsa-sha256", 0x00001044},
    {"ecdsa-sha384", 0x00001045},
    {"ecdsa-sha512", 0x00001046},
    {"ecdsa-sha3-224", 0x00001047},
    {"ecdsa-sha3-256", 0x00001048},
    {"ecdsa-sha3-384", 0x00001049},
    {"ecdsa-sha3-512", 0x0000104A},
    {"ecdh", 0x00001050},
    {"ecdh-cofactor", 0x00001051},
    {"ecdh-aes-key-wrap", 0x00001053},
    {"rsa-aes-key-wrap", 0x00001054},
    {"edwards-generate", 0x00001055},
    {"montgomery-generate", 0x00001056},
    {"ed25519", 0x00001057},
    {"aes-generate", 0x00001080},
    {"aes-ecb", 0x00001081},
    {"aes-cbc", 0x00001082},
    {"aes-cbc-pad", 0x00001085},
    {"aes-ctr", 0x00001086},
    {"aes-gcm", 0x00001087},
    {"aes-cmac", 0x0000108A},
    {"aes-key-wrap", 0x00002109},
    {"aes-key-wrap-kwp", 0x0000210B},
    {"hkdf", 0x0000402A},
    {"sha512-224", 0x00000048},
    {"sha512-256", 0x0000004C},
    {"hmac-sha512-224", 0x00000049},
    {"hmac-sha512-256", 0x0000004D},
    {"hmac-sha1", 0x00000221},
    {"hmac-sha512-224-general", 0x0000004A},
    {"hmac-sha512-256-general", 0x0000004E},
    {"hmac-sha1-general", 0x00000222},
    {"hmac-sha256-general", 0x00000252},
    {"hmac-sha224-general", 0x00000257},
    {"hmac-sha384-general", 0x00000262},
    {"hmac-sha512-general", 0x00000272},
    {"hmac-sha3-256-general", 0x000002B2},
    {"hmac-sha3-224-general", 0x000002B7},
    {"hmac-sha3-384-general", 0x000002C2},
    {"hmac-sha3-512-general", 0x000002D2},
    {"hmac-sha3-256-generate", 0x000002B3},
    {"hmac-sha3-224-generate", 0x000002B8},
    {"hmac-sha3-384-generate", 0x000002C3},
    {"hmac-sha3-512-generate", 0x000002D3},
    {"hmac-sha1-generate", 0x00004003},
    {"hmac-sha224-generate", 0x00004004},
    {"hmac-sha256-generate", 0x00004005},
    {"hmac-sha384-generate", 0x00004006},
    {"hmac-sha512-generate", 0x00004007},
    {"hmac-sha512-224-generate", 0x00004008},
    {"hmac-sha512-256-generate", 0x00004009},
    {"sha512-224-derive", 0x0000004B},
    {"sha512-256-derive", 0x0000004F},
    {"sha1-derive", 0x00000392},
    {"sha256-derive", 0x00000393},
    {"sha384-derive", 0x00000394},
    {"sha512-derive", 0x00000395},
    {"sha224-derive", 0x00000396},
    {"sha3-256-derive", 0x00000397},
    {"sha3-224-derive", 0x00000398},
    {"sha3-384-derive", 0x00000399},
    {"sha3-512-derive", 0x0000039A},
    {"tls12-extended-master", 0x00000056},
    {"tls12-extended-master-dh", 0x00000057},
    {"concatenate-base-and-key", 0x00000360},
    {"concatenate-base-and-data", 0x00000362},
    {"concatenate-data-and-base", 0x00000363},
    {"xor-base-and-data", 0x00000364},
    {"extract-key-from-key", 0x00000365},
    {"sp800-108-counter", 0x000003AC},
    {"sp800-108-feedback", 0x000003AD},
    {"sp800-108-pipeline", 0x000003AE},
    {"pbkdf2", 0x000003B0},
    {"tls12-mac", 0x000003D8},
    {"tls12-kdf", 0x000003D9},
    {"tls12-master", 0x000003E0},
    {"tls12-keys", 0x000003E1},
    {"tls12-master-dh", 0x000003E2},
    {"tls12-keys-safe", 0x000003E3},
    {"tls-mac", 0x000003E4},
    {"tls-kdf", 0x000003E5},
    {"aes-xts", 0x00001071},
    {"aes-xts-generate", 0x00001072},
    {"aes-ccm", 0x00001088},
    {"aes-cmac-general", 0x0000108B},
    {"aes-gmac", 0x0000108E},
    {"aes-ecb-encrypt-data", 0x00001104},
    {"aes-cbc-encrypt-data", 0x00001105},
    {"chacha20-generate", 0x00001225},
    {"chacha20", 0x00001226},
    {"aes-key-wrap-pkcs7", 0x0000210C},
    {"chacha20-poly1305", 0x00004021},
    {"hkdf-data", 0x0000402B},
    {"hkdf-generate", 0x0000402C},
};

TEST(Mechanisms, CarryTheNumbersOfPkcs11) {
  ASSERT_EQ(mechanisms().size(), kNumbers.size());
  for (const Mechanism& mechanism : mechanisms()) {
    ASSERT_TRUE(kNumbers.contains(mechanism.name)) << mechanism.name;
    EXPECT_EQ(mechanism.number, kNumbers.at(mechanism.name)) << mechanism.name;
  }
}

TEST(Mechanisms, AreFoundByNumberAndByName) {
  for (const Mechanism& mechanism : mechanisms()) {
    EXPECT_EQ(find_mechanism(mechanism.number), &mechanism);
    EXPECT_EQ(find_mechanism(mechanism.name), &mechanism);
  }
}

TEST(Mechanisms, UnknownOnesAreNotFound) {
  EXPECT_EQ(find_mechanism(0x0002U), nullptr);
  EXPECT_EQ(find_mechanism(0xFFFFFFFFU), nullptr);
  EXPECT_EQ(find_mechanism("des-cbc"), nullptr);
}

TEST(Mechanisms, MarkAsLegacyWhatIsOutdated) {
  for (const Mechanism& mechanism : mechanisms()) {
    EXPECT_EQ(mechanism.legacy & ~mechanism.uses, 0U) << mechanism.name;
    const bool is_outdated =
        mechanism.key == KeyType::des3 || mechanism.hash == Hash::md5 || mechanism.family == Family::rsa_raw;
    // HMAC-SHA-1 is not broken.
    const bool signs_sha1 = mechanism.hash == Hash::sha1 && !is_secret(mechanism.key);
    const std::uint32_t expected = is_outdated  ? mechanism.uses
                                   : signs_sha1 ? mechanism.uses & use::kSign
                                                : 0;
    EXPECT_EQ(mechanism.legacy, expected) << mechanism.name;
  }
}

TEST(Mechanisms, DigestSizesAreThoseOfTheStandards) {
  EXPECT_EQ(digest_bytes(Hash::none), 0U);
  EXPECT_EQ(digest_bytes(Hash::sha1), 20U);
  EXPECT_EQ(digest_bytes(Hash::sha224), 28U);
  EXPECT_EQ(digest_bytes(Hash::sha3_512), 64U);
  EXPECT_EQ(digest_bytes(static_cast<Hash>(200)), 0U);
}

TEST(Mechanisms, AllPassTheirSelfTests) {
  for (const Mechanism& mechanism : mechanisms()) EXPECT_TRUE(self_test(mechanism).ok()) << mechanism.name;
}

}  // namespace
}  // namespace coffer::crypto
