// ECDH, X25519, the X9.63 KDF and HKDF against their standards.
#include "crypto/derive.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

Buffer bytes_of(const Result<SecretBytes>& secret) {
  EXPECT_TRUE(secret.ok());
  return secret.ok() ? to_buffer(secret.value().reveal()) : Buffer();
}

PrivateKey private_key(const Vector& vector) {
  auto key = PrivateKey::from_scalar(vector.curve(), vector.hex("Scalar"));
  CHECK(key.ok());
  return std::move(key).value();
}

Parameters ecdh(Bytes peer) {
  Parameters parameters;
  parameters.mechanism = number_of("ecdh");
  parameters.peer = peer;
  return parameters;
}

TEST(Ecdh, GivesTheSecretsOfTheStandards) {
  for (const Vector& vector : read_vectors("ecdh.vec")) {
    const Buffer peer = vector.hex("Peer");
    EXPECT_EQ(bytes_of(derive(private_key(vector), ecdh(peer))), vector.hex("Secret")) << vector.title;
  }
}

TEST(Ecdh, RunsTheOneStepKdfOfSp80056c) {
  for (const Vector& vector : read_vectors("one_step_kdf.vec")) {
    const Buffer peer = vector.hex("Peer");
    const Buffer info = vector.hex("Info");
    Parameters parameters = ecdh(peer);
    parameters.hash = vector.hash("Hash");
    parameters.salt = info;
    parameters.variant = variant::kSp800;
    parameters.output_bytes = static_cast<std::uint32_t>(vector.hex("Output").size());
    EXPECT_EQ(bytes_of(derive(private_key(vector), parameters)), vector.hex("Output")) << vector.title;
  }
}

TEST(Ecdh, WithCofactorGivesTheSameAndTakesNoMontgomeryKey) {
  for (const Vector& vector : read_vectors("ecdh.vec")) {
    const Buffer peer = vector.hex("Peer");
    Parameters parameters = ecdh(peer);
    parameters.mechanism = number_of("ecdh-cofactor");
    if (key_type_of(vector.curve()) == KeyType::montgomery) {
      EXPECT_EQ(derive(private_key(vector), parameters).error().code, Code::key_type);
    } else {
      EXPECT_EQ(bytes_of(derive(private_key(vector), parameters)), vector.hex("Secret")) << vector.title;
    }
  }
}

TEST(Ecdh, CutsTheLeadingEndAsPkcs11Says) {
  const Vector vector = read_vectors("ecdh.vec").front();
  const Buffer peer = vector.hex("Peer");
  Parameters parameters = ecdh(peer);
  parameters.output_bytes = 16;
  const Buffer secret = vector.hex("Secret");
  EXPECT_EQ(bytes_of(derive(private_key(vector), parameters)), Buffer(secret.end() - 16, secret.end()));
}

TEST(Ecdh, TakesACompressedPeer) {
  const Vector vector = read_vectors("ecdh.vec").front();
  Buffer peer = vector.hex("Peer");
  peer[0] = static_cast<std::uint8_t>(2 + (peer.back() & 1U));
  peer.resize(33);
  EXPECT_EQ(bytes_of(derive(private_key(vector), ecdh(peer))), vector.hex("Secret"));
}

TEST(Ecdh, RefusesAPeerThatIsNotOnTheCurve) {
  const Vector vector = read_vectors("ecdh.vec").front();
  Buffer peer = vector.hex("Peer");
  peer.back() ^= 1U;
  EXPECT_EQ(derive(private_key(vector), ecdh(peer)).error().code, Code::mechanism_parameter);
  EXPECT_EQ(derive(private_key(vector), ecdh({})).error().code, Code::mechanism_parameter);
  const Buffer infinity(1);
  EXPECT_EQ(derive(private_key(vector), ecdh(infinity)).error().code, Code::mechanism_parameter);
}

TEST(Ecdh, RefusesX25519PointsOfSmallOrder) {
  const auto key = PrivateKey::from_scalar(Curve::x25519, Buffer(32, 7));
  Buffer point(32);
  EXPECT_EQ(derive(key.value(), ecdh(point)).error().code, Code::mechanism_parameter);
  point[0] = 1;
  EXPECT_EQ(derive(key.value(), ecdh(point)).error().code, Code::mechanism_parameter);
}

TEST(Ecdh, RefusesMoreThanTheSecretHas) {
  const Vector vector = read_vectors("ecdh.vec").front();
  const Buffer peer = vector.hex("Peer");
  Parameters parameters = ecdh(peer);
  parameters.output_bytes = 33;
  EXPECT_EQ(derive(private_key(vector), parameters).error().code, Code::key_size);
}

TEST(Ecdh, RefusesAnRsaOrEdwardsKey) {
  const auto key = PrivateKey::from_scalar(Curve::ed25519, Buffer(32, 7));
  const Buffer point(32, 9);
  EXPECT_EQ(derive(key.value(), ecdh(point)).error().code, Code::key_type);
}

TEST(X963, GivesTheOutputOfTheFormula) {
  const Vector agreement = read_vectors("ecdh.vec").front();
  const PrivateKey key = private_key(agreement);
  const Buffer peer = agreement.hex("Peer");
  for (const Vector& vector : read_vectors("x963.vec")) {
    const Buffer info = vector.hex("Info");
    Parameters parameters = ecdh(peer);
    parameters.hash = vector.hash("Hash");
    parameters.salt = info;
    parameters.output_bytes = 80;
    EXPECT_EQ(bytes_of(derive(key, parameters)), vector.hex("Output")) << vector.title;
  }
}

TEST(X963, NeedsASize) {
  const Vector vector = read_vectors("ecdh.vec").front();
  const Buffer peer = vector.hex("Peer");
  Parameters parameters = ecdh(peer);
  parameters.hash = Hash::sha256;
  EXPECT_EQ(derive(private_key(vector), parameters).error().code, Code::template_incomplete);
}

// HkdfCase holds what the views of its parameters point to.
struct HkdfCase {
  explicit HkdfCase(const Vector& vector) : salt(vector.hex("Salt")), info(vector.hex("Info")) {
    parameters.mechanism = number_of("hkdf");
    parameters.hash = vector.hash("Hash");
    parameters.salt = salt;
    parameters.info = info;
    parameters.extract = true;
    parameters.expand = true;
    parameters.output_bytes = static_cast<std::uint32_t>(vector.hex("Output").size());
  }
  Buffer salt;
  Buffer info;
  Parameters parameters;
};

SecretKey generic(Bytes value) {
  auto key = SecretKey::create(KeyType::generic, value);
  CHECK(key.ok());
  return std::move(key).value();
}

TEST(Hkdf, GivesTheOutputsOfRfc5869) {
  for (const Vector& vector : read_vectors("hkdf.vec")) {
    const HkdfCase test(vector);
    EXPECT_EQ(bytes_of(derive(generic(vector.hex("Key")), test.parameters)), vector.hex("Output"))
        << vector.title;
  }
}

TEST(Hkdf, RunsEachStepAlone) {
  for (const Vector& vector : read_vectors("hkdf.vec")) {
    HkdfCase test(vector);
    test.parameters.extract = false;
    EXPECT_EQ(bytes_of(derive(generic(vector.hex("Extracted")), test.parameters)), vector.hex("Output"));
    test.parameters.extract = true;
    test.parameters.expand = false;
    test.parameters.output_bytes = 0;
    EXPECT_EQ(bytes_of(derive(generic(vector.hex("Key")), test.parameters)), vector.hex("Extracted"));
  }
}

TEST(Hkdf, RefusesNoStepNoDigestAndTooMuch) {
  HkdfCase test(read_vectors("hkdf.vec").front());
  const SecretKey key = generic(Buffer(32));
  test.parameters.output_bytes = 255 * 32;
  EXPECT_TRUE(derive(key, test.parameters).ok());
  test.parameters.output_bytes = 255 * 32 + 1;
  EXPECT_EQ(derive(key, test.parameters).error().code, Code::key_size);
  test.parameters.output_bytes = 0;
  EXPECT_EQ(derive(key, test.parameters).error().code, Code::template_incomplete);
  test.parameters.output_bytes = 32;
  test.parameters.extract = test.parameters.expand = false;
  EXPECT_EQ(derive(key, test.parameters).error().code, Code::mechanism_parameter);
  test.parameters.expand = true;
  test.parameters.hash = Hash::none;
  EXPECT_EQ(derive(key, test.parameters).error().code, Code::mechanism_parameter);
}

}  // namespace
}  // namespace coffer::crypto
