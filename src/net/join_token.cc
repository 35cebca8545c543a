// Join token: five fields between slashes.
#include "net/join_token.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "codec/binary.h"
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

Status read_octets(std::string_view text, MutableBytes octets) {
  Buffer read = TRY(codec::from_hex(text));
  const bool fits = read.size() == octets.size();
  if (fits) std::ranges::copy(read, octets.begin());
  wipe(read);
  return fits ? Status{} : kNoToken;
}

}  // namespace

SecretBytes JoinToken::text() const {
  codec::WipingBuffer text;
  for (const std::string& part : {std::string(kVersion), address.text(), to_hex(authority)}) {
    append(text.octets, as_bytes(part));
    text.octets.push_back('/');
  }
  std::string digits = to_hex(secret.reveal());
  append(text.octets, as_bytes(digits));
  wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
  append(text.octets, as_bytes('/' + std::to_string(expires)));
  return SecretBytes::copy_of(text.octets);
}

Result<JoinToken> parse_join_token(const SecretBytes& whole) {
  std::string_view text = as_text(whole.reveal());
  if (text.size() > kJoinTokenCharactersMax || std::ranges::count(text, '/') != 4) return kNoToken;
  if (take_field(text) != kVersion) return kNoToken;
  JoinToken token;
  auto address = host::parse_tcp_address(take_field(text));
  if (!address.ok()) return kNoToken;
  token.address = std::move(address).value();
  if (!read_octets(take_field(text), token.authority).ok() ||
      !read_octets(take_field(text), token.secret.reveal()).ok()) {
    return kNoToken;
  }
  const std::string_view expires = take_field(text);
  const auto read = std::from_chars(expires.data(), expires.data() + expires.size(), token.expires);
  if (read.ec != std::errc{} || read.ptr != expires.data() + expires.size()) return kNoToken;
  return token;
}

}  // namespace coffer::net
