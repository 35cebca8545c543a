// HMAC and AES-CMAC: OpenSSL keeps the state behind the key; starting again from it costs no key schedule.
#include "crypto/mac.h"

#include <openssl/core_names.h>

#include "crypto/digest.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kCmacBytes = 16;

Result<OwnedMacContext> prepare(const SecretKey& key, Hash hash) {
  const bool is_cmac = hash == Hash::none;
  const Library& lib = library();
  OwnedMacContext context(EVP_MAC_CTX_new(is_cmac ? lib.cmac : lib.hmac));
  const char* algorithm =
      is_cmac ? EVP_CIPHER_get0_name(lib.cipher(AesMode::cbc, key.bytes())) : lib.digest_name(hash);
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
  const std::size_t bytes = hash == Hash::none ? kCmacBytes : digest_bytes(hash);
  OwnedMacContext context = pool.take();
  if (context == nullptr) {
    context = TRY(prepare(key, hash));
  } else if (EVP_MAC_init(context.get(), nullptr, 0, nullptr) != 1) {
    return library_failed();
  }
  return RunningMac(pool, std::move(context), bytes);
}

Status RunningMac::update(Bytes data) {
  if (!data.empty() && EVP_MAC_update(context_.get(), data.data(), data.size()) != 1) return library_failed();
  return {};
}

Result<std::size_t> RunningMac::finish(MutableBytes tag) {
  if (tag.size() < bytes_) return Error{Code::invalid, "the output has no room for the tag"};
  std::size_t written = 0;
  if (EVP_MAC_final(context_.get(), tag.data(), &written, tag.size()) != 1) return library_failed();
  pool_->give(std::move(context_));
  return written;
}

Result<std::size_t> mac_into(const SecretKey& key, Hash hash, Bytes data, MutableBytes tag) {
  RunningMac running = TRY(RunningMac::start(key, hash));
  TRY(running.update(data));
  return running.finish(tag);
}

Status check_tag(Bytes computed, Bytes received) {
  if (computed.size() != received.size()) return Error{Code::signature_length, "the tag has a wrong length"};
  if (!equal_secret(computed, received)) return Error{Code::signature_invalid, "the tag is wrong"};
  return {};
}

}  // namespace coffer::crypto
