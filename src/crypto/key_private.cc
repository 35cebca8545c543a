// PrivateKey: import, export and the public half of private keys.
#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "crypto/key_handle.h"
#include "crypto/rsa_numbers.h"

namespace coffer::crypto {
namespace {

using OwnedInfo = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using OwnedGroup = Owned<EC_GROUP, EC_GROUP_free>;
using OwnedPoint = Owned<EC_POINT, EC_POINT_clear_free>;

// A PrivateKeyInfo of ML-DSA-87 with its seed has 4,970 octets.
constexpr std::size_t kPkcs8BytesMax = 8192;

void release(PrivateKey::Handle* handle) { std::default_delete<PrivateKey::Handle>{}(handle); }

Error bad_scalar() {
  ERR_clear_error();
  return Error{Code::invalid, "the private value is out of range"};
}

Result<PublicKey> public_half(const EVP_PKEY& key, const KeyKind& kind) {
  if (is_post_quantum(kind.type)) return PublicKey::from_octets(kind.set, key_octets(key));
  if (kind.type != KeyType::rsa) return PublicKey::from_point(kind.curve, key_octets(key));
  RsaNumbers numbers;
  numbers.n = key_number(key, OSSL_PKEY_PARAM_RSA_N);
  numbers.e = key_number(key, OSSL_PKEY_PARAM_RSA_E);
  if (numbers.n == nullptr || numbers.e == nullptr) return library_failed();
  TRY(check_public(numbers));
  return adopt_public(TRY(rsa_key(numbers)));
}

// public_point computes scalar x G, uncompressed; the scalar must be in 1..order-1.
Result<Buffer> public_point(const CurveFacts& facts, const BIGNUM* scalar) {
  const OwnedGroup group(EC_GROUP_new_by_curve_name(facts.group_number));
  CHECK(group != nullptr);
  if (BN_is_zero(scalar) == 1 || BN_cmp(scalar, EC_GROUP_get0_order(group.get())) >= 0) return bad_scalar();
  const OwnedPoint point(EC_POINT_new(group.get()));
  Buffer octets(2 * facts.width + 1);
  if (point == nullptr || EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, octets.data(),
                         octets.size(), nullptr) != octets.size()) {
    return library_failed();
  }
  return octets;
}

// lowest_octets leaves out what is in front of the last `width` octets of a number, which must be zeros. It
// looks at no other octet.
Result<Bytes> lowest_octets(Bytes number, std::size_t width) {
  if (number.size() <= width) return number;
  const Bytes front = number.first(number.size() - width);
  if (std::ranges::any_of(front, [](std::uint8_t octet) { return octet != 0; })) return bad_scalar();
  return number.last(width);
}

Result<OwnedKey> ec_key(const CurveFacts& facts, Bytes scalar) {
  OwnedNumber number = number_from(scalar);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  const Buffer point = TRY(public_point(facts, number.get()));
  SecretBytes native = SecretBytes::zeroes(facts.width);
  const auto width = static_cast<int>(facts.width);
  CHECK(BN_bn2nativepad(number.get(), native.reveal().data(), width) == width);
  std::array<OSSL_PARAM, 4> values = {
      text_parameter(OSSL_PKEY_PARAM_GROUP_NAME, facts.group_name),
      octet_parameter(OSSL_PKEY_PARAM_PUB_KEY, point),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.reveal().data(), native.size()),
      OSSL_PARAM_construct_end()};
  OwnedKey key = import_key(facts.key_name, EVP_PKEY_KEYPAIR, values.data());
  if (key == nullptr) return bad_scalar();
  return key;
}

// secret_octets reads a secret of a known size; empty when the key has none.
SecretBytes secret_octets(const EVP_PKEY& key, const char* name, std::size_t bytes) {
  SecretBytes octets = SecretBytes::zeroes(bytes);
  std::size_t length = bytes;
  if (EVP_PKEY_get_octet_string_param(&key, name, octets.reveal().data(), octets.size(), &length) != 1 ||
      length != bytes) {
    ERR_clear_error();
    return {};
  }
  return octets;
}

Result<OwnedKey> decode_pkcs8(Bytes der) {
  if (der.size() > kPkcs8BytesMax) return Error{Code::malformed, "the PrivateKeyInfo is too long"};
  const std::uint8_t* cursor = der.data();
  const OwnedInfo info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size())));
  OwnedKey key;
  if (info != nullptr && cursor == der.data() + der.size()) {
    key.reset(EVP_PKCS82PKEY_ex(info.get(), nullptr, nullptr));
  }
  ERR_clear_error();
  if (key == nullptr) return Error{Code::malformed, "the PrivateKeyInfo does not decode"};
  return key;
}

Result<PrivateKey> checked_pair(PrivateKey key) {
  if (pairwise_check(key).ok()) return key;
  return Error{Code::invalid, "the two halves of the key do not belong together"};
}

}  // namespace

SecretBytes scalar_of(const PrivateKey::Handle& key) {
  const CurveFacts* facts = facts_of(key.curve);
  if (facts == nullptr) return {};
  SecretBytes octets = SecretBytes::zeroes(facts->width);
  if (facts->group_name != nullptr) {
    const OwnedNumber number = key_number(*key.key, OSSL_PKEY_PARAM_PRIV_KEY);
    const auto width = static_cast<int>(facts->width);
    CHECK(number != nullptr && BN_bn2binpad(number.get(), octets.reveal().data(), width) == width);
    return octets;
  }
  std::size_t length = octets.size();
  CHECK(EVP_PKEY_get_raw_private_key(key.key.get(), octets.reveal().data(), &length) == 1);
  return octets;
}

Result<PrivateKey> adopt_private(OwnedKey key) {
  const KeyKind kind = TRY(identify(*key));
  auto handle = std::make_unique<PrivateKey::Handle>();
  handle->public_key = TRY(public_half(*key, kind));
  handle->key = std::move(key);
  handle->type = kind.type;
  handle->curve = kind.curve;
  handle->set = kind.set;
  handle->bits = kind.bits;
  return PrivateKey(
      std::unique_ptr<PrivateKey::Handle, void (*)(PrivateKey::Handle*)>(handle.release(), release));
}

Result<PrivateKey> PrivateKey::from_pkcs8(Bytes der) {
  OwnedKey key = TRY(decode_pkcs8(der));
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    const RsaNumbers numbers = numbers_of(*key);
    if (numbers.n == nullptr || numbers.e == nullptr)
      return Error{Code::malformed, "the RSA key is not complete"};
    TRY(check_public(numbers));
    TRY(check_private(numbers));
  }
  return adopt_private(std::move(key));
}

Result<PrivateKey> PrivateKey::import_pkcs8(Bytes der) {
  PrivateKey key = TRY(from_pkcs8(der));
  if (key.type() == KeyType::rsa) TRY(check_primes(numbers_of(*key.handle().key)));
  return checked_pair(std::move(key));
}

bool PrivateKey::is_pkcs8(Bytes octets) {
  const std::uint8_t* cursor = octets.data();
  const OwnedInfo info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(octets.size())));
  ERR_clear_error();
  return info != nullptr;
}

Result<PrivateKey> PrivateKey::from_rsa(const RsaParts& parts) {
  RsaNumbers numbers;
  constexpr std::size_t kBytesMax = kRsaBitsMax / 8 + 1;
  const auto take = [](OwnedNumber& number, Bytes octets) {
    if (octets.empty()) return true;
    if (octets.size() > kBytesMax) return false;
    number = number_from(octets);
    return true;
  };
  const bool taken = take(numbers.n, parts.n) && take(numbers.e, parts.e) &&
                     take(numbers.d, parts.d.reveal()) && take(numbers.p, parts.p.reveal()) &&
                     take(numbers.q, parts.q.reveal()) && take(numbers.dp, parts.dp.reveal()) &&
                     take(numbers.dq, parts.dq.reveal()) && take(numbers.qinv, parts.qinv.reveal());
  if (!taken) return Error{Code::key_size, "an RSA number is too long"};
  if (numbers.n == nullptr || numbers.e == nullptr || numbers.d == nullptr) {
    return Error{Code::template_incomplete, "an RSA private key needs n, e and d"};
  }
  TRY(check_public(numbers));
  TRY(complete(numbers));
  TRY(check_private(numbers));
  TRY(check_primes(numbers));
  OwnedKey key = TRY(rsa_key(numbers));
  return checked_pair(TRY(adopt_private(std::move(key))));
}

Result<PrivateKey> PrivateKey::from_scalar(Curve curve, Bytes scalar) {
  const CurveFacts* facts = facts_of(curve);
  if (facts == nullptr) return Error{Code::curve_unsupported, "the curve is not one of ours"};
  if (facts->group_name != nullptr) {
    const Bytes octets = TRY(lowest_octets(scalar, facts->width));
    return adopt_private(TRY(ec_key(*facts, octets)));
  }
  if (scalar.size() != facts->width) return bad_scalar();
  OwnedKey key(
      EVP_PKEY_new_raw_private_key_ex(nullptr, facts->key_name, nullptr, scalar.data(), scalar.size()));
  if (key == nullptr) return library_failed();
  return adopt_private(std::move(key));
}

Result<PrivateKey> PrivateKey::from_seed(ParameterSet set, Bytes seed) {
  const ParameterSetFacts* facts = facts_of(set);
  if (facts == nullptr || facts->seed_bytes == 0)
    return Error{Code::attribute_value, "keys of this parameter set have no seed"};
  if (seed.size() != facts->seed_bytes) return Error{Code::invalid, "the seed has a wrong length"};
  // One name serves both kinds.
  static_assert(std::string_view(OSSL_PKEY_PARAM_ML_DSA_SEED) == OSSL_PKEY_PARAM_ML_KEM_SEED);
  std::array<OSSL_PARAM, 2> values = {octet_parameter(OSSL_PKEY_PARAM_ML_DSA_SEED, seed),
                                      OSSL_PARAM_construct_end()};
  OwnedKey key = import_key(facts->name, EVP_PKEY_KEYPAIR, values.data());
  if (key == nullptr) return library_failed();
  return adopt_private(std::move(key));
}

Result<PrivateKey> PrivateKey::from_expanded(ParameterSet set, Bytes octets) {
  const ParameterSetFacts* facts = facts_of(set);
  if (facts == nullptr) return Error{Code::attribute_value, "the parameter set is not one of ours"};
  if (octets.size() != facts->private_bytes)
    return Error{Code::invalid, "the private key has a wrong length"};
  OwnedKey made(EVP_PKEY_new_raw_private_key_ex(nullptr, facts->name, nullptr, octets.data(), octets.size()));
  ERR_clear_error();
  if (made == nullptr) return Error{Code::invalid, "the private key is none of its parameter set"};
  return checked_pair(TRY(adopt_private(std::move(made))));
}

KeyType PrivateKey::type() const { return handle_ == nullptr ? KeyType::none : handle_->type; }
Curve PrivateKey::curve() const { return handle_ == nullptr ? Curve::none : handle_->curve; }
ParameterSet PrivateKey::parameter_set() const {
  return handle_ == nullptr ? ParameterSet::none : handle_->set;
}
std::uint32_t PrivateKey::bits() const { return handle_ == nullptr ? 0 : handle_->bits; }
PublicKey PrivateKey::public_key() const { return handle_ == nullptr ? PublicKey() : handle_->public_key; }

SecretBytes PrivateKey::pkcs8() const {
  if (handle_ == nullptr) return {};
  const OwnedInfo info(EVP_PKEY2PKCS8(handle_->key.get()));
  CHECK(info != nullptr);
  const int length = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  CHECK(length > 0);
  SecretBytes der = SecretBytes::zeroes(static_cast<std::size_t>(length));
  std::uint8_t* cursor = der.reveal().data();
  CHECK(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &cursor) == length);
  return der;
}

SecretBytes PrivateKey::scalar() const { return handle_ == nullptr ? SecretBytes() : scalar_of(*handle_); }

SecretBytes PrivateKey::seed() const {
  const ParameterSetFacts* facts = facts_of(parameter_set());
  if (facts == nullptr || facts->seed_bytes == 0) return {};
  return secret_octets(*handle_->key, OSSL_PKEY_PARAM_ML_DSA_SEED, facts->seed_bytes);
}

SecretBytes PrivateKey::expanded() const {
  const ParameterSetFacts* facts = facts_of(parameter_set());
  if (facts == nullptr) return {};
  return secret_octets(*handle_->key, OSSL_PKEY_PARAM_PRIV_KEY, facts->private_bytes);
}

bool PrivateKey::is_expanded(Bytes octets) const {
  const SecretBytes own = expanded();
  return equal_secret(own.reveal(), octets);
}

RsaParts PrivateKey::rsa_parts() const {
  if (type() != KeyType::rsa) return {};
  const RsaNumbers numbers = numbers_of(*handle_->key);
  const auto secret = [](const BIGNUM* number) {
    SecretBytes octets = SecretBytes::zeroes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, octets.reveal().data());
    return octets;
  };
  return {number_octets(numbers.n.get()), number_octets(numbers.e.get()), secret(numbers.d.get()),
          secret(numbers.p.get()),        secret(numbers.q.get()),        secret(numbers.dp.get()),
          secret(numbers.dq.get()),       secret(numbers.qinv.get())};
}

}  // namespace coffer::crypto
