// Tests of CIDR networks.
#include "ca/network.h"

#include <gtest/gtest.h>

namespace coffer::ca {
namespace {

bool is_inside(std::string_view inner, std::string_view outer) {
  return contains(parse_network(outer).value(), parse_network(inner).value());
}

TEST(Network, ReadsBothFamilies) {
  const Network four = parse_network("10.1.0.0/16").value();
  EXPECT_FALSE(four.is_ipv6);
  EXPECT_EQ(four.prefix_bits, 16U);
  EXPECT_EQ(four.address[1], 1);
  const Network six = parse_network("2001:db8::/32").value();
  EXPECT_TRUE(six.is_ipv6);
  EXPECT_EQ(six.prefix_bits, 32U);
  EXPECT_EQ(six.address[0], 0x20);
}

TEST(Network, AnAddressStandsForItself) {
  EXPECT_EQ(parse_network("10.0.0.1").value(), parse_network("10.0.0.1/32").value());
  EXPECT_EQ(parse_network("::1").value(), parse_network("::1/128").value());
}

TEST(Network, ReadsTheWholeOfBothFamilies) {
  EXPECT_TRUE(parse_network("0.0.0.0/0").ok());
  EXPECT_TRUE(parse_network("::/0").ok());
}

TEST(Network, RefusesWhatIsNoNetwork) {
  for (const std::string_view text : {"",
                                      "/",
                                      "/8",
                                      "10",
                                      "10.0.0",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/08",
                                      "10.0.0.0/8/8",
                                      "10.0.0.0/8 ",
                                      " 10.0.0.0/8",
                                      "10.0.0.0/+8",
                                      "010.0.0.0/8",
                                      "10.0.0.256",
                                      "::/129",
                                      ":::",
                                      "2001:db8::g",
                                      "fe80::1%lo",
                                      "localhost",
                                      "*",
                                      "!10.0.0.0/8",
                                      "10.0.0.*"}) {
    EXPECT_FALSE(parse_network(text).ok()) << text;
  }
  EXPECT_FALSE(parse_network(std::string_view("10.0.0.1\0", 9)).ok());
}

TEST(Network, RefusesBitsBehindThePrefix) {
  EXPECT_FALSE(parse_network("10.0.0.1/8").ok());
  EXPECT_FALSE(parse_network("2001:db8::1/32").ok());
  EXPECT_FALSE(parse_network("128.0.0.0/0").ok());
}

TEST(Network, RefusesIpv4InIpv6Clothes) {
  EXPECT_FALSE(parse_network("::ffff:10.0.0.1").ok());
  EXPECT_FALSE(parse_network("::ffff:0:0/96").ok());
}

TEST(PeerAddress, ReadsAddressesAndNoNetworks) {
  EXPECT_EQ(parse_peer_address("10.0.0.1").value(), parse_network("10.0.0.1").value());
  EXPECT_EQ(parse_peer_address("2001:db8::1").value(), parse_network("2001:db8::1").value());
  EXPECT_FALSE(parse_peer_address("10.0.0.0/8").ok());
  EXPECT_FALSE(parse_peer_address("").ok());
}

TEST(PeerAddress, TakesAnIpv4ClientOfAnIpv6SocketForIpv4) {
  EXPECT_EQ(parse_peer_address("::ffff:10.0.0.1").value(), parse_network("10.0.0.1").value());
}

TEST(Network, ReadsLists) {
  EXPECT_EQ(parse_networks("10.0.0.0/8,::1").value().size(), 2U);
  EXPECT_FALSE(parse_networks("").ok());
  EXPECT_FALSE(parse_networks("10.0.0.0/8,").ok());
  EXPECT_FALSE(parse_networks(",10.0.0.0/8").ok());
  EXPECT_FALSE(parse_networks("10.0.0.0/8, ::1").ok());
}

TEST(Network, RefusesListsAboveTheLimit) {
  std::string list = "10.0.0.0";
  for (std::size_t i = 1; i < kNetworksMax; ++i) list += ",10.0.0.0";
  EXPECT_TRUE(parse_networks(list).ok());
  EXPECT_FALSE(parse_networks(list + ",10.0.0.0").ok());
}

TEST(Network, ContainsItselfAndWhatIsNarrower) {
  EXPECT_TRUE(is_inside("10.0.0.0/8", "10.0.0.0/8"));
  EXPECT_TRUE(is_inside("10.255.0.0/16", "10.0.0.0/8"));
  EXPECT_TRUE(is_inside("10.1.2.3", "0.0.0.0/0"));
  EXPECT_TRUE(is_inside("2001:db8:1::/48", "2001:db8::/32"));
}

TEST(Network, DoesNotContainWhatIsWiderOrBeside) {
  EXPECT_FALSE(is_inside("10.0.0.0/7", "10.0.0.0/8"));
  EXPECT_FALSE(is_inside("11.0.0.0/8", "10.0.0.0/8"));
  EXPECT_FALSE(is_inside("0.0.0.0/0", "10.0.0.0/8"));
  EXPECT_FALSE(is_inside("10.128.0.0/9", "10.0.0.0/9"));
}

TEST(Network, DoesNotMixTheFamilies) {
  EXPECT_FALSE(is_inside("0.0.0.0/0", "::/0"));
  EXPECT_FALSE(is_inside("::/0", "0.0.0.0/0"));
}

}  // namespace
}  // namespace coffer::ca
