// Network: parsing and comparing CIDR networks.
#include "ca/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

namespace coffer::ca {
namespace {

// RFC 4291, 2.5.5.2: IPv4-mapped IPv6 addresses.
constexpr std::array<std::uint8_t, 12> kMappedIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped_ipv4(const Network& network) {
  return network.is_ipv6 && std::equal(kMappedIpv4.begin(), kMappedIpv4.end(), network.address.begin());
}

unsigned address_bits(const Network& network) { return network.is_ipv6 ? 128 : 32; }

bool bit_at(const Network& network, unsigned index) {
  return ((network.address[index / 8] >> (7U - index % 8)) & 1U) != 0;
}

// The first `count` bits of two networks are the same.
bool same_front(const Network& a, const Network& b, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    if (bit_at(a, i) != bit_at(b, i)) return false;
  }
  return true;
}

Result<Network> parse_address(const std::string& text) {
  Network network;
  network.is_ipv6 = text.find(':') != std::string::npos;
  if (text.find('\0') != std::string::npos ||
      ::inet_pton(network.is_ipv6 ? AF_INET6 : AF_INET, text.c_str(), network.address.data()) != 1) {
    return Error{Code::malformed, "not an IP address"};
  }
  network.prefix_bits = address_bits(network);
  return network;
}

Result<unsigned> parse_prefix(std::string_view text, unsigned bits_max) {
  unsigned bits = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), bits);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (problem != std::errc{} || stop != text.data() + text.size() || leading_zero || bits > bits_max) {
    return Error{Code::malformed, "not a prefix length"};
  }
  return bits;
}

}  // namespace

Result<Network> parse_network(std::string_view text) {
  if (text.size() > kNetworkTextBytesMax) return Error{Code::malformed, "a network is too long"};
  const std::size_t slash = text.find('/');
  Network network = TRY(parse_address(std::string(text.substr(0, slash))));
  if (is_mapped_ipv4(network)) return Error{Code::malformed, "an IPv4 network is written as IPv6"};
  if (slash == std::string_view::npos) return network;
  network.prefix_bits = TRY(parse_prefix(text.substr(slash + 1), network.prefix_bits));
  for (unsigned i = network.prefix_bits; i < address_bits(network); ++i) {
    if (bit_at(network, i)) return Error{Code::malformed, "a network has bits behind its prefix"};
  }
  return network;
}

Result<Network> parse_peer_address(std::string_view text) {
  if (text.size() > kNetworkTextBytesMax) return Error{Code::malformed, "an address is too long"};
  const Network address = TRY(parse_address(std::string(text)));
  if (!is_mapped_ipv4(address)) return address;
  Network ipv4{.is_ipv6 = false, .address = {}, .prefix_bits = 32};
  std::copy_n(address.address.begin() + kMappedIpv4.size(), 4, ipv4.address.begin());
  return ipv4;
}

Result<std::vector<Network>> parse_networks(std::string_view text) {
  std::vector<Network> networks;
  for (;;) {
    const std::size_t comma = text.find(',');
    if (networks.size() == kNetworksMax) return Error{Code::malformed, "too many networks"};
    networks.push_back(TRY(parse_network(text.substr(0, comma))));
    if (comma == std::string_view::npos) return networks;
    text.remove_prefix(comma + 1);
  }
}

bool contains(const Network& outer, const Network& inner) {
  return outer.is_ipv6 == inner.is_ipv6 && outer.prefix_bits <= inner.prefix_bits &&
         same_front(outer, inner, outer.prefix_bits);
}

}  // namespace coffer::ca
