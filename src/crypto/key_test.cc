// Keys: generation, import, export, and every import that must be refused.
#include "crypto/key.h"

#include <gtest/gtest.h>

#include <openssl/bn.h>

#include "crypto/key_handle.h"
#include "crypto/rsa_numbers.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

Buffer rsa_pkcs8() { return read_vectors("rsa_decrypt.vec").front().hex("Pkcs8"); }

RsaParts rsa_parts() {
  auto key = PrivateKey::from_pkcs8(rsa_pkcs8());
  CHECK(key.ok());
  return key.value().rsa_parts();
}

Buffer octets(const SecretBytes& secret) { return to_buffer(secret.reveal()); }

TEST(GenerateKey, MakesEveryCurve) {
  struct Expected {
    KeyType type;
    Curve curve;
    std::uint32_t bits;
    std::size_t point_bytes;
  };
  for (const Expected& expected : {Expected{KeyType::ec, Curve::p256, 256, 65},
                                   {KeyType::ec, Curve::p384, 384, 97},
                                   {KeyType::ec, Curve::p521, 521, 133},
                                   {KeyType::edwards, Curve::ed25519, 255, 32},
                                   {KeyType::montgomery, Curve::x25519, 255, 32}}) {
    const auto key = PrivateKey::generate({.type = expected.type, .curve = expected.curve});
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key.value().type(), expected.type);
    EXPECT_EQ(key.value().curve(), expected.curve);
    EXPECT_EQ(key.value().bits(), expected.bits);
    EXPECT_EQ(key.value().public_key().point().size(), expected.point_bytes);
  }
}

TEST(GenerateKey, MakesRsa) {
  const auto key = PrivateKey::generate({.type = KeyType::rsa, .bits = 2048});
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key.value().bits(), 2048U);
  EXPECT_EQ(key.value().public_key().rsa_modulus().size(), 256U);
  EXPECT_EQ(key.value().public_key().rsa_exponent(), hex_octets("010001"));
}

TEST(GenerateKey, RefusesWhatItShould) {
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 1024}).error().code, Code::key_size);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 8192}).error().code, Code::key_size);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 2049}).error().code, Code::key_size);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 2048, .public_exponent = 3}).error().code,
            Code::attribute_value);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 2048, .public_exponent = 65538}).error().code,
            Code::attribute_value);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::ec}).error().code, Code::curve_unsupported);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::edwards, .curve = Curve::p256}).error().code,
            Code::key_type);
}

TEST(PrivateKeyPkcs8, ComesBackTheSame) {
  for (const auto& [type, curve] : {std::pair{KeyType::ec, Curve::p256},
                                    {KeyType::ec, Curve::p384},
                                    {KeyType::ec, Curve::p521},
                                    {KeyType::edwards, Curve::ed25519},
                                    {KeyType::montgomery, Curve::x25519}}) {
    const auto key = PrivateKey::generate({.type = type, .curve = curve});
    ASSERT_TRUE(key.ok());
    const auto again = PrivateKey::from_pkcs8(key.value().pkcs8().reveal());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().public_key().point(), key.value().public_key().point());
    EXPECT_TRUE(PrivateKey::import_pkcs8(key.value().pkcs8().reveal()).ok());
    const auto rebuilt = PrivateKey::from_scalar(curve, key.value().scalar().reveal());
    ASSERT_TRUE(rebuilt.ok());
    EXPECT_EQ(rebuilt.value().public_key().point(), key.value().public_key().point());
  }
}

TEST(PrivateKeyPkcs8, KeepsRsa) {
  const auto key = PrivateKey::import_pkcs8(rsa_pkcs8());
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(octets(key.value().pkcs8()), rsa_pkcs8());
}

TEST(PrivateKeyPkcs8, RefusesEveryTruncationAndATail) {
  Buffer der = rsa_pkcs8();
  for (std::size_t bytes = 0; bytes < der.size(); bytes += 13) {
    EXPECT_FALSE(PrivateKey::from_pkcs8(Bytes(der).first(bytes)).ok()) << bytes;
  }
  der.push_back(0);
  EXPECT_EQ(PrivateKey::from_pkcs8(der).error().code, Code::malformed);
}

TEST(PrivateKeyPkcs8, RefusesAKeyWhosePublicHalfIsAnothers) {
  const auto one = PrivateKey::generate({.type = KeyType::ec, .curve = Curve::p256});
  const auto two = PrivateKey::generate({.type = KeyType::ec, .curve = Curve::p256});
  Buffer der = octets(one.value().pkcs8());
  const Buffer other = two.value().public_key().point();
  std::copy(other.begin(), other.end(), der.end() - static_cast<std::ptrdiff_t>(other.size()));
  EXPECT_FALSE(PrivateKey::import_pkcs8(der).ok());
}

TEST(PrivateKeyRsa, ComputesWhatIsMissing) {
  const RsaParts full = rsa_parts();
  RsaParts parts;
  parts.n = full.n;
  parts.e = full.e;
  parts.d = full.d.clone();
  const auto key = PrivateKey::from_rsa(parts);
  ASSERT_TRUE(key.ok());
  const RsaParts again = key.value().rsa_parts();
  const bool kept_order = octets(again.p) == octets(full.p);
  EXPECT_EQ(octets(again.p), octets(kept_order ? full.p : full.q));
  EXPECT_EQ(octets(again.q), octets(kept_order ? full.q : full.p));
  parts.p = full.p.clone();
  parts.q = full.q.clone();
  const auto completed = PrivateKey::from_rsa(parts);
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(octets(completed.value().pkcs8()), rsa_pkcs8());
}

TEST(PrivateKeyRsa, RefusesNumbersThatDoNotBelongTogether) {
  for (SecretBytes RsaParts::* part :
       {&RsaParts::d, &RsaParts::p, &RsaParts::q, &RsaParts::dp, &RsaParts::dq, &RsaParts::qinv}) {
    RsaParts parts = rsa_parts();
    MutableBytes value = (parts.*part).reveal();
    value[value.size() - 1] ^= 2U;
    EXPECT_FALSE(PrivateKey::from_rsa(parts).ok());
  }
}

TEST(PrivateKeyRsa, RefusesAWrongDWithoutFactors) {
  const RsaParts full = rsa_parts();
  RsaParts parts;
  parts.n = full.n;
  parts.e = full.e;
  parts.d = full.d.clone();
  parts.d.reveal()[100] ^= 1U;
  EXPECT_EQ(PrivateKey::from_rsa(parts).error().code, Code::invalid);
}

TEST(PrivateKeyRsa, RefusesFactorsThatAreNotPrime) {
  // n = (p q) r would be consistent arithmetic with a composite factor; 2^k-smooth nonsense is enough to show
  // it.
  RsaNumbers numbers = numbers_of(*PrivateKey::from_pkcs8(rsa_pkcs8()).value().handle().key);
  EXPECT_TRUE(check_primes(numbers).ok());
  BN_add_word(numbers.p.get(), 2);
  EXPECT_FALSE(check_primes(numbers).ok());
}

TEST(PrivateKeyRsa, NeedsNEAndD) {
  RsaParts parts = rsa_parts();
  parts.d.clear();
  EXPECT_EQ(PrivateKey::from_rsa(parts).error().code, Code::template_incomplete);
}

TEST(PrivateKeyScalar, RefusesZeroTheOrderAndWrongLengths) {
  const Buffer order = hex_octets("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  EXPECT_EQ(PrivateKey::from_scalar(Curve::p256, order).error().code, Code::invalid);
  EXPECT_EQ(PrivateKey::from_scalar(Curve::p256, Buffer(32)).error().code, Code::invalid);
  EXPECT_EQ(PrivateKey::from_scalar(Curve::p256, Buffer(33, 1)).error().code, Code::invalid);
  EXPECT_EQ(PrivateKey::from_scalar(Curve::p256, {}).error().code, Code::invalid);
  EXPECT_EQ(PrivateKey::from_scalar(Curve::ed25519, Buffer(31, 1)).error().code, Code::invalid);
  EXPECT_EQ(PrivateKey::from_scalar(Curve::none, Buffer(32, 1)).error().code, Code::curve_unsupported);
}

TEST(PublicKeyPoint, RefusesWhatIsNotOnTheCurve) {
  const auto key = PrivateKey::generate({.type = KeyType::ec, .curve = Curve::p256});
  const Buffer point = key.value().public_key().point();
  Buffer changed = point;
  changed.back() ^= 1U;
  EXPECT_EQ(PublicKey::from_point(Curve::p256, changed).error().code, Code::invalid);
  EXPECT_EQ(PublicKey::from_point(Curve::p384, point).error().code, Code::invalid);
  EXPECT_EQ(PublicKey::from_point(Curve::p256, {}).error().code, Code::invalid);
  EXPECT_EQ(PublicKey::from_point(Curve::p256, Buffer(1)).error().code, Code::invalid);
  changed = point;
  changed[0] = 6;
  EXPECT_EQ(PublicKey::from_point(Curve::p256, changed).error().code, Code::invalid);
}

TEST(PublicKeyPoint, TakesBothCompressedForms) {
  const auto key = PrivateKey::generate({.type = KeyType::ec, .curve = Curve::p384});
  const Buffer point = key.value().public_key().point();
  Buffer compressed(point.begin(), point.begin() + 49);
  compressed[0] = static_cast<std::uint8_t>(2 + (point.back() & 1U));
  const auto read = PublicKey::from_point(Curve::p384, compressed);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().point(), point);
}

TEST(PublicKeySpki, ComesBackTheSame) {
  for (const auto& [type, curve] : {std::pair{KeyType::ec, Curve::p256},
                                    {KeyType::ec, Curve::p521},
                                    {KeyType::edwards, Curve::ed25519},
                                    {KeyType::montgomery, Curve::x25519}}) {
    const PublicKey key = PrivateKey::generate({.type = type, .curve = curve}).value().public_key();
    const auto again = PublicKey::from_spki(key.spki());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().point(), key.point());
    EXPECT_EQ(again.value().curve(), curve);
  }
  const Buffer rsa = read_vectors("rsa_sign.vec").front().hex("Spki");
  EXPECT_EQ(PublicKey::from_spki(rsa).value().spki(), rsa);
}

TEST(PublicKeySpki, RefusesOtherCurves) {
  // A key of secp224r1 by `openssl ec -pubout` of OpenSSL 3.0.19.
  const Buffer spki = hex_octets(
      "304e301006072a8648ce3d020106052b81040021033a000422d21f742b30d11c5feb22885dcbff693dab8352e43c03ec915616"
      "a9"
      "819df2f19c3224b05f3eac9dd00f6ffc89c0221ee71efb30dd57c1d4");
  EXPECT_EQ(PublicKey::from_spki(spki).error().code, Code::curve_unsupported);
}

TEST(PublicKeySpki, RefusesATail) {
  Buffer spki = read_vectors("rsa_sign.vec").front().hex("Spki");
  spki.push_back(0);
  EXPECT_EQ(PublicKey::from_spki(spki).error().code, Code::malformed);
}

TEST(PublicKeyRsa, RefusesSmallEvenAndHugeNumbers) {
  const Buffer exponent = hex_octets("010001");
  EXPECT_EQ(PublicKey::from_rsa(Buffer(128, 0xFF), exponent).error().code, Code::key_size);
  EXPECT_EQ(PublicKey::from_rsa(Buffer(520, 0xFF), exponent).error().code, Code::key_size);
  EXPECT_EQ(PublicKey::from_rsa(Buffer(256, 0xFE), exponent).error().code, Code::attribute_value);
  EXPECT_EQ(PublicKey::from_rsa(Buffer(256, 0xFF), hex_octets("01")).error().code, Code::attribute_value);
  EXPECT_EQ(PublicKey::from_rsa(Buffer(256, 0xFF), hex_octets("04")).error().code, Code::attribute_value);
  EXPECT_EQ(PublicKey::from_rsa(Buffer(256, 0xFF), Buffer(9, 0xFF)).error().code, Code::attribute_value);
}

TEST(SecretKeys, HaveTheirSizes) {
  EXPECT_EQ(SecretKey::create(KeyType::generic, {}).error().code, Code::key_size);
  EXPECT_EQ(SecretKey::create(KeyType::generic, Buffer(kSecretBytesMax + 1)).error().code, Code::key_size);
  EXPECT_EQ(SecretKey::create(KeyType::rsa, Buffer(32)).error().code, Code::key_type);
  EXPECT_TRUE(SecretKey::create(KeyType::generic, Buffer(kSecretBytesMax)).ok());
}

TEST(SecretKeys, GeneratedOnesDiffer) {
  const auto one = SecretKey::generate(KeyType::aes, 32);
  const auto two = SecretKey::generate(KeyType::aes, 32);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_FALSE(equal_secret(one.value().value().reveal(), two.value().value().reveal()));
}

TEST(Keys, EmptyOnesAreNotValid) {
  EXPECT_FALSE(PrivateKey().valid());
  EXPECT_FALSE(PublicKey().valid());
  EXPECT_FALSE(SecretKey().valid());
  EXPECT_EQ(PrivateKey().type(), KeyType::none);
}

}  // namespace
}  // namespace coffer::crypto
