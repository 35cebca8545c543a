// Network: addresses and CIDR networks of IPv4 and IPv6, as the source-address option writes them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coffer::ca {

// Network is an address with the number of its leading bits that count.
struct Network {
  bool is_ipv6 = false;
  std::array<std::uint8_t, 16> address{};  // the first 4 octets for IPv4
  unsigned prefix_bits = 0;                // at most 32, or 128

  bool operator==(const Network&) const = default;
};

inline constexpr std::size_t kNetworkTextBytesMax = 49;  // the longest IPv6 text and "/128"
inline constexpr std::size_t kNetworksMax = 64;          // in one list

// parse_network reads "10.0.0.0/8", "2001:db8::/32", or an address without a prefix, which stands for itself.
// Fails with `malformed`, also for bits set behind the prefix (sshd refuses those), for IPv4 in IPv6 clothes
// ("::ffff:10.0.0.1", which sshd never matches), and for scopes ("fe80::1%eth0").
Result<Network> parse_network(std::string_view text);

// parse_peer_address reads the address of a client as inet_ntop writes it. "::ffff:10.0.0.1", how an IPv6
// socket shows an IPv4 client, is read as IPv4.
Result<Network> parse_peer_address(std::string_view text);

// parse_networks reads a list with commas, as source-address has it; not empty, at most kNetworksMax.
Result<std::vector<Network>> parse_networks(std::string_view text);

// contains says whether every address of `inner` is in `outer`; an IPv4 network is never in an IPv6 one.
bool contains(const Network& outer, const Network& inner);

}  // namespace coffer::ca
