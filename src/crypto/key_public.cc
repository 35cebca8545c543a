// PublicKey: RSA, EC, Edwards, Montgomery and post-quantum public keys.
#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "crypto/edwards.h"
#include "crypto/key_handle.h"
#include "crypto/rsa_numbers.h"

namespace coffer::crypto {
namespace {

constexpr auto kCurves = std::to_array<CurveFacts>({
    {Curve::p256, KeyType::ec, "EC", "prime256v1", NID_X9_62_prime256v1, 256, 32},
    {Curve::p384, KeyType::ec, "EC", "secp384r1", NID_secp384r1, 384, 48},
    {Curve::p521, KeyType::ec, "EC", "secp521r1", NID_secp521r1, 521, 66},
    {Curve::ed25519, KeyType::edwards, "ED25519", nullptr, 0, 255, 32},
    {Curve::x25519, KeyType::montgomery, "X25519", nullptr, 0, 255, 32},
    {Curve::secp256k1, KeyType::ec, "EC", "secp256k1", NID_secp256k1, 256, 32},
    {Curve::brainpoolp256r1, KeyType::ec, "EC", "brainpoolP256r1", NID_brainpoolP256r1, 256, 32},
    {Curve::brainpoolp384r1, KeyType::ec, "EC", "brainpoolP384r1", NID_brainpoolP384r1, 384, 48},
    {Curve::brainpoolp512r1, KeyType::ec, "EC", "brainpoolP512r1", NID_brainpoolP512r1, 512, 64},
    {Curve::ed448, KeyType::edwards, "ED448", nullptr, 0, 448, 57},
    {Curve::x448, KeyType::montgomery, "X448", nullptr, 0, 448, 56},
});

constexpr std::size_t kSpkiBytesMax = 4096;  // one of ML-DSA-87 has 2,614

Result<KeyKind> identify_curve(const EVP_PKEY& key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &length) !=
      1) {
    ERR_clear_error();
    return Error{Code::curve_unsupported, "the key names no curve"};
  }
  int is_explicit = 0;
  EVP_PKEY_get_int_param(&key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
  if (is_explicit != 0)
    return Error{Code::curve_unsupported, "the key describes its curve instead of naming it"};
  const std::string_view group(name.data(), length);
  for (const CurveFacts& facts : kCurves) {
    if (facts.group_name != nullptr && group == facts.group_name) {
      return KeyKind{.type = facts.type, .curve = facts.curve, .bits = facts.bits};
    }
  }
  return Error{Code::curve_unsupported, "the curve is not one of ours"};
}

}  // namespace

const CurveFacts* facts_of(Curve curve) {
  const auto* row = std::ranges::find(kCurves, curve, &CurveFacts::curve);
  return row != kCurves.end() ? &*row : nullptr;
}

KeyType key_type_of(Curve curve) {
  const CurveFacts* facts = facts_of(curve);
  return facts == nullptr ? KeyType::none : facts->type;
}

std::size_t point_bytes(Curve curve) {
  const CurveFacts* facts = facts_of(curve);
  if (facts == nullptr) return 0;
  return facts->group_name == nullptr ? facts->width : 2 * facts->width + 1;
}

Result<KeyKind> identify(const EVP_PKEY& key) {
  if (EVP_PKEY_is_a(&key, "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(&key);
    if (bits < static_cast<int>(kRsaBitsTakenMin) || bits > static_cast<int>(kRsaBitsMax)) {
      return Error{Code::key_size, "an RSA modulus has 2047 to 4096 bits"};
    }
    return KeyKind{.type = KeyType::rsa, .bits = static_cast<std::uint32_t>(bits)};
  }
  if (EVP_PKEY_is_a(&key, "EC") == 1) return identify_curve(key);
  for (const CurveFacts& facts : kCurves) {
    if (facts.group_name == nullptr && EVP_PKEY_is_a(&key, facts.key_name) == 1) {
      return KeyKind{.type = facts.type, .curve = facts.curve, .bits = facts.bits};
    }
  }
  for (const ParameterSetFacts& facts : parameter_sets()) {
    if (EVP_PKEY_is_a(&key, facts.name) == 1) {
      return KeyKind{
          .type = facts.type, .set = facts.set, .bits = static_cast<std::uint32_t>(8 * facts.output_bytes)};
    }
  }
  return Error{Code::key_type, "the key is of no type that the vault knows"};
}

OwnedNumber key_number(const EVP_PKEY& key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(&key, name, &number) != 1) ERR_clear_error();
  return OwnedNumber(number);
}

Buffer key_octets(const EVP_PKEY& key) {
  std::size_t length = 0;
  if (EVP_PKEY_get_octet_string_param(&key, OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &length) != 1) {
    ERR_clear_error();
    return {};
  }
  Buffer octets(length);
  if (EVP_PKEY_get_octet_string_param(&key, OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size(), &length) !=
      1) {
    ERR_clear_error();
    return {};
  }
  octets.resize(length);
  return octets;
}

OwnedKey import_key(const char* key_name, int selection, OSSL_PARAM* values) {
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, key_name, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, values) != 1) {
    ERR_clear_error();
  }
  return OwnedKey(key);
}

Result<PublicKey> adopt_public(OwnedKey key) {
  const KeyKind kind = TRY(identify(*key));
  const auto handle = std::make_shared<PublicKey::Handle>();
  handle->key = std::move(key);
  handle->type = kind.type;
  handle->curve = kind.curve;
  handle->set = kind.set;
  handle->bits = kind.bits;
  return PublicKey(handle);
}

Result<PublicKey> PublicKey::from_rsa(Bytes modulus, Bytes exponent) {
  modulus = without_leading_zeros(modulus);
  exponent = without_leading_zeros(exponent);
  if (modulus.size() > kRsaBitsMax / 8 || exponent.size() > kRsaBitsMax / 8) {
    return Error{Code::key_size, "an RSA modulus has 2047 to 4096 bits"};
  }
  RsaNumbers numbers;
  numbers.n = number_from(modulus);
  numbers.e = number_from(exponent);
  TRY(check_public(numbers));
  return adopt_public(TRY(rsa_key(numbers)));
}

Result<PublicKey> PublicKey::from_point(Curve curve, Bytes point) {
  const CurveFacts* facts = facts_of(curve);
  if (facts == nullptr) return Error{Code::curve_unsupported, "the curve is not one of ours"};
  if (facts->group_name == nullptr) {
    if (point.size() != facts->width) return Error{Code::invalid, "the public key has a wrong length"};
    if (facts->type == KeyType::edwards && !on_edwards(curve, point))
      return Error{Code::invalid, "the point is not on the curve"};
    OwnedKey key(
        EVP_PKEY_new_raw_public_key_ex(nullptr, facts->key_name, nullptr, point.data(), point.size()));
    if (key == nullptr) return library_failed();
    return adopt_public(std::move(key));
  }
  const bool uncompressed = point.size() == 2 * facts->width + 1 && point[0] == 4;
  const bool compressed = point.size() == facts->width + 1 && (point[0] == 2 || point[0] == 3);
  if (!uncompressed && !compressed) return Error{Code::invalid, "the point has a wrong length or form"};
  // OpenSSL refuses points that are not on the curve; the cofactor is 1, so that is the whole check.
  std::array<OSSL_PARAM, 3> values = {text_parameter(OSSL_PKEY_PARAM_GROUP_NAME, facts->group_name),
                                      octet_parameter(OSSL_PKEY_PARAM_PUB_KEY, point),
                                      OSSL_PARAM_construct_end()};
  OwnedKey key = import_key(facts->key_name, EVP_PKEY_PUBLIC_KEY, values.data());
  if (key == nullptr) return Error{Code::invalid, "the point is not on the curve"};
  return adopt_public(std::move(key));
}

Result<PublicKey> PublicKey::from_octets(ParameterSet set, Bytes octets) {
  const ParameterSetFacts* facts = facts_of(set);
  if (facts == nullptr) return Error{Code::attribute_value, "the parameter set is not one of ours"};
  if (octets.size() != facts->public_bytes) return Error{Code::invalid, "the public key has a wrong length"};
  OwnedKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, facts->name, nullptr, octets.data(), octets.size()));
  ERR_clear_error();
  if (key == nullptr) return Error{Code::invalid, "the public key is none of its parameter set"};
  return adopt_public(std::move(key));
}

Result<PublicKey> PublicKey::from_spki(Bytes der) {
  if (der.size() > kSpkiBytesMax) return Error{Code::malformed, "the SubjectPublicKeyInfo is too long"};
  const std::uint8_t* cursor = der.data();
  OwnedKey key(d2i_PUBKEY_ex(nullptr, &cursor, static_cast<long>(der.size()), nullptr, nullptr));
  ERR_clear_error();
  if (key == nullptr || cursor != der.data() + der.size()) {
    return Error{Code::malformed, "the SubjectPublicKeyInfo does not decode"};
  }
  const KeyKind kind = TRY(identify(*key));
  // Rebuilding from the plain values runs the same checks whatever way a key came in.
  if (is_post_quantum(kind.type)) return from_octets(kind.set, key_octets(*key));
  if (kind.type != KeyType::rsa) return from_point(kind.curve, key_octets(*key));
  const OwnedNumber n = key_number(*key, OSSL_PKEY_PARAM_RSA_N);
  const OwnedNumber e = key_number(*key, OSSL_PKEY_PARAM_RSA_E);
  if (n == nullptr || e == nullptr) return library_failed();
  return from_rsa(number_octets(n.get()), number_octets(e.get()));
}

KeyType PublicKey::type() const { return handle_ == nullptr ? KeyType::none : handle_->type; }
Curve PublicKey::curve() const { return handle_ == nullptr ? Curve::none : handle_->curve; }
ParameterSet PublicKey::parameter_set() const {
  return handle_ == nullptr ? ParameterSet::none : handle_->set;
}
std::uint32_t PublicKey::bits() const { return handle_ == nullptr ? 0 : handle_->bits; }

Buffer PublicKey::rsa_modulus() const {
  if (type() != KeyType::rsa) return {};
  return number_octets(key_number(*handle_->key, OSSL_PKEY_PARAM_RSA_N).get());
}

Buffer PublicKey::rsa_exponent() const {
  if (type() != KeyType::rsa) return {};
  return number_octets(key_number(*handle_->key, OSSL_PKEY_PARAM_RSA_E).get());
}

Buffer PublicKey::point() const { return curve() == Curve::none ? Buffer() : key_octets(*handle_->key); }

Buffer PublicKey::octets() const {
  return parameter_set() == ParameterSet::none ? Buffer() : key_octets(*handle_->key);
}

Buffer PublicKey::spki() const {
  if (handle_ == nullptr) return {};
  const int length = i2d_PUBKEY(handle_->key.get(), nullptr);
  CHECK(length > 0);
  Buffer der(static_cast<std::size_t>(length));
  std::uint8_t* cursor = der.data();
  CHECK(i2d_PUBKEY(handle_->key.get(), &cursor) == length);
  return der;
}

}  // namespace coffer::crypto
