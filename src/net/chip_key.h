// Chip key: a private key for TLS that lives in the chip. OpenSSL sees a provider that has one EC key and can
// sign with it by asking somebody else.
#pragma once

#include <functional>
#include <memory>

#include <openssl/provider.h>

#include "base/bytes.h"
#include "base/result.h"
#include "net/openssl.h"

namespace coffer::net {

// HandshakeSigner gives an ECDSA-Sig-Value in DER over the whole content, not over its digest: the chip looks
// at what it signs.
using HandshakeSigner = std::function<Result<Buffer>(Bytes content)>;

// ChipKey holds an OpenSSL library context with that provider; what uses key() must use context() too and
// must not outlive it.
class ChipKey final {
 public:
  // create takes the certificate whose key the chip has.
  static Result<std::unique_ptr<ChipKey>> create(HandshakeSigner signer, const X509* certificate);
  ~ChipKey();
  ChipKey(const ChipKey&) = delete;
  ChipKey& operator=(const ChipKey&) = delete;

  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] OSSL_LIB_CTX* context() const { return context_.get(); }

 private:
  ChipKey() = default;

  Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context_;
  Owned<OSSL_PROVIDER, OSSL_PROVIDER_unload> usual_;
  Owned<OSSL_PROVIDER, OSSL_PROVIDER_unload> chip_;
  OwnedKey key_;
};

}  // namespace coffer::net
