// RSA against signatures and ciphertexts of the openssl command, and everything that must be refused.
#include "crypto/rsa.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

const PrivateKey& test_key() {
  static const PrivateKey key = [] {
    auto read = PrivateKey::from_pkcs8(read_vectors("rsa_decrypt.vec").front().hex("Pkcs8"));
    CHECK(read.ok());
    return std::move(read).value();
  }();
  return key;
}

Parameters parameters_of(const Vector& vector) {
  Parameters parameters;
  parameters.mechanism = vector.mechanism();
  parameters.salt_bytes = vector.number("SaltBytes");
  parameters.hash = vector.hash("Hash");
  parameters.mask_hash = vector.hash("MaskHash");
  return parameters;
}

Vector signature_vector(const std::string& title) {
  for (Vector& vector : read_vectors("rsa_sign.vec")) {
    if (vector.title == title) return vector;
  }
  ADD_FAILURE() << "no vector " << title;
  return {};
}

TEST(RsaSign, VerifiesWhatOpensslSigned) {
  for (const Vector& vector : read_vectors("rsa_sign.vec")) {
    const auto key = PublicKey::from_spki(vector.hex("Spki"));
    ASSERT_TRUE(key.ok());
    EXPECT_TRUE(
        verify(key.value(), parameters_of(vector), vector.hex("Message"), vector.hex("Signature")).ok())
        << vector.title;
  }
}

TEST(RsaSign, SignsPkcs1AsOpensslDoes) {
  for (const Vector& vector : read_vectors("rsa_sign.vec")) {
    const Mechanism& mechanism = *find_mechanism(vector.mechanism());
    if (mechanism.family != Family::rsa_pkcs1 || mechanism.hash == Hash::sha1) continue;
    Buffer signature(256);
    ASSERT_TRUE(sign(test_key(), parameters_of(vector), vector.hex("Message"), signature).ok())
        << vector.title;
    EXPECT_EQ(signature, vector.hex("Signature")) << vector.title;
  }
}

TEST(RsaSign, SignsPssThatOpensslVerifies) {
  for (const Vector& vector : read_vectors("rsa_sign.vec")) {
    const Mechanism& mechanism = *find_mechanism(vector.mechanism());
    if (mechanism.family != Family::rsa_pss || mechanism.hash == Hash::sha1) continue;
    Buffer signature(256);
    ASSERT_TRUE(sign(test_key(), parameters_of(vector), vector.hex("Message"), signature).ok())
        << vector.title;
    EXPECT_TRUE(
        verify(test_key().public_key(), parameters_of(vector), vector.hex("Message"), signature).ok());
  }
}

TEST(RsaSign, SignsTheSameInParts) {
  const Vector vector = signature_vector("rsa-pkcs-sha256");
  auto read = PrivateKey::from_pkcs8(read_vectors("rsa_decrypt.vec").front().hex("Pkcs8"));
  auto stream =
      start_sign(std::make_shared<const PrivateKey>(std::move(read).value()), parameters_of(vector));
  ASSERT_TRUE(stream.ok());
  for (const std::uint8_t octet : vector.hex("Message"))
    ASSERT_TRUE(stream.value()->update({&octet, 1}, {}).ok());
  Buffer signature(256);
  ASSERT_TRUE(stream.value()->finish(signature).ok());
  EXPECT_EQ(signature, vector.hex("Signature"));
}

TEST(RsaSign, VerifiesInParts) {
  const Vector vector = signature_vector("rsa-pss-sha256: salt of 32");
  auto stream = start_verify(test_key().public_key(), parameters_of(vector));
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE(stream.value()->update(vector.hex("Message"), {}).ok());
  EXPECT_TRUE(stream.value()->finish_verify(vector.hex("Signature")).ok());
}

TEST(RsaSign, RefusesSha1) {
  Buffer signature(256);
  Parameters parameters;
  for (const char* name : {"rsa-pkcs-sha1", "rsa-pss-sha1"}) {
    parameters.mechanism = number_of(name);
    EXPECT_EQ(sign(test_key(), parameters, {}, signature).error().code, Code::mechanism_invalid);
  }
  parameters.mechanism = number_of("rsa-pss");
  parameters.hash = Hash::sha1;
  EXPECT_EQ(sign(test_key(), parameters, Buffer(20), signature).error().code, Code::mechanism_parameter);
}

TEST(RsaSign, RefusesAFlippedBit) {
  for (const char* title : {"rsa-pkcs-sha256", "rsa-pss-sha256: salt of 32"}) {
    const Vector vector = signature_vector(title);
    for (const std::size_t octet : {0U, 100U, 255U}) {
      Buffer signature = vector.hex("Signature");
      signature[octet] ^= 1U;
      EXPECT_EQ(verify(test_key().public_key(), parameters_of(vector), vector.hex("Message"), signature)
                    .error()
                    .code,
                Code::signature_invalid);
    }
  }
}

TEST(RsaSign, RefusesASignatureThatIsNotBelowTheModulus) {
  const Vector vector = signature_vector("rsa-pkcs-sha256");
  EXPECT_EQ(verify(test_key().public_key(), parameters_of(vector), {}, Buffer(256, 0xFF)).error().code,
            Code::signature_invalid);
}

TEST(RsaSign, RefusesOtherLengths) {
  const Vector vector = signature_vector("rsa-pkcs-sha256");
  for (const std::size_t bytes : {0U, 255U, 257U}) {
    EXPECT_EQ(verify(test_key().public_key(), parameters_of(vector), {}, Buffer(bytes)).error().code,
              Code::signature_length);
  }
}

TEST(RsaSign, RefusesAnotherSaltLengthThanAsked) {
  const Vector vector = signature_vector("rsa-pss-sha256: salt of 32");
  Parameters parameters = parameters_of(vector);
  parameters.salt_bytes = 20;
  EXPECT_EQ(verify(test_key().public_key(), parameters, vector.hex("Message"), vector.hex("Signature"))
                .error()
                .code,
            Code::signature_invalid);
}

TEST(RsaSign, RefusesParametersThatContradictTheMechanism) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-pss-sha256");
  parameters.hash = Hash::sha384;
  Buffer signature(256);
  EXPECT_EQ(sign(test_key(), parameters, {}, signature).error().code, Code::mechanism_parameter);
}

TEST(RsaSign, TakesTheLongestSaltAndRefusesOneMore) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-pss-sha256");
  parameters.salt_bytes = 256 - 32 - 2;
  Buffer signature(256);
  ASSERT_TRUE(sign(test_key(), parameters, {}, signature).ok());
  EXPECT_TRUE(verify(test_key().public_key(), parameters, {}, signature).ok());
  ++parameters.salt_bytes;
  EXPECT_EQ(sign(test_key(), parameters, {}, signature).error().code, Code::mechanism_parameter);
}

TEST(RsaSign, RefusesABarePssDigestOfAnotherLength) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-pss");
  parameters.hash = Hash::sha256;
  Buffer signature(256);
  EXPECT_EQ(sign(test_key(), parameters, Buffer(31), signature).error().code, Code::data_length);
}

TEST(RsaSign, RefusesBareDataThatDoesNotFit) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-pkcs");
  Buffer signature(256);
  EXPECT_TRUE(sign(test_key(), parameters, Buffer(245), signature).ok());
  EXPECT_EQ(sign(test_key(), parameters, Buffer(246), signature).error().code, Code::data_length);
}

TEST(RsaSign, RefusesAnOutputWithoutRoom) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-pkcs-sha256");
  Buffer signature(255);
  EXPECT_EQ(sign(test_key(), parameters, {}, signature).error().code, Code::invalid);
}

TEST(RsaDecrypt, OpensWhatOpensslEncrypted) {
  for (const Vector& vector : read_vectors("rsa_decrypt.vec")) {
    const Buffer label = vector.hex("Label");
    Parameters parameters = parameters_of(vector);
    parameters.associated = label;
    Buffer output(256 + kOverheadBytesMax);
    const auto bytes = decrypt(test_key(), parameters, vector.hex("Ciphertext"), output);
    ASSERT_TRUE(bytes.ok()) << vector.title;
    output.resize(bytes.value());
    EXPECT_EQ(output, vector.hex("Plaintext")) << vector.title;
  }
}

TEST(RsaDecrypt, OpensWhatItEncrypted) {
  for (const Vector& vector : read_vectors("rsa_decrypt.vec")) {
    const Buffer label = vector.hex("Label");
    Parameters parameters = parameters_of(vector);
    parameters.associated = label;
    Buffer sealed(256);
    ASSERT_TRUE(encrypt(test_key().public_key(), parameters, vector.hex("Plaintext"), sealed).ok());
    Buffer output(256);
    const auto bytes = decrypt(test_key(), parameters, sealed, output);
    ASSERT_TRUE(bytes.ok());
    output.resize(bytes.value());
    EXPECT_EQ(output, vector.hex("Plaintext")) << vector.title;
  }
}

TEST(RsaDecrypt, NeverTellsThatPkcs1PaddingWasWrong) {
  // With implicit rejection a forged ciphertext opens to octets that depend on the key and the ciphertext
  // only.
  const Vector vector = read_vectors("rsa_decrypt.vec").front();
  Buffer changed = vector.hex("Ciphertext");
  changed[100] ^= 1U;
  Buffer one(256);
  Buffer two(256);
  const auto first = decrypt(test_key(), parameters_of(vector), changed, one);
  const auto second = decrypt(test_key(), parameters_of(vector), changed, two);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first.value(), second.value());
  EXPECT_EQ(one, two);
}

TEST(RsaDecrypt, RefusesAChangedOaepCiphertextAndAnotherLabel) {
  const Vector vector = read_vectors("rsa_decrypt.vec").back();
  Buffer output(256);
  Buffer changed = vector.hex("Ciphertext");
  changed[100] ^= 1U;
  EXPECT_EQ(decrypt(test_key(), parameters_of(vector), changed, output).error().code,
            Code::ciphertext_invalid);
  Parameters parameters = parameters_of(vector);
  parameters.associated = as_bytes("another label");
  EXPECT_EQ(decrypt(test_key(), parameters, vector.hex("Ciphertext"), output).error().code,
            Code::ciphertext_invalid);
}

TEST(RsaDecrypt, RefusesOtherLengths) {
  Buffer output(256);
  for (const std::size_t bytes : {0U, 255U, 257U}) {
    EXPECT_EQ(
        decrypt(test_key(), parameters_of(read_vectors("rsa_decrypt.vec").front()), Buffer(bytes), output)
            .error()
            .code,
        Code::ciphertext_length);
  }
}

TEST(RsaEncrypt, RefusesDataThatDoesNotFit) {
  Parameters parameters;
  Buffer output(256);
  parameters.mechanism = number_of("rsa-pkcs");
  EXPECT_EQ(encrypt(test_key().public_key(), parameters, Buffer(246), output).error().code,
            Code::data_length);
  parameters.mechanism = number_of("rsa-oaep");
  parameters.hash = Hash::sha256;
  EXPECT_TRUE(encrypt(test_key().public_key(), parameters, Buffer(190), output).ok());
  EXPECT_EQ(encrypt(test_key().public_key(), parameters, Buffer(191), output).error().code,
            Code::data_length);
}

TEST(RsaEncrypt, TakesTheEmptyMessage) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-oaep");
  parameters.hash = Hash::sha256;
  Buffer sealed(256);
  ASSERT_TRUE(encrypt(test_key().public_key(), parameters, {}, sealed).ok());
  Buffer output(256);
  const auto bytes = decrypt(test_key(), parameters, sealed, output);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(bytes.value(), 0U);
}

TEST(RsaEncrypt, OaepNeedsADigest) {
  Parameters parameters;
  parameters.mechanism = number_of("rsa-oaep");
  Buffer output(256);
  EXPECT_EQ(encrypt(test_key().public_key(), parameters, {}, output).error().code, Code::mechanism_parameter);
}

}  // namespace
}  // namespace coffer::crypto
