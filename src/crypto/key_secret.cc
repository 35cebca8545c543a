// SecretKey: AES, AES-XTS, ChaCha20 and DES3 keys, and generic secrets.
#include <bit>

#include "crypto/primitives.h"
#include "crypto/secret_contexts.h"

namespace coffer::crypto {
namespace {

Status check_size(KeyType type, std::size_t bytes) {
  if (type == KeyType::aes) {
    if (bytes != 16 && bytes != 24 && bytes != 32)
      return Error{Code::key_size, "an AES key has 16, 24 or 32 octets"};
    return {};
  }
  if (type == KeyType::aes_xts) {
    if (bytes != 32 && bytes != 64) return Error{Code::key_size, "an AES-XTS key has 32 or 64 octets"};
    return {};
  }
  if (type == KeyType::chacha20) {
    if (bytes != 32) return Error{Code::key_size, "a ChaCha20 key has 32 octets"};
    return {};
  }
  if (type == KeyType::des3) {
    if (bytes != kDes3KeyBytes) return Error{Code::key_size, "a DES3 key has 24 octets"};
    return {};
  }
  if (type != KeyType::generic) return Error{Code::key_type, "keys of this type are not secret keys"};
  if (bytes == 0 || bytes > kSecretBytesMax) return Error{Code::key_size, "a secret has 1 to 16320 octets"};
  return {};
}

// check_des3 refuses a wrong parity, and keys of which two neighbours cancel each other out: that is DES.
Status check_des3(Bytes value) {
  unsigned even = 0;
  for (const std::uint8_t octet : value) even |= ~static_cast<unsigned>(std::popcount(octet)) & 1U;
  if (even != 0) return Error{Code::attribute_value, "the octets of a DES3 key have odd parity"};
  constexpr std::size_t kPart = kDes3KeyBytes / 3;
  const bool is_single = equal_secret(value.first(kPart), value.subspan(kPart, kPart)) ||
                         equal_secret(value.subspan(kPart, kPart), value.last(kPart));
  if (is_single) return Error{Code::attribute_value, "the three parts of a DES3 key must differ"};
  return {};
}

}  // namespace

void set_odd_parity(MutableBytes octets) {
  for (std::uint8_t& octet : octets) {
    const auto flip = ~static_cast<unsigned>(std::popcount(octet)) & 1U;
    octet = static_cast<std::uint8_t>(octet ^ flip);
  }
}

Result<SecretKey> SecretKey::create(KeyType type, Bytes value) {
  TRY(check_size(type, value.size()));
  // IEEE 1619: with two equal halves the tweak would tell about the plaintext.
  const std::size_t half = value.size() / 2;
  if (type == KeyType::aes_xts && equal_secret(value.first(half), value.subspan(half))) {
    return Error{Code::key_size, "the two halves of an AES-XTS key must differ"};
  }
  if (type == KeyType::des3) TRY(check_des3(value));
  SecretKey key;
  key.type_ = type;
  key.value_ = SecretBytes::copy_of(value);
  const auto release = [](Contexts* contexts) { std::default_delete<Contexts>{}(contexts); };
  key.contexts_ =
      std::unique_ptr<Contexts, void (*)(Contexts*)>(std::make_unique<Contexts>().release(), release);
  return key;
}

Result<SecretKey> SecretKey::generate(KeyType type, std::size_t bytes) {
  TRY(check_size(type, bytes));
  SecretBytes value = SecretBytes::zeroes(bytes);
  TRY(random_bytes(value.reveal()));
  if (type == KeyType::des3) set_odd_parity(value.reveal());
  return create(type, value.reveal());
}

}  // namespace coffer::crypto
