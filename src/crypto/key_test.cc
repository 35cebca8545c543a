// Keys: generation, import, export, and every import that must be refused.
#include "crypto/key.h"

#include <gtest/gtest.h>

#include <openssl/bn.h>

#include "crypto/key_handle.h"
#include "crypto/operation.h"
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

// works lets a key of RSA do each of its operations and its public half undo it.
void works(const PrivateKey& key) {
  constexpr std::uint32_t kSha256Pkcs1 = 0x40;
  constexpr std::uint32_t kSha256Pss = 0x43;
  constexpr std::uint32_t kOaep = 0x09;
  const PublicKey half = key.public_key();
  const Buffer data = hex_octets("00112233445566778899");
  Parameters pss{.mechanism = kSha256Pss, .hash = Hash::sha256, .mask_hash = Hash::sha256};
  pss.salt_bytes = 32;
  for (const Parameters& parameters : {Parameters{.mechanism = kSha256Pkcs1}, pss}) {
    Buffer signature(kSignatureBytesMax);
    const auto length = sign(key, parameters, data, signature);
    ASSERT_TRUE(length.ok());
    EXPECT_EQ(length.value(), (key.bits() + 7) / 8);
    signature.resize(length.value());
    EXPECT_TRUE(verify(half, parameters, data, signature).ok());
  }
  const Parameters oaep{.mechanism = kOaep, .hash = Hash::sha256, .mask_hash = Hash::sha256};
  Buffer sealed(kSignatureBytesMax + kOverheadBytesMax);
  Buffer opened(sealed.size());
  const auto sealed_bytes = encrypt(half, oaep, data, sealed);
  ASSERT_TRUE(sealed_bytes.ok());
  const auto opened_bytes = decrypt(key, oaep, Bytes(sealed).first(sealed_bytes.value()), opened);
  ASSERT_TRUE(opened_bytes.ok());
  opened.resize(opened_bytes.value());
  EXPECT_EQ(opened, data);
}

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

// All sizes that C_GetMechanismInfo gives bounds of, as far as two primes of one length make them; the last
// but one is what pkcs11-provider's own tests ask for.
TEST(GenerateKey, MakesRsaOfEveryEvenSize) {
  for (const std::uint32_t bits :
       {2048U, 2050U, 2052U, 2054U, 2056U, 2058U, 2064U, 2104U, 3000U, 3092U, 4094U}) {
    SCOPED_TRACE(bits);
    const auto key = PrivateKey::generate({.type = KeyType::rsa, .bits = bits});
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key.value().bits(), bits);
    works(key.value());
  }
  for (const std::uint32_t bits : {2046U, 2047U, 2049U, 3001U, 4095U, 4097U, 4098U}) {
    EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = bits}).error().code, Code::key_size)
        << bits;
  }
}

TEST(GenerateKey, MakesRsaWithTheExponentsThatItTakes) {
  for (const std::uint64_t exponent : {65537ULL, 65539ULL, 0x100000001ULL, 0xFFFFFFFFFFFFFFFFULL}) {
    SCOPED_TRACE(exponent);
    const auto key = PrivateKey::generate({.type = KeyType::rsa, .bits = 2048, .public_exponent = exponent});
    ASSERT_TRUE(key.ok());
    works(key.value());
  }
  for (const std::uint64_t exponent :
       {0ULL, 1ULL, 2ULL, 3ULL, 17ULL, 257ULL, 65535ULL, 65536ULL, 65538ULL, 0x100000000ULL}) {
    const auto key = PrivateKey::generate({.type = KeyType::rsa, .bits = 2048, .public_exponent = exponent});
    EXPECT_EQ(key.error().code, Code::template_inconsistent) << exponent;
  }
}

TEST(GenerateKey, RefusesWhatItShould) {
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 1024}).error().code, Code::key_size);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 8192}).error().code, Code::key_size);
  EXPECT_EQ(PrivateKey::generate({.type = KeyType::rsa, .bits = 2049}).error().code, Code::key_size);
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

// Two primes of 1024 bits, made for this test: their product is a bit shorter, as it is with keys of old
// cards.
TEST(PrivateKeyRsa, TakesAModulusOf2047Bits) {
  RsaParts parts;
  parts.n = hex_octets(
      "58300225869e3fc4baaadd5cf2f2e64baae4cbde5f1bdea50663710421b2e753f0cadb1d920e44dd45ac4b498f6c8b09"
      "1da0904020138749396b5ed3c4653e172392639fa91fba7d367d46bb96977f1ae3402cfe9c8d05792b3107a04116ba34"
      "86df9665dbd8989fcc1008258d61cec47a4ecaa1da093f7e56673e09552e509e255f87fd6633b206eeb6986f9f076e0f"
      "1299fe1800edd60a2b84e1af73bda9b554af86156a6f150beb6d9231b60518f89710df329e393d9d2f89d11d89cd2831"
      "29027f55d93833ac850cdd0eddf53ff15b8c322c6c4ae51679ff19bf6ed32431d44e10706a4ec49d814b153eba46651d"
      "024b9c3fa691c0687af413ec8c3e175b");
  parts.e = hex_octets("010001");
  parts.d = SecretBytes::copy_of(hex_octets(
      "0116a3059e8bdb844ff20430696ae75fbf71fa782c6f3b2d2ad2849670ea0903e0cff74c33e5d573477ae390c81869c8"
      "77f0bf83a9d5e58d37780620189d5d468792784eac73e1b8115470f8dd5f07c6f88537ce005c61524eec4b051782abb1"
      "d43801c3976398a2a44433c1bfbcada472e4d795e07e034ea152521908cfb64a50002baddb6d649f9c10971d3151d124"
      "97c5f1de67687a720a3b3cc866f06d128f12c7018b25b83bab1703760ed24d9a02c6e82515a11e5011fda7e4f7abd662"
      "3bda16f44bfd14a1dec9708e5d70acc9f204e34de6d402d114632b8b5d672a85be1763ebbc2abd5ed69f8590d9338dfc"
      "5a9355d696b44ed557d7bedc4a069f39"));
  const auto key = PrivateKey::from_rsa(parts);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key.value().bits(), 2047U);
  works(key.value());
  const auto again = PrivateKey::import_pkcs8(octets(key.value().pkcs8()));
  ASSERT_TRUE(again.ok());
  works(again.value());
  const auto half = PublicKey::from_spki(key.value().public_key().spki());
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half.value().bits(), 2047U);
  Buffer shorter = parts.n;
  shorter[0] = 0x3F;
  EXPECT_EQ(PublicKey::from_rsa(shorter, parts.e).error().code, Code::key_size);
}

// p is (6k + 1)(12k + 1)(18k + 1) of three primes, a number of Carmichael (made for this test): all the
// arithmetic of a key holds, and so does every operation with it.
TEST(PrivateKeyRsa, RefusesAFactorThatOnlyLooksPrime) {
  RsaParts parts;
  parts.n = hex_octets(
      "a04cff1777abba3a856051315e32adb8872c2c11bbab936ea6d674c652252ad2646b41a57eb583bc00e0b7d0237f00fe"
      "c41d0804a200cb21127a1ca4b7fc9b4b76790c718764ec29760a9e9e28852b26259aeda43ab60023f470214c8d049908"
      "984b24d01c657711333e062d474b71047382d0d4188858f8bc447c15b94f7de51a765bc4eeed9ac6e27b62701ed68a64"
      "d0980410d5270909d445c0a674a926704619c50cfc2640b192f6fc470a16809343e7e01eb3bb9498614d6338d4d864ef"
      "dbc1be11c42d146632c0fddd45c0c9b20671960c717345bbcc2be718fe1c32d69e3cd2ce6bb09ab2dad38d9b82265fca"
      "f77b9724b4cc86bdcdcc92a26f424e63");
  parts.e = hex_octets("010001");
  parts.d = SecretBytes::copy_of(hex_octets(
      "1626c3081ad3bd4157005a029e1cc20ad78b101a9c8f777e7949a0b6187b3b06a5dfcdcb8678a382a305c000e02c2dc1"
      "5c4268183e76d39b22082e80734da7516f46b24f2c96e8024c1092f367700ce81196ee3347f5b1e14611b4ad9fbdbc94"
      "067a392a6a5ccf1903b6bf786efb60311846972afd54e223efdd9adeb9a3e0269a55e20c68355be82ff7e4569f24e195"
      "fb5acad7f8bcfb6cb7ee5b72206bc604e32b845d9647a6984c72e79dd611fcce0f912a6643ab5fe64d8e18edba02a70d"
      "7e54b5297070821dad94603712341ade9e6f830688adebf5e1ecc3e998e6510273382027f1515bede13cbc997fe368fd"
      "e5992b3c0fdcf248a56265aea74e5fa1"));
  parts.p = SecretBytes::copy_of(hex_octets(
      "c4daf0a59e657780eb936ef5468fde11435fe01dc45402506ecf30f6b8a3f3e5061bb4bc2eeef99a9fab44b84425f981"
      "b617fe857e2fb9e015ba4d5efbbddde55d64a90af5528b48284b36a39e6db0fad5273d647e00f3460e8e2b90271d3b58"
      "c801f5668517a7ba8b8e654c352b851e273341418cdace26417bcfa54d2e7df1"));
  parts.q = SecretBytes::copy_of(hex_octets(
      "d0767b15d409f2c7714fc273112a12f5cca6078c1bc177b08c481dd4813c72aedf012d4707f5615798d0ad16532408d7"
      "e5850c756e129bbd5533d43a6bc84e11830f4b7c09052f5cdc20cb04eeaab47562f650148dbc927b60eb07aae37e1dd9"
      "0577af99e481ad8e9a71bd6c73164957d58eab7724a2fdecc3e35fbb1016cd93"));
  EXPECT_EQ(PrivateKey::from_rsa(parts).error().code, Code::invalid);
  parts.p.clear();
  parts.q.clear();
  EXPECT_EQ(PrivateKey::from_rsa(parts).error().code, Code::invalid);
}

// What is given is looked at, also when the rest must be computed.
TEST(PrivateKeyRsa, ChecksEachNumberByItself) {
  const auto with = [](SecretBytes RsaParts::* part, bool is_right) {
    RsaParts full = rsa_parts();
    RsaParts parts;
    parts.n = full.n;
    parts.e = full.e;
    parts.d = full.d.clone();
    if (!is_right) (full.*part).reveal()[5] ^= 2U;
    parts.*part = std::move(full.*part);
    return PrivateKey::from_rsa(parts).ok();
  };
  for (SecretBytes RsaParts::* part :
       {&RsaParts::p, &RsaParts::q, &RsaParts::dp, &RsaParts::dq, &RsaParts::qinv}) {
    EXPECT_TRUE(with(part, true));
    EXPECT_FALSE(with(part, false));
  }
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
  EXPECT_EQ(PrivateKey::from_scalar(Curve::p256, Buffer(33, 0)).error().code, Code::invalid);
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
