// What is outdated: refused without Parameters::legacy, and right with it.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

Parameters parameters_of(std::string_view name, bool legacy) {
  Parameters parameters;
  parameters.mechanism = number_of(name);
  parameters.legacy = legacy;
  return parameters;
}

SecretKey des3_key() {
  auto key = SecretKey::create(KeyType::des3, hex_octets("0123456789abcdef23456789abcdef01456789abcdef0123"));
  EXPECT_TRUE(key.ok());
  return std::move(key).value();
}

PrivateKey rsa_key() {
  auto key = PrivateKey::from_pkcs8(read_vectors("rsa_decrypt.vec").front().hex("Pkcs8"));
  EXPECT_TRUE(key.ok());
  return std::move(key).value();
}

TEST(Legacy, IsRefusedUnlessPermitted) {
  Buffer output(1024);
  const Buffer data(24, 1);
  const PrivateKey key = rsa_key();
  const SecretKey des3 = des3_key();
  const auto generic = SecretKey::create(KeyType::generic, data);
  for (const char* name : {"des3-ecb", "des3-cbc", "des3-cbc-pad"}) {
    EXPECT_EQ(encrypt(des3, parameters_of(name, false), data, output).error().code, Code::mechanism_invalid);
    EXPECT_EQ(decrypt(des3, parameters_of(name, false), data, output).error().code, Code::mechanism_invalid);
  }
  EXPECT_EQ(mac(des3, parameters_of("des3-cmac", false), data, output).error().code, Code::mechanism_invalid);
  EXPECT_EQ(mac(generic.value(), parameters_of("hmac-md5", false), data, output).error().code,
            Code::mechanism_invalid);
  EXPECT_EQ(digest(parameters_of("md5", false), data, output).error().code, Code::mechanism_invalid);
  const Parameters raw = parameters_of("rsa-x509", false);
  EXPECT_EQ(sign(key, raw, data, output).error().code, Code::mechanism_invalid);
  EXPECT_EQ(decrypt(key, raw, Buffer(256, 1), output).error().code, Code::mechanism_invalid);
  EXPECT_EQ(encrypt(key.public_key(), raw, data, output).error().code, Code::mechanism_invalid);
  EXPECT_EQ(recover(key.public_key(), raw, Buffer(256, 1), output).error().code, Code::mechanism_invalid);
}

TEST(Legacy, IsKnownByMechanismAndUse) {
  EXPECT_TRUE(is_legacy(parameters_of("rsa-pkcs-sha1", false), use::kSign));
  EXPECT_FALSE(is_legacy(parameters_of("rsa-pkcs-sha1", false), use::kVerify));
  Parameters pss = parameters_of("rsa-pss", false);
  EXPECT_FALSE(is_legacy(pss, use::kSign));
  pss.hash = Hash::sha1;
  EXPECT_TRUE(is_legacy(pss, use::kSign));
  EXPECT_FALSE(is_legacy(pss, use::kVerify));
}

TEST(Legacy, SignsSha1AsOpensslDoes) {
  const PrivateKey key = rsa_key();
  std::size_t count = 0;
  for (const Vector& vector : read_vectors("rsa_sign.vec")) {
    const Mechanism& mechanism = *find_mechanism(vector.mechanism());
    if (mechanism.family != Family::rsa_pkcs1 || mechanism.hash != Hash::sha1) continue;
    Buffer signature(256);
    ASSERT_TRUE(sign(key, parameters_of("rsa-pkcs-sha1", true), vector.hex("Message"), signature).ok());
    EXPECT_EQ(signature, vector.hex("Signature"));
    ++count;
  }
  EXPECT_NE(count, 0U);
  for (const char* name : {"rsa-pss-sha1", "rsa-pss"}) {
    Parameters parameters = parameters_of(name, true);
    parameters.hash = Hash::sha1;
    parameters.salt_bytes = 20;
    Buffer signature(256);
    ASSERT_TRUE(sign(key, parameters, Buffer(20, 3), signature).ok()) << name;
    EXPECT_TRUE(verify(key.public_key(), parameters, Buffer(20, 3), signature).ok()) << name;
  }
}

TEST(Legacy, RawRsaIsTheBareNumber) {
  const PrivateKey key = rsa_key();
  const Parameters raw = parameters_of("rsa-x509", true);
  Buffer signature(256);
  Buffer output(256);
  ASSERT_TRUE(sign(key, raw, as_bytes("number"), signature).ok());
  ASSERT_TRUE(verify(key.public_key(), raw, as_bytes("number"), signature).ok());
  EXPECT_EQ(verify(key.public_key(), raw, as_bytes("Number"), signature).error().code,
            Code::signature_invalid);
  Buffer padded(250, 0);
  append(padded, as_bytes("number"));
  ASSERT_TRUE(recover(key.public_key(), raw, signature, output).ok());
  EXPECT_EQ(output, padded);
  Buffer ciphertext(256);
  ASSERT_TRUE(encrypt(key.public_key(), raw, as_bytes("number"), ciphertext).ok());
  ASSERT_TRUE(decrypt(key, raw, ciphertext, output).ok());
  EXPECT_EQ(output, padded);
  // The signature that PKCS#1 makes of padded data is the raw one of the padding.
  const Parameters pkcs1 = parameters_of("rsa-pkcs", false);
  ASSERT_TRUE(sign(key, pkcs1, as_bytes("number"), signature).ok());
  ASSERT_TRUE(recover(key.public_key(), raw, signature, output).ok());
  Buffer again(256);
  ASSERT_TRUE(sign(key, raw, output, again).ok());
  EXPECT_EQ(again, signature);
}

TEST(Legacy, RawRsaRefusesWhatIsNoNumberBelowTheModulus) {
  const PrivateKey key = rsa_key();
  const Parameters raw = parameters_of("rsa-x509", true);
  Buffer output(256);
  EXPECT_EQ(sign(key, raw, {}, output).error().code, Code::data_length);
  EXPECT_EQ(sign(key, raw, Buffer(257, 0), output).error().code, Code::data_length);
  EXPECT_EQ(sign(key, raw, key.public_key().rsa_modulus(), output).error().code, Code::data_length);
  EXPECT_EQ(encrypt(key.public_key(), raw, Buffer(256, 0xFF), output).error().code, Code::data_length);
  EXPECT_EQ(decrypt(key, raw, Buffer(256, 0xFF), output).error().code, Code::ciphertext_invalid);
  EXPECT_EQ(decrypt(key, raw, Buffer(255, 1), output).error().code, Code::ciphertext_length);
}

TEST(Legacy, Des3KeysHaveOddParityAndThreeParts) {
  const Buffer good = hex_octets("0123456789abcdef23456789abcdef01456789abcdef0123");
  Buffer even = good;
  even[23] ^= 1U;
  EXPECT_EQ(SecretKey::create(KeyType::des3, even).error().code, Code::attribute_value);
  Buffer single = good;
  std::copy_n(single.begin(), 8, single.begin() + 8);
  EXPECT_EQ(SecretKey::create(KeyType::des3, single).error().code, Code::attribute_value);
  EXPECT_EQ(SecretKey::create(KeyType::des3, Bytes(good).first(16)).error().code, Code::key_size);
  const auto made = SecretKey::generate(KeyType::des3, kDes3KeyBytes);
  ASSERT_TRUE(made.ok());
  for (const std::uint8_t octet : made.value().value().reveal()) EXPECT_EQ(std::popcount(octet) % 2, 1);
}

TEST(Legacy, Des3InPartsIsDes3AtOnce) {
  const auto key = std::make_shared<const SecretKey>(des3_key());
  const Buffer iv(8, 9);
  Parameters parameters = parameters_of("des3-cbc-pad", true);
  parameters.iv = iv;
  const Buffer data(100, 7);
  Buffer whole(data.size() + kOverheadBytesMax);
  const auto bytes = encrypt(*key, parameters, data, whole);
  ASSERT_TRUE(bytes.ok());
  whole.resize(bytes.value());
  EXPECT_EQ(whole.size(), 104U);
  for (const bool encrypts : {true, false}) {
    const Buffer& input = encrypts ? data : whole;
    auto stream = encrypts ? start_encrypt(key, parameters) : start_decrypt(key, parameters);
    ASSERT_TRUE(stream.ok());
    Buffer output;
    Buffer piece(64);
    for (std::size_t i = 0; i < input.size(); i += 7) {
      const Bytes part = Bytes(input).subspan(i, std::min<std::size_t>(7, input.size() - i));
      const auto given = stream.value()->update(part, piece);
      ASSERT_TRUE(given.ok());
      append(output, Bytes(piece).first(given.value()));
    }
    const auto last = stream.value()->finish(piece);
    ASSERT_TRUE(last.ok());
    append(output, Bytes(piece).first(last.value()));
    EXPECT_EQ(output, encrypts ? whole : data);
  }
  whole.back() ^= 1U;
  Buffer output(data.size() + kOverheadBytesMax);
  EXPECT_EQ(decrypt(*key, parameters, whole, output).error().code, Code::ciphertext_invalid);
}

}  // namespace
}  // namespace coffer::crypto
