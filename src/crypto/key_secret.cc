// SecretKey: AES, AES-XTS and ChaCha20 keys, and generic secrets.
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
  if (type != KeyType::generic) return Error{Code::key_type, "keys of this type are not secret keys"};
  if (bytes == 0 || bytes > kSecretBytesMax) return Error{Code::key_size, "a secret has 1 to 4096 octets"};
  return {};
}

}  // namespace

Result<SecretKey> SecretKey::create(KeyType type, Bytes value) {
  TRY(check_size(type, value.size()));
  // IEEE 1619: with two equal halves the tweak would tell about the plaintext.
  const std::size_t half = value.size() / 2;
  if (type == KeyType::aes_xts && equal_secret(value.first(half), value.subspan(half))) {
    return Error{Code::key_size, "the two halves of an AES-XTS key must differ"};
  }
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
  return create(type, value.reveal());
}

}  // namespace coffer::crypto
