// EdDSA through OpenSSL; the plain forms keep a prepared context.
#include "crypto/edwards.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/check.h"

namespace coffer::crypto {
namespace {

constexpr std::uint8_t kNothing = 0;
constexpr std::size_t kPointBytesMax = 57;

// OpenSSL wants a pointer even for the empty message.
const std::uint8_t* octets_of(Bytes message) { return message.empty() ? &kNothing : message.data(); }

OwnedNumber number_of_text(const char* hex) {
  BIGNUM* number = nullptr;
  CHECK(BN_hex2bn(&number, hex) > 0);
  return OwnedNumber(number);
}

std::size_t signature_bytes(Curve curve) { return 2 * facts_of(curve)->width; }

bool is_plain(const Parameters& parameters) {
  return parameters.associated.empty() && parameters.variant == variant::kPlain;
}

EVP_SIGNATURE* algorithm_of(Curve curve, const Parameters& parameters) {
  const bool prehashed = parameters.variant == variant::kPrehashed;
  if (curve == Curve::ed448) return prehashed ? library().ed448_prehashed : library().ed448;
  if (prehashed) return library().ed25519_prehashed;
  return parameters.associated.empty() ? library().ed25519 : library().ed25519_context;
}

// start prepares a context to sign or to verify; null when OpenSSL refuses.
OwnedKeyContext start(const OwnedKey& key, Curve curve, const Parameters& parameters,
                      decltype(&EVP_PKEY_sign_message_init) init) {
  OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const std::array<OSSL_PARAM, 2> values = {
      octet_parameter(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, parameters.associated),
      OSSL_PARAM_construct_end()};
  const OSSL_PARAM* given = parameters.associated.empty() ? nullptr : values.data();
  if (context == nullptr || init(context.get(), algorithm_of(curve, parameters), given) != 1) return nullptr;
  return context;
}

// The field and the constant d of a curve: x^2 = (y^2 - 1) / (d y^2 - a) with a = -1 for Ed25519, 1 for
// Ed448.
struct Equation {
  OwnedNumber p;
  OwnedNumber d;
  bool negative_a;
};

Equation equation_of(Curve curve) {
  if (curve == Curve::ed25519) {
    return {number_of_text("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"),
            number_of_text("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"), true};
  }
  return {number_of_text("fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
                         "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
          number_of_text("fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
                         "ffffffffffffffffffffffffffffffffffffffffffffffffffff6756"),
          false};
}

}  // namespace

Status check_edwards_parameters(const Parameters& parameters) {
  if (parameters.associated.size() > kContextBytesMax) {
    return Error{Code::mechanism_parameter, "the context of a signature has at most 255 octets"};
  }
  if (parameters.variant > variant::kPrehashed) {
    return Error{Code::mechanism_parameter, "EdDSA has no such variant"};
  }
  return {};
}

bool is_plain_ed25519(Curve curve, const Parameters& parameters) {
  return curve == Curve::ed25519 && is_plain(parameters);
}

Result<std::size_t> sign_edwards(const PrivateKey::Handle& key, const Parameters& parameters, Bytes message,
                                 MutableBytes signature) {
  TRY(check_edwards_parameters(parameters));
  std::size_t length = signature_bytes(key.curve);
  if (signature.size() < length) return Error{Code::invalid, "the output has no room for the signature"};
  const bool keeps = is_plain(parameters);
  OwnedKeyContext context = keeps ? key.signers.take() : nullptr;
  if (context == nullptr) context = start(key.key, key.curve, parameters, &EVP_PKEY_sign_message_init);
  if (context == nullptr ||
      EVP_PKEY_sign(context.get(), signature.data(), &length, octets_of(message), message.size()) != 1) {
    return library_failed();
  }
  if (keeps) key.signers.give(std::move(context));
  return length;
}

Status verify_edwards(const PublicKey::Handle& key, const Parameters& parameters, Bytes message,
                      Bytes signature) {
  TRY(check_edwards_parameters(parameters));
  if (signature.size() != signature_bytes(key.curve)) {
    return Error{Code::signature_length, "the signature has a wrong length"};
  }
  const bool keeps = is_plain(parameters);
  OwnedKeyContext context = keeps ? key.verifiers.take() : nullptr;
  if (context == nullptr) context = start(key.key, key.curve, parameters, &EVP_PKEY_verify_message_init);
  if (context == nullptr) return library_failed();
  if (EVP_PKEY_verify(context.get(), signature.data(), signature.size(), octets_of(message),
                      message.size()) != 1) {
    ERR_clear_error();
    return Error{Code::signature_invalid, "the signature is wrong"};
  }
  if (keeps) key.verifiers.give(std::move(context));
  return {};
}

bool on_edwards(Curve curve, Bytes point) {
  if (point.size() != facts_of(curve)->width) return false;
  std::array<std::uint8_t, kPointBytesMax> room{};
  const MutableBytes big_endian = std::span(room).first(point.size());
  std::ranges::reverse_copy(point, big_endian.begin());
  const bool sign = big_endian[0] >= 0x80;
  big_endian[0] &= 0x7F;
  const OwnedNumber y = number_from(big_endian);
  const Equation curve_equation = equation_of(curve);
  const BIGNUM* p = curve_equation.p.get();
  if (BN_cmp(y.get(), p) >= 0) return false;
  // x^2 = u / v with u = y^2 - 1 and v = d y^2 - a; u / v is a square exactly when u v is.
  const OwnedNumberContext context(BN_CTX_new());
  const OwnedNumber u(BN_new());
  const OwnedNumber v(BN_new());
  CHECK(context != nullptr && u != nullptr && v != nullptr);
  CHECK(BN_mod_sqr(u.get(), y.get(), p, context.get()) == 1);
  CHECK(BN_mod_mul(v.get(), u.get(), curve_equation.d.get(), p, context.get()) == 1);
  const auto minus_a = curve_equation.negative_a ? &BN_mod_add : &BN_mod_sub;
  CHECK(minus_a(v.get(), v.get(), BN_value_one(), p, context.get()) == 1);
  CHECK(BN_mod_sub(u.get(), u.get(), BN_value_one(), p, context.get()) == 1);
  if (BN_is_zero(u.get()) == 1) return !sign;  // x = 0 has one encoding only.
  CHECK(BN_mod_mul(u.get(), u.get(), v.get(), p, context.get()) == 1);
  return BN_kronecker(u.get(), p, context.get()) == 1;
}

}  // namespace coffer::crypto
