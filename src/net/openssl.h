// OpenSSL in net/: owned objects, certificates in DER, and one way to turn its failures into errors.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/owned.h"
#include "base/result.h"

namespace coffer::net {

using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedKeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedCertificate = Owned<X509, X509_free>;
using OwnedTlsContext = Owned<SSL_CTX, SSL_CTX_free>;
using OwnedTls = Owned<SSL, SSL_free>;

// begin_openssl readies the library without reading its configuration file: a sandbox has none. Call it
// first.
void begin_openssl();

// openssl_failed empties this thread's error queue and gives the error.
Error openssl_failed(Error error);

// certificate_from reads a certificate in DER. Fails with `malformed`.
Result<OwnedCertificate> certificate_from(Bytes der);

// generate_key makes a key of P-256; key_der and key_from write and read it as PKCS#8, public_der gives its
// SubjectPublicKeyInfo. The key of a link is a file's content, not a secret of the chip.
Result<OwnedKey> generate_key();
Buffer key_der(const EVP_PKEY* key);
Result<OwnedKey> key_from(Bytes der);
Buffer public_der(const EVP_PKEY* key);

}  // namespace coffer::net
