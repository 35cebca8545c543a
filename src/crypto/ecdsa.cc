// ECDSA through a prepared OpenSSL context; it speaks DER, Coffer speaks r || s.
#include "crypto/ecdsa.h"

#include <algorithm>

#include <openssl/err.h>

namespace coffer::crypto {
namespace {

constexpr std::size_t kRawBytesMax = 132;
constexpr std::size_t kDerBytesMax = kRawBytesMax + 9;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;

// take_length reads a DER length below 256; it gives more than the input can have when it is malformed.
std::size_t take_length(Bytes& rest) {
  constexpr std::size_t kMalformed = ~std::size_t{0};
  if (rest.empty()) return kMalformed;
  std::size_t length = rest[0];
  rest = rest.subspan(1);
  if (length < 0x80) return length;
  if (length != 0x81 || rest.empty() || rest[0] < 0x80) return kMalformed;
  length = rest[0];
  rest = rest.subspan(1);
  return length;
}

bool take_integer(Bytes& rest, MutableBytes out) {
  if (rest.empty() || rest[0] != kInteger) return false;
  rest = rest.subspan(1);
  const std::size_t length = take_length(rest);
  if (length == 0 || length > rest.size()) return false;
  Bytes value = rest.first(length);
  rest = rest.subspan(length);
  if (value[0] == 0) value = value.subspan(1);
  if (value.size() > out.size()) return false;
  const std::size_t zeros = out.size() - value.size();
  std::ranges::fill(out.first(zeros), std::uint8_t{0});
  std::ranges::copy(value, out.begin() + static_cast<std::ptrdiff_t>(zeros));
  return true;
}

// put_integer writes one INTEGER and returns its size.
std::size_t put_integer(Bytes value, MutableBytes out) {
  while (value.size() > 1 && value[0] == 0) value = value.subspan(1);
  const std::size_t sign = value[0] >= 0x80 ? 1 : 0;
  out[0] = kInteger;
  out[1] = static_cast<std::uint8_t>(value.size() + sign);
  out[2] = 0;
  std::ranges::copy(value, out.begin() + static_cast<std::ptrdiff_t>(2 + sign));
  return 2 + sign + value.size();
}

std::size_t width_of(Curve curve) { return facts_of(curve)->width; }

}  // namespace

bool raw_from_der(Bytes der, MutableBytes raw) {
  const std::size_t width = raw.size() / 2;
  Bytes rest = der;
  if (rest.empty() || rest[0] != kSequence) return false;
  rest = rest.subspan(1);
  if (take_length(rest) != rest.size()) return false;
  return take_integer(rest, raw.first(width)) && take_integer(rest, raw.last(width)) && rest.empty();
}

std::size_t der_from_raw(Bytes raw, MutableBytes der) {
  const std::size_t width = raw.size() / 2;
  std::array<std::uint8_t, kDerBytesMax> body{};
  std::size_t length = put_integer(raw.first(width), body);
  length += put_integer(raw.last(width), std::span(body).subspan(length));
  std::size_t header = 0;
  der[header++] = kSequence;
  if (length >= 0x80) der[header++] = 0x81;
  der[header++] = static_cast<std::uint8_t>(length);
  std::copy_n(body.begin(), length, der.begin() + static_cast<std::ptrdiff_t>(header));
  return header + length;
}

Result<std::size_t> sign_ecdsa(const PrivateKey::Handle& key, Bytes digest, MutableBytes signature) {
  const std::size_t bytes = 2 * width_of(key.curve);
  if (signature.size() < bytes) return Error{Code::invalid, "the output has no room for the signature"};
  OwnedKeyContext context = key.signers.take();
  if (context == nullptr) {
    context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
    if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1) return library_failed();
  }
  std::array<std::uint8_t, kDerBytesMax> der{};
  std::size_t length = der.size();
  if (EVP_PKEY_sign(context.get(), der.data(), &length, digest.data(), digest.size()) != 1 ||
      !raw_from_der(std::span(der).first(length), signature.first(bytes))) {
    return library_failed();
  }
  key.signers.give(std::move(context));
  return bytes;
}

Status verify_ecdsa(const PublicKey::Handle& key, Bytes digest, Bytes signature) {
  // PKCS#11 3.2, 6.3.1: "the signature may have a shorter length", two numbers of equal length.
  const std::size_t half = signature.size() / 2;
  if (signature.empty() || signature.size() % 2 != 0 || half > width_of(key.curve)) {
    return Error{Code::signature_length, "the signature has a wrong length"};
  }
  OwnedKeyContext context = key.verifiers.take();
  if (context == nullptr) {
    context.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.key.get(), nullptr));
    if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1) return library_failed();
  }
  std::array<std::uint8_t, kDerBytesMax> der{};
  const std::size_t length = der_from_raw(signature, der);
  if (EVP_PKEY_verify(context.get(), der.data(), length, digest.data(), digest.size()) != 1) {
    ERR_clear_error();
    return Error{Code::signature_invalid, "the signature is wrong"};
  }
  key.verifiers.give(std::move(context));
  return {};
}

}  // namespace coffer::crypto
