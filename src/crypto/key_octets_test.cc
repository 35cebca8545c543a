// Concatenation, XOR, extraction, digest of a key and encryption of data, against the text of PKCS#11.
#include "crypto/key_octets.h"

#include <gtest/gtest.h>

#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

SecretKey secret_key(const std::string& digits, KeyType type = KeyType::generic) {
  auto key = SecretKey::create(type, hex_octets(digits));
  CHECK(key.ok());
  return std::move(key).value();
}

// Derivation is a call to be made.
struct Derivation {
  explicit Derivation(std::string_view name) { parameters.mechanism = number_of(name); }
  Buffer of(const SecretKey& key) {
    const auto output = derive(key, parameters);
    EXPECT_TRUE(output.ok());
    return output.ok() ? to_buffer(output.value().reveal()) : Buffer();
  }
  Code refusal(const SecretKey& key) {
    const auto output = derive(key, parameters);
    return output.ok() ? Code::ok : output.error().code;
  }
  Parameters parameters;
};

TEST(KeyOctets, AreJoinedWithThoseOfAnotherKey) {
  Derivation test("concatenate-base-and-key");
  const SecretKey other = secret_key("aabb");
  EXPECT_EQ(test.refusal(secret_key("0102")), Code::mechanism_parameter);
  test.parameters.other_key = &other;
  EXPECT_EQ(test.of(secret_key("0102")), hex_octets("0102aabb"));
}

TEST(KeyOctets, AreJoinedWithDataOnEitherSide) {
  const Buffer data = hex_octets("aabb");
  Derivation behind("concatenate-base-and-data");
  behind.parameters.info = data;
  EXPECT_EQ(behind.of(secret_key("0102")), hex_octets("0102aabb"));
  behind.parameters.output_bytes = 3;
  EXPECT_EQ(behind.of(secret_key("0102")), hex_octets("0102aa"));
  behind.parameters.output_bytes = 5;
  EXPECT_EQ(behind.refusal(secret_key("0102")), Code::key_size);
  Derivation before("concatenate-data-and-base");
  before.parameters.info = data;
  EXPECT_EQ(before.of(secret_key("0102")), hex_octets("aabb0102"));
}

TEST(KeyOctets, AreCombinedWithDataUpToTheShorter) {
  Derivation test("xor-base-and-data");
  const Buffer data = hex_octets("ff00ff");
  test.parameters.info = data;
  EXPECT_EQ(test.of(secret_key("0102")), hex_octets("fe02"));
  EXPECT_EQ(test.of(secret_key("01020304")), hex_octets("fe02fc"));
  test.parameters.info = {};
  EXPECT_EQ(test.refusal(secret_key("01")), Code::key_size);
}

// The example of PKCS#11 3.0, 2.43.7.
TEST(KeyOctets, AreExtractedFromAnyBitAndAroundTheEnd) {
  Derivation test("extract-key-from-key");
  test.parameters.number = 21;
  test.parameters.output_bytes = 2;
  EXPECT_EQ(test.of(secret_key("329f84a9")), hex_octets("9526"));
  test.parameters.number = 32;
  EXPECT_EQ(test.refusal(secret_key("329f84a9")), Code::mechanism_parameter);
  test.parameters.number = 0;
  test.parameters.output_bytes = 5;
  EXPECT_EQ(test.refusal(secret_key("329f84a9")), Code::key_size);
}

// FIPS 180-4: the digest of "abc".
TEST(KeyOctets, AreDigested) {
  Derivation test("sha256-derive");
  test.parameters.output_bytes = 4;
  EXPECT_EQ(test.of(secret_key("616263")), hex_octets("ba7816bf"));
  test.parameters.output_bytes = 33;
  EXPECT_EQ(test.refusal(secret_key("616263")), Code::key_size);
}

// SP 800-38A, F.1.1 and F.2.1.
TEST(KeyOctets, EncryptData) {
  const SecretKey key = secret_key("2b7e151628aed2a6abf7158809cf4f3c", KeyType::aes);
  const Buffer data = hex_octets("6bc1bee22e409f96e93d7e117393172a");
  const Buffer iv = hex_octets("000102030405060708090a0b0c0d0e0f");
  Derivation ecb("aes-ecb-encrypt-data");
  ecb.parameters.info = data;
  EXPECT_EQ(ecb.of(key), hex_octets("3ad77bb40d7a3660a89ecaf32466ef97"));
  EXPECT_EQ(ecb.refusal(secret_key("00")), Code::key_type);
  Derivation cbc("aes-cbc-encrypt-data");
  cbc.parameters.info = data;
  EXPECT_EQ(cbc.refusal(key), Code::mechanism_parameter);
  cbc.parameters.iv = iv;
  EXPECT_EQ(cbc.of(key), hex_octets("7649abac8119b246cee98e9b12e9197d"));
  cbc.parameters.info = Bytes(data).first(15);
  EXPECT_EQ(cbc.refusal(key), Code::mechanism_parameter);
}

}  // namespace
}  // namespace coffer::crypto
