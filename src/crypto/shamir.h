// Shamir's secret sharing over GF(2^8): any `threshold` of the shares give the secret, fewer tell nothing.
//
// Each octet of the secret is the constant term of its own random polynomial of degree threshold - 1; share x
// holds the values at x. The field is that of AES (FIPS 197, 4.2). No branch and no index depends on a
// secret.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace coffer::crypto {

inline constexpr std::size_t kShareCountMin = 2;
inline constexpr std::size_t kShareCountMax = 16;

// Share is one point: `number` is x, from 1.
struct Share {
  std::uint8_t number = 0;
  Secret<32> value;
};

// multiply_gf256 is the product of two elements, in constant time.
std::uint8_t multiply_gf256(std::uint8_t a, std::uint8_t b);

// split_secret makes `count` shares. Fails with `invalid` unless 2 <= threshold <= count <= 16.
Result<std::vector<Share>> split_secret(const Secret<32>& secret, std::uint8_t threshold, std::uint8_t count);

// join_shares gives the secret back from exactly as many shares as the threshold was. Fails with `invalid`
// for fewer than two or more than 16, for a number of 0 and for one that comes twice. It cannot tell whether
// the shares belong together: wrong ones give a wrong secret.
Status join_shares(std::span<const Share> shares, Secret<32>& secret);

}  // namespace coffer::crypto
