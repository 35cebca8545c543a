// Net certificates: the X.509 certificates of the network form (RFC 5280), assembled here and signed with
// ECDSA P-256.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/key.h"

namespace coffer::ca {

// NetPurpose is what a certificate is good for; a client's can never stand in for a server's.
enum class NetPurpose : std::uint8_t { authority, server, client };

// NetCertificate is what goes into one. Names are common names and nothing more.
struct NetCertificate {
  NetPurpose purpose = NetPurpose::client;
  std::array<std::uint8_t, 16> serial{};  // random
  std::string issuer;
  std::string subject;
  Timestamp not_before = 0;
  Timestamp not_after = 0;
  Buffer public_key;  // SubjectPublicKeyInfo in DER
};

// sign_for_net gives an ECDSA-Sig-Value (RFC 3279, 2.2.3) over SHA-256 of `content`.
Result<Buffer> sign_for_net(const crypto::PrivateKey& key, Bytes content);

// issue_net_certificate gives the DER of the certificate, signed by `key`, which is P-256.
Result<Buffer> issue_net_certificate(const crypto::PrivateKey& key, const NetCertificate& certificate);

}  // namespace coffer::ca
