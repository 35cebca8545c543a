// Concatenation, XOR, extraction, digest of a key, encryption of data with it.
#include "crypto/key_octets.h"

#include <algorithm>

#include "crypto/aes.h"
#include "crypto/digest.h"

namespace coffer::crypto {
namespace {

Error refuse() { return Error{Code::mechanism_parameter, "the parameters do not fit the mechanism"}; }

Result<SecretBytes> joined(Bytes first, Bytes second) {
  SecretBytes output = SecretBytes::zeroes(first.size() + second.size());
  const auto behind = std::ranges::copy(first, output.reveal().begin()).out;
  std::ranges::copy(second, behind);
  return output;
}

// "The length of the resulting key is the shorter of the two" (PKCS#11 3.0, 2.43.6).
Result<SecretBytes> combined(Bytes key, Bytes data) {
  SecretBytes output = SecretBytes::zeroes(std::min(key.size(), data.size()));
  const MutableBytes octets = output.reveal();
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(key[i] ^ data[i]);
  return output;
}

// Bits are counted from the highest of the first octet; behind the last comes the first again.
Result<SecretBytes> extracted(Bytes key, std::uint64_t first_bit, std::size_t bytes) {
  const std::size_t bits = 8 * key.size();
  if (first_bit >= bits) return refuse();
  if (bytes > key.size()) return Error{Code::key_size, "the base key is shorter than the key wanted"};
  SecretBytes output = SecretBytes::zeroes(bytes == 0 ? key.size() : bytes);
  const MutableBytes octets = output.reveal();
  const auto start = static_cast<std::size_t>(first_bit);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t at = (start + 8 * i) % bits;
    const unsigned pair = static_cast<unsigned>(key[at / 8]) << 8U | key[(at / 8 + 1) % key.size()];
    octets[i] = static_cast<std::uint8_t>(pair >> (8 - at % 8));
  }
  return output;
}

Result<SecretBytes> digested(Hash hash, Bytes key) {
  SecretBytes output = SecretBytes::zeroes(digest_bytes(hash));
  TRY(digest_into(hash, key, output.reveal()));
  return output;
}

Result<SecretBytes> encrypted(const SecretKey& key, std::string_view mode, const Parameters& parameters) {
  if (parameters.info.empty() || parameters.info.size() % kAesBlockBytes != 0) return refuse();
  Parameters plain;
  plain.iv = parameters.iv;
  SecretBytes output = SecretBytes::zeroes(parameters.info.size());
  static_cast<void>(TRY(encrypt_aes(key, *find_mechanism(mode), plain, parameters.info, output.reveal())));
  return output;
}

Result<SecretBytes> all_octets(const SecretKey& key, const Mechanism& mechanism,
                               const Parameters& parameters) {
  const Bytes octets = key.value().reveal();
  switch (mechanism.family) {
    case Family::concatenate_key:
      if (parameters.other_key == nullptr) return refuse();
      return joined(octets, parameters.other_key->value().reveal());
    case Family::concatenate_data: return joined(octets, parameters.info);
    case Family::concatenate_before: return joined(parameters.info, octets);
    case Family::xor_data: return combined(octets, parameters.info);
    case Family::extract_bits: return extracted(octets, parameters.number, parameters.output_bytes);
    case Family::digest_key: return digested(mechanism.hash, octets);
    case Family::encrypt_data_ecb: return encrypted(key, "aes-ecb", parameters);
    case Family::encrypt_data_cbc: return encrypted(key, "aes-cbc", parameters);
    default: return Error{Code::mechanism_invalid, "the mechanism does not derive from a secret key"};
  }
}

}  // namespace

Result<SecretBytes> derive_octets(const SecretKey& key, const Mechanism& mechanism,
                                  const Parameters& parameters) {
  SecretBytes all = TRY(all_octets(key, mechanism, parameters));
  const std::size_t wanted = parameters.output_bytes == 0 ? all.size() : parameters.output_bytes;
  if (wanted == 0 || wanted > all.size()) {
    return Error{Code::key_size, "the derivation gives fewer octets than the key wants"};
  }
  if (wanted == all.size()) return all;
  // All of these cut at the trailing end.
  return SecretBytes::copy_of(std::as_const(all).reveal().first(wanted));
}

}  // namespace coffer::crypto
