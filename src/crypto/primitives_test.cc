// Primitives of Coffer's own records.
#include "crypto/primitives.h"

#include <gtest/gtest.h>

#include "crypto/argon2.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

Secret<32> secret(std::uint8_t fill) {
  Secret<32> key;
  for (std::uint8_t& octet : key.reveal()) octet = fill;
  return key;
}

TEST(Sha256, GivesTheAnswerOfFips180) {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), abc);
  Sha256 parts;
  parts.update(as_bytes("a"));
  parts.update(as_bytes("bc"));
  EXPECT_EQ(to_hex(parts.finish()), abc);
}

TEST(HmacSha256, GivesTheAnswerOfPython) {
  // hmac.new(b'\x0b' * 32, b'Hi There', 'sha256') of CPython 3.11.
  EXPECT_EQ(to_hex(hmac_sha256(secret(0x0B), as_bytes("Hi There"))),
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
}

TEST(DeriveKey, GivesTheAnswerOfRfc5869sFormula) {
  // HKDF-SHA-256 of 32 octets of 0x0b, no salt, info "label" || 0 || "context", by the hmac module of
  // CPython 3.11.
  Secret<32> out;
  derive_key(secret(0x0B), "label", as_bytes("context"), out);
  EXPECT_EQ(to_hex(out.reveal()), "fdcf50f20e3e5a30ab9314429477780b1379983d65ada736bacf4628318ec612");
}

TEST(Seal, ComesBackTheSame) {
  const Secret<32> key = secret(1);
  const Nonce nonce = {1, 2, 3};
  for (const std::size_t bytes : {0U, 1U, 16U, 5000U}) {
    Buffer sealed = {0xEE};
    seal(key, nonce, as_bytes("associated"), Buffer(bytes, 5), sealed);
    EXPECT_EQ(sealed.size(), 1 + bytes + kTagBytes);
    EXPECT_EQ(sealed[0], 0xEE);
    const auto opened = open(key, nonce, as_bytes("associated"), Bytes(sealed).subspan(1));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(to_buffer(opened.value().reveal()), Buffer(bytes, 5));
  }
}

TEST(Seal, MatchesTheGcmSpecification) {
  // The GCM specification (McGrew, Viega), appendix B, test case 14.
  Buffer sealed;
  seal(secret(0), Nonce{}, {}, Buffer(16), sealed);
  EXPECT_EQ(to_hex(sealed), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Open, RefusesEveryChange) {
  const Secret<32> key = secret(1);
  Nonce nonce{};
  Buffer sealed;
  seal(key, nonce, as_bytes("associated"), as_bytes("plaintext"), sealed);
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Buffer changed = sealed;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(open(key, nonce, as_bytes("associated"), changed).error().code, Code::corrupt);
  }
  EXPECT_EQ(open(key, nonce, as_bytes("associateD"), sealed).error().code, Code::corrupt);
  EXPECT_EQ(open(secret(2), nonce, as_bytes("associated"), sealed).error().code, Code::corrupt);
  EXPECT_EQ(open(key, nonce, as_bytes("associated"), Bytes(sealed).first(15)).error().code, Code::corrupt);
  nonce[0] = 1;
  EXPECT_EQ(open(key, nonce, as_bytes("associated"), sealed).error().code, Code::corrupt);
}

TEST(Argon2id, GivesTheAnswersOfTheReferenceImplementation) {
  for (const Vector& vector : read_vectors("argon2id.vec")) {
    Buffer output(32);
    const Argon2Cost cost = {vector.number("MemoryKib"), vector.number("Passes")};
    ASSERT_TRUE(argon2id_raw(vector.hex("Password"), vector.hex("Salt"), cost, output).ok());
    EXPECT_EQ(output, vector.hex("Output")) << vector.title;
  }
}

TEST(Argon2id, DependsOnPasswordAndSalt) {
  const SecretBytes password = SecretBytes::copy_of(as_bytes("1234"));
  const SecretBytes other = SecretBytes::copy_of(as_bytes("1235"));
  Secret<32> one;
  Secret<32> two;
  Secret<32> three;
  ASSERT_TRUE(argon2id(password, {1}, {64, 1}, one).ok());
  ASSERT_TRUE(argon2id(password, {2}, {64, 1}, two).ok());
  ASSERT_TRUE(argon2id(other, {1}, {64, 1}, three).ok());
  EXPECT_FALSE(equal_secret(one.reveal(), two.reveal()));
  EXPECT_FALSE(equal_secret(one.reveal(), three.reveal()));
}

TEST(Argon2id, RefusesCostsOutOfRange) {
  const SecretBytes password = SecretBytes::copy_of(as_bytes("1234"));
  Secret<32> out;
  EXPECT_EQ(argon2id(password, {}, {4, 1}, out).error().code, Code::invalid);
  EXPECT_EQ(argon2id(password, {}, {64, 0}, out).error().code, Code::invalid);
  EXPECT_EQ(argon2id(password, {}, {kArgon2MemoryKibMax + 1, 1}, out).error().code, Code::invalid);
  EXPECT_EQ(argon2id(password, {}, {64, kArgon2PassesMax + 1}, out).error().code, Code::invalid);
}

TEST(Argon2id, TakesAnEmptyPassword) {
  Secret<32> out;
  EXPECT_TRUE(argon2id(SecretBytes(), {}, {64, 1}, out).ok());
}

TEST(CalibrateArgon2, StaysInRange) {
  const auto cheap = calibrate_argon2(1024, 0);
  ASSERT_TRUE(cheap.ok());
  EXPECT_EQ(cheap.value().passes, 1U);
  const auto dear = calibrate_argon2(64, 100000);
  ASSERT_TRUE(dear.ok());
  EXPECT_EQ(dear.value().passes, kArgon2PassesMax);
}

TEST(Library, NamesItself) { EXPECT_TRUE(library_version().starts_with("OpenSSL 3.")); }

}  // namespace
}  // namespace coffer::crypto
