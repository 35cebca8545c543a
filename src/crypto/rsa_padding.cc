// EMSA-PKCS1-v1_5 (RFC 8017, 9.2) and EMSA-PSS (RFC 8017, 9.1.1).
#include "crypto/rsa_padding.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/primitives.h"

namespace coffer::crypto {
namespace {

using namespace std::string_view_literals;

// The DER of DigestInfo up to the digest, by Hash (RFC 8017, 9.2, note 1; RFC 8702 names the SHA-3
// identifiers).
constexpr std::array<std::string_view, kHashCount> kDigestInfo = {
    ""sv,
    "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"sv,
    "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c"sv,
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"sv,
    "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"sv,
    "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"sv,
    "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x07\x05\x00\x04\x1c"sv,
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x08\x05\x00\x04\x20"sv,
    "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x09\x05\x00\x04\x30"sv,
    "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x0a\x05\x00\x04\x40"sv,
    "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x05\x05\x00\x04\x1c"sv,
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x06\x05\x00\x04\x20"sv,
    ""sv,  // no mechanism signs an MD5 digest
};

// 0x00 0x01 PS 0x00, with at least eight octets of PS.
constexpr std::size_t kPkcs1OverheadBytes = 11;
constexpr std::size_t kModulusBytesMax = kRsaBitsMax / 8;

Status encode_pkcs1(Hash hash, Bytes data, MutableBytes encoded) {
  const Bytes prefix = as_bytes(kDigestInfo[static_cast<std::size_t>(hash)]);
  const std::size_t payload = prefix.size() + data.size();
  if (payload + kPkcs1OverheadBytes > encoded.size()) {
    return Error{Code::data_length, "the data is too long for this RSA key"};
  }
  std::ranges::fill(encoded, std::uint8_t{0xFF});
  encoded[0] = 0;
  encoded[1] = 1;
  encoded[encoded.size() - payload - 1] = 0;
  std::ranges::copy(prefix, encoded.end() - static_cast<std::ptrdiff_t>(payload));
  std::ranges::copy(data, encoded.end() - static_cast<std::ptrdiff_t>(data.size()));
  return {};
}

// PKCS#11 3.2, 6.1.9: the data is a number, and gets leading zeros.
Status encode_raw(Bytes data, MutableBytes encoded) {
  if (data.empty() || data.size() > encoded.size()) {
    return Error{Code::data_length, "raw RSA takes one to as many octets as the modulus has"};
  }
  std::ranges::fill(encoded, std::uint8_t{0});
  std::ranges::copy(data, encoded.end() - static_cast<std::ptrdiff_t>(data.size()));
  return {};
}

// mask_with XORs MGF1(seed) into `target` (RFC 8017, B.2.1). The seed is a digest.
Status mask_with(Hash hash, Bytes seed, MutableBytes target) {
  std::array<std::uint8_t, kDigestBytesMax + 4> input{};
  std::array<std::uint8_t, kDigestBytesMax> block{};
  std::ranges::copy(seed, input.begin());
  const std::size_t step = digest_bytes(hash);
  for (std::size_t offset = 0, counter = 0; offset < target.size(); offset += step, ++counter) {
    // 4096 bits need at most 26 blocks: the counter fits into its last octet.
    input[seed.size() + 3] = static_cast<std::uint8_t>(counter);
    TRY(digest_into(hash, std::span(input).first(seed.size() + 4), block));
    const std::size_t length = std::min(step, target.size() - offset);
    for (std::size_t i = 0; i < length; ++i) target[offset + i] ^= block[i];
  }
  return {};
}

Status encode_pss(const PssHashes& hashes, std::size_t salt_bytes, std::uint32_t bits, Bytes digest,
                  MutableBytes encoded) {
  const std::size_t hash_bytes = digest_bytes(hashes.message);
  if (digest.size() != hash_bytes) return Error{Code::data_length, "the data is not as long as its digest"};
  // The encoded message has one bit less than the modulus.
  const std::size_t em_bits = bits - 1;
  const std::size_t em_bytes = (em_bits + 7) / 8;
  if (salt_bytes > em_bytes || em_bytes < hash_bytes + salt_bytes + 2) {
    return Error{Code::mechanism_parameter, "the salt is too long for this RSA key"};
  }
  std::array<std::uint8_t, 8 + kDigestBytesMax + kModulusBytesMax> input{};
  const std::span salt = std::span(input).subspan(8 + hash_bytes, salt_bytes);
  std::ranges::copy(digest, input.begin() + 8);
  if (salt_bytes != 0) TRY(random_bytes(salt));

  std::ranges::fill(encoded, std::uint8_t{0});
  const MutableBytes em = encoded.last(em_bytes);
  const std::size_t db_bytes = em_bytes - hash_bytes - 1;
  const MutableBytes db = em.first(db_bytes);
  const MutableBytes h = em.subspan(db_bytes, hash_bytes);
  TRY(digest_into(hashes.message, std::span(input).first(8 + hash_bytes + salt_bytes), h));
  db[db_bytes - salt_bytes - 1] = 1;
  std::ranges::copy(salt, db.end() - static_cast<std::ptrdiff_t>(salt_bytes));
  TRY(mask_with(hashes.mask, h, db));
  db[0] &= static_cast<std::uint8_t>(0xFFU >> (8 * em_bytes - em_bits));
  em[em_bytes - 1] = 0xBC;
  return {};
}

}  // namespace

Result<PssHashes> pss_hashes(const Mechanism& mechanism, const Parameters& parameters) {
  Hash message = parameters.hash;
  if (mechanism.hash != Hash::none) {
    if (message != Hash::none && message != mechanism.hash) {
      return Error{Code::mechanism_parameter, "the parameters name another digest than the mechanism"};
    }
    message = mechanism.hash;
  }
  if (digest_bytes(message) == 0) return Error{Code::mechanism_parameter, "PSS needs a digest"};
  const Hash mask = parameters.mask_hash == Hash::none ? message : parameters.mask_hash;
  if (digest_bytes(mask) == 0) return Error{Code::mechanism_parameter, "MGF1 needs a digest"};
  return PssHashes{message, mask};
}

Status encode_for_signature(const Mechanism& mechanism, const Parameters& parameters, std::uint32_t bits,
                            Bytes data, MutableBytes encoded) {
  if (mechanism.family == Family::rsa_pkcs1) return encode_pkcs1(mechanism.hash, data, encoded);
  if (mechanism.family == Family::rsa_raw) return encode_raw(data, encoded);
  const PssHashes hashes = TRY(pss_hashes(mechanism, parameters));
  return encode_pss(hashes, parameters.salt_bytes, bits, data, encoded);
}

}  // namespace coffer::crypto
