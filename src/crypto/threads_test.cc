// One key under four threads at once.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

// failures_on_four_threads runs `work` many times on each thread and counts the failures.
template <typename Work>
int failures_on_four_threads(int rounds, const Work& work) {
  std::atomic<int> failures = 0;
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads) {
    thread = std::thread([&failures, &work, rounds] {
      for (int i = 0; i < rounds; ++i) failures += work() ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failures;
}

void expect_signatures(std::string_view mechanism, int rounds, const PrivateKey& key) {
  Parameters parameters;
  parameters.mechanism = number_of(mechanism);
  parameters.salt_bytes = 32;
  const PublicKey public_key = key.public_key();
  EXPECT_EQ(failures_on_four_threads(rounds,
                                     [&] {
                                       Buffer signature(kSignatureBytesMax);
                                       const auto bytes =
                                           sign(key, parameters, as_bytes("message"), signature);
                                       if (!bytes.ok()) return false;
                                       return verify(public_key, parameters, as_bytes("message"),
                                                     Bytes(signature).first(bytes.value()))
                                           .ok();
                                     }),
            0)
      << mechanism;
}

TEST(Threads, SignWithOneKey) {
  const auto rsa = PrivateKey::from_pkcs8(read_vectors("rsa_decrypt.vec").front().hex("Pkcs8"));
  const auto ec = PrivateKey::generate({.type = KeyType::ec, .curve = Curve::p256});
  const auto edwards = PrivateKey::generate({.type = KeyType::edwards, .curve = Curve::ed25519});
  expect_signatures("rsa-pkcs-sha256", 20, rsa.value());
  expect_signatures("rsa-pss-sha256", 20, rsa.value());
  expect_signatures("ecdsa-sha256", 200, ec.value());
  expect_signatures("ed25519", 200, edwards.value());
}

TEST(Threads, SealAndOpenWithOneKey) {
  const auto key = SecretKey::create(KeyType::aes, Buffer(32, 1));
  const Buffer nonce(12, 2);
  Parameters parameters;
  parameters.mechanism = number_of("aes-gcm");
  parameters.iv = nonce;
  parameters.tag_bits = 128;
  EXPECT_EQ(failures_on_four_threads(2000,
                                     [&] {
                                       const Buffer plaintext(100, 3);
                                       Buffer sealed(200);
                                       const auto bytes = encrypt(key.value(), parameters, plaintext, sealed);
                                       if (!bytes.ok()) return false;
                                       Buffer opened(200);
                                       const auto back = decrypt(key.value(), parameters,
                                                                 Bytes(sealed).first(bytes.value()), opened);
                                       if (!back.ok()) return false;
                                       opened.resize(back.value());
                                       return opened == plaintext;
                                     }),
            0);
}

TEST(Threads, AuthenticateWithOneKey) {
  const Vector vector = read_vectors("hmac.vec").front();
  const auto key = SecretKey::create(KeyType::generic, vector.hex("Key"));
  Parameters parameters;
  parameters.mechanism = vector.mechanism();
  const Buffer message = vector.hex("Message");
  const Buffer tag = vector.hex("Tag");
  EXPECT_EQ(
      failures_on_four_threads(2000, [&] { return verify_mac(key.value(), parameters, message, tag).ok(); }),
      0);
}

}  // namespace
}  // namespace coffer::crypto
