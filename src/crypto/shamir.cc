// Shamir's secret sharing: polynomials over GF(2^8), evaluated by Horner's rule and joined by Lagrange's.
#include "crypto/shamir.h"

#include <algorithm>
#include <array>

#include "crypto/primitives.h"

namespace coffer::crypto {

namespace {

constexpr unsigned kReduction = 0x1B;  // x^8 = x^4 + x^3 + x + 1

// inverse_gf256 is a^254; 0 for 0.
std::uint8_t inverse_gf256(std::uint8_t a) {
  std::uint8_t result = 1;
  std::uint8_t power = a;
  for (unsigned exponent = 254; exponent != 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = multiply_gf256(result, power);
    power = multiply_gf256(power, power);
  }
  return result;
}

// at_zero is what share `index` contributes: the product of x_j / (x_j - x_i) over all others. Numbers of
// shares are not secret.
std::uint8_t at_zero(std::span<const Share> shares, std::size_t index) {
  std::uint8_t weight = 1;
  for (std::size_t other = 0; other < shares.size(); ++other) {
    if (other == index) continue;
    const auto difference = static_cast<std::uint8_t>(shares[other].number ^ shares[index].number);
    weight = multiply_gf256(weight, multiply_gf256(shares[other].number, inverse_gf256(difference)));
  }
  return weight;
}

}  // namespace

std::uint8_t multiply_gf256(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0U - ((static_cast<unsigned>(b) >> bit) & 1U));
    shifted = ((shifted << 1U) ^ (kReduction & (0U - (shifted >> 7U)))) & 0xFFU;
  }
  return static_cast<std::uint8_t>(product);
}

Result<std::vector<Share>> split_secret(const Secret<32>& secret, std::uint8_t threshold,
                                        std::uint8_t count) {
  if (threshold < kShareCountMin || threshold > count || count > kShareCountMax) {
    return Error{Code::invalid, "custodians are 2 to 16, and no fewer than are needed together"};
  }
  std::vector<Secret<32>> coefficients(threshold);
  std::ranges::copy(secret.reveal(), coefficients[0].reveal().begin());
  for (std::size_t i = 1; i < threshold; ++i) TRY(random_bytes(coefficients[i].reveal()));
  std::vector<Share> shares(count);
  for (std::uint8_t number = 1; number <= count; ++number) {
    Share& share = shares[number - 1U];
    share.number = number;
    for (std::size_t octet = 0; octet < Secret<32>::kBytes; ++octet) {
      std::uint8_t value = 0;
      for (std::size_t i = threshold; i-- > 0;) {
        value = static_cast<std::uint8_t>(multiply_gf256(value, number) ^ coefficients[i].reveal()[octet]);
      }
      share.value.reveal()[octet] = value;
    }
  }
  return shares;
}

Status join_shares(std::span<const Share> shares, Secret<32>& secret) {
  if (shares.size() < kShareCountMin || shares.size() > kShareCountMax) {
    return Error{Code::invalid, "a secret is joined from 2 to 16 shares"};
  }
  std::array<bool, 256> seen{};
  seen[0] = true;
  for (const Share& share : shares) {
    if (seen[share.number]) return Error{Code::invalid, "a share comes twice"};
    seen[share.number] = true;
  }
  std::ranges::fill(secret.reveal(), std::uint8_t{0});
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const std::uint8_t weight = at_zero(shares, i);
    for (std::size_t octet = 0; octet < Secret<32>::kBytes; ++octet) {
      secret.reveal()[octet] ^= multiply_gf256(weight, shares[i].value.reveal()[octet]);
    }
  }
  return {};
}

}  // namespace coffer::crypto
