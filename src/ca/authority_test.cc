// Tests of issuing SSH certificates, with ssh-keygen as the judge, and of reading what ssh-keygen issues.
#include "ca/authority.h"

#include <gtest/gtest.h>

#include <ctime>
#include <set>

#include "ca/profile.h"
#include "ca/ssh_keygen_testing.h"

namespace coffer::ca {
namespace {

using testing::run;
using testing::TemporaryDirectory;
using testing::write_text;
using wire::AuthorityKeyType;
using wire::AuthorityKind;

constexpr Timestamp kNow = 1750000000;

// OwnAuthority is an authority with its key, as the vault would hold it.
struct OwnAuthority {
  crypto::PrivateKey key;
  wire::Authority authority;
};

OwnAuthority make_authority(AuthorityKeyType type, AuthorityKind kind = AuthorityKind::ssh_user) {
  OwnAuthority own{generate_authority_key(type).value(), {}};
  own.authority.name = "office";
  own.authority.kind = kind;
  own.authority.key_type = type;
  own.authority.public_key = authority_public_blob(own.key).value();
  own.authority.profile = default_profile(kind);
  own.authority.profile.principals = {"*"};
  return own;
}

// RSA keys take long to make, so that tests share one authority of each type.
const OwnAuthority& shared_authority(AuthorityKeyType type) {
  static const OwnAuthority kP256 = make_authority(AuthorityKeyType::p256);
  static const OwnAuthority kEd25519 = make_authority(AuthorityKeyType::ed25519);
  static const OwnAuthority kRsa2048 = make_authority(AuthorityKeyType::rsa2048);
  static const OwnAuthority kRsa4096 = make_authority(AuthorityKeyType::rsa4096);
  switch (type) {
    case AuthorityKeyType::p256: return kP256;
    case AuthorityKeyType::ed25519: return kEd25519;
    case AuthorityKeyType::rsa2048: return kRsa2048;
    case AuthorityKeyType::rsa4096: return kRsa4096;
  }
  return kP256;
}

wire::CaSignSsh request_for(std::string_view subject) {
  wire::CaSignSsh request;
  request.public_key = testing::key_blob(subject);
  request.key_id = "alice@laptop";
  request.principals = {"alice", "deploy"};
  request.lifetime_seconds = 300;
  return request;
}

Result<wire::CertificateReply> issue(const OwnAuthority& own, const wire::CaSignSsh& request) {
  return issue_ssh(own.key, own.authority, request, kNow);
}

std::string utc(Timestamp time) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts)};
}

// OpenSshWords are what ssh-keygen calls types of keys and signatures.
struct OpenSshWords {
  std::string key;        // "ED25519"
  std::string signature;  // "ssh-ed25519"
};
OpenSshWords words_of(AuthorityKeyType type) {
  if (type == AuthorityKeyType::p256) return {"ECDSA", "ecdsa-sha2-nistp256"};
  if (type == AuthorityKeyType::ed25519) return {"ED25519", "ssh-ed25519"};
  return {"RSA", "rsa-sha2-512"};
}

struct Subject {
  std::string file;
  std::string certificate_name;
  std::string word;
};
const std::vector<Subject> kSubjects{
    {"ed25519", "ssh-ed25519-cert-v01@openssh.com", "ED25519-CERT"},
    {"ecdsa_p256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA-CERT"},
    {"ecdsa_p384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ECDSA-CERT"},
    {"ecdsa_p521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ECDSA-CERT"},
    {"rsa2048", "ssh-rsa-cert-v01@openssh.com", "RSA-CERT"},
    {"rsa4096", "ssh-rsa-cert-v01@openssh.com", "RSA-CERT"},
    {"sk_ed25519", "sk-ssh-ed25519-cert-v01@openssh.com", "ED25519-SK-CERT"},
    {"sk_ecdsa_p256", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA-SK-CERT"},
};

std::string indented(std::string_view heading, const std::vector<std::string>& lines) {
  const std::string start = "        " + std::string(heading) + ": ";
  if (lines.empty()) return start + "(none)\n";
  std::string text = start + "\n";
  for (const std::string& line : lines) text += "                " + line + "\n";
  return text;
}

// listing is what `ssh-keygen -L` prints about a certificate behind its first line. ssh-keygen verifies the
// signature before it prints.
std::string listing(const TemporaryDirectory& directory, const wire::CertificateReply& reply) {
  const std::string path = directory.file("id-cert.pub");
  write_text(path, text_line(reply.certificate, "test").value() + "\n");
  const std::string output = run({"ssh-keygen", "-L", "-f", path});
  return output.substr(output.find('\n') + 1);
}

std::string head_of_listing(const OwnAuthority& own, const Subject& subject, std::string_view kind) {
  const OpenSshWords words = words_of(own.authority.key_type);
  return "        Type: " + subject.certificate_name + " " + std::string(kind) + " certificate\n" +
         "        Public key: " + subject.word + " " + fingerprint(testing::key_blob(subject.file)) + "\n" +
         "        Signing CA: " + words.key + " " + fingerprint(own.authority.public_key) + " (using " +
         words.signature + ")\n";
}

std::string times_of_listing(const wire::CertificateReply& reply) {
  return "        Serial: " + std::to_string(reply.serial) + "\n" + "        Valid: from " + utc(kNow - 60) +
         " to " + utc(kNow + 300) + "\n";
}

class IssueSsh : public ::testing::TestWithParam<AuthorityKeyType> {};

TEST_P(IssueSsh, SshKeygenReadsUserCertificatesOfEveryType) {
  const OwnAuthority& own = shared_authority(GetParam());
  const TemporaryDirectory directory;
  for (const Subject& subject : kSubjects) {
    wire::CaSignSsh request = request_for(subject.file);
    request.extensions_given = true;
    request.extensions = {{"permit-user-rc", ""}, {"permit-pty", ""}, {"permit-X11-forwarding", ""}};
    request.critical_options = {{"verify-required", ""},
                                {"source-address", "10.0.0.0/8,2001:db8::/32"},
                                {"force-command", "/bin/echo \"hello world\""}};
    const wire::CertificateReply reply = issue(own, request).value();
    EXPECT_EQ(
        listing(directory, reply),
        head_of_listing(own, subject, "user") + "        Key ID: \"alice@laptop\"\n" +
            times_of_listing(reply) + indented("Principals", {"alice", "deploy"}) +
            indented("Critical Options", {"force-command /bin/echo \"hello world\"",
                                          "source-address 10.0.0.0/8,2001:db8::/32", "verify-required"}) +
            indented("Extensions", {"permit-X11-forwarding", "permit-pty", "permit-user-rc"}));
  }
}

TEST_P(IssueSsh, SshKeygenReadsHostCertificatesOfEveryType) {
  const OwnAuthority& user = shared_authority(GetParam());
  wire::Authority host = user.authority;
  host.kind = AuthorityKind::ssh_host;
  host.profile = default_profile(AuthorityKind::ssh_host);
  host.profile.principals = {"*.example.com"};
  const TemporaryDirectory directory;
  for (const Subject& subject : kSubjects) {
    wire::CaSignSsh request = request_for(subject.file);
    request.principals = {"web1.example.com"};
    const wire::CertificateReply reply = issue_ssh(user.key, host, request, kNow).value();
    EXPECT_EQ(listing(directory, reply), head_of_listing(user, subject, "host") +
                                             "        Key ID: \"alice@laptop\"\n" + times_of_listing(reply) +
                                             indented("Principals", {"web1.example.com"}) +
                                             indented("Critical Options", {}) + indented("Extensions", {}));
  }
}

TEST_P(IssueSsh, IsAcceptedByOurOwnVerifier) {
  const OwnAuthority& own = shared_authority(GetParam());
  const wire::CertificateReply reply = issue(own, request_for("ed25519")).value();
  const Certificate certificate = parse_certificate(reply.certificate).value();
  const SshPublicKey trusted = parse_public_key(own.authority.public_key).value();
  EXPECT_TRUE(verify_certificate(certificate, {trusted, CertificateType::user, "deploy", kNow}).ok());
  EXPECT_EQ(certificate.body.serial, reply.serial);
  EXPECT_EQ(certificate.body.valid_after, reply.valid_after);
  EXPECT_EQ(certificate.body.valid_before, reply.valid_before);
}

std::string type_name(const ::testing::TestParamInfo<AuthorityKeyType>& type) {
  constexpr std::array<const char*, 4> kNames{"p256", "ed25519", "rsa2048", "rsa4096"};
  return kNames.at(static_cast<std::size_t>(type.param) - 1);
}
INSTANTIATE_TEST_SUITE_P(AllKeys, IssueSsh,
                         ::testing::Values(AuthorityKeyType::p256, AuthorityKeyType::ed25519,
                                           AuthorityKeyType::rsa2048, AuthorityKeyType::rsa4096),
                         type_name);

TEST(IssueSshOnce, ChoosesAnotherSerialAndNonceEachTime) {
  const OwnAuthority& own = shared_authority(AuthorityKeyType::p256);
  std::set<std::uint64_t> serials;
  std::set<Buffer> nonces;
  for (int i = 0; i < 100; ++i) {
    const wire::CertificateReply reply = issue(own, request_for("ed25519")).value();
    serials.insert(reply.serial);
    nonces.insert(parse_certificate(reply.certificate).value().body.nonce);
  }
  EXPECT_EQ(serials.size(), 100U);
  EXPECT_EQ(nonces.size(), 100U);
  EXPECT_FALSE(serials.contains(0));
}

TEST(IssueSshOnce, RefusesWhatTheProfileRefuses) {
  const OwnAuthority& own = shared_authority(AuthorityKeyType::p256);
  wire::CaSignSsh request = request_for("ed25519");
  request.lifetime_seconds = own.authority.profile.lifetime_max_seconds + 1;
  EXPECT_EQ(issue(own, request).error().code, Code::denied);
}

TEST(IssueSshOnce, RefusesItsOwnKey) {
  const OwnAuthority& own = shared_authority(AuthorityKeyType::p256);
  wire::CaSignSsh request = request_for("ed25519");
  request.public_key = own.authority.public_key;
  EXPECT_EQ(issue(own, request).error().code, Code::denied);
}

TEST(IssueSshOnce, RefusesTheKeyOfAnotherAuthority) {
  const OwnAuthority& own = shared_authority(AuthorityKeyType::p256);
  const OwnAuthority& other = shared_authority(AuthorityKeyType::ed25519);
  EXPECT_EQ(issue_ssh(other.key, own.authority, request_for("ed25519"), kNow).error().code, Code::internal);
}

TEST(IssueSshOnce, RefusesACertificateThatWouldBeTooLong) {
  OwnAuthority own = make_authority(AuthorityKeyType::ed25519);
  wire::CaSignSsh request = request_for("ed25519");
  request.extensions_given = true;
  for (int i = 0; i < 32; ++i) {
    const std::string name = "x" + std::to_string(10 + i) + "@example.com";
    own.authority.profile.extensions.push_back(name);
    request.extensions.push_back({name, std::string(wire::kOptionBytesMax, 'a')});
  }
  EXPECT_EQ(issue(own, request).error().code, Code::limit);
}

TEST(IssueSshOnce, IssuesTheLongestCertificateThatOpenSshReads) {
  const OwnAuthority& own = shared_authority(AuthorityKeyType::rsa4096);
  const TemporaryDirectory directory;
  wire::CaSignSsh request = request_for("rsa4096");
  request.principals.clear();
  for (std::size_t i = 0; i < wire::kPrincipalsMax; ++i) {
    request.principals.push_back(std::to_string(100 + i) + std::string(wire::kPrincipalBytesMax - 3, 'p'));
  }
  request.critical_options = {{"force-command", std::string(wire::kOptionBytesMax, 'c')}};
  const std::string text = listing(directory, issue(own, request).value());
  EXPECT_NE(text.find(request.principals.back()), std::string::npos);
  EXPECT_NE(text.find(request.critical_options[0].value), std::string::npos);
}

TEST(GenerateAuthorityKey, MakesTheTypeThatIsAskedFor) {
  EXPECT_EQ(shared_authority(AuthorityKeyType::p256).key.curve(), crypto::Curve::p256);
  EXPECT_EQ(shared_authority(AuthorityKeyType::ed25519).key.curve(), crypto::Curve::ed25519);
  EXPECT_EQ(shared_authority(AuthorityKeyType::rsa2048).key.bits(), 2048U);
  EXPECT_EQ(shared_authority(AuthorityKeyType::rsa4096).key.bits(), 4096U);
}

TEST(GenerateAuthorityKey, RefusesUnknownTypes) {
  EXPECT_EQ(generate_authority_key(static_cast<AuthorityKeyType>(9)).error().code, Code::invalid);
}

TEST(AuthorityPublicBlob, IsReadBySshKeygen) {
  const TemporaryDirectory directory;
  for (const AuthorityKeyType type :
       {AuthorityKeyType::p256, AuthorityKeyType::ed25519, AuthorityKeyType::rsa2048}) {
    const wire::Authority& authority = shared_authority(type).authority;
    write_text(directory.file("ca.pub"), text_line(authority.public_key, "office").value() + "\n");
    const std::string output = run({"ssh-keygen", "-l", "-f", directory.file("ca.pub")});
    EXPECT_NE(output.find(fingerprint(authority.public_key) + " office (" + words_of(type).key + ")"),
              std::string::npos)
        << output;
  }
}

// ---- what ssh-keygen signs
// -------------------------------------------------------------------------------------

// SshKeygenAuthority is an authority whose key ssh-keygen makes now.
class SshKeygenAuthority : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    run({"ssh-keygen", "-q", "-t", GetParam(), "-N", "", "-f", ca_});
    trusted_ = parse_public_key(parse_text_line(testing::read_text(ca_ + ".pub")).value().blob).value();
  }

  // sign lets ssh-keygen certify a key of testdata/ca/keys.
  Certificate sign(const std::string& subject, const std::vector<std::string>& options) {
    write_text(directory_.file("id.pub"), text_line(testing::key_blob(subject), "id").value() + "\n");
    std::vector<std::string> command{"ssh-keygen", "-q", "-s", ca_};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(directory_.file("id.pub"));
    run(command);
    const TextLine line = parse_text_line(testing::read_text(directory_.file("id-cert.pub"))).value();
    return parse_certificate(line.blob).value();
  }

  TemporaryDirectory directory_;
  std::string ca_ = directory_.file("ca");
  SshPublicKey trusted_;
};

TEST_P(SshKeygenAuthority, SignsUserCertificatesThatWeReadAndAccept) {
  for (const Subject& subject : kSubjects) {
    const Certificate certificate =
        sign(subject.file, {"-I", "alice@laptop", "-z", "12345678901234567890", "-n", "alice,deploy", "-V",
                            "20250101000000:20350101000000", "-O", "clear", "-O", "permit-pty", "-O",
                            "force-command=/bin/true", "-O", "source-address=10.0.0.0/8"});
    const CertificateBody& body = certificate.body;
    EXPECT_EQ(body.key, testing::key(subject.file));
    EXPECT_EQ(body.serial, 12345678901234567890U);
    EXPECT_EQ(body.type, CertificateType::user);
    EXPECT_EQ(body.key_id, "alice@laptop");
    EXPECT_EQ(body.principals, (std::vector<std::string>{"alice", "deploy"}));
    EXPECT_EQ(utc(body.valid_after), "2025-01-01T00:00:00");
    EXPECT_EQ(utc(body.valid_before), "2035-01-01T00:00:00");
    EXPECT_EQ(body.critical_options,
              (std::vector<CertificateOption>{make_option("force-command", "/bin/true"),
                                              make_option("source-address", "10.0.0.0/8")}));
    EXPECT_EQ(body.extensions, (std::vector<CertificateOption>{make_option("permit-pty", "")}));
    EXPECT_EQ(body.authority, trusted_);
    EXPECT_TRUE(verify_certificate(certificate, {trusted_, CertificateType::user, "alice", kNow}).ok());
    EXPECT_FALSE(verify_certificate(certificate, {trusted_, CertificateType::user, "root", kNow}).ok());
  }
}

TEST_P(SshKeygenAuthority, SignsHostCertificatesThatWeReadAndAccept) {
  for (const Subject& subject : kSubjects) {
    const Certificate certificate = sign(subject.file, {"-h", "-I", "web1", "-n", "web1.example.com"});
    EXPECT_EQ(certificate.body.type, CertificateType::host);
    EXPECT_EQ(certificate.body.valid_before, kForever);
    EXPECT_TRUE(
        verify_certificate(certificate, {trusted_, CertificateType::host, "web1.example.com", kNow}).ok());
  }
}

std::string authority_name(const ::testing::TestParamInfo<std::string>& type) { return type.param; }
INSTANTIATE_TEST_SUITE_P(AllKeys, SshKeygenAuthority, ::testing::Values("ecdsa", "ed25519", "rsa"),
                         authority_name);

}  // namespace
}  // namespace coffer::ca
