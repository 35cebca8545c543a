// Holder check: small orders by a table, small factors by division, the rest by OpenSSL.
#include "crypto/holder_check.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <numeric>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/check.h"
#include "crypto/key_handle.h"
#include "crypto/rsa_numbers.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kPointBytes = 32;
using Ordinate = std::array<std::uint8_t, kPointBytes>;

// The y of the points of Ed25519 whose order divides 8, less than the field's prime, least octet first: 0
// (order 4), 1 (the neutral point), -1 (order 2), and the two of order 8. Each has one x or two.
constexpr auto kSmallOrder = std::to_array<Ordinate>({
    {0},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
});

bool has_small_order(Bytes point) {
  Ordinate y{};
  CHECK(point.size() == y.size());
  std::ranges::copy(point, y.begin());
  y.back() &= 0x7F;  // the sign of x
  return std::ranges::find(kSmallOrder, y) != kSmallOrder.end();
}

// has_small_factor tries the primes from 3 to 2^16, several together in one division.
bool has_small_factor(const BIGNUM* number) {
  constexpr std::uint64_t kPrimesBelow = 65536;
  constexpr std::uint64_t kProductMax = std::uint64_t{1} << 48U;  // times one more prime: still 64 bits
  std::bitset<kPrimesBelow> is_composite;
  std::uint64_t product = 1;
  const auto shares_factor = [&] { return std::gcd(BN_mod_word(number, product), product) != 1; };
  for (std::uint64_t prime = 3; prime < kPrimesBelow; prime += 2) {
    if (is_composite[prime]) continue;
    for (std::uint64_t multiple = prime * prime; multiple < kPrimesBelow; multiple += prime)
      is_composite.set(multiple);
    product *= prime;
    if (product < kProductMax) continue;
    if (shares_factor()) return true;
    product = 1;
  }
  return shares_factor();
}

bool is_all_ones(const BIGNUM* number) {
  for (int i = 0; i < BN_num_bits(number); ++i) {
    if (BN_is_bit_set(number, i) == 0) return false;
  }
  return true;
}

Status check_rsa_key(EVP_PKEY& key) {
  constexpr int kExponentBitsMin = 17;
  const OwnedNumber n = key_number(key, OSSL_PKEY_PARAM_RSA_N);
  const OwnedNumber e = key_number(key, OSSL_PKEY_PARAM_RSA_E);
  CHECK(n != nullptr && e != nullptr);
  if (BN_num_bits(e.get()) < kExponentBitsMin)
    return Error{Code::attribute_value, "the public exponent of an RSA key is less than 65537"};
  // OpenSSL looks whether the modulus is composite and no power of a prime (SP 800-56B, 6.4.2).
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr));
  const bool is_sound = !is_all_ones(n.get()) && !has_small_factor(n.get()) && context != nullptr &&
                        EVP_PKEY_public_check(context.get()) == 1;
  ERR_clear_error();
  if (!is_sound) return Error{Code::attribute_value, "the RSA modulus is none that somebody generated"};
  return {};
}

}  // namespace

Status check_holder(const PublicKey& key) {
  if (key.type() == KeyType::rsa) return check_rsa_key(*key.handle().key);
  if (key.curve() == Curve::ed25519 && has_small_order(key.point()))
    return Error{Code::attribute_value, "the point has a small order: everybody has its private half"};
  return {};
}

Status check_rsa_holder(Bytes modulus, Bytes exponent) {
  if (modulus.size() > kHeldRsaBitsMax / 8 || exponent.size() > sizeof(std::uint64_t))
    return Error{Code::key_size, "an RSA key has more than 16384 bits"};
  RsaNumbers numbers;
  numbers.n = number_from(modulus);
  numbers.e = number_from(exponent);
  if (numbers.n == nullptr || numbers.e == nullptr || BN_is_odd(numbers.n.get()) == 0)
    return Error{Code::attribute_value, "numbers that no RSA key has"};
  return check_rsa_key(*TRY(rsa_key(numbers)));
}

}  // namespace coffer::crypto
