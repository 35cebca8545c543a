// TCP sockets: sockaddr in and out, and the options that every connection of ours has.
#include "host/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "host/errno_error.h"
#include "host/socket.h"

namespace coffer::host {

namespace {

// Name is an address as the kernel wants it.
struct Name {
  sockaddr_storage storage{};
  socklen_t bytes = 0;

  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<Name> name_of(const TcpAddress& address) {
  Name name;
  sockaddr_in four{};
  if (::inet_pton(AF_INET, address.host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(address.port);
    std::memcpy(&name.storage, &four, sizeof four);
    name.bytes = sizeof four;
    return name;
  }
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET6, address.host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(address.port);
    std::memcpy(&name.storage, &six, sizeof six);
    name.bytes = sizeof six;
    return name;
  }
  return Error{Code::invalid, "an address is a number such as 192.0.2.1 or [2001:db8::1]"};
}

void set_option(const Descriptor& socket, int level, int name, int value) {
  // What an odd kernel lacks costs time, not correctness.
  static_cast<void>(::setsockopt(socket.get(), level, name, &value, sizeof value));
}

void set_connection_options(const Descriptor& socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(kTcpSilenceMilliseconds));
}

Result<Descriptor> make_socket(const Name& name) {
  Descriptor socket(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno_error("cannot make a TCP socket");
  return socket;
}

}  // namespace

std::string TcpAddress::text() const {
  const bool is_six = host.find(':') != std::string::npos;
  return (is_six ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Result<TcpAddress> parse_tcp_address(std::string_view text) {
  constexpr Error kNoAddress{Code::invalid, "an address looks like 192.0.2.1:7443 or [2001:db8::1]:7443"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.size() > 64) return kNoAddress;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);
  if (!has_brackets && host.find(':') != std::string_view::npos) return kNoAddress;
  TcpAddress address{.host = std::string(host)};
  const auto read = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || address.port == 0) return kNoAddress;
  TRY(name_of(address));
  return address;
}

Result<Descriptor> listen_tcp(const TcpAddress& address) {
  const Name name = TRY(name_of(address));
  Descriptor listener = TRY(make_socket(name));
  set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(listener.get(), name.generic(), name.bytes) != 0) {
    if (errno == EADDRINUSE) return Error{Code::exists, "the port is taken by somebody else"};
    return errno_error("cannot bind the address of the net door");
  }
  if (::listen(listener.get(), kListenBacklog) != 0) return errno_error("cannot listen at a TCP port");
  return listener;
}

Origin origin_of(const sockaddr_storage& address) {
  Origin origin{};
  if (address.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    origin[0] = 4;
    std::memcpy(&origin[1], &four.sin_addr, sizeof four.sin_addr);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    const std::size_t mapped = sizeof six.sin6_addr - sizeof(in_addr);
    const bool is_four = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) != 0;
    origin[0] = is_four ? 4 : 6;
    std::memcpy(&origin[1], &six.sin6_addr.s6_addr[is_four ? mapped : 0],
                is_four ? sizeof(in_addr) : origin.size() - 1);
  }
  return origin;
}

Result<std::optional<TcpGuest>> accept_tcp(const Descriptor& listener) {
  auto accepted = TRY(accept_from(listener));
  if (!accepted) return std::optional<TcpGuest>();
  set_connection_options(accepted->socket);
  return std::optional<TcpGuest>({std::move(accepted->socket), origin_of(accepted->from)});
}

Result<Descriptor> begin_connect_tcp(const TcpAddress& address) {
  const Name name = TRY(name_of(address));
  Descriptor socket = TRY(make_socket(name));
  set_connection_options(socket);
  if (::connect(socket.get(), name.generic(), name.bytes) != 0 && errno != EINPROGRESS && errno != EINTR) {
    return Error{Code::unavailable, "the server cannot be reached"};
  }
  return socket;
}

Status connect_outcome(const Descriptor& socket) {
  int outcome = 0;
  socklen_t bytes = sizeof outcome;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &outcome, &bytes) != 0 || outcome != 0) {
    return Error{Code::unavailable, "the server cannot be reached"};
  }
  return {};
}

}  // namespace coffer::host
