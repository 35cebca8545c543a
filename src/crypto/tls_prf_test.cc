// The derivations of TLS 1.2, and PBKDF2.
#include "crypto/tls_prf.h"

#include <gtest/gtest.h>

#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

// Case holds what the views of its parameters point to.
struct Case {
  explicit Case(const Vector& vector)
      : key(SecretKey::create(KeyType::generic, vector.hex("Key")).value()),
        seed(vector.hex("Seed")),
        label(vector.hex("Label")),
        sizes{vector.number("Mac"), vector.number("Cipher"), vector.number("Nonce")} {
    parameters.mechanism = vector.mechanism();
    parameters.hash = vector.hash("Hash");
    parameters.salt = seed;
    parameters.info = label;
    parameters.sizes = sizes;
    parameters.output_bytes = static_cast<std::uint32_t>(vector.hex("Output").size());
  }
  SecretKey key;
  Buffer seed;
  Buffer label;
  std::array<std::uint32_t, 3> sizes;
  Parameters parameters;
};

TEST(Tls12, GivesTheOutputsOfOpenssl) {
  for (const Vector& vector : read_vectors("tls12.vec")) {
    const Case test(vector);
    if (vector.text("Mechanism") == "tls12-mac") {
      Buffer tag(test.parameters.output_bytes);
      ASSERT_TRUE(mac(test.key, test.parameters, vector.hex("Message"), tag).ok());
      EXPECT_EQ(tag, vector.hex("Output")) << vector.title;
      EXPECT_TRUE(verify_mac(test.key, test.parameters, vector.hex("Message"), tag).ok());
      continue;
    }
    const auto output = derive(test.key, test.parameters);
    ASSERT_TRUE(output.ok()) << vector.title;
    EXPECT_EQ(to_buffer(output.value().reveal()), vector.hex("Output")) << vector.title;
  }
}

TEST(Tls12, RefusesNoDigestSha1AndBoundlessSizes) {
  for (const Vector& vector : read_vectors("tls12.vec")) {
    if (vector.text("Mechanism") == "tls12-mac") continue;
    Case test(vector);
    test.parameters.hash = Hash::none;
    EXPECT_EQ(derive(test.key, test.parameters).error().code, Code::mechanism_parameter) << vector.title;
    test.parameters.hash = Hash::sha1;
    EXPECT_EQ(derive(test.key, test.parameters).error().code, Code::mechanism_parameter) << vector.title;
    if (vector.text("Mechanism") != "tls12-keys") continue;
    test.parameters.hash = Hash::sha256;
    test.sizes = {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF};
    EXPECT_EQ(derive(test.key, test.parameters).error().code, Code::mechanism_parameter);
    test.parameters.sizes = {};
    EXPECT_EQ(derive(test.key, test.parameters).error().code, Code::mechanism_parameter);
  }
}

TEST(Pbkdf2, GivesTheOutputsOfTheRfcs) {
  for (const Vector& vector : read_vectors("pbkdf2.vec")) {
    const Buffer salt = vector.hex("Salt");
    Parameters parameters;
    parameters.mechanism = number_of("pbkdf2");
    parameters.hash = vector.hash("Hash");
    parameters.salt = salt;
    parameters.number = vector.number("Iterations");
    parameters.output_bytes = static_cast<std::uint32_t>(vector.hex("Output").size());
    const auto output = derive_password(SecretBytes::copy_of(vector.hex("Password")), parameters);
    ASSERT_TRUE(output.ok()) << vector.title;
    EXPECT_EQ(to_buffer(output.value().reveal()), vector.hex("Output")) << vector.title;
  }
}

TEST(Pbkdf2, RefusesNoAndEndlessWork) {
  Parameters parameters;
  parameters.mechanism = number_of("pbkdf2");
  parameters.hash = Hash::sha256;
  parameters.output_bytes = 64;
  const SecretBytes password = SecretBytes::copy_of(as_bytes("password"));
  for (const std::uint64_t iterations : {std::uint64_t{0}, kPbkdf2WorkMax / 2 + 1, ~std::uint64_t{0}}) {
    parameters.number = iterations;
    EXPECT_EQ(derive_password(password, parameters).error().code, Code::mechanism_parameter) << iterations;
  }
  parameters.number = 1;
  parameters.output_bytes = 0;
  EXPECT_EQ(derive_password(password, parameters).error().code, Code::template_incomplete);
}

}  // namespace
}  // namespace coffer::crypto
