// The numbers of an RSA key (RFC 8017, 3; SP 800-56B, appendix C).
#include "crypto/rsa_numbers.h"

#include <vector>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/check.h"
#include "crypto/key_handle.h"

namespace coffer::crypto {
namespace {

// Each try finds the factors with a chance of at least one half.
constexpr int kFactorTries = 100;

// What OpenSSL would do, 64 rounds and more, costs fifty signatures. No number that came about by mistake
// passes one round; docs/decisions.md says why nobody gains by making one that passes some.
constexpr int kPrimeRounds = 5;

OwnedNumber new_number() {
  OwnedNumber number(BN_new());
  CHECK(number != nullptr);
  return number;
}

// secret_number is a number that BN handles without branches on its value.
OwnedNumber secret_number() {
  OwnedNumber number = new_number();
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

OwnedNumberContext new_context() {
  OwnedNumberContext context(BN_CTX_new());
  CHECK(context != nullptr);
  return context;
}

OwnedNumber minus_one(const BIGNUM* number) {
  OwnedNumber result = secret_number();
  CHECK(BN_copy(result.get(), number) != nullptr && BN_sub_word(result.get(), 1) == 1);
  return result;
}

Error inconsistent() {
  ERR_clear_error();
  return Error{Code::invalid, "the RSA numbers do not belong together"};
}

// factor_with looks for a square root of 1 other than 1 and -1 among base^(r 2^i); it gives a factor, or
// null.
OwnedNumber factor_with(const BIGNUM* base, const BIGNUM* r, int twos, const BIGNUM* n, BN_CTX* context) {
  const OwnedNumber n_minus_one = minus_one(n);
  OwnedNumber y = secret_number();
  if (BN_mod_exp(y.get(), base, r, n, context) != 1) return nullptr;
  for (int i = 0; i < twos; ++i) {
    if (BN_is_one(y.get()) == 1 || BN_cmp(y.get(), n_minus_one.get()) == 0) return nullptr;
    OwnedNumber square = secret_number();
    if (BN_mod_sqr(square.get(), y.get(), n, context) != 1) return nullptr;
    if (BN_is_one(square.get()) == 1) {
      const OwnedNumber below = minus_one(y.get());
      OwnedNumber factor = secret_number();
      if (BN_gcd(factor.get(), below.get(), n, context) != 1) return nullptr;
      return factor;
    }
    y = std::move(square);
  }
  return nullptr;
}

Status find_factors(RsaNumbers& numbers, BN_CTX* context) {
  OwnedNumber k = secret_number();
  if (BN_mul(k.get(), numbers.d.get(), numbers.e.get(), context) != 1) return library_failed();
  if (BN_is_odd(k.get()) == 0 || BN_sub_word(k.get(), 1) != 1 || BN_is_zero(k.get()) == 1)
    return inconsistent();
  int twos = 0;
  while (BN_is_bit_set(k.get(), twos) == 0) ++twos;
  OwnedNumber r = secret_number();
  if (BN_rshift(r.get(), k.get(), twos) != 1) return library_failed();
  const OwnedNumber base = new_number();
  for (int i = 0; i < kFactorTries; ++i) {
    if (BN_priv_rand_range(base.get(), numbers.n.get()) != 1) return library_failed();
    OwnedNumber factor = factor_with(base.get(), r.get(), twos, numbers.n.get(), context);
    if (factor == nullptr) continue;
    OwnedNumber other = secret_number();
    if (BN_div(other.get(), nullptr, numbers.n.get(), factor.get(), context) != 1) return library_failed();
    numbers.p = std::move(factor);
    numbers.q = std::move(other);
    if (BN_cmp(numbers.p.get(), numbers.q.get()) < 0) std::swap(numbers.p, numbers.q);
    return {};
  }
  return inconsistent();
}

struct Crt {
  OwnedNumber dp = secret_number();
  OwnedNumber dq = secret_number();
  OwnedNumber qinv = secret_number();
};

Result<Crt> crt_of(const RsaNumbers& numbers, BN_CTX* context) {
  Crt crt;
  const OwnedNumber p_minus_one = minus_one(numbers.p.get());
  const OwnedNumber q_minus_one = minus_one(numbers.q.get());
  if (BN_mod(crt.dp.get(), numbers.d.get(), p_minus_one.get(), context) != 1 ||
      BN_mod(crt.dq.get(), numbers.d.get(), q_minus_one.get(), context) != 1 ||
      BN_mod_inverse(crt.qinv.get(), numbers.q.get(), numbers.p.get(), context) == nullptr) {
    return inconsistent();
  }
  return crt;
}

// complete_crt computes what is missing of the CRT numbers.
Status complete_crt(RsaNumbers& numbers, BN_CTX* context) {
  if (numbers.dp != nullptr && numbers.dq != nullptr && numbers.qinv != nullptr) return {};
  Crt crt = TRY(crt_of(numbers, context));
  if (numbers.dp == nullptr) numbers.dp = std::move(crt.dp);
  if (numbers.dq == nullptr) numbers.dq = std::move(crt.dq);
  if (numbers.qinv == nullptr) numbers.qinv = std::move(crt.qinv);
  return {};
}

// is_crt_of tells whether those of the CRT numbers that are there are those of p and q.
Result<bool> is_crt_of(const RsaNumbers& numbers, BN_CTX* context) {
  const Crt crt = TRY(crt_of(numbers, context));
  const auto fits = [](const OwnedNumber& given, const OwnedNumber& computed) {
    return given == nullptr || BN_cmp(given.get(), computed.get()) == 0;
  };
  return fits(numbers.dp, crt.dp) && fits(numbers.dq, crt.dq) && fits(numbers.qinv, crt.qinv);
}

// order_factors names the factors that were found p and q as the given numbers have them.
Status order_factors(RsaNumbers& numbers, const BIGNUM* given_p, const BIGNUM* given_q, BN_CTX* context) {
  const auto fits = [&]() -> Result<bool> {
    if (given_p != nullptr) return BN_cmp(given_p, numbers.p.get()) == 0;
    if (given_q != nullptr) return BN_cmp(given_q, numbers.q.get()) == 0;
    return is_crt_of(numbers, context);
  };
  if (TRY(fits())) return {};
  std::swap(numbers.p, numbers.q);
  return TRY(fits()) ? Status{} : Status(inconsistent());
}

// has_passed is a round of Miller and Rabin: candidate - 1 is r 2^twos, r odd.
bool has_passed(const BIGNUM* base, const BIGNUM* r, int twos, const BIGNUM* candidate, BN_CTX* context) {
  const OwnedNumber last = minus_one(candidate);
  OwnedNumber y = secret_number();
  if (BN_mod_exp(y.get(), base, r, candidate, context) != 1) return false;
  if (BN_is_one(y.get()) == 1) return true;
  for (int i = 0; i < twos; ++i) {
    if (BN_cmp(y.get(), last.get()) == 0) return true;
    OwnedNumber square = secret_number();
    if (BN_mod_sqr(square.get(), y.get(), candidate, context) != 1) return false;
    y = std::move(square);
  }
  return false;
}

// is_prime tells whether an odd number above 3 passes kPrimeRounds rounds.
bool is_prime(const BIGNUM* candidate, BN_CTX* context) {
  const OwnedNumber below = minus_one(candidate);
  int twos = 0;
  while (BN_is_bit_set(below.get(), twos) == 0) ++twos;
  const OwnedNumber r = secret_number();
  const OwnedNumber base = new_number();
  if (BN_rshift(r.get(), below.get(), twos) != 1) return false;
  for (int round = 0; round < kPrimeRounds; ++round) {
    do {
      if (BN_priv_rand_range(base.get(), below.get()) != 1) return false;
    } while (BN_is_zero(base.get()) == 1 || BN_is_one(base.get()) == 1);
    if (!has_passed(base.get(), r.get(), twos, candidate, context)) return false;
  }
  return true;
}

// inverse_modulo tells whether e d = 1 modulo prime - 1.
bool inverse_modulo(const RsaNumbers& numbers, const BIGNUM* prime, BN_CTX* context) {
  const OwnedNumber order = minus_one(prime);
  const OwnedNumber product = secret_number();
  return BN_mod_mul(product.get(), numbers.d.get(), numbers.e.get(), order.get(), context) == 1 &&
         BN_is_one(product.get()) == 1;
}

// Octets of one number as OpenSSL's parameters want them: in the machine's order.
SecretBytes native_octets(const BIGNUM* number) {
  const int length = BN_num_bytes(number);
  SecretBytes octets = SecretBytes::zeroes(static_cast<std::size_t>(length));
  CHECK(BN_bn2nativepad(number, octets.reveal().data(), length) == length);
  return octets;
}

}  // namespace

Status check_public(const RsaNumbers& numbers) {
  const auto bits = static_cast<std::uint32_t>(BN_num_bits(numbers.n.get()));
  if (bits < kRsaBitsTakenMin || bits > kRsaBitsMax) {
    return Error{Code::key_size, "an RSA modulus has 2047 to 4096 bits"};
  }
  if (BN_is_odd(numbers.n.get()) == 0) return Error{Code::attribute_value, "the modulus is even"};
  // OpenSSL takes exponents of at most 64 bits with large moduli, and nobody needs larger ones.
  if (BN_is_odd(numbers.e.get()) == 0 || BN_is_one(numbers.e.get()) == 1 ||
      BN_num_bits(numbers.e.get()) > 64) {
    return Error{Code::attribute_value, "the public exponent is odd, at least 3, at most 64 bits"};
  }
  return {};
}

Status complete(RsaNumbers& numbers) {
  const OwnedNumberContext context = new_context();
  for (BIGNUM* secret : {numbers.d.get(), numbers.p.get(), numbers.q.get()}) {
    if (secret != nullptr) BN_set_flags(secret, BN_FLG_CONSTTIME);
  }
  if (numbers.p == nullptr || numbers.q == nullptr) {
    const OwnedNumber given_p = std::move(numbers.p);
    const OwnedNumber given_q = std::move(numbers.q);
    TRY(find_factors(numbers, context.get()));
    TRY(order_factors(numbers, given_p.get(), given_q.get(), context.get()));
  }
  if (BN_is_one(numbers.p.get()) == 1 || BN_is_one(numbers.q.get()) == 1) return inconsistent();
  if (BN_is_zero(numbers.p.get()) == 1 || BN_is_zero(numbers.q.get()) == 1) return inconsistent();
  return complete_crt(numbers, context.get());
}

Status check_private(const RsaNumbers& numbers) {
  for (const BIGNUM* number : {numbers.d.get(), numbers.p.get(), numbers.q.get(), numbers.dp.get(),
                               numbers.dq.get(), numbers.qinv.get()}) {
    if (number == nullptr || BN_is_zero(number) == 1) return inconsistent();
  }
  if (BN_is_odd(numbers.p.get()) == 0 || BN_is_odd(numbers.q.get()) == 0) return inconsistent();
  if (BN_is_one(numbers.p.get()) == 1 || BN_is_one(numbers.q.get()) == 1) return inconsistent();
  const OwnedNumberContext context = new_context();
  const OwnedNumber product = secret_number();
  if (BN_mul(product.get(), numbers.p.get(), numbers.q.get(), context.get()) != 1) return library_failed();
  if (BN_cmp(product.get(), numbers.n.get()) != 0) return inconsistent();
  if (BN_cmp(numbers.d.get(), numbers.n.get()) >= 0) return inconsistent();
  if (!inverse_modulo(numbers, numbers.p.get(), context.get()) ||
      !inverse_modulo(numbers, numbers.q.get(), context.get())) {
    return inconsistent();
  }
  const Crt crt = TRY(crt_of(numbers, context.get()));
  if (BN_cmp(crt.dp.get(), numbers.dp.get()) != 0 || BN_cmp(crt.dq.get(), numbers.dq.get()) != 0 ||
      BN_cmp(crt.qinv.get(), numbers.qinv.get()) != 0) {
    return inconsistent();
  }
  return {};
}

Status check_primes(const RsaNumbers& numbers) {
  const OwnedNumberContext context = new_context();
  for (const BIGNUM* prime : {numbers.p.get(), numbers.q.get()}) {
    constexpr int kBitsMin = 3;
    if (BN_num_bits(prime) >= kBitsMin && is_prime(prime, context.get())) continue;
    ERR_clear_error();
    return Error{Code::invalid, "a factor of the modulus is not prime"};
  }
  return {};
}

Result<OwnedKey> rsa_key(const RsaNumbers& numbers) {
  struct Named {
    const char* name;
    const BIGNUM* number;
  };
  const std::array<Named, 8> named = {{
      {OSSL_PKEY_PARAM_RSA_N, numbers.n.get()},
      {OSSL_PKEY_PARAM_RSA_E, numbers.e.get()},
      {OSSL_PKEY_PARAM_RSA_D, numbers.d.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.p.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.q.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers.dp.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers.dq.get()},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.qinv.get()},
  }};
  const bool is_private = numbers.d != nullptr;
  std::vector<SecretBytes> octets;
  std::vector<OSSL_PARAM> values;
  for (const Named& part : std::span(named).first(is_private ? named.size() : 2)) {
    CHECK(part.number != nullptr);
    octets.push_back(native_octets(part.number));
    const MutableBytes native = octets.back().reveal();
    values.push_back(OSSL_PARAM_construct_BN(part.name, native.data(), native.size()));
  }
  values.push_back(OSSL_PARAM_construct_end());
  OwnedKey key = import_key("RSA", is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, values.data());
  if (key == nullptr) return Error{Code::invalid, "OpenSSL refuses the RSA key"};
  return key;
}

RsaNumbers numbers_of(const EVP_PKEY& key) {
  RsaNumbers numbers;
  numbers.n = key_number(key, OSSL_PKEY_PARAM_RSA_N);
  numbers.e = key_number(key, OSSL_PKEY_PARAM_RSA_E);
  numbers.d = key_number(key, OSSL_PKEY_PARAM_RSA_D);
  numbers.p = key_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
  numbers.q = key_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
  numbers.dp = key_number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1);
  numbers.dq = key_number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2);
  numbers.qinv = key_number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  return numbers;
}

}  // namespace coffer::crypto
