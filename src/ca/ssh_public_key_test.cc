// Tests of SSH public keys, against keys made by ssh-keygen.
#include "ca/ssh_public_key.h"

#include <gtest/gtest.h>

#include <sstream>

#include "ca/ssh_keygen_testing.h"

namespace coffer::ca {
namespace {

using testing::key_blob;
using testing::read_text;
using testing::vector_path;

const std::vector<std::string> kUsable{"ed25519", "ecdsa_p256", "ecdsa_p384", "ecdsa_p521",   "rsa2048",
                                       "rsa3072", "rsa4096",    "sk_ed25519", "sk_ecdsa_p256"};

std::string vector_line(const std::string& name) { return read_text(vector_path("keys/" + name + ".pub")); }

Code refusal(Bytes blob) {
  const Result<SshPublicKey> read = parse_public_key(blob);
  return read.ok() ? Code::ok : read.error().code;
}

TEST(SshPublicKey, WritesBackEveryTypeThatItReads) {
  for (const std::string& name : kUsable) {
    const Buffer blob = key_blob(name);
    ASSERT_EQ(refusal(blob), Code::ok) << name;
    EXPECT_EQ(encode_public_key(parse_public_key(blob).value()), blob) << name;
  }
}

TEST(SshPublicKey, ReadsTheFieldsOfSecurityKeys) {
  const SshPublicKey key = parse_public_key(key_blob("sk_ecdsa_p256")).value();
  EXPECT_EQ(key.type, SshKeyType::sk_ecdsa_p256);
  EXPECT_EQ(key.point.size(), 65U);
  EXPECT_EQ(key.application, "ssh:work");
}

TEST(SshPublicKey, GoesToCryptoAndBack) {
  for (const std::string& name : kUsable) {
    const SshPublicKey key = parse_public_key(key_blob(name)).value();
    if (shape_of(key.type).security_key) continue;
    EXPECT_EQ(from_crypto_key(to_crypto_key(key).value()).value(), key) << name;
  }
}

TEST(SshPublicKey, RefusesAPointBesideItsCurve) {
  for (const std::string name : {"ecdsa_p256", "ecdsa_p384", "ecdsa_p521", "sk_ecdsa_p256"}) {
    SshPublicKey key = parse_public_key(key_blob(name)).value();
    EXPECT_TRUE(to_crypto_key(key).ok()) << name;
    key.point.back() ^= 1U;
    EXPECT_FALSE(to_crypto_key(key).ok()) << name;
  }
}

TEST(SshPublicKey, HasNoFormForX25519) {
  const Buffer point(32, 9);
  const crypto::PublicKey key = crypto::PublicKey::from_point(crypto::Curve::x25519, point).value();
  EXPECT_EQ(from_crypto_key(key).error().code, Code::key_type);
}

TEST(SshPublicKey, RefusesRsaOutside2048To16384Bits) {
  EXPECT_EQ(refusal(key_blob("rsa1024")), Code::key_size);
  SshPublicKey large = parse_public_key(key_blob("rsa8192")).value();
  large.modulus.resize(2048, 0xFF);
  EXPECT_TRUE(parse_public_key(encode_public_key(large)).ok());
  large.modulus.push_back(0xFF);
  EXPECT_EQ(refusal(encode_public_key(large)), Code::key_size);
}

TEST(SshPublicKey, RefusesRsaNumbersThatNoKeyHas) {
  const SshPublicKey good = parse_public_key(key_blob("rsa2048")).value();
  SshPublicKey even = good;
  even.modulus.back() &= 0xfeU;
  SshPublicKey one = good;
  one.exponent = {1};
  SshPublicKey none = good;
  none.exponent = {};
  for (const SshPublicKey& bad : {even, one, none})
    EXPECT_EQ(refusal(encode_public_key(bad)), Code::malformed);
}

TEST(SshPublicKey, RefusesUnknownTypes) {
  EXPECT_EQ(refusal(key_blob("dsa")), Code::unsupported);
  EXPECT_EQ(refusal(testing::certificate_blob("user_ed25519_by_ed25519")), Code::unsupported);
}

TEST(SshPublicKey, RefusesACurveThatIsNotTheTypes) {
  Buffer blob = key_blob("ecdsa_p256");
  blob[4 + 19 + 4 + 5] = '3';  // "nistp256" -> "nistp356"
  EXPECT_EQ(refusal(blob), Code::malformed);
}

TEST(SshPublicKey, RefusesCompressedPoints) {
  SshPublicKey key = parse_public_key(key_blob("ecdsa_p256")).value();
  key.point[0] = 0x02;
  EXPECT_EQ(refusal(encode_public_key(key)), Code::malformed);
  key.point.resize(33);
  EXPECT_EQ(refusal(encode_public_key(key)), Code::malformed);
}

TEST(SshPublicKey, RefusesASecurityKeyWithoutApplication) {
  SshPublicKey key = parse_public_key(key_blob("sk_ed25519")).value();
  key.application.clear();
  EXPECT_EQ(refusal(encode_public_key(key)), Code::malformed);
}

TEST(SshPublicKey, RefusesEveryTruncationAndAnExtraOctet) {
  for (const std::string& name : kUsable) {
    Buffer blob = key_blob(name);
    for (std::size_t size = 0; size < blob.size(); ++size)
      EXPECT_NE(refusal(Bytes(blob).first(size)), Code::ok);
    blob.push_back(0);
    EXPECT_EQ(refusal(blob), Code::malformed) << name;
  }
}

TEST(SshPublicKey, RefusesWhatIsTooLong) {
  EXPECT_EQ(refusal(Buffer(kSshPublicKeyBytesMax + 1)), Code::malformed);
}

TEST(Fingerprint, IsTheOneOfSshKeygen) {
  std::istringstream lines(read_text(vector_path("keys/fingerprints")));
  std::size_t count = 0;
  for (std::string bits, digest, name, type; lines >> bits >> digest >> name >> type; ++count) {
    EXPECT_EQ(fingerprint(key_blob(name)), digest) << name;
  }
  EXPECT_EQ(count, 16U);
}

TEST(TextLine, WritesBackWhatItReads) {
  for (const std::string& name : kUsable) {
    const TextLine line = parse_text_line(vector_line(name)).value();
    EXPECT_EQ(line.comment, name);
    EXPECT_EQ(text_line(line.blob, line.comment).value() + "\n", vector_line(name));
  }
}

TEST(TextLine, ReadsLinesWithoutComment) {
  const std::string line = text_line(key_blob("ed25519"), "").value();
  EXPECT_EQ(parse_text_line(line).value().comment, "");
  EXPECT_EQ(parse_text_line(line + " \r\n").value().comment, "");
  EXPECT_EQ(parse_text_line(" \t " + line).value().comment, "");
}

TEST(TextLine, KeepsBlanksInsideTheComment) {
  const std::string line = text_line(key_blob("ed25519"), "my key").value();
  EXPECT_EQ(parse_text_line(line).value().comment, "my key");
}

TEST(TextLine, RefusesWhatIsNoLineOfAKey) {
  const std::string good = text_line(key_blob("ed25519"), "").value();
  for (const std::string& line :
       {std::string(), std::string("\n"), std::string("ssh-ed25519"), std::string("ssh-ed25519 "),
        std::string("ssh-ed25519 AAAA"), std::string("ssh-ed25519 !"), "x" + good, good.substr(12),
        "ssh-rsa" + good.substr(11), good + " a\nb", good.substr(0, good.size() - 1), good + "\n\n",
        std::string(kTextLineBytesMax + 1, 'a')}) {
    EXPECT_FALSE(parse_text_line(line).ok()) << line.substr(0, 100);
  }
}

TEST(TextLine, RefusesToWriteABlobWithoutName) { EXPECT_FALSE(text_line(Buffer{0, 0, 0, 9, 'a'}, "").ok()); }

}  // namespace
}  // namespace coffer::ca
