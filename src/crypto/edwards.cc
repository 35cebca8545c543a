// Ed25519 through a prepared OpenSSL context.
#include "crypto/edwards.h"

#include <algorithm>

#include <openssl/err.h>

#include "base/check.h"

namespace coffer::crypto {
namespace {

constexpr std::uint8_t kNothing = 0;

// OpenSSL wants a pointer even for the empty message.
const std::uint8_t* octets_of(Bytes message) { return message.empty() ? &kNothing : message.data(); }

OwnedNumber number_of_text(const char* hex) {
  BIGNUM* number = nullptr;
  CHECK(BN_hex2bn(&number, hex) > 0);
  return OwnedNumber(number);
}

}  // namespace

Result<std::size_t> sign_ed25519(const PrivateKey::Handle& key, Bytes message, MutableBytes signature) {
  if (signature.size() < kEd25519SignatureBytes) {
    return Error{Code::invalid, "the output has no room for the signature"};
  }
  OwnedKeyContext context = key.signers.take();
  if (context == nullptr) {
    context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
    if (context == nullptr || EVP_PKEY_sign_message_init(context.get(), library().ed25519, nullptr) != 1) {
      return library_failed();
    }
  }
  std::size_t length = kEd25519SignatureBytes;
  if (EVP_PKEY_sign(context.get(), signature.data(), &length, octets_of(message), message.size()) != 1) {
    return library_failed();
  }
  key.signers.give(std::move(context));
  return length;
}

Status verify_ed25519(const PublicKey::Handle& key, Bytes message, Bytes signature) {
  if (signature.size() != kEd25519SignatureBytes) {
    return Error{Code::signature_length, "the signature has a wrong length"};
  }
  OwnedKeyContext context = key.verifiers.take();
  if (context == nullptr) {
    context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
    if (context == nullptr || EVP_PKEY_verify_message_init(context.get(), library().ed25519, nullptr) != 1) {
      return library_failed();
    }
  }
  if (EVP_PKEY_verify(context.get(), signature.data(), signature.size(), octets_of(message),
                      message.size()) != 1) {
    ERR_clear_error();
    return Error{Code::signature_invalid, "the signature is wrong"};
  }
  key.verifiers.give(std::move(context));
  return {};
}

bool on_ed25519(Bytes point) {
  if (point.size() != 32) return false;
  std::array<std::uint8_t, 32> big_endian{};
  std::ranges::reverse_copy(point, big_endian.begin());
  const bool sign = big_endian[0] >= 0x80;
  big_endian[0] &= 0x7F;
  const OwnedNumber y = number_from(big_endian);
  const OwnedNumber p = number_of_text("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  const OwnedNumber d = number_of_text("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
  if (BN_cmp(y.get(), p.get()) >= 0) return false;
  // x^2 = u / v with u = y^2 - 1 and v = d y^2 + 1; u / v is a square exactly when u v is.
  const OwnedNumberContext context(BN_CTX_new());
  const OwnedNumber u(BN_new());
  const OwnedNumber v(BN_new());
  CHECK(context != nullptr && u != nullptr && v != nullptr);
  CHECK(BN_mod_sqr(u.get(), y.get(), p.get(), context.get()) == 1);
  CHECK(BN_mod_mul(v.get(), u.get(), d.get(), p.get(), context.get()) == 1);
  CHECK(BN_add_word(v.get(), 1) == 1);
  CHECK(BN_mod_sub(u.get(), u.get(), BN_value_one(), p.get(), context.get()) == 1);
  if (BN_is_zero(u.get()) == 1) return !sign;  // x = 0 has one encoding only.
  CHECK(BN_mod_mul(u.get(), u.get(), v.get(), p.get(), context.get()) == 1);
  return BN_kronecker(u.get(), p.get(), context.get()) == 1;
}

}  // namespace coffer::crypto
