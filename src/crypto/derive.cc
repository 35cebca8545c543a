// ECDH (SP 800-56A), X25519 and X448 (RFC 7748), the KDFs of X9.63 (SEC 1, 3.6.1) and SP 800-56C, 4.1, HKDF
// (RFC 5869).
#include "crypto/derive.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

namespace coffer::crypto {
namespace {

Result<SecretBytes> run_kdf(EVP_KDF* kdf, std::span<const OSSL_PARAM> values, std::size_t bytes) {
  const OwnedKdfContext context(EVP_KDF_CTX_new(kdf));
  SecretBytes output = SecretBytes::zeroes(bytes);
  const MutableBytes octets = output.reveal();
  if (context == nullptr || EVP_KDF_derive(context.get(), octets.data(), octets.size(), values.data()) != 1) {
    return library_failed();
  }
  return output;
}

}  // namespace

Result<SecretBytes> agree(const PrivateKey::Handle& key, Bytes peer) {
  const auto other = PublicKey::from_point(key.curve, peer);
  if (!other.ok()) return Error{Code::mechanism_parameter, "the peer's point is not on the curve"};
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_derive_init(context.get()) != 1) return library_failed();
  // from_point has proven the point; OpenSSL's own check would multiply it by the order once more.
  if (EVP_PKEY_derive_set_peer_ex(context.get(), other.value().handle().key.get(), 0) != 1)
    return library_failed();
  std::size_t length = facts_of(key.curve)->width;
  SecretBytes shared = SecretBytes::zeroes(length);
  if (EVP_PKEY_derive(context.get(), shared.reveal().data(), &length) != 1) {
    ERR_clear_error();
    return Error{Code::mechanism_parameter, "the peer's point gives no shared secret"};
  }
  return shared;
}

Status check_output(std::size_t bytes, std::size_t bytes_max) {
  if (bytes == 0) return Error{Code::template_incomplete, "the template lacks CKA_VALUE_LEN"};
  if (bytes > bytes_max) return Error{Code::key_size, "the derivation does not give so much"};
  return {};
}

Result<SecretBytes> derive_ecdh(const PrivateKey::Handle& key, const Parameters& parameters) {
  SecretBytes shared = TRY(agree(key, parameters.peer));
  const std::size_t wanted = parameters.output_bytes;
  if (parameters.hash != Hash::none) {
    if (digest_bytes(parameters.hash) == 0) return Error{Code::mechanism_parameter, "the KDF needs a digest"};
    TRY(check_output(wanted, kSecretBytesMax));
    const std::array<OSSL_PARAM, 4> values = {
        text_parameter(OSSL_KDF_PARAM_DIGEST, library().digest_name(parameters.hash)),
        octet_parameter(OSSL_KDF_PARAM_KEY, shared.reveal()),
        octet_parameter(OSSL_KDF_PARAM_INFO, parameters.salt), OSSL_PARAM_construct_end()};
    const bool is_one_step = parameters.variant == variant::kSp800;
    return run_kdf(is_one_step ? library().one_step : library().x963, values, wanted);
  }
  if (!parameters.salt.empty())
    return Error{Code::mechanism_parameter, "without a KDF there is no shared info"};
  if (wanted != 0) TRY(check_output(wanted, shared.size()));
  if (wanted == 0 || wanted == shared.size()) return shared;
  // PKCS#11, CKM_ECDH1_DERIVE: "The truncation removes bytes from the leading end of the secret value."
  return SecretBytes::copy_of(std::as_const(shared).reveal().last(wanted));
}

Result<SecretBytes> derive_hkdf(Bytes key, const Parameters& parameters) {
  const std::size_t hash_bytes = digest_bytes(parameters.hash);
  if (hash_bytes == 0) return Error{Code::mechanism_parameter, "HKDF needs a digest"};
  if (!parameters.extract && !parameters.expand) {
    return Error{Code::mechanism_parameter, "HKDF extracts, expands, or both"};
  }
  std::size_t wanted = parameters.output_bytes;
  if (!parameters.expand && wanted == 0) wanted = hash_bytes;
  if (!parameters.expand && wanted != hash_bytes) {
    return Error{Code::key_size, "HKDF-Extract gives one digest"};
  }
  TRY(check_output(wanted, 255 * hash_bytes));
  int mode = EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND;
  if (!parameters.expand) mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
  if (!parameters.extract) mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const Bytes salt =
      parameters.other_key != nullptr ? parameters.other_key->value().reveal() : parameters.salt;
  const std::array<OSSL_PARAM, 6> values = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      text_parameter(OSSL_KDF_PARAM_DIGEST, library().digest_name(parameters.hash)),
      octet_parameter(OSSL_KDF_PARAM_KEY, key),
      octet_parameter(OSSL_KDF_PARAM_SALT, salt),
      octet_parameter(OSSL_KDF_PARAM_INFO, parameters.info),
      OSSL_PARAM_construct_end()};
  return run_kdf(library().hkdf, values, wanted);
}

}  // namespace coffer::crypto
