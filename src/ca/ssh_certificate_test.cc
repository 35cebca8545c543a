// Tests of SSH certificates, against certificates made by ssh-keygen.
#include "ca/ssh_certificate.h"

#include <gtest/gtest.h>

#include "ca/ssh_keygen_testing.h"

namespace coffer::ca {
namespace {

using testing::certificate_blob;
using testing::key;

constexpr Timestamp kFrom = 1704067200;   // 2024-01-01T00:00:00Z
constexpr Timestamp kUntil = 2019686400;  // 2034-01-01T00:00:00Z
constexpr Timestamp kNow = 1750000000;

Certificate certificate(std::string_view name) { return parse_certificate(certificate_blob(name)).value(); }

Expectation expect_alice(std::string_view authority) {
  return {key(authority), CertificateType::user, "alice", kNow};
}

Code refusal(Bytes blob) {
  const Result<Certificate> read = parse_certificate(blob);
  return read.ok() ? Code::ok : read.error().code;
}

Code verdict(const Certificate& read, const Expectation& expected) {
  const Status verified = verify_certificate(read, expected);
  return verified.ok() ? Code::ok : verified.error().code;
}

// rejected says whether one of parser and verifier refuses.
bool rejected(Bytes blob, const Expectation& expected) {
  const Result<Certificate> read = parse_certificate(blob);
  return !read.ok() || !verify_certificate(read.value(), expected).ok();
}

std::string value_of(const std::vector<CertificateOption>& options, std::string_view name) {
  const CertificateOption* option = find_option(options, name);
  return option == nullptr ? "(none)" : option_value(*option).value();
}

struct Vector {
  std::string name;
  std::string authority;
};
const std::vector<Vector> kGood{
    {"user_ed25519_by_ed25519", "ca_ed25519"},
    {"user_p256_by_p256", "ca_p256"},
    {"user_rsa3072_by_rsa2048_sha512", "ca_rsa2048"},
    {"user_ed25519_by_rsa2048_sha256", "ca_rsa2048"},
    {"user_p521_by_p384", "ca_p384"},
    {"user_sk_ed25519_by_ed25519", "ca_ed25519"},
    {"user_sk_p256_by_p256", "ca_p256"},
    {"user_all_options", "ca_ed25519"},
};

TEST(ParseCertificate, ReadsEveryField) {
  const CertificateBody body = certificate("user_all_options").body;
  EXPECT_EQ(body.nonce.size(), 32U);
  EXPECT_EQ(body.key, key("ed25519"));
  EXPECT_EQ(body.serial, 7U);
  EXPECT_EQ(body.type, CertificateType::user);
  EXPECT_EQ(body.key_id, "alice@laptop");
  EXPECT_EQ(body.principals, (std::vector<std::string>{"alice", "deploy"}));
  EXPECT_EQ(body.valid_after, kFrom);
  EXPECT_EQ(body.valid_before, kUntil);
  EXPECT_TRUE(body.reserved.empty());
  EXPECT_EQ(body.authority, key("ca_ed25519"));
}

TEST(ParseCertificate, ReadsEveryOption) {
  const CertificateBody body = certificate("user_all_options").body;
  ASSERT_EQ(body.critical_options.size(), 2U);
  EXPECT_EQ(value_of(body.critical_options, "force-command"), "/bin/echo \"hello world\"");
  EXPECT_EQ(value_of(body.critical_options, "source-address"), "10.0.0.0/8,2001:db8::/32");
  ASSERT_EQ(body.extensions.size(), 4U);
  EXPECT_EQ(value_of(body.extensions, "flag@example.com"), "");
  EXPECT_EQ(value_of(body.extensions, "login@example.com"), "me");
  EXPECT_EQ(value_of(body.extensions, "permit-pty"), "");
  EXPECT_EQ(value_of(body.extensions, "permit-user-rc"), "");
}

TEST(ParseCertificate, ReadsHostCertificates) {
  const CertificateBody body = certificate("host_p384_by_p256").body;
  EXPECT_EQ(body.type, CertificateType::host);
  EXPECT_EQ(body.principals, (std::vector<std::string>{"web1.example.com", "10.0.0.7"}));
}

TEST(ParseCertificate, ReadsCertificatesForEverybodyForEver) {
  const CertificateBody body = certificate("user_forever_for_everybody").body;
  EXPECT_TRUE(body.principals.empty());
  EXPECT_EQ(body.valid_after, 0U);
  EXPECT_EQ(body.valid_before, kForever);
}

TEST(ParseCertificate, ThereIsOneWayToWriteACertificate) {
  for (const Vector& vector : kGood) {
    const Buffer blob = certificate_blob(vector.name);
    EXPECT_EQ(encode_certificate(parse_certificate(blob).value()), blob) << vector.name;
  }
}

TEST(ParseCertificate, RefusesEveryTruncation) {
  for (const Vector& vector : kGood) {
    const Buffer blob = certificate_blob(vector.name);
    for (std::size_t size = 0; size < blob.size(); ++size) {
      ASSERT_EQ(refusal(Bytes(blob).first(size)) == Code::ok, false) << vector.name << " " << size;
    }
  }
}

TEST(ParseCertificate, RefusesTrailingOctets) {
  Buffer blob = certificate_blob("user_p256_by_p256");
  blob.push_back(0);
  EXPECT_EQ(refusal(blob), Code::malformed);
}

TEST(ParseCertificate, RefusesKeysThatWeDoNotTake) {
  EXPECT_EQ(refusal(certificate_blob("user_dsa")), Code::unsupported);
  EXPECT_EQ(refusal(certificate_blob("user_rsa1024")), Code::key_size);
  EXPECT_EQ(refusal(testing::key_blob("ed25519")), Code::unsupported);
}

TEST(ParseCertificate, RefusesOptionsOutOfOrderOrTwiceOrWithoutName) {
  const Certificate good = certificate("user_all_options");
  Certificate unsorted = good;
  std::swap(unsorted.body.extensions[0], unsorted.body.extensions[1]);
  Certificate twice = good;
  twice.body.critical_options.push_back(twice.body.critical_options.back());
  Certificate nameless = good;
  nameless.body.extensions[0].name.clear();
  for (const Certificate& bad : {unsorted, twice, nameless}) {
    EXPECT_EQ(refusal(encode_certificate(bad)), Code::malformed);
  }
}

TEST(ParseCertificate, RefusesNamesWithZeroOctets) {
  const Certificate good = certificate("user_all_options");
  Certificate principal = good;
  principal.body.principals[0] = std::string("root\0x", 6);
  Certificate key_id = good;
  key_id.body.key_id = std::string("a\0", 2);
  Certificate option = good;
  option.body.critical_options[0].name += std::string("\0", 1);
  for (const Certificate& bad : {principal, key_id, option}) {
    EXPECT_EQ(refusal(encode_certificate(bad)), Code::malformed);
  }
}

TEST(ParseCertificate, RefusesOtherTypesThanUserAndHost) {
  Certificate bad = certificate("user_all_options");
  bad.body.type = static_cast<CertificateType>(3);
  EXPECT_EQ(refusal(encode_certificate(bad)), Code::malformed);
}

TEST(ParseCertificate, RefusesWhatIsAboveTheLimits) {
  const Certificate good = certificate("user_all_options");
  Certificate principals = good;
  principals.body.principals.assign(kCertificatePrincipalsMax + 1, "a");
  Certificate nonce = good;
  nonce.body.nonce.resize(kCertificateNonceBytesMax + 1);
  Certificate key_id = good;
  key_id.body.key_id.resize(kCertificateKeyIdBytesMax + 1, 'a');
  Certificate options = good;
  options.body.extensions.clear();
  for (std::size_t i = 0; i <= kCertificateOptionsMax; ++i) {
    options.body.extensions.push_back(make_option("o" + std::to_string(1000 + i), ""));
  }
  for (const Certificate& bad : {principals, nonce, key_id, options}) {
    EXPECT_EQ(refusal(encode_certificate(bad)), Code::malformed);
  }
  EXPECT_EQ(refusal(Buffer(kCertificateBytesMax + 1)), Code::malformed);
}

TEST(VerifyCertificate, AcceptsWhatSshKeygenSigned) {
  for (const Vector& vector : kGood) {
    EXPECT_EQ(verdict(certificate(vector.name), expect_alice(vector.authority)), Code::ok) << vector.name;
  }
}

TEST(VerifyCertificate, AcceptsHostCertificates) {
  const Expectation host{key("ca_p256"), CertificateType::host, "10.0.0.7", kNow};
  EXPECT_EQ(verdict(certificate("host_p384_by_p256"), host), Code::ok);
}

TEST(VerifyCertificate, AcceptsExactlyTheValidSeconds) {
  const Certificate alice = certificate("user_p256_by_p256");
  Expectation expected = expect_alice("ca_p256");
  expected.now = kFrom - 1;
  EXPECT_EQ(verdict(alice, expected), Code::denied);
  expected.now = kFrom;
  EXPECT_EQ(verdict(alice, expected), Code::ok);
  expected.now = kUntil - 1;
  EXPECT_EQ(verdict(alice, expected), Code::ok);
  expected.now = kUntil;
  EXPECT_EQ(verdict(alice, expected), Code::denied);
}

TEST(VerifyCertificate, RefusesTheWrongType) {
  Expectation expected = expect_alice("ca_p256");
  expected.type = CertificateType::host;
  EXPECT_EQ(verdict(certificate("user_p256_by_p256"), expected), Code::denied);
}

TEST(VerifyCertificate, RefusesAPrincipalThatIsNotNamed) {
  for (const std::string_view principal : {"root", "", "alic", "alicea", "Alice", "*"}) {
    Expectation expected = expect_alice("ca_p256");
    expected.principal = principal;
    EXPECT_EQ(verdict(certificate("user_p256_by_p256"), expected), Code::denied) << principal;
  }
}

TEST(VerifyCertificate, RefusesACertificateForEverybody) {
  EXPECT_EQ(verdict(certificate("user_forever_for_everybody"), expect_alice("ca_ed25519")), Code::denied);
}

TEST(VerifyCertificate, RefusesAnotherAuthority) {
  for (const std::string_view authority :
       {"ca_ed25519", "ca_p384", "ca_rsa2048", "ecdsa_p256", "sk_ecdsa_p256"}) {
    EXPECT_EQ(verdict(certificate("user_p256_by_p256"), expect_alice(authority)), Code::denied) << authority;
  }
}

TEST(VerifyCertificate, RefusesAnotherAuthoritysNameOnIt) {
  Certificate forged = certificate("user_p256_by_p256");
  forged.body.authority = key("ecdsa_p256");
  EXPECT_EQ(verdict(forged, expect_alice("ecdsa_p256")), Code::signature_invalid);
}

TEST(VerifyCertificate, RefusesAnUnknownCriticalOption) {
  EXPECT_EQ(verdict(certificate("user_unknown_critical"), expect_alice("ca_ed25519")), Code::denied);
}

TEST(VerifyCertificate, RefusesSha1) {
  EXPECT_EQ(verdict(certificate("user_ed25519_by_rsa2048_sha1"), expect_alice("ca_rsa2048")),
            Code::signature_invalid);
}

TEST(VerifyCertificate, RefusesASignatureUnderAnotherAlgorithmsName) {
  Certificate renamed = certificate("user_rsa3072_by_rsa2048_sha512");
  for (const std::string name :
       {"rsa-sha2-256", "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "", "none"}) {
    renamed.signature.algorithm = name;
    EXPECT_EQ(verdict(renamed, expect_alice("ca_rsa2048")), Code::signature_invalid) << name;
  }
}

TEST(VerifyCertificate, RefusesSignaturesOfAnotherLength) {
  Certificate rsa = certificate("user_rsa3072_by_rsa2048_sha512");
  rsa.signature.blob.insert(rsa.signature.blob.begin(), 0);
  EXPECT_EQ(verdict(rsa, expect_alice("ca_rsa2048")), Code::signature_invalid);
  Certificate edwards = certificate("user_ed25519_by_ed25519");
  edwards.signature.blob.pop_back();
  EXPECT_EQ(verdict(edwards, expect_alice("ca_ed25519")), Code::signature_invalid);
  Certificate ecdsa = certificate("user_p256_by_p256");
  ecdsa.signature.blob.clear();
  EXPECT_EQ(verdict(ecdsa, expect_alice("ca_p256")), Code::signature_invalid);
}

TEST(VerifyCertificate, RefusesEveryBitFlip) {
  for (const Vector& vector : {kGood[0], kGood[1], kGood[2], kGood[7]}) {
    Buffer blob = certificate_blob(vector.name);
    const Expectation expected = expect_alice(vector.authority);
    ASSERT_FALSE(rejected(blob, expected));
    for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      blob[bit / 8] ^= mask;
      EXPECT_TRUE(rejected(blob, expected)) << vector.name << " bit " << bit;
      blob[bit / 8] ^= mask;
    }
  }
}

// resigned makes a certificate of an authority of our own with `body`, for refusals that ssh-keygen does not
// make.
struct OwnAuthority {
  crypto::PrivateKey key;
  SshPublicKey public_key;

  static OwnAuthority make() {
    crypto::KeySpec spec;
    spec.type = crypto::KeyType::ec;
    spec.curve = crypto::Curve::p256;
    crypto::PrivateKey key = crypto::PrivateKey::generate(spec).value();
    SshPublicKey public_key = from_crypto_key(key.public_key()).value();
    return {std::move(key), std::move(public_key)};
  }
  [[nodiscard]] Certificate sign(CertificateBody body) const {
    body.authority = public_key;
    return sign_body(key, std::move(body)).value();
  }
  [[nodiscard]] Expectation alice() const { return {public_key, CertificateType::user, "alice", kNow}; }
};

TEST(VerifyCertificate, RefusesCriticalOptionsThatItCannotRead) {
  const OwnAuthority authority = OwnAuthority::make();
  const CertificateBody good = certificate("user_p256_by_p256").body;
  const std::vector<CertificateOption> bad{
      {"force-command", {}},
      {"force-command", {1}},
      {"source-address", {}},
      make_option("source-address", "everywhere"),
      make_option("source-address", "10.0.0.1/8"),
      make_option("verify-required", "yes"),
  };
  EXPECT_EQ(verdict(authority.sign(good), authority.alice()), Code::ok);
  for (const CertificateOption& option : bad) {
    CertificateBody body = good;
    body.critical_options = {option};
    EXPECT_EQ(verdict(authority.sign(body), authority.alice()), Code::denied) << option.name;
  }
}

TEST(VerifyCertificate, RefusesCriticalOptionsOfHosts) {
  const OwnAuthority authority = OwnAuthority::make();
  CertificateBody body = certificate("user_all_options").body;
  body.type = CertificateType::host;
  const Expectation host{authority.public_key, CertificateType::host, "alice", kNow};
  EXPECT_EQ(verdict(authority.sign(body), host), Code::denied);
}

TEST(VerifyCertificate, RefusesACertificateThatEndsBeforeItStarts) {
  const OwnAuthority authority = OwnAuthority::make();
  CertificateBody body = certificate("user_p256_by_p256").body;
  body.valid_after = kNow;
  body.valid_before = kNow;
  EXPECT_EQ(verdict(authority.sign(body), authority.alice()), Code::denied);
}

TEST(SignBody, RefusesABodyThatTheParserWouldRefuse) {
  const OwnAuthority authority = OwnAuthority::make();
  CertificateBody body = certificate("user_all_options").body;
  body.authority = authority.public_key;
  std::swap(body.extensions[0], body.extensions[1]);
  EXPECT_EQ(sign_body(authority.key, body).error().code, Code::malformed);
}

TEST(SignBody, RefusesKeysThatSshDoesNotSignWith) {
  crypto::KeySpec spec;
  spec.type = crypto::KeyType::montgomery;
  spec.curve = crypto::Curve::x25519;
  const crypto::PrivateKey x25519 = crypto::PrivateKey::generate(spec).value();
  EXPECT_EQ(sign_body(x25519, certificate("user_all_options").body).error().code, Code::key_type);
}

TEST(CheckSourceAddress, AcceptsClientsInsideTheNetworks) {
  const Certificate pinned = certificate("user_all_options");
  for (const std::string_view client : {"10.1.2.3", "10.255.255.255", "2001:db8::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(check_source_address(pinned, client).ok()) << client;
  }
}

TEST(CheckSourceAddress, RefusesOthersAndWhatIsNoAddress) {
  const Certificate pinned = certificate("user_all_options");
  for (const std::string_view client :
       {"11.0.0.1", "192.168.0.1", "2001:db9::1", "::ffff:11.0.0.1", "::1", "", "localhost", "10.0.0.0/8"}) {
    EXPECT_EQ(check_source_address(pinned, client).error().code, Code::denied) << client;
  }
}

TEST(CheckSourceAddress, AcceptsEverybodyWithoutTheOption) {
  EXPECT_TRUE(check_source_address(certificate("user_p256_by_p256"), "192.0.2.1").ok());
}

TEST(CheckSourceAddress, RefusesEverybodyWhenTheOptionCannotBeRead) {
  Certificate bad = certificate("user_all_options");
  for (const Buffer& data : {Buffer{}, Buffer{1}, Buffer{0, 0, 0, 1, '*'}}) {
    bad.body.critical_options = {{"source-address", data}};
    EXPECT_EQ(check_source_address(bad, "10.0.0.1").error().code, Code::denied);
  }
}

}  // namespace
}  // namespace coffer::ca
