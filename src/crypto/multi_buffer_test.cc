// Batches against one-by-one: every kind, mixed keys, mixed kinds, failures in the middle, and the gate.
#include "crypto/multi_buffer.h"

#include <gtest/gtest.h>

#include <array>

#include "crypto/lane_tests.h"
#include "crypto/primitives.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

// Batch holds jobs and what they point to.
struct Batch {
  void add(const PrivateKey& key, std::string_view mechanism, std::uint32_t salt_bytes = 32) {
    const std::size_t i = count++;
    parameters[i].mechanism = number_of(mechanism);
    parameters[i].salt_bytes = salt_bytes;
    data[i] = Buffer(20 + i, static_cast<std::uint8_t>(i));
    signatures[i].resize(kSignatureBytesMax);
    jobs[i].key = &key;
    jobs[i].parameters = &parameters[i];
    jobs[i].data = data[i];
    jobs[i].signature = signatures[i];
  }
  void run() { sign_batch(std::span(jobs).first(count)); }
  [[nodiscard]] bool verifies(std::size_t i) const {
    if (!jobs[i].result.ok()) return false;
    const Bytes signature = Bytes(signatures[i]).first(jobs[i].result.value());
    return verify(jobs[i].key->public_key(), parameters[i], data[i], signature).ok();
  }

  std::array<Parameters, 24> parameters;
  std::array<Buffer, 24> data;
  std::array<Buffer, 24> signatures;
  std::array<SignJob, 24> jobs;
  std::size_t count = 0;
};

PrivateKey make(KeyType type, Curve curve, std::uint32_t bits = 0) {
  auto key = PrivateKey::generate({.type = type, .bits = bits, .curve = curve});
  CHECK(key.ok());
  return std::move(key).value();
}

void expect_batches_verify(KeyType type, Curve curve, std::string_view mechanism) {
  std::vector<PrivateKey> keys;
  for (std::size_t i = 0; i < 8; ++i) keys.push_back(make(type, curve));
  for (std::size_t size = 1; size <= 17; ++size) {
    Batch batch;
    for (std::size_t i = 0; i < size; ++i) batch.add(keys[i % 8], mechanism);
    batch.run();
    for (std::size_t i = 0; i < size; ++i)
      EXPECT_TRUE(batch.verifies(i)) << mechanism << ' ' << size << ' ' << i;
  }
}

TEST(SignBatch, P256VerifiesAtEverySize) { expect_batches_verify(KeyType::ec, Curve::p256, "ecdsa-sha256"); }
TEST(SignBatch, P256VerifiesLongDigests) { expect_batches_verify(KeyType::ec, Curve::p256, "ecdsa-sha512"); }
TEST(SignBatch, P256VerifiesShortDigests) { expect_batches_verify(KeyType::ec, Curve::p256, "ecdsa-sha224"); }
TEST(SignBatch, P384VerifiesAtEverySize) { expect_batches_verify(KeyType::ec, Curve::p384, "ecdsa-sha384"); }
TEST(SignBatch, P521VerifiesAtEverySize) { expect_batches_verify(KeyType::ec, Curve::p521, "ecdsa-sha512"); }
TEST(SignBatch, Ed25519VerifiesAtEverySize) {
  expect_batches_verify(KeyType::edwards, Curve::ed25519, "ed25519");
}

TEST(SignBatch, RsaGivesTheSameAsOneByOne) {
  for (const std::uint32_t bits : {2048U, 2560U, 3072U, 4096U}) {
    const PrivateKey one = make(KeyType::rsa, Curve::none, bits);
    const PrivateKey two = make(KeyType::rsa, Curve::none, bits);
    Batch batch;
    for (std::size_t i = 0; i < 8; ++i) batch.add(i % 2 == 0 ? one : two, "rsa-pkcs-sha256");
    batch.run();
    for (std::size_t i = 0; i < 8; ++i) {
      Buffer plain(kSignatureBytesMax);
      ASSERT_TRUE(sign(*batch.jobs[i].key, batch.parameters[i], batch.data[i], plain).ok());
      ASSERT_TRUE(batch.jobs[i].result.ok());
      EXPECT_EQ(batch.signatures[i], plain) << bits << ' ' << i;
    }
  }
}

TEST(SignBatch, RsaWithAnotherExponentVerifies) {
  auto key = PrivateKey::generate({.type = KeyType::rsa, .bits = 2048, .public_exponent = 65539});
  ASSERT_TRUE(key.ok());
  Batch batch;
  for (std::size_t i = 0; i < 8; ++i) batch.add(key.value(), "rsa-pss-sha256");
  batch.run();
  for (std::size_t i = 0; i < 8; ++i) EXPECT_TRUE(batch.verifies(i)) << i;
}

TEST(SignBatch, MixedKindsAllVerify) {
  const PrivateKey rsa = make(KeyType::rsa, Curve::none, 2048);
  const PrivateKey p256 = make(KeyType::ec, Curve::p256);
  const PrivateKey p521 = make(KeyType::ec, Curve::p521);
  const PrivateKey edwards = make(KeyType::edwards, Curve::ed25519);
  Batch batch;
  for (int i = 0; i < 4; ++i) {
    batch.add(rsa, i % 2 == 0 ? "rsa-pkcs-sha256" : "rsa-pss-sha384");
    batch.add(p256, "ecdsa-sha256");
    batch.add(p521, "ecdsa-sha512");
    batch.add(edwards, "ed25519");
  }
  batch.run();
  for (std::size_t i = 0; i < batch.count; ++i) EXPECT_TRUE(batch.verifies(i)) << i;
}

TEST(SignBatch, AJobThatFailsDoesNotHarmTheOthers) {
  const PrivateKey p256 = make(KeyType::ec, Curve::p256);
  const PrivateKey rsa = make(KeyType::rsa, Curve::none, 2048);
  Batch batch;
  for (int i = 0; i < 4; ++i) batch.add(p256, "ecdsa-sha256");
  for (int i = 0; i < 4; ++i) batch.add(rsa, "rsa-pss-sha256");
  batch.jobs[1].signature = batch.jobs[1].signature.first(63);
  batch.parameters[2].mechanism = number_of("rsa-pkcs-sha256");
  batch.parameters[3].mechanism = 0xDEAD;
  batch.parameters[5].salt_bytes = 1000;
  batch.run();
  EXPECT_TRUE(batch.verifies(0));
  EXPECT_EQ(batch.jobs[1].result.error().code, Code::invalid);
  EXPECT_EQ(batch.jobs[2].result.error().code, Code::key_type);
  EXPECT_EQ(batch.jobs[3].result.error().code, Code::mechanism_invalid);
  EXPECT_TRUE(batch.verifies(4));
  EXPECT_EQ(batch.jobs[5].result.error().code, Code::mechanism_parameter);
  EXPECT_TRUE(batch.verifies(6));
  EXPECT_TRUE(batch.verifies(7));
}

TEST(SignBatch, TakesNoJobs) { sign_batch({}); }

TEST(Lanes, NeverUseANonceTwice) {
  if (!lanes_available()) GTEST_SKIP() << lanes_refusal();
  const PrivateKey key = make(KeyType::ec, Curve::p256);
  Batch batch;
  for (int i = 0; i < 8; ++i) batch.add(key, "ecdsa-sha256");
  batch.run();
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(Buffer(batch.signatures[i].begin(), batch.signatures[i].begin() + 32),
                Buffer(batch.signatures[j].begin(), batch.signatures[j].begin() + 32));
    }
  }
}

TEST(Lanes, PassTheirKnownAnswers) {
  if (!lanes_available()) GTEST_SKIP() << lanes_refusal();
  prepare_batches();
  for (std::size_t i = 0; i < kLaneKindCount; ++i) {
    EXPECT_TRUE(lanes_ready(static_cast<LaneKind>(i))) << i;
    RecordProperty("worth_" + std::to_string(i),
                   static_cast<int>(jobs_worth_lanes(static_cast<LaneKind>(i))));
  }
  EXPECT_EQ(accelerator(), "crypto_mb (AVX-512 IFMA)");
}

TEST(Lanes, AWrongAnswerFallsBackToThePlainCode) {
  if (!lanes_available()) GTEST_SKIP() << lanes_refusal();
  const PrivateKey key = make(KeyType::ec, Curve::p256);
  for (std::size_t i = 0; i < kLaneKindCount; ++i) {
    const LaneFault fault(static_cast<LaneKind>(i));
    EXPECT_FALSE(lanes_ready(static_cast<LaneKind>(i))) << i;
  }
  const LaneFault fault(LaneKind::p256);
  Batch batch;
  for (int i = 0; i < 8; ++i) batch.add(key, "ecdsa-sha256");
  batch.run();
  EXPECT_FALSE(lanes_ready(LaneKind::p256));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_TRUE(batch.verifies(i));
  EXPECT_EQ(accelerator(), "crypto_mb (AVX-512 IFMA), partly off: a known answer was wrong");
}

}  // namespace
}  // namespace coffer::crypto
