// Key wrapping over the operations of operation.h.
#include "crypto/key_wrap.h"

#include "crypto/admission.h"
#include "crypto/aes.h"

namespace coffer::crypto {
namespace {

constexpr std::uint32_t kOaep = 0x0009;
constexpr std::uint32_t kEcdh = 0x1050;
constexpr std::uint32_t kKeyWrapPad = 0x210B;

Error wrong_ciphertext() { return Error{Code::ciphertext_invalid, "the ciphertext is wrong"}; }

Status check_temporary_key(const Parameters& parameters) {
  const std::uint32_t bytes = parameters.output_bytes;
  if (bytes == 16 || bytes == 24 || bytes == 32) return {};
  return Error{Code::mechanism_parameter, "the temporary AES key has 128, 192 or 256 bits"};
}

Parameters oaep_of(const Parameters& parameters) {
  return {.mechanism = kOaep,
          .associated = parameters.associated,
          .hash = parameters.hash,
          .mask_hash = parameters.mask_hash};
}

Parameters ecdh_of(const Parameters& parameters, Bytes peer) {
  return {.mechanism = kEcdh,
          .hash = parameters.hash,
          .peer = peer,
          .salt = parameters.salt,
          .output_bytes = parameters.output_bytes};
}

template <typename Key>
Result<Buffer> encrypted(const Key& key, const Parameters& parameters, Bytes octets) {
  Buffer output(octets.size() + kOverheadBytesMax);
  output.resize(TRY(encrypt(key, parameters, octets, output)));
  return output;
}

template <typename Key>
Result<SecretBytes> decrypted(const Key& key, const Parameters& parameters, Bytes wrapped) {
  SecretBytes output = SecretBytes::zeroes(wrapped.size() + kOverheadBytesMax);
  output.shrink(TRY(decrypt(key, parameters, wrapped, output.reveal())));
  return output;
}

Result<SecretKey> temporary_key(const SecretBytes& value) {
  auto key = SecretKey::create(KeyType::aes, value.reveal());
  if (!key.ok()) return wrong_ciphertext();
  return key;
}

// A fresh AES key under OAEP, then the octets under that key.
Result<Buffer> wrap_rsa_aes(const PublicKey& key, const Parameters& parameters, const SecretBytes& octets) {
  TRY(check_temporary_key(parameters));
  const SecretKey temporary = TRY(SecretKey::generate(KeyType::aes, parameters.output_bytes));
  Buffer output = TRY(encrypted(key, oaep_of(parameters), temporary.value().reveal()));
  append(output, TRY(encrypted(temporary, {.mechanism = kKeyWrapPad}, octets.reveal())));
  return output;
}

Result<SecretBytes> unwrap_rsa_aes(const PrivateKey& key, const Parameters& parameters, Bytes wrapped) {
  TRY(check_temporary_key(parameters));
  const std::size_t modulus_bytes = (key.bits() + 7) / 8;
  if (wrapped.size() <= modulus_bytes)
    return Error{Code::ciphertext_length, "the ciphertext has a wrong length"};
  const SecretBytes value = TRY(decrypted(key, oaep_of(parameters), wrapped.first(modulus_bytes)));
  if (value.size() != parameters.output_bytes) return wrong_ciphertext();
  const SecretKey temporary = TRY(temporary_key(value));
  return decrypted(temporary, {.mechanism = kKeyWrapPad}, wrapped.subspan(modulus_bytes));
}

// A fresh pair of the same curve agrees on an AES key; its public point stands in front.
Result<Buffer> wrap_ecdh_aes(const PublicKey& key, const Parameters& parameters, const SecretBytes& octets) {
  TRY(check_temporary_key(parameters));
  const PrivateKey ephemeral = TRY(PrivateKey::generate({.type = key.type(), .curve = key.curve()}));
  const Buffer peer = key.point();
  const SecretBytes value = TRY(derive(ephemeral, ecdh_of(parameters, peer)));
  const SecretKey temporary = TRY(temporary_key(value));
  Buffer output = ephemeral.public_key().point();
  append(output, TRY(encrypted(temporary, {.mechanism = kKeyWrapPad}, octets.reveal())));
  return output;
}

Result<SecretBytes> unwrap_ecdh_aes(const PrivateKey& key, const Parameters& parameters, Bytes wrapped) {
  TRY(check_temporary_key(parameters));
  const std::size_t point_bytes = key.public_key().point().size();
  if (wrapped.size() <= point_bytes)
    return Error{Code::ciphertext_length, "the ciphertext has a wrong length"};
  const Parameters agreement = ecdh_of(parameters, wrapped.first(point_bytes));
  // What is wrong with the parameters shows with a point of our own; what fails after that is the sender's.
  const Buffer own = key.public_key().point();
  TRY(derive(key, ecdh_of(parameters, own)));
  const auto value = derive(key, agreement);
  if (!value.ok()) return wrong_ciphertext();
  const SecretKey temporary = TRY(temporary_key(value.value()));
  return decrypted(temporary, {.mechanism = kKeyWrapPad}, wrapped.subspan(point_bytes));
}

}  // namespace

Result<Buffer> wrap(const SecretKey& key, const Parameters& parameters, const SecretBytes& octets) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kWrap, key.type()));
  if (mechanism->family != Family::aes_cbc) return encrypted(key, parameters, octets.reveal());
  const std::size_t blocks = (octets.size() + kAesBlockBytes - 1) / kAesBlockBytes;
  SecretBytes padded = SecretBytes::zeroes(blocks * kAesBlockBytes);
  std::ranges::copy(octets.reveal(), padded.reveal().begin());
  return encrypted(key, parameters, padded.reveal());
}

Result<Buffer> wrap(const PublicKey& key, const Parameters& parameters, const SecretBytes& octets) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kWrap, key.type()));
  switch (mechanism->family) {
    case Family::rsa_aes_wrap: return wrap_rsa_aes(key, parameters, octets);
    case Family::ecdh_aes_wrap: return wrap_ecdh_aes(key, parameters, octets);
    default: return encrypted(key, parameters, octets.reveal());
  }
}

Result<SecretBytes> unwrap(const SecretKey& key, const Parameters& parameters, Bytes wrapped) {
  TRY(admit(parameters, use::kUnwrap, key.type()));
  return decrypted(key, parameters, wrapped);
}

Result<SecretBytes> unwrap(const PrivateKey& key, const Parameters& parameters, Bytes wrapped) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kUnwrap, key.type()));
  switch (mechanism->family) {
    case Family::rsa_aes_wrap: return unwrap_rsa_aes(key, parameters, wrapped);
    case Family::ecdh_aes_wrap: return unwrap_ecdh_aes(key, parameters, wrapped);
    default: return decrypted(key, parameters, wrapped);
  }
}

}  // namespace coffer::crypto
