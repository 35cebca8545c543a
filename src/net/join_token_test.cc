// Join token: what is written is read back, and nothing that is damaged is read.
#include "net/join_token.h"

#include <gtest/gtest.h>

namespace coffer::net {
namespace {

JoinToken token() {
  JoinToken made{.address = {.host = "192.0.2.1", .port = 7443}, .expires = 1'800'000'600};
  made.authority.fill(0xaa);
  made.secret.fill(0x55);
  return made;
}

TEST(JoinToken, IsReadBack) {
  const auto read = parse_join_token(token().text());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().text(), token().text());
  EXPECT_EQ(read.value().secret, token().secret);
}

TEST(JoinToken, TakesAnAddressOfIpVersion6) {
  JoinToken made = token();
  made.address.host = "2001:db8::1";
  const auto read = parse_join_token(made.text());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().address.host, "2001:db8::1");
}

TEST(JoinToken, IsRefusedWhenCutAnywhere) {
  const std::string text = token().text();
  const std::size_t last_field = text.rfind('/') + 1;
  for (std::size_t length = 0; length <= last_field; ++length) {
    EXPECT_FALSE(parse_join_token(std::string_view(text).substr(0, length)).ok()) << length;
  }
}

TEST(JoinToken, IsRefusedWithAnythingBehind) {
  EXPECT_FALSE(parse_join_token(token().text() + " ").ok());
  EXPECT_FALSE(parse_join_token(token().text() + "/1").ok());
}

TEST(TcpAddress, IsNumbersOnly) {
  for (const std::string_view text : {"localhost:1", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536",
                                      "::1:7443", "[127.0.0.1:1", "127.0.0.1: 1", ""}) {
    EXPECT_FALSE(host::parse_tcp_address(text).ok()) << text;
  }
}

}  // namespace
}  // namespace coffer::net
