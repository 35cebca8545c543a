// TLS 1.3 (RFC 8446) streams with certificates on both sides, over non-blocking sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "net/chip_key.h"
#include "net/openssl.h"

namespace coffer::net {

// CertificateDigest is the SHA-256 of a certificate's DER.
using CertificateDigest = std::array<std::uint8_t, 32>;

// digest_of gives it.
CertificateDigest digest_of(Bytes certificate);

// TlsSettings make connections of one kind; safe to share between them, used by one thread.
class TlsSettings final {
 public:
  // server proves itself with a chip key and asks peers for a certificate of `authority`; those who have none
  // are let through the handshake, and peer_certificate() is empty.
  static Result<TlsSettings> server(const ChipKey& key, Bytes certificate, Bytes authority);
  // client proves itself with a key of its own, and takes servers of `authority` only.
  static Result<TlsSettings> client(EVP_PKEY* key, Bytes certificate, Bytes authority);
  // stranger has no certificate yet, and takes servers whose authority's certificate has this digest.
  static Result<TlsSettings> stranger(const CertificateDigest& authority);

  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  TlsSettings() = default;

  OwnedTlsContext context_;
  std::unique_ptr<CertificateDigest> expected_;  // where the verification finds it
};

// Progress is what came of trying.
enum class Progress : std::uint8_t { done, wants_read, wants_write };

// TlsStream is one connection. One thread.
class TlsStream final {
 public:
  static Result<std::unique_ptr<TlsStream>> accept(const TlsSettings& settings, host::Descriptor socket);
  static Result<std::unique_ptr<TlsStream>> connect(const TlsSettings& settings, host::Descriptor socket);

  // shake_hands goes on with the handshake. Fails with `denied` when a certificate is not accepted, and with
  // `unavailable` when the peer is gone.
  Result<Progress> shake_hands();
  // read gives how many octets came; 0 when none wait. Fails with `unavailable` at the end of the stream.
  Result<std::size_t> read(MutableBytes room);
  // write gives how many octets were taken; 0 when the socket takes none. Offer the same octets again.
  Result<std::size_t> write(Bytes octets);
  // peer_certificate is the verified certificate of the peer in DER, empty when it has none.
  [[nodiscard]] Buffer peer_certificate() const;

  [[nodiscard]] const host::Descriptor& socket() const { return socket_; }

 private:
  TlsStream(host::Descriptor socket, OwnedTls tls) : socket_(std::move(socket)), tls_(std::move(tls)) {}
  static Result<std::unique_ptr<TlsStream>> create(const TlsSettings& settings, host::Descriptor socket);

  host::Descriptor socket_;
  OwnedTls tls_;
};

}  // namespace coffer::net
