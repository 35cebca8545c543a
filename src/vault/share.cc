// Share: its octets are format, set, number, threshold, value and a checksum over all of that.
#include "vault/share.h"

#include <algorithm>
#include <string_view>

#include "codec/binary.h"
#include "codec/hex.h"
#include "codec/words.h"
#include "crypto/primitives.h"

namespace coffer::vault {

namespace {

constexpr std::uint8_t kShareFormat = 1;
constexpr std::string_view kHexMark = "COFFER-";
constexpr std::size_t kChecksumBytes = 4;

struct ShareContent {
  std::uint8_t format = kShareFormat;
  std::array<std::uint8_t, 4> set{};
  std::uint8_t number = 0;
  std::uint8_t threshold = 0;
  Secret<32> value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.format));
    TRY(visit(in.set));
    TRY(visit(in.number));
    TRY(visit(in.threshold));
    return visit(in.value);
  }
};

std::array<std::uint8_t, kChecksumBytes> checksum(Bytes content) {
  crypto::Sha256 hash;
  hash.update(as_bytes("coffer share checksum"));
  hash.update(content);
  const crypto::Digest32 digest = hash.finish();
  std::array<std::uint8_t, kChecksumBytes> first{};
  std::copy_n(digest.begin(), first.size(), first.begin());
  return first;
}

char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_blank(char letter) { return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t'; }

// octets_of reads either form.
Result<SecretBytes> octets_of(Bytes typed) {
  std::string_view text = as_text(typed);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  const bool is_hex = std::ranges::equal(text.substr(0, kHexMark.size()), kHexMark, {}, to_lower, to_lower);
  if (!is_hex) return codec::from_words(text);
  std::string digits(text.substr(kHexMark.size()));
  std::ranges::transform(digits, digits.begin(), to_lower);
  auto read = codec::from_hex(digits);
  wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
  if (!read.ok()) return read.error();
  SecretBytes octets = SecretBytes::copy_of(read.value());
  wipe(read.value());
  return octets;
}

Result<ReadShare> decode_share(Bytes octets) {
  constexpr Error kDamaged{Code::malformed, "a share is damaged: compare it with what was written down"};
  if (octets.size() <= kChecksumBytes) return kDamaged;
  const Bytes content = octets.first(octets.size() - kChecksumBytes);
  if (!equal_secret(octets.last(kChecksumBytes), checksum(content))) return kDamaged;
  auto decoded = codec::decode<ShareContent>(content);
  if (!decoded.ok() || decoded.value().format != kShareFormat) return kDamaged;
  ReadShare read;
  read.set = decoded.value().set;
  read.threshold = decoded.value().threshold;
  read.share.number = decoded.value().number;
  std::ranges::copy(decoded.value().value.reveal(), read.share.value.reveal().begin());
  return read;
}

}  // namespace

wire::ShareWords write_share(const ShareSet& set, std::uint8_t threshold, const crypto::Share& share) {
  ShareContent content;
  std::copy_n(set.begin(), content.set.size(), content.set.begin());
  content.number = share.number;
  content.threshold = threshold;
  std::ranges::copy(share.value.reveal(), content.value.reveal().begin());
  codec::WipingBuffer octets;
  codec::encode_secret_into(content, octets.octets);
  append(octets.octets, checksum(octets.octets));
  return {{codec::to_words(octets.octets)}};
}

Result<ReadShare> read_share(Bytes text) {
  const SecretBytes octets = TRY(octets_of(text));
  return decode_share(octets.reveal());
}

std::array<std::uint8_t, 16> share_check(const ShareSet& set, const crypto::Share& share) {
  crypto::Sha256 hash;
  hash.update(as_bytes("coffer share check"));
  hash.update(set);
  const std::array<std::uint8_t, 1> number{share.number};
  hash.update(number);
  hash.update(share.value.reveal());
  const crypto::Digest32 digest = hash.finish();
  std::array<std::uint8_t, 16> first{};
  std::copy_n(digest.begin(), first.size(), first.begin());
  return first;
}

}  // namespace coffer::vault
