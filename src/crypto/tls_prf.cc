// The PRF of TLS 1.2 (RFC 5246, 5) and what is derived with it.
#include "crypto/tls_prf.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include "crypto/derive.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kMasterBytes = 48;
constexpr std::size_t kVerifyBytesMin = 12;

Error refuse() { return Error{Code::mechanism_parameter, "the parameters do not fit the mechanism"}; }

// The PRF takes label and seed one behind the other.
Result<SecretBytes> prf(Bytes secret, Hash hash, Bytes label, Bytes seed, std::size_t bytes) {
  if (digest_bytes(hash) < digest_bytes(Hash::sha224)) {
    return Error{Code::mechanism_parameter, "TLS 1.2 needs a digest of the SHA-2 or SHA-3 family"};
  }
  if (label.empty()) return refuse();
  TRY(check_output(bytes, kSecretBytesMax));
  Buffer text = to_buffer(label);
  append(text, seed);
  const OwnedKdfContext context(EVP_KDF_CTX_new(library().tls_prf));
  const std::array<OSSL_PARAM, 4> values = {
      text_parameter(OSSL_KDF_PARAM_DIGEST, library().digest_name(hash)),
      octet_parameter(OSSL_KDF_PARAM_SECRET, secret), octet_parameter(OSSL_KDF_PARAM_SEED, text),
      OSSL_PARAM_construct_end()};
  SecretBytes output = SecretBytes::zeroes(bytes);
  if (context == nullptr ||
      EVP_KDF_derive(context.get(), output.reveal().data(), bytes, values.data()) != 1) {
    return library_failed();
  }
  return output;
}

Result<std::size_t> key_block_bytes(const Parameters& parameters) {
  constexpr std::size_t kPieces = 3;  // MAC secret, key, IV
  if (parameters.sizes.size() != kPieces) return refuse();
  std::size_t total = 0;
  for (const std::uint32_t size : parameters.sizes) {
    if (size > kSecretBytesMax) return refuse();
    total += 2U * size;
  }
  return total;
}

}  // namespace

Result<SecretBytes> derive_tls(const SecretKey& key, const Mechanism& mechanism,
                               const Parameters& parameters) {
  const Bytes secret = key.value().reveal();
  switch (mechanism.family) {
    case Family::tls_master:
      return prf(secret, parameters.hash, as_bytes("master secret"), parameters.salt, kMasterBytes);
    case Family::tls_extended_master:
      return prf(secret, parameters.hash, as_bytes("extended master secret"), parameters.salt, kMasterBytes);
    case Family::tls_keys:
      return prf(secret, parameters.hash, as_bytes("key expansion"), parameters.salt,
                 TRY(key_block_bytes(parameters)));
    case Family::tls_kdf:
      return prf(secret, parameters.hash, parameters.info, parameters.salt, parameters.output_bytes);
    default: return Error{Code::mechanism_invalid, "the mechanism is not one of TLS"};
  }
}

Result<std::size_t> tls_mac_into(const SecretKey& key, const Parameters& parameters, Bytes data,
                                 MutableBytes tag) {
  const std::size_t bytes = parameters.output_bytes;
  if (bytes < kVerifyBytesMin || bytes > kDigestBytesMax) return refuse();
  if (tag.size() < bytes) return Error{Code::invalid, "the output has no room for the tag"};
  const SecretBytes output = TRY(prf(key.value().reveal(), parameters.hash, parameters.info, data, bytes));
  std::ranges::copy(output.reveal(), tag.begin());
  return bytes;
}

}  // namespace coffer::crypto
