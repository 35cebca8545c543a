// ECDSA against RFC 6979's signatures, and everything that must be refused.
#include "crypto/ecdsa.h"

#include <gtest/gtest.h>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

PrivateKey private_key(const Vector& vector) {
  auto key = PrivateKey::from_scalar(vector.curve(), vector.hex("Scalar"));
  CHECK(key.ok());
  return std::move(key).value();
}

Parameters parameters_of(const Vector& vector) {
  Parameters parameters;
  parameters.mechanism = vector.mechanism();
  return parameters;
}

TEST(Ecdsa, VerifiesTheSignaturesOfRfc6979) {
  for (const Vector& vector : read_vectors("ecdsa.vec")) {
    const auto key = PublicKey::from_point(vector.curve(), vector.hex("Point"));
    ASSERT_TRUE(key.ok());
    EXPECT_TRUE(
        verify(key.value(), parameters_of(vector), vector.hex("Message"), vector.hex("Signature")).ok())
        << vector.title;
  }
}

TEST(Ecdsa, DerivesThePublicPointOfRfc6979) {
  for (const Vector& vector : read_vectors("ecdsa.vec")) {
    EXPECT_EQ(private_key(vector).public_key().point(), vector.hex("Point")) << vector.title;
  }
}

TEST(Ecdsa, SignsWhatItVerifies) {
  for (const Vector& vector : read_vectors("ecdsa.vec")) {
    const PrivateKey key = private_key(vector);
    Buffer signature(kSignatureBytesMax);
    const auto bytes = sign(key, parameters_of(vector), vector.hex("Message"), signature);
    ASSERT_TRUE(bytes.ok()) << vector.title;
    signature.resize(bytes.value());
    EXPECT_EQ(signature.size(), vector.hex("Signature").size());
    EXPECT_TRUE(verify(key.public_key(), parameters_of(vector), vector.hex("Message"), signature).ok());
  }
}

TEST(Ecdsa, NeverSignsTwiceTheSameWay) {
  const Vector vector = read_vectors("ecdsa.vec").front();
  const PrivateKey key = private_key(vector);
  Buffer one(64);
  Buffer two(64);
  ASSERT_TRUE(sign(key, parameters_of(vector), {}, one).ok());
  ASSERT_TRUE(sign(key, parameters_of(vector), {}, two).ok());
  EXPECT_NE(one, two);
}

TEST(Ecdsa, RefusesEveryFlippedBitOfTheSignature) {
  const Vector vector = read_vectors("ecdsa.vec").front();
  const auto key = PublicKey::from_point(vector.curve(), vector.hex("Point"));
  const Buffer signature = vector.hex("Signature");
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    Buffer changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_EQ(verify(key.value(), parameters_of(vector), vector.hex("Message"), changed).error().code,
              Code::signature_invalid);
  }
}

TEST(Ecdsa, RefusesAZeroSignature) {
  const Vector vector = read_vectors("ecdsa.vec").front();
  const auto key = PublicKey::from_point(vector.curve(), vector.hex("Point"));
  EXPECT_EQ(verify(key.value(), parameters_of(vector), vector.hex("Message"), Buffer(64)).error().code,
            Code::signature_invalid);
}

TEST(Ecdsa, RefusesASignatureOfAnotherLength) {
  const Vector vector = read_vectors("ecdsa.vec").front();
  const auto key = PublicKey::from_point(vector.curve(), vector.hex("Point"));
  for (const std::size_t bytes : {0U, 63U, 65U, 96U}) {
    EXPECT_EQ(verify(key.value(), parameters_of(vector), {}, Buffer(bytes)).error().code,
              Code::signature_length);
  }
}

TEST(Ecdsa, TakesAShorterSignatureOfTwoEqualHalves) {
  // A digest chosen so that r and s both fit 31 octets (python-ecdsa 0.18, the key of RFC 6979, A.2.5).
  const PublicKey key = private_key(read_vectors("ecdsa.vec").front()).public_key();
  const Buffer digest = hex_octets("f7226d98fe85ed2fcec43714a03ad8bfef6e5c204ac205bc915846dd8d26ba38");
  Buffer signature = hex_octets(
      "5543894af3d00ed7d740abdbd75c96b06877b787db5f70eea78b90a8d7c00a"
      "001234567890abcdef1234567890abcdef1234567890abcdef1234567890ab");
  Parameters parameters;
  parameters.mechanism = number_of("ecdsa");
  EXPECT_TRUE(verify(key, parameters, digest, signature).ok());
  signature[0] ^= 1U;
  EXPECT_EQ(verify(key, parameters, digest, signature).error().code, Code::signature_invalid);
}

TEST(Ecdsa, SignsABareDigestOfAnyUsualSize) {
  const Vector vector = read_vectors("ecdsa.vec").front();
  const PrivateKey key = private_key(vector);
  Parameters parameters;
  parameters.mechanism = number_of("ecdsa");
  for (const std::size_t bytes : {1U, 20U, 32U, 64U}) {
    Buffer signature(64);
    ASSERT_TRUE(sign(key, parameters, Buffer(bytes, 9), signature).ok());
    EXPECT_TRUE(verify(key.public_key(), parameters, Buffer(bytes, 9), signature).ok());
  }
}

TEST(Ecdsa, RefusesAnEmptyOrHugeBareDigest) {
  const PrivateKey key = private_key(read_vectors("ecdsa.vec").front());
  Parameters parameters;
  parameters.mechanism = number_of("ecdsa");
  Buffer signature(64);
  EXPECT_EQ(sign(key, parameters, {}, signature).error().code, Code::data_length);
  EXPECT_EQ(sign(key, parameters, Buffer(67), signature).error().code, Code::data_length);
}

TEST(Ecdsa, RefusesAnOutputWithoutRoom) {
  const Vector vector = read_vectors("ecdsa.vec").front();
  Buffer signature(63);
  EXPECT_EQ(sign(private_key(vector), parameters_of(vector), {}, signature).error().code, Code::invalid);
}

TEST(Ecdsa, MakesAndKeepsKeysOfEveryCurve) {
  for (const Curve curve : {Curve::p256, Curve::p384, Curve::p521, Curve::secp256k1, Curve::brainpoolp256r1,
                            Curve::brainpoolp384r1, Curve::brainpoolp512r1}) {
    const auto key = PrivateKey::generate({KeyType::ec, 0, curve});
    ASSERT_TRUE(key.ok());
    const auto again = PrivateKey::from_pkcs8(key.value().pkcs8().reveal());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().curve(), curve);
    EXPECT_EQ(again.value().public_key().point().size(), point_bytes(curve));
    const auto spki = PublicKey::from_spki(key.value().public_key().spki());
    ASSERT_TRUE(spki.ok());
    EXPECT_EQ(spki.value().point(), key.value().public_key().point());
  }
}

TEST(Ecdsa, VerifiesSha1ButDoesNotSignIt) {
  const PrivateKey key = private_key(read_vectors("ecdsa.vec").front());
  Parameters bare;
  bare.mechanism = number_of("ecdsa");
  Parameters sha1;
  sha1.mechanism = number_of("ecdsa-sha1");
  Buffer signature(64);
  EXPECT_EQ(sign(key, sha1, as_bytes("abc"), signature).error().code, Code::mechanism_invalid);
  ASSERT_TRUE(sign(key, bare, hex_octets("a9993e364706816aba3e25717850c26c9cd0d89d"), signature).ok());
  EXPECT_TRUE(verify(key.public_key(), sha1, as_bytes("abc"), signature).ok());
}

TEST(Ecdsa, RefusesAnEd25519Key) {
  const auto key = PrivateKey::from_scalar(Curve::ed25519, Buffer(32, 1));
  Parameters parameters;
  parameters.mechanism = number_of("ecdsa-sha256");
  Buffer signature(64);
  EXPECT_EQ(sign(key.value(), parameters, {}, signature).error().code, Code::key_type);
}

TEST(EcdsaDer, KeepsEveryShapeOfNumbers) {
  for (const std::size_t width : {32U, 48U, 66U}) {
    for (const unsigned first : {0x00U, 0x01U, 0x7FU, 0x80U, 0xFFU}) {
      Buffer raw(2 * width, 0xA5);
      raw[0] = static_cast<std::uint8_t>(first);
      raw[width] = static_cast<std::uint8_t>(first);
      Buffer der(2 * width + 9);
      der.resize(der_from_raw(raw, der));
      Buffer again(2 * width);
      ASSERT_TRUE(raw_from_der(der, again));
      EXPECT_EQ(again, raw);
    }
  }
}

TEST(EcdsaDer, RefusesEveryTruncation) {
  Buffer raw(132, 0xA5);
  Buffer der(141);
  der.resize(der_from_raw(raw, der));
  for (std::size_t bytes = 0; bytes < der.size(); ++bytes)
    EXPECT_FALSE(raw_from_der(Bytes(der).first(bytes), raw));
}

}  // namespace
}  // namespace coffer::crypto
