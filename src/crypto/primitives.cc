// Primitives of Coffer's own records: AEAD, HKDF, HMAC, SHA-256. OpenSSL failing here is a bug, so it is a
// CHECK.
#include "crypto/primitives.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/self_test.h"

namespace coffer::crypto {
namespace {

// Prepares AES-256-GCM and takes in the associated data.
OwnedCipherContext start_gcm(const Secret<32>& key, const Nonce& nonce, Bytes associated, int encrypting) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_CipherInit_ex2(context.get(), library().cipher(AesMode::gcm, 32), key.reveal().data(),
                           nonce.data(), encrypting, nullptr) == 1);
  CHECK(associated.size() <= kUpdateBytesMax);
  int taken = 0;
  if (!associated.empty()) {
    CHECK(EVP_CipherUpdate(context.get(), nullptr, &taken, associated.data(),
                           static_cast<int>(associated.size())) == 1);
  }
  return context;
}

}  // namespace

Digest32 sha256(Bytes data) {
  CHECK(self_test(Component::sha256).ok());
  Digest32 result{};
  CHECK(digest_into(Hash::sha256, data, result).ok());
  return result;
}

struct Sha256::State {
  RunningDigest running;
};

Sha256::Sha256() : state_(nullptr) {
  CHECK(self_test(Component::sha256).ok());
  auto running = RunningDigest::start(Hash::sha256);
  CHECK(running.ok());
  state_ = std::make_unique<State>(State{std::move(running).value()}).release();
}

Sha256::~Sha256() { std::default_delete<State>{}(state_); }

void Sha256::update(Bytes data) { CHECK(state_->running.update(data).ok()); }

Digest32 Sha256::finish() {
  Digest32 result{};
  CHECK(state_->running.finish(result).ok());
  return result;
}

Digest32 hmac_sha256(const Secret<32>& key, Bytes data) {
  CHECK(self_test(Component::hmac_sha256).ok());
  const OwnedMacContext context(EVP_MAC_CTX_new(library().hmac));
  const std::array<OSSL_PARAM, 2> values = {
      text_parameter(OSSL_MAC_PARAM_DIGEST, library().digest_name(Hash::sha256)), OSSL_PARAM_construct_end()};
  Digest32 result{};
  std::size_t written = 0;
  CHECK(context != nullptr);
  CHECK(EVP_MAC_init(context.get(), key.reveal().data(), key.reveal().size(), values.data()) == 1);
  CHECK(data.empty() || EVP_MAC_update(context.get(), data.data(), data.size()) == 1);
  CHECK(EVP_MAC_final(context.get(), result.data(), &written, result.size()) == 1);
  return result;
}

void derive_key(const Secret<32>& key, std::string_view label, Bytes context, Secret<32>& out) {
  CHECK(self_test(Component::hkdf).ok());
  Buffer info = to_buffer(as_bytes(label));
  info.push_back(0);
  append(info, context);
  const std::array<OSSL_PARAM, 4> values = {
      text_parameter(OSSL_KDF_PARAM_DIGEST, library().digest_name(Hash::sha256)),
      octet_parameter(OSSL_KDF_PARAM_KEY, key.reveal()), octet_parameter(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end()};
  const OwnedKdfContext kdf(EVP_KDF_CTX_new(library().hkdf));
  const MutableBytes octets = out.reveal();
  CHECK(kdf != nullptr && EVP_KDF_derive(kdf.get(), octets.data(), octets.size(), values.data()) == 1);
}

void seal(const Secret<32>& key, const Nonce& nonce, Bytes associated, Bytes plaintext, Buffer& out) {
  CHECK(self_test(Component::aes_gcm).ok());
  CHECK(plaintext.size() <= kUpdateBytesMax);
  const OwnedCipherContext context = start_gcm(key, nonce, associated, 1);
  const std::size_t start = out.size();
  out.resize(start + plaintext.size() + kTagBytes);
  std::uint8_t* ciphertext = out.data() + start;
  int written = 0;
  if (!plaintext.empty()) {
    CHECK(EVP_CipherUpdate(context.get(), ciphertext, &written, plaintext.data(),
                           static_cast<int>(plaintext.size())) == 1);
  }
  std::uint8_t* tag = ciphertext + plaintext.size();
  CHECK(EVP_CipherFinal_ex(context.get(), tag, &written) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
}

Result<SecretBytes> open(const Secret<32>& key, const Nonce& nonce, Bytes associated, Bytes sealed) {
  TRY(self_test(Component::aes_gcm));
  if (sealed.size() < kTagBytes || sealed.size() > kUpdateBytesMax || associated.size() > kUpdateBytesMax) {
    return Error{Code::corrupt, "a sealed record does not verify"};
  }
  const Bytes body = sealed.first(sealed.size() - kTagBytes);
  std::array<std::uint8_t, kTagBytes> tag{};
  std::ranges::copy(sealed.last(kTagBytes), tag.begin());
  const OwnedCipherContext context = start_gcm(key, nonce, associated, 0);
  SecretBytes plaintext = SecretBytes::zeroes(body.size());
  int written = 0;
  if (!body.empty()) {
    CHECK(EVP_CipherUpdate(context.get(), plaintext.reveal().data(), &written, body.data(),
                           static_cast<int>(body.size())) == 1);
  }
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  std::array<std::uint8_t, kTagBytes> rest{};
  if (EVP_CipherFinal_ex(context.get(), rest.data(), &written) != 1) {
    ERR_clear_error();
    return Error{Code::corrupt, "a sealed record does not verify"};
  }
  return plaintext;
}

std::string_view library_version() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace coffer::crypto
