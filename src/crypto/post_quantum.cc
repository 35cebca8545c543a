// Post-quantum signatures and key encapsulation through OpenSSL, which knows the pure signatures only: the
// message of a prehashed one is put together here.
#include "crypto/post_quantum.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/check.h"

namespace coffer::crypto {
namespace {

constexpr int kPureMessage = 1;
constexpr int kMessageAsItIs = 0;
constexpr std::uint8_t kNothing = 0;
constexpr std::size_t kCoinsBytes = 32;

// The hash algorithms of FIPS 204, 5.4 and FIPS 205, 10.2: the last octet of 2.16.840.1.101.3.4.2.x, by Hash.
struct PrehashNumber {
  Hash hash;
  std::uint8_t last;
};
constexpr auto kPrehashes = std::to_array<PrehashNumber>({
    {Hash::sha256, 1},
    {Hash::sha384, 2},
    {Hash::sha512, 3},
    {Hash::sha224, 4},
    {Hash::sha3_224, 7},
    {Hash::sha3_256, 8},
    {Hash::sha3_384, 9},
    {Hash::sha3_512, 10},
    {Hash::shake128, 11},
    {Hash::shake256, 12},
});

std::uint8_t prehash_number(Hash hash) {
  const auto* row = std::ranges::find(kPrehashes, hash, &PrehashNumber::hash);
  return row != kPrehashes.end() ? row->last : std::uint8_t{0};
}

bool is_prehashed(const Mechanism& mechanism) {
  return mechanism.family == Family::ml_dsa_prehashed || mechanism.family == Family::slh_dsa_prehashed;
}

Hash prehash_of(const Mechanism& mechanism, const Parameters& parameters) {
  return mechanism.hash != Hash::none ? mechanism.hash : parameters.hash;
}

// message_of gives M' of a prehashed signature (FIPS 204, algorithm 4; FIPS 205, algorithm 23).
Result<Buffer> message_of(const Mechanism& mechanism, const Parameters& parameters, Bytes digest) {
  const Hash hash = prehash_of(mechanism, parameters);
  if (digest.size() != digest_bytes(hash)) {
    return Error{Code::data_length, "a prehashed signature is made of a digest of the hash that it names"};
  }
  Buffer message{1, static_cast<std::uint8_t>(parameters.associated.size())};
  append(message, parameters.associated);
  constexpr std::array<std::uint8_t, 10> kArc = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
  append(message, kArc);
  message.push_back(prehash_number(hash));
  append(message, digest);
  return message;
}

// Run is one signature or verification: a context and what it works on.
struct Run {
  OwnedKeyContext context;
  Buffer built;  // the message of a prehashed signature
  Bytes message;
};

Result<Run> start(const OwnedKey& key, ParameterSet set, const Mechanism& mechanism,
                  const Parameters& parameters, Bytes prepared, decltype(&EVP_PKEY_sign_message_init) init) {
  TRY(check_post_quantum_parameters(mechanism, parameters));
  const bool prehashed = is_prehashed(mechanism);
  Run run;
  run.message = prepared;
  if (prehashed) {
    run.built = TRY(message_of(mechanism, parameters, prepared));
    run.message = run.built;
  }
  // OpenSSL wants a pointer even for the empty message.
  if (run.message.empty()) run.message = Bytes(&kNothing, std::size_t{0});
  int encoding = prehashed ? kMessageAsItIs : kPureMessage;
  int deterministic = parameters.variant == variant::kDeterministic ? 1 : 0;
  const std::array<OSSL_PARAM, 4> values = {
      OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_MESSAGE_ENCODING, &encoding),
      OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
      octet_parameter(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, prehashed ? Bytes{} : parameters.associated),
      OSSL_PARAM_construct_end()};
  run.context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (run.context == nullptr || init(run.context.get(), library().signature(set), values.data()) != 1) {
    return library_failed();
  }
  return run;
}

}  // namespace

Status check_post_quantum_parameters(const Mechanism& mechanism, const Parameters& parameters) {
  if (parameters.associated.size() > kContextBytesMax) {
    return Error{Code::mechanism_parameter, "the context of a signature has at most 255 octets"};
  }
  if (parameters.variant > variant::kDeterministic) {
    return Error{Code::mechanism_parameter, "a signature is hedged or deterministic"};
  }
  if (is_prehashed(mechanism) && prehash_number(prehash_of(mechanism, parameters)) == 0) {
    return Error{Code::mechanism_parameter, "a prehashed signature needs a hash of SHA-2 or SHA-3"};
  }
  return {};
}

Result<std::size_t> sign_post_quantum(const PrivateKey::Handle& key, const Mechanism& mechanism,
                                      const Parameters& parameters, Bytes prepared, MutableBytes signature) {
  const std::size_t bytes = facts_of(key.set)->output_bytes;
  if (signature.size() < bytes) return Error{Code::invalid, "the output has no room for the signature"};
  const Run run = TRY(start(key.key, key.set, mechanism, parameters, prepared, &EVP_PKEY_sign_message_init));
  std::size_t length = bytes;
  if (EVP_PKEY_sign(run.context.get(), signature.data(), &length, run.message.data(), run.message.size()) !=
          1 ||
      length != bytes) {
    return library_failed();
  }
  if (key.type == KeyType::slh_dsa) {
    const Status verified =
        verify_post_quantum(key.public_key.handle(), mechanism, parameters, prepared, signature.first(bytes));
    if (!verified.ok()) return Error{Code::internal, "a signature came out wrong"};
  }
  return bytes;
}

Status verify_post_quantum(const PublicKey::Handle& key, const Mechanism& mechanism,
                           const Parameters& parameters, Bytes prepared, Bytes signature) {
  if (signature.size() != facts_of(key.set)->output_bytes) {
    return Error{Code::signature_length, "the signature has a wrong length"};
  }
  const Run run =
      TRY(start(key.key, key.set, mechanism, parameters, prepared, &EVP_PKEY_verify_message_init));
  if (EVP_PKEY_verify(run.context.get(), signature.data(), signature.size(), run.message.data(),
                      run.message.size()) != 1) {
    ERR_clear_error();
    return Error{Code::signature_invalid, "the signature is wrong"};
  }
  return {};
}

Result<Encapsulation> encapsulate_with(const PublicKey::Handle& key, Bytes coins) {
  CHECK(coins.empty() || coins.size() == kCoinsBytes);
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  const std::array<OSSL_PARAM, 2> values = {octet_parameter(OSSL_KEM_PARAM_IKME, coins),
                                            OSSL_PARAM_construct_end()};
  Encapsulation made{Buffer(facts_of(key.set)->output_bytes), SecretBytes::zeroes(kSharedSecretBytes)};
  std::size_t ciphertext_bytes = made.ciphertext.size();
  std::size_t secret_bytes = made.secret.size();
  if (context == nullptr ||
      EVP_PKEY_encapsulate_init(context.get(), coins.empty() ? nullptr : values.data()) != 1 ||
      EVP_PKEY_encapsulate(context.get(), made.ciphertext.data(), &ciphertext_bytes,
                           made.secret.reveal().data(), &secret_bytes) != 1 ||
      ciphertext_bytes != made.ciphertext.size() || secret_bytes != made.secret.size()) {
    return library_failed();
  }
  return made;
}

Result<SecretBytes> decapsulate(const PrivateKey::Handle& key, Bytes ciphertext) {
  if (ciphertext.size() != facts_of(key.set)->output_bytes) {
    return Error{Code::ciphertext_length, "the ciphertext has a wrong length"};
  }
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  SecretBytes secret = SecretBytes::zeroes(kSharedSecretBytes);
  std::size_t secret_bytes = secret.size();
  // A ciphertext that nobody made gives a secret too, one that nobody knows (FIPS 203, 6.3): no error tells.
  if (context == nullptr || EVP_PKEY_decapsulate_init(context.get(), nullptr) != 1 ||
      EVP_PKEY_decapsulate(context.get(), secret.reveal().data(), &secret_bytes, ciphertext.data(),
                           ciphertext.size()) != 1 ||
      secret_bytes != secret.size()) {
    return library_failed();
  }
  return secret;
}

}  // namespace coffer::crypto
