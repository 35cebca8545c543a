// RSA signatures and encryption over OpenSSL's bare operations (RFC 8017).
#include "crypto/rsa.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/digest.h"
#include "crypto/rsa_padding.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kModulusBytesMax = kRsaBitsMax / 8;

// Block holds one number of the size of a modulus, and wipes it.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { wipe(octets); }
  MutableBytes first(std::size_t bytes) { return std::span(octets).first(bytes); }

  std::array<std::uint8_t, kModulusBytesMax> octets;
};

std::size_t modulus_bytes(std::uint32_t bits) { return (bits + 7) / 8; }

Result<OwnedKeyContext> private_context(const PrivateKey::Handle& key) {
  OwnedKeyContext context = key.signers.take();
  if (context != nullptr) return context;
  context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1) {
    return library_failed();
  }
  return context;
}

Result<OwnedKeyContext> public_context(const PublicKey::Handle& key) {
  OwnedKeyContext context = key.verifiers.take();
  if (context != nullptr) return context;
  context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_verify_recover_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1) {
    return library_failed();
  }
  return context;
}

Error wrong_signature() {
  ERR_clear_error();
  return Error{Code::signature_invalid, "the signature is wrong"};
}

Error wrong_ciphertext() {
  ERR_clear_error();
  return Error{Code::ciphertext_invalid, "the ciphertext is wrong"};
}

// OpenSSL verifies PSS: its decoder is the second opinion on our encoder.
Status verify_pss(const PublicKey::Handle& key, const PssHashes& hashes, std::uint32_t salt_bytes,
                  Bytes digest, Bytes signature) {
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), library().digest(hashes.message)) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), library().digest(hashes.mask)) != 1 ||
      EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), static_cast<int>(salt_bytes)) != 1) {
    return library_failed();
  }
  if (EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) != 1) {
    return wrong_signature();
  }
  return {};
}

Status set_oaep(EVP_PKEY_CTX* context, const Parameters& parameters) {
  const Hash mask = parameters.mask_hash == Hash::none ? parameters.hash : parameters.mask_hash;
  if (digest_bytes(parameters.hash) == 0 || digest_bytes(mask) == 0) {
    return Error{Code::mechanism_parameter, "OAEP needs a digest"};
  }
  const Library& lib = library();
  const std::array<OSSL_PARAM, 5> values = {
      text_parameter(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, OSSL_PKEY_RSA_PAD_MODE_OAEP),
      text_parameter(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, lib.digest_name(parameters.hash)),
      text_parameter(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, lib.digest_name(mask)),
      octet_parameter(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, parameters.associated), OSSL_PARAM_construct_end()};
  if (EVP_PKEY_CTX_set_params(context, values.data()) != 1) return library_failed();
  return {};
}

Status set_padding(EVP_PKEY_CTX* context, const Mechanism& mechanism, const Parameters& parameters) {
  if (mechanism.family == Family::rsa_oaep) return set_oaep(context, parameters);
  // OpenSSL's implicit rejection is on by default: with bad padding it returns random octets instead of an
  // error.
  if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1) return library_failed();
  return {};
}

// check_below_modulus refuses what raw RSA could not give back.
Status check_below_modulus(const EVP_PKEY& key, Bytes octets) {
  const OwnedNumber modulus = key_number(key, OSSL_PKEY_PARAM_RSA_N);
  const OwnedNumber number = number_from(octets);
  if (modulus == nullptr) return library_failed();
  if (BN_cmp(number.get(), modulus.get()) < 0) return {};
  return Error{Code::data_length, "the data is a larger number than the modulus"};
}

// overhead is what the padding takes from the modulus.
std::size_t overhead(const Mechanism& mechanism, const Parameters& parameters) {
  return mechanism.family == Family::rsa_oaep ? 2 * digest_bytes(parameters.hash) + 2 : std::size_t{11};
}

}  // namespace

Status rsa_public(const PublicKey::Handle& key, Bytes input, MutableBytes output) {
  OwnedKeyContext context = TRY(public_context(key));
  std::size_t written = output.size();
  if (EVP_PKEY_verify_recover(context.get(), output.data(), &written, input.data(), input.size()) != 1 ||
      written != output.size()) {
    return wrong_signature();
  }
  key.verifiers.give(std::move(context));
  return {};
}

Status rsa_private(const PrivateKey::Handle& key, Bytes input, MutableBytes output) {
  OwnedKeyContext context = TRY(private_context(key));
  Block result;
  std::size_t written = result.octets.size();
  if (EVP_PKEY_sign(context.get(), result.octets.data(), &written, input.data(), input.size()) != 1 ||
      written != output.size()) {
    return library_failed();
  }
  key.signers.give(std::move(context));
  Block again;
  TRY(rsa_public(key.public_key.handle(), result.first(written), again.first(written)));
  if (!equal_secret(again.first(written), input)) {
    return Error{Code::internal, "an RSA result did not verify and was withheld"};
  }
  std::ranges::copy(result.first(written), output.begin());
  return {};
}

Result<std::size_t> sign_rsa(const PrivateKey::Handle& key, const Mechanism& mechanism,
                             const Parameters& parameters, Bytes data, MutableBytes signature) {
  const std::size_t bytes = modulus_bytes(key.bits);
  if (signature.size() < bytes) return Error{Code::invalid, "the output has no room for the signature"};
  Block encoded;
  TRY(encode_for_signature(mechanism, parameters, key.bits, data, encoded.first(bytes)));
  if (mechanism.family == Family::rsa_raw) TRY(check_below_modulus(*key.key, encoded.first(bytes)));
  TRY(rsa_private(key, encoded.first(bytes), signature.first(bytes)));
  return bytes;
}

Status verify_rsa(const PublicKey::Handle& key, const Mechanism& mechanism, const Parameters& parameters,
                  Bytes data, Bytes signature) {
  const std::size_t bytes = modulus_bytes(key.bits);
  if (signature.size() != bytes) return Error{Code::signature_length, "the signature has a wrong length"};
  if (mechanism.family == Family::rsa_pss) {
    const PssHashes hashes = TRY(pss_hashes(mechanism, parameters));
    if (data.size() != digest_bytes(hashes.message)) {
      return Error{Code::data_length, "the data is not as long as its digest"};
    }
    return verify_pss(key, hashes, parameters.salt_bytes, data, signature);
  }
  // Encoding again and comparing all of it leaves no room for a forged padding.
  Block expected;
  Block recovered;
  TRY(encode_for_signature(mechanism, parameters, key.bits, data, expected.first(bytes)));
  TRY(rsa_public(key, signature, recovered.first(bytes)));
  if (!equal_secret(expected.first(bytes), recovered.first(bytes))) return wrong_signature();
  return {};
}

Result<std::size_t> recover_rsa(const PublicKey::Handle& key, const Mechanism& mechanism, Bytes signature,
                                MutableBytes output) {
  const std::size_t bytes = modulus_bytes(key.bits);
  if (signature.size() != bytes) return Error{Code::signature_length, "the signature has a wrong length"};
  Block block;
  const MutableBytes encoded = block.first(bytes);
  TRY(rsa_public(key, signature, encoded));
  if (mechanism.family == Family::rsa_raw) {
    if (output.size() < bytes) return Error{Code::invalid, "the output has no room for the data"};
    std::ranges::copy(encoded, output.begin());
    return bytes;
  }
  // 0x00 0x01 PS 0x00 data, with at least eight octets 0xFF of PS (RFC 8017, 9.2). All of it is public.
  constexpr std::size_t kPaddingStart = 2;
  constexpr std::size_t kPaddingBytesMin = 8;
  const auto padding = encoded.subspan(kPaddingStart);
  const auto end = std::ranges::find_if(padding, [](std::uint8_t octet) { return octet != 0xFF; });
  const auto padded = static_cast<std::size_t>(end - padding.begin());
  if (encoded[0] != 0 || encoded[1] != 1 || padded < kPaddingBytesMin || end == padding.end() || *end != 0) {
    return wrong_signature();
  }
  const Bytes data = padding.subspan(padded + 1);
  if (output.size() < data.size()) return Error{Code::invalid, "the output has no room for the data"};
  std::ranges::copy(data, output.begin());
  return data.size();
}

namespace {

Result<std::size_t> encrypt_raw(const PublicKey::Handle& key, const Mechanism& mechanism, Bytes data,
                                MutableBytes output) {
  Block number;
  const MutableBytes encoded = number.first(output.size());
  TRY(encode_for_signature(mechanism, {}, key.bits, data, encoded));
  TRY(check_below_modulus(*key.key, encoded));
  TRY(rsa_public(key, encoded, output));
  return output.size();
}

Result<std::size_t> decrypt_raw(const PrivateKey::Handle& key, Bytes data, MutableBytes output) {
  if (output.size() < data.size()) return Error{Code::invalid, "the output has no room for the plaintext"};
  if (!check_below_modulus(*key.key, data).ok()) return wrong_ciphertext();
  TRY(rsa_private(key, data, output.first(data.size())));
  return data.size();
}

}  // namespace

Result<std::size_t> encrypt_rsa(const PublicKey::Handle& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output) {
  const std::size_t bytes = modulus_bytes(key.bits);
  if (output.size() < bytes) return Error{Code::invalid, "the output has no room for the ciphertext"};
  if (mechanism.family == Family::rsa_raw) return encrypt_raw(key, mechanism, data, output.first(bytes));
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_encrypt_init(context.get()) != 1) return library_failed();
  TRY(set_padding(context.get(), mechanism, parameters));
  if (data.size() + overhead(mechanism, parameters) > bytes) {
    return Error{Code::data_length, "the data is too long for this RSA key"};
  }
  static constexpr std::uint8_t kNothing = 0;
  const std::uint8_t* octets = data.empty() ? &kNothing : data.data();
  std::size_t written = output.size();
  if (EVP_PKEY_encrypt(context.get(), output.data(), &written, octets, data.size()) != 1)
    return library_failed();
  return written;
}

Result<std::size_t> decrypt_rsa(const PrivateKey::Handle& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output) {
  if (data.size() != modulus_bytes(key.bits)) {
    return Error{Code::ciphertext_length, "the ciphertext has a wrong length"};
  }
  if (mechanism.family == Family::rsa_raw) return decrypt_raw(key, data, output);
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_decrypt_init(context.get()) != 1) return library_failed();
  TRY(set_padding(context.get(), mechanism, parameters));
  Block plain;
  std::size_t written = plain.octets.size();
  if (EVP_PKEY_decrypt(context.get(), plain.octets.data(), &written, data.data(), data.size()) != 1) {
    return wrong_ciphertext();
  }
  if (output.size() < written) return Error{Code::invalid, "the output has no room for the plaintext"};
  std::ranges::copy(plain.first(written), output.begin());
  return written;
}

}  // namespace coffer::crypto
