// TLS 1.3: settings and streams.
#include "net/tls.h"

#include <algorithm>
#include <array>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace coffer::net {

namespace {

constexpr Error kNoTls{Code::internal, "OpenSSL makes no TLS connection"};
constexpr Error kGone{Code::unavailable, "the other side of the network is gone"};

// Prefers the usual implementations wherever the chip's key is not concerned.
constexpr const char* kPreferUsual = "?provider=default";

Result<OwnedTlsContext> make_context(OSSL_LIB_CTX* library, const SSL_METHOD* method) {
  OwnedTlsContext context(SSL_CTX_new_ex(library, kPreferUsual, method));
  if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) {
    return openssl_failed(kNoTls);
  }
  // Each connection proves itself anew: a revoked certificate cannot hide behind an old session.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Status trust(SSL_CTX* context, Bytes authority) {
  const OwnedCertificate certificate = TRY(certificate_from(authority));
  if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1)
    return openssl_failed(kNoTls);
  return {};
}

Status prove_with(SSL_CTX* context, EVP_PKEY* key, Bytes certificate) {
  const OwnedCertificate own = TRY(certificate_from(certificate));
  if (SSL_CTX_use_certificate(context, own.get()) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1) {
    return openssl_failed(Error{Code::invalid, "key and certificate do not belong together"});
  }
  return {};
}

void free_list(STACK_OF(X509) * list) { sk_X509_free(list); }

// Trusts the one certificate of the chain that has the expected digest, then verifies as usual.
int verify_by_digest(X509_STORE_CTX* verification, void* argument) {
  const auto& expected = *static_cast<const CertificateDigest*>(argument);
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(verification);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* const each = sk_X509_value(sent, i);
    CertificateDigest digest{};
    unsigned bytes = 0;
    if (X509_digest(each, EVP_sha256(), digest.data(), &bytes) != 1 || digest != expected) continue;
    const Owned<STACK_OF(X509), free_list> trusted(sk_X509_new_null());
    if (trusted == nullptr || sk_X509_push(trusted.get(), each) == 0) return 0;
    X509_STORE_CTX_set0_trusted_stack(verification, trusted.get());
    return X509_verify_cert(verification) == 1 ? 1 : 0;
  }
  X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

}  // namespace

CertificateDigest digest_of(Bytes certificate) {
  CertificateDigest digest{};
  unsigned bytes = 0;
  EVP_Digest(certificate.data(), certificate.size(), digest.data(), &bytes, EVP_sha256(), nullptr);
  return digest;
}

Result<TlsSettings> TlsSettings::server(const ChipKey& key, Bytes certificate, Bytes authority) {
  TlsSettings settings;
  settings.context_ = TRY(make_context(key.context(), TLS_server_method()));
  SSL_CTX* const context = settings.get();
  TRY(prove_with(context, key.key(), certificate));
  TRY(trust(context, authority));
  const OwnedCertificate chain = TRY(certificate_from(authority));
  if (SSL_CTX_add1_chain_cert(context, chain.get()) != 1) return openssl_failed(kNoTls);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return settings;
}

Result<TlsSettings> TlsSettings::client(EVP_PKEY* key, Bytes certificate, Bytes authority) {
  TlsSettings settings;
  settings.context_ = TRY(make_context(nullptr, TLS_client_method()));
  TRY(prove_with(settings.get(), key, certificate));
  TRY(trust(settings.get(), authority));
  SSL_CTX_set_verify(settings.get(), SSL_VERIFY_PEER, nullptr);
  return settings;
}

Result<TlsSettings> TlsSettings::stranger(const CertificateDigest& authority) {
  TlsSettings settings;
  settings.context_ = TRY(make_context(nullptr, TLS_client_method()));
  settings.expected_ = std::make_unique<CertificateDigest>(authority);
  SSL_CTX_set_verify(settings.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(settings.get(), verify_by_digest, settings.expected_.get());
  return settings;
}

Result<std::unique_ptr<TlsStream>> TlsStream::create(const TlsSettings& settings, host::Descriptor socket) {
  OwnedTls tls(SSL_new(settings.get()));
  if (tls == nullptr || SSL_set_fd(tls.get(), socket.get()) != 1) return openssl_failed(kNoTls);
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(socket), std::move(tls)));
}

Result<std::unique_ptr<TlsStream>> TlsStream::accept(const TlsSettings& settings, host::Descriptor socket) {
  auto stream = TRY(create(settings, std::move(socket)));
  SSL_set_accept_state(stream->tls_.get());
  return stream;
}

Result<std::unique_ptr<TlsStream>> TlsStream::connect(const TlsSettings& settings, host::Descriptor socket) {
  auto stream = TRY(create(settings, std::move(socket)));
  SSL_set_connect_state(stream->tls_.get());
  return stream;
}

Result<Progress> TlsStream::shake_hands() {
  ERR_clear_error();
  const int outcome = SSL_do_handshake(tls_.get());
  if (outcome == 1) return Progress::done;
  switch (SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_WANT_READ: return Progress::wants_read;
    case SSL_ERROR_WANT_WRITE: return Progress::wants_write;
    case SSL_ERROR_SSL:
      return openssl_failed(Error{Code::denied, "the TLS handshake failed: a certificate is not accepted"});
    default: return openssl_failed(kGone);
  }
}

Result<std::size_t> TlsStream::read(MutableBytes room) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int outcome = SSL_read_ex(tls_.get(), room.data(), room.size(), &bytes);
  if (outcome == 1) return bytes;
  switch (SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return std::size_t{0};
    case SSL_ERROR_SSL:
      return openssl_failed(Error{Code::denied,
                                  "the other side ended the TLS connection: it may not accept "
                                  "the certificate"});
    default: return openssl_failed(kGone);
  }
}

Result<std::size_t> TlsStream::write(Bytes octets) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int outcome = SSL_write_ex(tls_.get(), octets.data(), octets.size(), &bytes);
  if (outcome == 1) return bytes;
  switch (SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return std::size_t{0};
    default: return openssl_failed(kGone);
  }
}

Buffer TlsStream::peer_certificate() const {
  const X509* const certificate = SSL_get0_peer_certificate(tls_.get());
  if (certificate == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) return {};
  const int bytes = i2d_X509(certificate, nullptr);
  if (bytes <= 0) return {};
  Buffer der(static_cast<std::size_t>(bytes));
  unsigned char* at = der.data();
  i2d_X509(certificate, &at);
  return der;
}

}  // namespace coffer::net
