// The gate: a wrong answer switches off what depends on it, and nothing else.
#include "crypto/self_test.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/operation.h"
#include "crypto/primitives.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

bool disabled(std::string_view name) {
  const auto names = disabled_mechanisms();
  return std::ranges::find(names, name) != names.end();
}

TEST(SelfTest, EveryComponentPasses) {
  for (std::size_t i = 0; i < kComponentCount; ++i) {
    EXPECT_TRUE(self_test(static_cast<Component>(i)).ok()) << component_name(static_cast<Component>(i));
  }
  for (const Mechanism& mechanism : mechanisms()) EXPECT_TRUE(self_test(mechanism).ok());
  EXPECT_TRUE(disabled_mechanisms().empty());
}

TEST(SelfTest, EveryComponentNoticesAWrongAnswer) {
  for (std::size_t i = 0; i < kComponentCount; ++i) {
    const SelfTestFault fault(static_cast<Component>(i));
    EXPECT_EQ(self_test(static_cast<Component>(i)).error().code, Code::self_test_failed)
        << component_name(static_cast<Component>(i));
  }
}

TEST(SelfTest, AWrongAnswerClosesTheMechanism) {
  const auto key = SecretKey::create(KeyType::aes, Buffer(16));
  const Buffer nonce(12);
  Parameters parameters;
  parameters.mechanism = number_of("aes-gcm");
  parameters.iv = nonce;
  parameters.tag_bits = 128;
  Buffer output(kOverheadBytesMax);
  {
    const SelfTestFault fault(Component::aes_gcm);
    EXPECT_EQ(encrypt(key.value(), parameters, {}, output).error().code, Code::self_test_failed);
    EXPECT_EQ(
        start_encrypt(std::make_shared<const SecretKey>(SecretKey::create(KeyType::aes, Buffer(16)).value()),
                      parameters)
            .error()
            .code,
        Code::self_test_failed);
    EXPECT_TRUE(disabled("aes-gcm"));
    EXPECT_FALSE(disabled("aes-cbc"));
  }
  EXPECT_TRUE(encrypt(key.value(), parameters, {}, output).ok());
}

TEST(SelfTest, AWrongDigestClosesTheSignaturesOverIt) {
  const SelfTestFault fault(Component::sha384);
  EXPECT_FALSE(self_test(*find_mechanism("ecdsa-sha384")).ok());
  EXPECT_FALSE(self_test(*find_mechanism("rsa-pkcs-sha384")).ok());
  EXPECT_FALSE(self_test(*find_mechanism("hkdf")).ok());
  EXPECT_TRUE(self_test(*find_mechanism("ecdsa-sha256")).ok());
}

TEST(SelfTest, AWrongAnswerClosesKeyGeneration) {
  const SelfTestFault fault(Component::ecdsa);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::ec, .curve = Curve::p256}).error().code,
            Code::self_test_failed);
}

}  // namespace
}  // namespace coffer::crypto
