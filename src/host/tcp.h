// TCP sockets: addresses as numbers, listen, accept, connect without waiting.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "host/descriptor.h"

namespace coffer::host {

// kTcpSilenceMilliseconds is after how long without an acknowledgement the kernel gives a connection up.
inline constexpr unsigned kTcpSilenceMilliseconds = 8000;

// TcpAddress is an IP address as a number, and a port. Names are not looked up: a resolver can hang.
struct TcpAddress {
  std::string host;  // "127.0.0.1" or "::1"
  std::uint16_t port = 0;

  // text is "HOST:PORT", with brackets around an IPv6 address.
  [[nodiscard]] std::string text() const;
};

// parse_tcp_address reads what text() writes. Fails with `invalid`.
Result<TcpAddress> parse_tcp_address(std::string_view text);

// listen_tcp makes a listening, non-blocking socket. Fails with `exists` when the port is taken.
Result<Descriptor> listen_tcp(const TcpAddress& address);

// Origin tells who connects from who else: an IPv4 address, or the first 64 bits of an IPv6 address, of which
// one host has as many as it likes. In front is 4 or 6; an IPv4 address that is written as IPv6 counts as
// IPv4.
using Origin = std::array<std::uint8_t, 9>;
Origin origin_of(const sockaddr_storage& address);

// TcpGuest is a connection and where it comes from.
struct TcpGuest {
  Descriptor socket;
  Origin origin{};
};

// accept_tcp takes the next waiting connection, or nothing when none waits. Its socket is non-blocking, sends
// at once, and is given up by the kernel after kTcpSilenceMilliseconds.
Result<std::optional<TcpGuest>> accept_tcp(const Descriptor& listener);

// begin_connect_tcp starts to connect; the socket becomes writable when that is done. connect_outcome then
// tells whether it worked.
Result<Descriptor> begin_connect_tcp(const TcpAddress& address);
Status connect_outcome(const Descriptor& socket);

}  // namespace coffer::host
