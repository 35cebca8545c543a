// OpenSSL in net/: DER in and out.
#include "net/openssl.h"

#include <openssl/err.h>

namespace coffer::net {

void begin_openssl() { OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr); }

Error openssl_failed(Error error) {
  ERR_clear_error();
  return error;
}

Result<OwnedCertificate> certificate_from(Bytes der) {
  const unsigned char* at = der.data();
  OwnedCertificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr || at != der.data() + der.size()) {
    return openssl_failed(Error{Code::malformed, "this is not a certificate"});
  }
  return certificate;
}

Result<OwnedKey> generate_key() {
  OwnedKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) return openssl_failed(Error{Code::internal, "OpenSSL made no key"});
  return key;
}

Buffer key_der(const EVP_PKEY* key) {
  Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> packed(EVP_PKEY2PKCS8(key));
  const int bytes = i2d_PKCS8_PRIV_KEY_INFO(packed.get(), nullptr);
  if (bytes <= 0) return {};
  Buffer der(static_cast<std::size_t>(bytes));
  unsigned char* at = der.data();
  i2d_PKCS8_PRIV_KEY_INFO(packed.get(), &at);
  return der;
}

Result<OwnedKey> key_from(Bytes der) {
  const unsigned char* at = der.data();
  OwnedKey key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr) return openssl_failed(Error{Code::malformed, "this is not a private key"});
  return key;
}

Buffer public_der(const EVP_PKEY* key) {
  const int bytes = i2d_PUBKEY(key, nullptr);
  if (bytes <= 0) return {};
  Buffer der(static_cast<std::size_t>(bytes));
  unsigned char* at = der.data();
  i2d_PUBKEY(key, &at);
  return der;
}

}  // namespace coffer::net
