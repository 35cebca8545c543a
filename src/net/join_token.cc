// Join token: five fields between slashes.
#include "net/join_token.h"

#include <algorithm>
#include <charconv>

#include "codec/hex.h"

namespace coffer::net {

namespace {

constexpr std::string_view kVersion = "coffer1";
constexpr Error kNoToken{Code::invalid, "this is not a whole join token: copy it again"};

// Takes what stands in front of the next slash.
std::string_view take_field(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

Status read_octets(std::string_view text, std::array<std::uint8_t, 32>& octets) {
  const Buffer read = TRY(codec::from_hex(text));
  if (read.size() != octets.size()) return kNoToken;
  std::ranges::copy(read, octets.begin());
  return {};
}

}  // namespace

std::string JoinToken::text() const {
  return std::string(kVersion) + '/' + address.text() + '/' + to_hex(authority) + '/' + to_hex(secret) + '/' +
         std::to_string(expires);
}

Result<JoinToken> parse_join_token(std::string_view text) {
  if (text.size() > kJoinTokenCharactersMax || std::ranges::count(text, '/') != 4) return kNoToken;
  if (take_field(text) != kVersion) return kNoToken;
  JoinToken token;
  auto address = host::parse_tcp_address(take_field(text));
  if (!address.ok()) return kNoToken;
  token.address = std::move(address).value();
  if (!read_octets(take_field(text), token.authority).ok() ||
      !read_octets(take_field(text), token.secret).ok()) {
    return kNoToken;
  }
  const std::string_view expires = take_field(text);
  const auto read = std::from_chars(expires.data(), expires.data() + expires.size(), token.expires);
  if (read.ec != std::errc{} || read.ptr != expires.data() + expires.size()) return kNoToken;
  return token;
}

}  // namespace coffer::net
