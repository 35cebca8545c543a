// TLS: a handshake whose server key is somewhere else, and who is refused.
#include "net/tls.h"

#include <gtest/gtest.h>

#include <openssl/x509v3.h>

#include "host/socket.h"

namespace coffer::net {
namespace {

// Identity is a key with a certificate.
struct Identity {
  OwnedKey key;
  OwnedCertificate certificate;

  [[nodiscard]] Buffer der() const {
    Buffer octets(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
    unsigned char* at = octets.data();
    i2d_X509(certificate.get(), &at);
    return octets;
  }
};

void add_extension(X509* certificate, int kind, const char* value) {
  const Owned<X509_EXTENSION, X509_EXTENSION_free> made(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  X509_add_ext(certificate, made.get(), -1);
}

// make gives a certificate signed by `authority`, or by itself.
Identity make(const char* name, const Identity* authority, const char* usage) {
  Identity made{std::move(generate_key()).value(), OwnedCertificate(X509_new())};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  const Identity& issuer = authority == nullptr ? made : *authority;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  X509_set_pubkey(certificate, made.key.get());
  add_extension(certificate, NID_basic_constraints,
                authority == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (usage != nullptr) add_extension(certificate, NID_ext_key_usage, usage);
  X509_sign(certificate, issuer.key.get(), EVP_sha256());
  return made;
}

// World is a server whose key is behind a signer, and an authority that it and its clients share.
struct World {
  Identity authority = make("authority", nullptr, nullptr);
  Identity server = make("server", &authority, "serverAuth");
  Buffer signed_content;
  std::unique_ptr<ChipKey> key;

  World() {
    key = std::move(ChipKey::create(
                        [this](Bytes content) -> Result<Buffer> {
                          signed_content = to_buffer(content);
                          const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
                          EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, server.key.get());
                          Buffer signature(72);
                          std::size_t bytes = signature.size();
                          EVP_DigestSign(context.get(), signature.data(), &bytes, content.data(),
                                         content.size());
                          signature.resize(bytes);
                          return signature;
                        },
                        server.certificate.get()))
              .value();
  }

  TlsSettings settings() {
    return std::move(TlsSettings::server(*key, server.der(), authority.der())).value();
  }
};

// Meeting is what came of a handshake.
struct Meeting {
  bool client_content = false;
  Buffer seen;  // the client's certificate
};

Meeting meet(const TlsSettings& server, const TlsSettings& client) {
  auto pair = std::move(host::make_socket_pair()).value();
  auto here = std::move(TlsStream::accept(server, std::move(pair.ours))).value();
  auto there = std::move(TlsStream::connect(client, std::move(pair.theirs))).value();
  bool here_done = false;
  bool there_done = false;
  for (int i = 0; i < 20 && !(here_done && there_done); ++i) {
    const auto at_client = there->shake_hands();
    if (!at_client.ok()) return {};
    there_done = at_client.value() == Progress::done;
    const auto at_server = here->shake_hands();
    if (!at_server.ok()) return {};
    here_done = at_server.value() == Progress::done;
  }
  return {.client_content = there_done, .seen = here->peer_certificate()};
}

TEST(Tls, ShakesHandsWithAKeyThatIsElsewhere) {
  World world;
  const Identity client = make("client", &world.authority, "clientAuth");
  const auto settings =
      std::move(TlsSettings::client(client.key.get(), client.der(), world.authority.der())).value();
  const Meeting meeting = meet(world.settings(), settings);
  EXPECT_TRUE(meeting.client_content);
  EXPECT_EQ(meeting.seen, client.der());
  EXPECT_EQ(as_text(world.signed_content).substr(64, 33), "TLS 1.3, server CertificateVerify");
}

TEST(Tls, ClientRefusesAServerOfAnotherAuthority) {
  World world;
  const World other;
  const Identity client = make("client", &other.authority, "clientAuth");
  const auto settings =
      std::move(TlsSettings::client(client.key.get(), client.der(), other.authority.der())).value();
  EXPECT_FALSE(meet(world.settings(), settings).client_content);
}

TEST(Tls, ClientRefusesAnotherClientThatPlaysTheServer) {
  World world;
  world.server = make("server", &world.authority, "clientAuth");
  world.key = std::move(ChipKey::create([](Bytes) -> Result<Buffer> { return Error{Code::denied, "no"}; },
                                        world.server.certificate.get()))
                  .value();
  const Identity client = make("client", &world.authority, "clientAuth");
  const auto settings =
      std::move(TlsSettings::client(client.key.get(), client.der(), world.authority.der())).value();
  EXPECT_FALSE(meet(world.settings(), settings).client_content);
}

TEST(Tls, ServerRefusesACertificateOfAnotherAuthority) {
  World world;
  const World other;
  const Identity client = make("client", &other.authority, "clientAuth");
  const auto settings =
      std::move(TlsSettings::client(client.key.get(), client.der(), world.authority.der())).value();
  EXPECT_TRUE(meet(world.settings(), settings).seen.empty());
}

TEST(Tls, StrangerTakesTheServerWhoseAuthorityItWasToldOf) {
  World world;
  const auto settings = std::move(TlsSettings::stranger(digest_of(world.authority.der()))).value();
  const Meeting meeting = meet(world.settings(), settings);
  EXPECT_TRUE(meeting.client_content);
  EXPECT_TRUE(meeting.seen.empty());
}

TEST(Tls, StrangerRefusesAnyOtherServer) {
  World world;
  CertificateDigest wrong = digest_of(world.authority.der());
  wrong[31] ^= 1U;
  const auto settings = std::move(TlsSettings::stranger(wrong)).value();
  EXPECT_FALSE(meet(world.settings(), settings).client_content);
}

}  // namespace
}  // namespace coffer::net
