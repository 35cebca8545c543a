// Tests of where TCP connections come from.
#include "host/tcp.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace coffer::host {
namespace {

Origin origin_of_text(const char* text) {
  sockaddr_storage storage{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&storage, &four, sizeof four);
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
    six.sin6_family = AF_INET6;
    std::memcpy(&storage, &six, sizeof six);
  }
  return origin_of(storage);
}

TEST(Origin, IsTheWholeOfAnIpv4Address) {
  EXPECT_NE(origin_of_text("127.0.0.1"), origin_of_text("127.0.0.2"));
  EXPECT_EQ(origin_of_text("127.0.0.1"), origin_of_text("127.0.0.1"));
}

TEST(Origin, IsTheFirstHalfOfAnIpv6Address) {
  EXPECT_EQ(origin_of_text("2001:db8:1:2::1"), origin_of_text("2001:db8:1:2:ffff::2"));
  EXPECT_NE(origin_of_text("2001:db8:1:2::1"), origin_of_text("2001:db8:1:3::1"));
}

TEST(Origin, IsTheSameHoweverAnIpv4AddressIsWritten) {
  EXPECT_EQ(origin_of_text("::ffff:192.0.2.7"), origin_of_text("192.0.2.7"));
  EXPECT_NE(origin_of_text("::ffff:192.0.2.7"), origin_of_text("::ffff:192.0.2.8"));
}

TEST(AcceptTcp, TellsWhereAConnectionComesFrom) {
  const auto listener = listen_tcp({.host = "127.0.0.1", .port = 0});
  ASSERT_TRUE(listener.ok());
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  ASSERT_EQ(::getsockname(listener.value().get(), reinterpret_cast<sockaddr*>(&bound), &length), 0);
  EXPECT_FALSE(accept_tcp(listener.value()).value().has_value());
  const auto socket = begin_connect_tcp({.host = "127.0.0.1", .port = ntohs(bound.sin_port)});
  ASSERT_TRUE(socket.ok());
  const auto guest = accept_tcp(listener.value());
  ASSERT_TRUE(guest.ok() && guest.value().has_value());
  EXPECT_EQ(guest.value()->origin, origin_of_text("127.0.0.1"));
}

}  // namespace
}  // namespace coffer::host
