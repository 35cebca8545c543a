// Join token: what is written is read back, and nothing that is damaged is read.
#include "net/join_token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace coffer::net {
namespace {

JoinToken token() {
  JoinToken made{.address = {.host = "192.0.2.1", .port = 7443}, .expires = 1'800'000'600};
  made.authority.fill(0xaa);
  std::ranges::fill(made.secret.reveal(), std::uint8_t{0x55});
  return made;
}

Result<JoinToken> parse(std::string_view text) {
  return parse_join_token(SecretBytes::copy_of(as_bytes(text)));
}

TEST(JoinToken, IsReadBack) {
  const auto read = parse_join_token(token().text());
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(equal_secret(read.value().text(), token().text()));
  EXPECT_TRUE(equal_secret(read.value().secret, token().secret));
}

TEST(JoinToken, TakesAnAddressOfIpVersion6) {
  JoinToken made = token();
  made.address.host = "2001:db8::1";
  const auto read = parse_join_token(made.text());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().address.host, "2001:db8::1");
}

TEST(JoinToken, IsRefusedWhenCutAnywhere) {
  const SecretBytes whole = token().text();
  const std::string_view text = as_text(whole.reveal());
  const std::size_t last_field = text.rfind('/') + 1;
  for (std::size_t length = 0; length <= last_field; ++length) {
    EXPECT_FALSE(parse(text.substr(0, length)).ok()) << length;
  }
}

TEST(JoinToken, IsRefusedWithAnythingBehind) {
  const SecretBytes whole = token().text();
  EXPECT_FALSE(parse(std::string(as_text(whole.reveal())) + " ").ok());
  EXPECT_FALSE(parse(std::string(as_text(whole.reveal())) + "/1").ok());
}

TEST(TcpAddress, IsNumbersOnly) {
  for (const std::string_view text : {"localhost:1", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536",
                                      "::1:7443", "[127.0.0.1:1", "127.0.0.1: 1", ""}) {
    EXPECT_FALSE(host::parse_tcp_address(text).ok()) << text;
  }
}

}  // namespace
}  // namespace coffer::net
