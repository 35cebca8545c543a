// Ed25519 and Ed448 against RFC 8032.
#include "crypto/edwards.h"

#include <gtest/gtest.h>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

PrivateKey private_key(const Vector& vector) {
  auto key = PrivateKey::from_scalar(Curve::ed25519, vector.hex("Seed"));
  CHECK(key.ok());
  return std::move(key).value();
}

Parameters ed25519() {
  Parameters parameters;
  parameters.mechanism = number_of("ed25519");
  return parameters;
}

TEST(Ed25519, SignsAsRfc8032Says) {
  for (const Vector& vector : read_vectors("ed25519.vec")) {
    const PrivateKey key = private_key(vector);
    EXPECT_EQ(key.public_key().point(), vector.hex("Point"));
    Buffer signature(64);
    ASSERT_TRUE(sign(key, ed25519(), vector.hex("Message"), signature).ok());
    EXPECT_EQ(signature, vector.hex("Signature")) << vector.title;
    EXPECT_TRUE(verify(key.public_key(), ed25519(), vector.hex("Message"), signature).ok());
  }
}

TEST(Ed25519, SignsTheSameInParts) {
  const Vector vector = read_vectors("ed25519.vec").back();
  const auto key = std::make_shared<const PrivateKey>(private_key(vector));
  auto stream = start_sign(key, ed25519());
  ASSERT_TRUE(stream.ok());
  for (const std::uint8_t octet : vector.hex("Message"))
    ASSERT_TRUE(stream.value()->update({&octet, 1}, {}).ok());
  Buffer signature(64);
  ASSERT_TRUE(stream.value()->finish(signature).ok());
  EXPECT_EQ(signature, vector.hex("Signature"));
}

// signed_by signs a vector of eddsa.vec and gives the signature.
Buffer signed_by(const PrivateKey& key, const Vector& vector) {
  Parameters parameters = ed25519();
  const Buffer context = vector.hex("Context");
  parameters.associated = context;
  parameters.variant = static_cast<std::uint8_t>(vector.number("Variant"));
  Buffer signature(vector.hex("Signature").size());
  EXPECT_TRUE(sign(key, parameters, vector.hex("Message"), signature).ok()) << vector.title;
  EXPECT_TRUE(verify(key.public_key(), parameters, vector.hex("Message"), signature).ok()) << vector.title;
  return signature;
}

TEST(EdDsa, SignsEveryVariantAsRfc8032Says) {
  for (const Vector& vector : read_vectors("eddsa.vec")) {
    const auto key = PrivateKey::from_scalar(vector.curve(), vector.hex("Seed"));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key.value().public_key().point(), vector.hex("Point")) << vector.title;
    EXPECT_EQ(signed_by(key.value(), vector), vector.hex("Signature")) << vector.title;
  }
}

TEST(EdDsa, RefusesAnotherContextAndAnotherVariant) {
  for (const Vector& vector : read_vectors("eddsa.vec")) {
    const auto key = PublicKey::from_point(vector.curve(), vector.hex("Point"));
    ASSERT_TRUE(key.ok());
    Parameters parameters = ed25519();
    const Buffer other = hex_octets("626172");
    parameters.associated = other;
    parameters.variant = static_cast<std::uint8_t>(vector.number("Variant"));
    EXPECT_EQ(verify(key.value(), parameters, vector.hex("Message"), vector.hex("Signature")).error().code,
              Code::signature_invalid);
    const Buffer context = vector.hex("Context");
    parameters.associated = context;
    parameters.variant = static_cast<std::uint8_t>(1 - vector.number("Variant"));
    EXPECT_EQ(verify(key.value(), parameters, vector.hex("Message"), vector.hex("Signature")).error().code,
              Code::signature_invalid);
  }
}

TEST(EdDsa, RefusesALongContextAndAnUnknownVariant) {
  const auto key = PrivateKey::from_scalar(Curve::ed448, Buffer(57, 3));
  ASSERT_TRUE(key.ok());
  Parameters parameters = ed25519();
  const Buffer context(256);
  parameters.associated = context;
  Buffer signature(114);
  EXPECT_EQ(sign(key.value(), parameters, {}, signature).error().code, Code::mechanism_parameter);
  parameters.associated = {};
  parameters.variant = 2;
  EXPECT_EQ(sign(key.value(), parameters, {}, signature).error().code, Code::mechanism_parameter);
}

TEST(EdDsa, TakesOnlyPointsOfEd448) {
  for (const Vector& vector : read_vectors("eddsa.vec"))
    EXPECT_TRUE(on_edwards(vector.curve(), vector.hex("Point")));
  Buffer point(57);
  point[0] = 2;  // y = 2 has no x
  EXPECT_FALSE(on_edwards(Curve::ed448, point));
  point[0] = 1;
  EXPECT_TRUE(on_edwards(Curve::ed448, point));  // the neutral point
  point[56] = 0x80;
  EXPECT_FALSE(on_edwards(Curve::ed448, point));
  EXPECT_FALSE(on_edwards(Curve::ed448, Buffer(57, 0xFF)));
  EXPECT_FALSE(on_edwards(Curve::ed448, Buffer(56)));
}

TEST(Ed25519, RefusesEveryFlippedBitOfTheSignature) {
  const Vector vector = read_vectors("ed25519.vec").front();
  const PublicKey key = private_key(vector).public_key();
  const Buffer signature = vector.hex("Signature");
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    Buffer changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_EQ(verify(key, ed25519(), vector.hex("Message"), changed).error().code, Code::signature_invalid);
  }
}

TEST(Ed25519, RefusesAnotherMessageAndAnotherLength) {
  const Vector vector = read_vectors("ed25519.vec").front();
  const PublicKey key = private_key(vector).public_key();
  EXPECT_EQ(verify(key, ed25519(), Buffer(1), vector.hex("Signature")).error().code, Code::signature_invalid);
  EXPECT_EQ(verify(key, ed25519(), {}, Buffer(63)).error().code, Code::signature_length);
}

TEST(Ed25519, TakesOnlyPointsOfTheCurve) {
  for (const Vector& vector : read_vectors("ed25519.vec"))
    EXPECT_TRUE(on_edwards(Curve::ed25519, vector.hex("Point")));
  // y = 2 has no x; y = p + 1 is 1 in disguise; y = 1 with a sign is a second way to write x = 0.
  Buffer point(32);
  point[0] = 2;
  EXPECT_FALSE(on_edwards(Curve::ed25519, point));
  EXPECT_FALSE(on_edwards(Curve::ed25519,
                          hex_octets("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  EXPECT_FALSE(on_edwards(Curve::ed25519,
                          hex_octets("0100000000000000000000000000000000000000000000000000000000000080")));
  EXPECT_EQ(PublicKey::from_point(Curve::ed25519, point).error().code, Code::invalid);
}

}  // namespace
}  // namespace coffer::crypto
