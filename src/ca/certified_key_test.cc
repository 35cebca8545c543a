// Tests of the keys that an authority certifies: one that everybody has, or that nobody can have, says
// nothing about who used it.
#include <gtest/gtest.h>

#include <algorithm>

#include "ca/profile.h"
#include "ca/ssh_keygen_testing.h"
#include "codec/hex.h"

namespace coffer::ca {
namespace {

using testing::key_blob;

Code refusal(const SshPublicKey& key) {
  wire::Authority authority;
  authority.name = "office";
  authority.key_type = wire::AuthorityKeyType::ed25519;
  authority.public_key = key_blob("ca_ed25519");
  authority.profile = default_profile(authority.kind);
  authority.profile.principals = {"alice"};
  wire::CaSignSsh request;
  request.name = authority.name;
  request.public_key = encode_public_key(key);
  request.principals = {"alice"};
  request.lifetime_seconds = 300;
  Issuance issuance;
  issuance.now = 1750000000;
  issuance.serial = 42;
  const auto body = apply_profile(authority, request, issuance);
  return body.ok() ? Code::ok : body.error().code;
}

Code refusal_of_point(const char* hex) {
  SshPublicKey key;
  key.type = SshKeyType::ed25519;
  key.point = codec::from_hex(hex).value();
  return refusal(key);
}

TEST(CertifiedKey, MayBeALongerRsaKeyThanOnesThatAreUsedHere) {
  SshPublicKey key = parse_public_key(key_blob("rsa8192")).value();
  EXPECT_EQ(refusal(key), Code::ok);
  key.modulus.back() ^= 0x02;  // now it has a factor below 2^16, as three of four numbers have
  for (int i = 0; i < 8 && refusal(key) == Code::ok; ++i) key.modulus[100] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(refusal(key), Code::attribute_value);
  key.modulus.assign(2049, 0xFF);
  EXPECT_EQ(refusal(key), Code::key_size);
}

TEST(CertifiedKey, RefusesEd25519PointsOfSmallOrderInEveryEncoding) {
  // The eight points whose order divides 8, and other encodings of them: y is one more than it must be by
  // the field's prime, or x is 0 with a sign (Chalkias, Garillot, Nikolaenko 2020, table 1).
  for (const char* point : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "0000000000000000000000000000000000000000000000000000000000000080",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                            "0100000000000000000000000000000000000000000000000000000000000080",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    EXPECT_NE(refusal_of_point(point), Code::ok) << point;
  }
  // The base point is in order.
  EXPECT_EQ(refusal_of_point("5866666666666666666666666666666666666666666666666666666666666666"), Code::ok);
}

TEST(CertifiedKey, RefusesPointsThatAreNoKeyOnTheirCurve) {
  for (const std::string name : {"ecdsa_p256", "ecdsa_p384", "ecdsa_p521", "ed25519"}) {
    const SshPublicKey good = parse_public_key(key_blob(name)).value();
    for (const Buffer& point : {Buffer{0}, Buffer(good.point.size(), 0), Buffer(good.point.size(), 0xFF)}) {
      SshPublicKey bad = good;
      bad.point = point;
      if (point.size() > 1 && name != "ed25519") bad.point[0] = 4;
      EXPECT_NE(refusal(bad), Code::ok) << name;
    }
  }
}

Code refusal_of_rsa(const Buffer& modulus, const Buffer& exponent = {1, 0, 1}) {
  SshPublicKey key;
  key.type = SshKeyType::rsa;
  key.modulus = modulus;
  key.exponent = exponent;
  return refusal(key);
}

// times gives a number times a small one; both big-endian.
Buffer times(const Buffer& number, std::uint32_t factor) {
  Buffer product(number.size() + 4);
  std::uint64_t carry = 0;
  for (std::size_t i = product.size(); i-- > 0;) {
    if (i >= 4) carry += std::uint64_t{number[i - 4]} * factor;
    product[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  product.erase(product.begin(), std::ranges::find_if(product, [](std::uint8_t each) { return each != 0; }));
  return product;
}

TEST(CertifiedKey, RefusesRsaModuliThatNobodyHasToHimself) {
  const Buffer good = parse_public_key(key_blob("rsa2048")).value().modulus;
  EXPECT_EQ(refusal_of_rsa(good), Code::ok);
  for (const std::uint32_t factor : {2U, 3U, 751U, 757U, 65521U})
    EXPECT_NE(refusal_of_rsa(times(good, factor)), Code::ok) << factor;
  EXPECT_NE(refusal_of_rsa(Buffer(256, 0xFF)), Code::ok) << "2^2048 - 1";
  Buffer mersenne(276, 0xFF);
  mersenne[0] = 0x07;
  EXPECT_NE(refusal_of_rsa(mersenne), Code::ok) << "2^2203 - 1 is a prime";
  for (const std::size_t bits : {2049U, 2053U, 2063U, 4095U}) {
    Buffer ones((bits + 7) / 8, 0xFF);
    ones[0] = static_cast<std::uint8_t>(0xFFU >> (8 * ones.size() - bits));
    EXPECT_NE(refusal_of_rsa(ones), Code::ok) << bits << " ones";
  }
}

TEST(CertifiedKey, RefusesRsaExponentsThatAreTooSmall) {
  const Buffer good = parse_public_key(key_blob("rsa2048")).value().modulus;
  for (const Buffer& exponent : {Buffer{1}, Buffer{3}, Buffer{35}, Buffer{0xFF, 0xFF}, Buffer{1, 0, 0}})
    EXPECT_NE(refusal_of_rsa(good, exponent), Code::ok) << to_hex(exponent);
  EXPECT_EQ(refusal_of_rsa(good, {1, 0, 3}), Code::ok);
}

}  // namespace
}  // namespace coffer::ca
