// ML-DSA, SLH-DSA and ML-KEM against another implementation, and everything that must be refused.
#include "crypto/post_quantum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "crypto/digest.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

// set_of finds the set by its name in lower case, "ml-dsa-65".
const ParameterSetFacts& set_of(const Vector& vector) {
  for (const ParameterSetFacts& facts : parameter_sets()) {
    std::string name = facts.name;
    std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
    if (name == vector.text("Set")) return facts;
  }
  CHECK(false);
  return parameter_sets()[0];
}

Buffer sha256_of(Bytes octets) {
  Buffer digest(32);
  CHECK(digest_into(Hash::sha256, octets, digest).ok());
  return digest;
}

PrivateKey private_key(const Vector& vector) {
  auto key = vector.has("Seed") ? PrivateKey::from_seed(set_of(vector).set, vector.hex("Seed"))
                                : PrivateKey::from_expanded(set_of(vector).set, vector.hex("Private"));
  CHECK(key.ok());
  return std::move(key).value();
}

Parameters parameters_of(const Vector& vector, Bytes context) {
  const bool is_ml_dsa = set_of(vector).type == KeyType::ml_dsa;
  const std::string pure = is_ml_dsa ? "ml-dsa" : "slh-dsa";
  const std::string hash = vector.text("Hash");
  Parameters parameters;
  parameters.mechanism = number_of(hash.empty() ? pure : "hash-" + pure + "-" + hash);
  parameters.associated = context;
  parameters.variant = variant::kDeterministic;
  return parameters;
}

void check_signatures(const std::string& file) {
  for (const Vector& vector : read_vectors(file)) {
    const PrivateKey key = private_key(vector);
    EXPECT_EQ(sha256_of(key.public_key().octets()), vector.hex("PublicSha256")) << vector.title;
    EXPECT_EQ(sha256_of(key.expanded().reveal()), vector.hex("PrivateSha256")) << vector.title;
    const Buffer context = vector.hex("Context");
    const Parameters parameters = parameters_of(vector, context);
    Buffer signature(signature_bytes_max(key));
    ASSERT_TRUE(sign(key, parameters, vector.hex("Message"), signature).ok()) << vector.title;
    EXPECT_EQ(sha256_of(signature), vector.hex("SignatureSha256")) << vector.title;
    EXPECT_TRUE(verify(key.public_key(), parameters, vector.hex("Message"), signature).ok());
  }
}

TEST(MlDsa, SignsAsAnotherImplementationDoes) { check_signatures("ml_dsa.vec"); }

TEST(SlhDsa, SignsAsAnotherImplementationDoes) { check_signatures("slh_dsa.vec"); }

class MlDsaTest : public testing::Test {
 protected:
  void SetUp() override {
    parameters.mechanism = number_of("ml-dsa");
    ASSERT_TRUE(sign(key, parameters, message, signature).ok());
  }
  [[nodiscard]] Code verdict() const {
    return verify(key.public_key(), parameters, message, signature).error().code;
  }

  PrivateKey key = private_key(read_vectors("ml_dsa.vec").front());
  Parameters parameters;
  Buffer message = hex_octets("616263");
  Buffer signature = Buffer(signature_bytes_max(key));
};

TEST_F(MlDsaTest, IsHedgedUnlessToldOtherwise) {
  Buffer again(signature.size());
  ASSERT_TRUE(sign(key, parameters, message, again).ok());
  EXPECT_NE(signature, again);
}

TEST_F(MlDsaTest, RefusesFlippedBits) {
  for (std::size_t octet = 0; octet < signature.size(); octet += 97) {
    signature[octet] ^= 0x10U;
    ASSERT_EQ(verdict(), Code::signature_invalid) << octet;
    signature[octet] ^= 0x10U;
  }
  EXPECT_TRUE(verify(key.public_key(), parameters, message, signature).ok());
}

TEST_F(MlDsaTest, RefusesAnotherMessageContextAndLength) {
  const Buffer context = hex_octets("00");
  parameters.associated = context;
  EXPECT_EQ(verdict(), Code::signature_invalid);
  parameters.associated = {};
  message.push_back(0);
  EXPECT_EQ(verdict(), Code::signature_invalid);
  signature.pop_back();
  EXPECT_EQ(verdict(), Code::signature_length);
}

TEST_F(MlDsaTest, RefusesAPrehashedSignatureForAPureOne) {
  parameters.mechanism = number_of("hash-ml-dsa-sha256");
  EXPECT_EQ(verdict(), Code::signature_invalid);
}

TEST_F(MlDsaTest, RefusesALongContextAndAnUnknownVariant) {
  const Buffer context(256);
  parameters.associated = context;
  EXPECT_EQ(sign(key, parameters, message, signature).error().code, Code::mechanism_parameter);
  parameters.associated = {};
  parameters.variant = 3;
  EXPECT_EQ(sign(key, parameters, message, signature).error().code, Code::mechanism_parameter);
}

TEST_F(MlDsaTest, TakesADigestOfTheNamedHashOnly) {
  parameters.mechanism = number_of("hash-ml-dsa");
  EXPECT_EQ(sign(key, parameters, Buffer(32), signature).error().code, Code::mechanism_parameter);
  parameters.hash = Hash::sha1;
  EXPECT_EQ(sign(key, parameters, Buffer(20), signature).error().code, Code::mechanism_parameter);
  parameters.hash = Hash::sha256;
  EXPECT_EQ(sign(key, parameters, Buffer(31), signature).error().code, Code::data_length);
  ASSERT_TRUE(sign(key, parameters, sha256_of(message), signature).ok());
  parameters.mechanism = number_of("hash-ml-dsa-sha256");
  EXPECT_TRUE(verify(key.public_key(), parameters, message, signature).ok());
}

TEST_F(MlDsaTest, SignsInParts) {
  const auto shared = std::make_shared<const PrivateKey>(private_key(read_vectors("ml_dsa.vec").front()));
  auto stream = start_sign(shared, parameters);
  ASSERT_TRUE(stream.ok());
  for (const std::uint8_t octet : message) ASSERT_TRUE(stream.value()->update({&octet, 1}, {}).ok());
  ASSERT_TRUE(stream.value()->finish(signature).ok());
  EXPECT_TRUE(verify(key.public_key(), parameters, message, signature).ok());
}

TEST_F(MlDsaTest, RefusesAnOutputWithoutRoomAndAnotherMechanism) {
  EXPECT_EQ(sign(key, parameters, message, MutableBytes(signature).first(512)).error().code, Code::invalid);
  parameters.mechanism = number_of("slh-dsa");
  EXPECT_EQ(sign(key, parameters, message, signature).error().code, Code::key_type);
}

TEST(PostQuantumKey, ComesBackTheSame) {
  for (const ParameterSet set : {ParameterSet::ml_dsa_44, ParameterSet::ml_dsa_87, ParameterSet::ml_kem_512,
                                 ParameterSet::ml_kem_1024, ParameterSet::slh_dsa_shake_128f}) {
    const KeySpec spec{.type = facts_of(set)->type, .set = set};
    const auto key = PrivateKey::generate(spec);
    ASSERT_TRUE(key.ok()) << facts_of(set)->name;
    const auto again = PrivateKey::from_pkcs8(key.value().pkcs8().reveal());
    ASSERT_TRUE(again.ok()) << facts_of(set)->name;
    EXPECT_EQ(again.value().parameter_set(), set);
    EXPECT_EQ(again.value().public_key().octets(), key.value().public_key().octets());
    EXPECT_EQ(to_buffer(again.value().expanded().reveal()), to_buffer(key.value().expanded().reveal()));
    EXPECT_EQ(to_buffer(again.value().seed().reveal()), to_buffer(key.value().seed().reveal()));
    EXPECT_EQ(again.value().seed().size(), facts_of(set)->seed_bytes);
    const auto spki = PublicKey::from_spki(key.value().public_key().spki());
    ASSERT_TRUE(spki.ok());
    EXPECT_EQ(spki.value().octets(), key.value().public_key().octets());
    const auto expanded = PrivateKey::from_expanded(set, key.value().expanded().reveal());
    ASSERT_TRUE(expanded.ok());
    EXPECT_TRUE(PrivateKey::from_pkcs8(expanded.value().pkcs8().reveal()).ok());
  }
}

TEST(PostQuantumKey, OfWrongLengthsIsRefused) {
  EXPECT_FALSE(PrivateKey::from_seed(ParameterSet::ml_dsa_65, Buffer(31)).ok());
  EXPECT_FALSE(PrivateKey::from_seed(ParameterSet::slh_dsa_sha2_128f, Buffer(48)).ok());
  EXPECT_FALSE(PrivateKey::from_expanded(ParameterSet::ml_kem_768, Buffer(2399)).ok());
  EXPECT_FALSE(PublicKey::from_octets(ParameterSet::ml_dsa_44, Buffer(1311)).ok());
  EXPECT_FALSE(PublicKey::from_octets(ParameterSet::none, {}).ok());
  EXPECT_FALSE(PrivateKey::generate({.type = KeyType::ml_dsa, .set = ParameterSet::ml_kem_512}).ok());
  EXPECT_FALSE(PrivateKey::generate({.type = KeyType::ml_dsa}).ok());
}

TEST(PostQuantumKey, WithAForeignPublicHalfIsRefused) {
  const auto one = PrivateKey::generate({.type = KeyType::ml_kem, .set = ParameterSet::ml_kem_512});
  const auto two = PrivateKey::generate({.type = KeyType::ml_kem, .set = ParameterSet::ml_kem_512});
  ASSERT_TRUE(one.ok() && two.ok());
  Buffer mixed = to_buffer(one.value().expanded().reveal());
  const Buffer other = to_buffer(two.value().expanded().reveal());
  // FIPS 203, algorithm 16: dk = dk_PKE (768 octets) || ek || H(ek) || z.
  std::copy(other.begin(), other.begin() + 768, mixed.begin());
  EXPECT_FALSE(PrivateKey::from_expanded(ParameterSet::ml_kem_512, mixed).ok());
}

TEST(MlKem, GivesTheSecretsOfAnotherImplementation) {
  for (const Vector& vector : read_vectors("ml_kem.vec")) {
    const PrivateKey key = private_key(vector);
    EXPECT_EQ(sha256_of(key.public_key().octets()), vector.hex("PublicSha256"));
    EXPECT_EQ(sha256_of(key.expanded().reveal()), vector.hex("PrivateSha256"));
    auto made = encapsulate_with(key.public_key().handle(), vector.hex("Coins"));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(sha256_of(made.value().ciphertext), vector.hex("CiphertextSha256"));
    EXPECT_EQ(to_buffer(made.value().secret.reveal()), vector.hex("Secret"));
    made.value().ciphertext[0] ^= 1U;
    const auto rejected = decapsulate(key.handle(), made.value().ciphertext);
    ASSERT_TRUE(rejected.ok());
    EXPECT_EQ(to_buffer(rejected.value().reveal()), vector.hex("Rejected"));
  }
}

TEST(MlKem, MakesANewSecretEachTimeAndRefusesOddCiphertexts) {
  const PrivateKey key = private_key(read_vectors("ml_kem.vec").front());
  Parameters parameters;
  parameters.mechanism = number_of("ml-kem");
  const auto one = encapsulate(key.public_key(), parameters);
  const auto two = encapsulate(key.public_key(), parameters);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one.value().ciphertext, two.value().ciphertext);
  EXPECT_NE(to_buffer(one.value().secret.reveal()), to_buffer(two.value().secret.reveal()));
  EXPECT_EQ(to_buffer(decapsulate(key, parameters, one.value().ciphertext).value().reveal()),
            to_buffer(one.value().secret.reveal()));
  EXPECT_EQ(decapsulate(key, parameters, Buffer(767)).error().code, Code::ciphertext_length);
  EXPECT_EQ(decapsulate(key, parameters, {}).error().code, Code::ciphertext_length);
}

TEST(MlKem, IsNotForKeysThatSign) {
  const auto key = PrivateKey::from_seed(ParameterSet::ml_dsa_44, Buffer(32, 1));
  Parameters parameters;
  parameters.mechanism = number_of("ml-kem");
  EXPECT_EQ(encapsulate(key.value().public_key(), parameters).error().code, Code::key_type);
}

}  // namespace
}  // namespace coffer::crypto
