// HMAC, CMAC and GMAC against RFC 2202, RFC 4231, RFC 4493 and SP 800-38B.
#include "crypto/mac.h"

#include <gtest/gtest.h>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

SecretKey secret_key(KeyType type, Bytes value) {
  auto key = SecretKey::create(type, value);
  CHECK(key.ok());
  return std::move(key).value();
}

std::vector<Vector> all_vectors() {
  std::vector<Vector> vectors = read_vectors("hmac.vec");
  for (Vector& vector : read_vectors("aes_cmac.vec")) {
    vector.fields["Mechanism"] = "aes-cmac";
    vectors.push_back(vector);
  }
  for (Vector& vector : read_vectors("macs.vec")) vectors.push_back(vector);
  return vectors;
}

SecretKey key_of(const Vector& vector) {
  return secret_key(find_mechanism(vector.mechanism())->key, vector.hex("Key"));
}

// The nonce of every vector that has one.
constexpr std::array<std::uint8_t, 12> kNonce = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

Parameters parameters_of(const Vector& vector) {
  Parameters parameters;
  parameters.mechanism = vector.mechanism();
  parameters.output_bytes = vector.number("Bytes");
  if (vector.has("Nonce")) parameters.iv = kNonce;
  return parameters;
}

TEST(Mac, GivesTheAnswersOfTheStandards) {
  for (const Vector& vector : all_vectors()) {
    const SecretKey key = key_of(vector);
    Buffer tag(64);
    const auto bytes = mac(key, parameters_of(vector), vector.hex("Message"), tag);
    ASSERT_TRUE(bytes.ok()) << vector.title;
    tag.resize(bytes.value());
    EXPECT_EQ(tag, vector.hex("Tag")) << vector.title;
  }
}

TEST(Mac, GivesTheSameFromAPreparedState) {
  const Vector vector = all_vectors().front();
  const SecretKey key = key_of(vector);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verify_mac(key, parameters_of(vector), vector.hex("Message"), vector.hex("Tag")).ok());
  }
}

TEST(Mac, InPartsIsTheSame) {
  for (const Vector& vector : all_vectors()) {
    const auto key = std::make_shared<const SecretKey>(key_of(vector));
    auto stream = start_mac(key, parameters_of(vector));
    ASSERT_TRUE(stream.ok());
    const Buffer message = vector.hex("Message");
    const std::size_t half = message.size() / 2;
    ASSERT_TRUE(stream.value()->update(Bytes(message).first(half), {}).ok());
    ASSERT_TRUE(stream.value()->update(Bytes(message).subspan(half), {}).ok());
    EXPECT_TRUE(stream.value()->finish_verify(vector.hex("Tag")).ok()) << vector.title;
  }
}

TEST(Mac, RefusesATagWithOneBitFlipped) {
  for (const Vector& vector : all_vectors()) {
    const SecretKey key = key_of(vector);
    Buffer tag = vector.hex("Tag");
    tag[tag.size() - 1] ^= 0x80U;
    EXPECT_EQ(verify_mac(key, parameters_of(vector), vector.hex("Message"), tag).error().code,
              Code::signature_invalid);
  }
}

TEST(Mac, RefusesAShortTag) {
  const Vector vector = all_vectors().front();
  Buffer tag = vector.hex("Tag");
  tag.pop_back();
  EXPECT_EQ(verify_mac(key_of(vector), parameters_of(vector), vector.hex("Message"), tag).error().code,
            Code::signature_length);
}

TEST(Mac, RefusesAnAesKeyForHmacAndAGenericKeyForCmac) {
  Buffer tag(64);
  Parameters parameters;
  parameters.mechanism = number_of("hmac-sha256");
  EXPECT_EQ(mac(secret_key(KeyType::aes, Buffer(16)), parameters, {}, tag).error().code, Code::key_type);
  parameters.mechanism = number_of("aes-cmac");
  EXPECT_EQ(mac(secret_key(KeyType::generic, Buffer(16)), parameters, {}, tag).error().code, Code::key_type);
}

TEST(Mac, OfGeneralLengthRefusesNothingAndTooMuch) {
  Buffer tag(64);
  Parameters parameters;
  for (const char* name : {"hmac-sha256-general", "aes-cmac-general"}) {
    parameters.mechanism = number_of(name);
    const SecretKey key = secret_key(find_mechanism(parameters.mechanism)->key, Buffer(16));
    for (const std::uint32_t bytes : {0U, 33U}) {
      parameters.output_bytes = bytes;
      EXPECT_EQ(mac(key, parameters, {}, tag).error().code, Code::mechanism_parameter) << name << bytes;
    }
  }
}

TEST(Mac, GmacRefusesOtherNonces) {
  Buffer tag(64);
  Parameters parameters;
  parameters.mechanism = number_of("aes-gmac");
  for (const std::size_t bytes : {0U, 11U, 16U}) {
    const Buffer nonce(bytes);
    parameters.iv = nonce;
    EXPECT_EQ(mac(secret_key(KeyType::aes, Buffer(16)), parameters, {}, tag).error().code,
              Code::mechanism_parameter);
  }
}

TEST(Mac, RefusesAnOutputWithoutRoom) {
  Buffer tag(31);
  Parameters parameters;
  parameters.mechanism = number_of("hmac-sha256");
  EXPECT_EQ(mac(secret_key(KeyType::generic, Buffer(16)), parameters, {}, tag).error().code, Code::invalid);
}

}  // namespace
}  // namespace coffer::crypto
