// Join token: one line of text that lets one client join a server, once (docs/network.md).
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "base/secret.h"
#include "host/tcp.h"
#include "net/tls.h"
#include "wire/net_messages.h"

namespace coffer::net {

inline constexpr std::size_t kJoinTokenCharactersMax = 512;

// JoinToken is what the server's owner hands to the client's. Whoever has it first joins.
struct JoinToken {
  host::TcpAddress address;
  CertificateDigest authority{};  // so that the client knows the server
  wire::JoinSecret secret;
  std::uint64_t expires = 0;  // seconds since 1970

  // text is "coffer1/ADDRESS/AUTHORITY/SECRET/EXPIRES", the octets in hexadecimal. It is as secret as what is
  // in it.
  [[nodiscard]] SecretBytes text() const;
};

// parse_join_token reads what text() writes. Fails with `invalid`.
Result<JoinToken> parse_join_token(const SecretBytes& text);

}  // namespace coffer::net
