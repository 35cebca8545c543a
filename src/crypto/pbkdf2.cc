// PBKDF2 over HMAC, through OpenSSL.
#include "crypto/pbkdf2.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include "crypto/derive.h"
#include "crypto/key.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

Result<SecretBytes> derive_pbkdf2(Bytes password, const Parameters& parameters) {
  const std::size_t hash_bytes = digest_bytes(parameters.hash);
  const std::size_t bytes = parameters.output_bytes;
  if (hash_bytes == 0) return Error{Code::mechanism_parameter, "PBKDF2 needs a digest"};
  TRY(check_output(bytes, kSecretBytesMax));
  const std::uint64_t blocks = (bytes + hash_bytes - 1) / hash_bytes;
  if (parameters.number == 0 || parameters.number > kPbkdf2WorkMax / blocks) {
    return Error{Code::mechanism_parameter, "PBKDF2 takes 1 to 10,000,000 iterations"};
  }
  std::uint64_t iterations = parameters.number;
  // Whatever the length of salt and password: they are the caller's, and old files have short ones.
  int any_length = 1;
  const OwnedKdfContext context(EVP_KDF_CTX_new(library().pbkdf2));
  const std::array<OSSL_PARAM, 6> values = {
      text_parameter(OSSL_KDF_PARAM_DIGEST, library().digest_name(parameters.hash)),
      octet_parameter(OSSL_KDF_PARAM_PASSWORD, password),
      octet_parameter(OSSL_KDF_PARAM_SALT, parameters.salt),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &any_length),
      OSSL_PARAM_construct_end()};
  SecretBytes output = SecretBytes::zeroes(bytes);
  if (context == nullptr ||
      EVP_KDF_derive(context.get(), output.reveal().data(), bytes, values.data()) != 1) {
    return library_failed();
  }
  return output;
}

}  // namespace coffer::crypto
