// HMAC, CMAC and AES-GMAC: OpenSSL keeps the state behind the key; starting again from it costs no key
// schedule.
#include "crypto/mac.h"

#include <algorithm>

#include <openssl/core_names.h>

#include "crypto/aes.h"
#include "crypto/digest.h"
#include "crypto/tls_prf.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kGmacNonceBytes = 12;

Error refuse_parameters() {
  return Error{Code::mechanism_parameter, "the parameters do not fit the mechanism"};
}

const EVP_CIPHER* cmac_cipher(const SecretKey& key) {
  const Library& lib = library();
  return key.type() == KeyType::des3 ? lib.des3[static_cast<std::size_t>(AesMode::cbc)]
                                     : lib.cipher(AesMode::cbc, key.bytes());
}

std::size_t cmac_bytes(const SecretKey& key) {
  return key.type() == KeyType::des3 ? kDes3BlockBytes : kAesBlockBytes;
}

Result<OwnedMacContext> prepare(const SecretKey& key, Hash hash) {
  const bool is_cmac = hash == Hash::none;
  const Library& lib = library();
  OwnedMacContext context(EVP_MAC_CTX_new(is_cmac ? lib.cmac : lib.hmac));
  const char* algorithm = is_cmac ? EVP_CIPHER_get0_name(cmac_cipher(key)) : lib.digest_name(hash);
  const std::array<OSSL_PARAM, 2> values = {
      text_parameter(is_cmac ? OSSL_MAC_PARAM_CIPHER : OSSL_MAC_PARAM_DIGEST, algorithm),
      OSSL_PARAM_construct_end()};
  const Bytes secret = key.value().reveal();
  if (context == nullptr || EVP_MAC_init(context.get(), secret.data(), secret.size(), values.data()) != 1) {
    return library_failed();
  }
  return context;
}

}  // namespace

Result<RunningMac> RunningMac::start(const SecretKey& key, Hash hash) {
  MacContextPool& pool = key.contexts().mac(hash);
  const std::size_t bytes = hash == Hash::none ? cmac_bytes(key) : digest_bytes(hash);
  OwnedMacContext context = pool.take();
  if (context == nullptr) {
    context = TRY(prepare(key, hash));
  } else if (EVP_MAC_init(context.get(), nullptr, 0, nullptr) != 1) {
    return library_failed();
  }
  return RunningMac(&pool, std::move(context), bytes);
}

Result<RunningMac> RunningMac::start(const SecretKey& key, const Mechanism& mechanism,
                                     const Parameters& parameters) {
  if (mechanism.family == Family::tls_mac) {
    return Error{Code::mechanism_invalid, "the MAC of a TLS handshake is not made in parts"};
  }
  if (mechanism.family == Family::aes_gmac) return start_gmac(key, parameters.iv);
  RunningMac running = TRY(start(key, mechanism.hash));
  if (mechanism.family == Family::hmac_general || mechanism.family == Family::aes_cmac_general) {
    if (parameters.output_bytes == 0 || parameters.output_bytes > running.bytes_) return refuse_parameters();
    running.bytes_ = parameters.output_bytes;
  }
  return running;
}

Result<RunningMac> RunningMac::start_gmac(const SecretKey& key, Bytes nonce) {
  if (nonce.size() != kGmacNonceBytes) return refuse_parameters();
  OwnedMacContext context(EVP_MAC_CTX_new(library().gmac));
  const std::array<OSSL_PARAM, 3> values = {
      text_parameter(OSSL_MAC_PARAM_CIPHER,
                     EVP_CIPHER_get0_name(library().cipher(AesMode::gcm, key.bytes()))),
      octet_parameter(OSSL_MAC_PARAM_IV, nonce), OSSL_PARAM_construct_end()};
  const Bytes secret = key.value().reveal();
  if (context == nullptr || EVP_MAC_init(context.get(), secret.data(), secret.size(), values.data()) != 1) {
    return library_failed();
  }
  return RunningMac(nullptr, std::move(context), kAesBlockBytes);
}

Status RunningMac::update(Bytes data) {
  if (!data.empty() && EVP_MAC_update(context_.get(), data.data(), data.size()) != 1) return library_failed();
  return {};
}

Result<std::size_t> RunningMac::finish(MutableBytes tag) {
  if (tag.size() < bytes_) return Error{Code::invalid, "the output has no room for the tag"};
  std::array<std::uint8_t, kDigestBytesMax> whole{};
  std::size_t written = 0;
  if (EVP_MAC_final(context_.get(), whole.data(), &written, whole.size()) != 1 || written < bytes_) {
    return library_failed();
  }
  std::copy_n(whole.begin(), bytes_, tag.begin());
  wipe(whole);
  if (pool_ != nullptr) pool_->give(std::move(context_));
  return bytes_;
}

Result<std::size_t> mac_into(const SecretKey& key, Hash hash, Bytes data, MutableBytes tag) {
  RunningMac running = TRY(RunningMac::start(key, hash));
  TRY(running.update(data));
  return running.finish(tag);
}

Result<std::size_t> mac_into(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                             Bytes data, MutableBytes tag) {
  if (mechanism.family == Family::tls_mac) return tls_mac_into(key, parameters, data, tag);
  RunningMac running = TRY(RunningMac::start(key, mechanism, parameters));
  TRY(running.update(data));
  return running.finish(tag);
}

Status check_tag(Bytes computed, Bytes received) {
  if (computed.size() != received.size()) return Error{Code::signature_length, "the tag has a wrong length"};
  if (!equal_secret(computed, received)) return Error{Code::signature_invalid, "the tag is wrong"};
  return {};
}

}  // namespace coffer::crypto
