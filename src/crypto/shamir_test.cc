// Shamir's secret sharing: the field, every quorum, and that fewer shares tell nothing.
#include "crypto/shamir.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/primitives.h"

namespace coffer::crypto {
namespace {

Secret<32> some_secret() {
  Secret<32> secret;
  for (std::size_t i = 0; i < Secret<32>::kBytes; ++i) secret.reveal()[i] = static_cast<std::uint8_t>(i * 7);
  return secret;
}

Share copy_of(const Share& share) {
  Share copy;
  copy.number = share.number;
  std::ranges::copy(share.value.reveal(), copy.value.reveal().begin());
  return copy;
}

bool joins(const std::vector<Share>& all, const std::vector<std::size_t>& chosen, const Secret<32>& secret) {
  std::vector<Share> shares;
  for (const std::size_t index : chosen) shares.push_back(copy_of(all[index]));
  Secret<32> joined;
  return join_shares(shares, joined).ok() && equal_secret(joined.reveal(), secret.reveal());
}

TEST(Gf256, MultipliesLikeTheExampleOfFips197) {
  EXPECT_EQ(multiply_gf256(0x57, 0x83), 0xC1);  // FIPS 197, 4.2
  EXPECT_EQ(multiply_gf256(0x57, 0x13), 0xFE);  // FIPS 197, 4.2.1
  EXPECT_EQ(multiply_gf256(0x57, 0), 0);
}

TEST(Shamir, AnyQuorumOfThreeGivesTheSecret) {
  const Secret<32> secret = some_secret();
  const auto shares = split_secret(secret, 3, 5).value();
  for (std::size_t a = 0; a < 5; ++a) {
    for (std::size_t b = 0; b < 5; ++b) {
      for (std::size_t c = 0; c < 5; ++c) {
        if (a == b || b == c || a == c) continue;
        EXPECT_TRUE(joins(shares, {a, b, c}, secret));
      }
    }
  }
}

TEST(Shamir, SixteenOfSixteenGiveTheSecret) {
  const Secret<32> secret = some_secret();
  const auto shares = split_secret(secret, 16, 16).value();
  EXPECT_TRUE(joins(shares, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, secret));
}

TEST(Shamir, FewerSharesGiveSomethingElse) {
  const Secret<32> secret = some_secret();
  const auto shares = split_secret(secret, 3, 5).value();
  EXPECT_FALSE(joins(shares, {0, 1}, secret));
}

TEST(Shamir, ChangedShareGivesSomethingElse) {
  const Secret<32> secret = some_secret();
  auto shares = split_secret(secret, 2, 2).value();
  shares[1].value.reveal()[31] ^= 1U;
  EXPECT_FALSE(joins(shares, {0, 1}, secret));
}

TEST(Shamir, SharesOfOneSecretDifferEachTime) {
  const Secret<32> secret = some_secret();
  const auto once = split_secret(secret, 2, 2).value();
  const auto again = split_secret(secret, 2, 2).value();
  EXPECT_FALSE(equal_secret(once[0].value.reveal(), again[0].value.reveal()));
}

TEST(Shamir, RefusesImpossibleNumbers) {
  const Secret<32> secret = some_secret();
  EXPECT_FALSE(split_secret(secret, 1, 5).ok());
  EXPECT_FALSE(split_secret(secret, 6, 5).ok());
  EXPECT_FALSE(split_secret(secret, 2, 17).ok());
  const auto shares = split_secret(secret, 2, 3).value();
  Secret<32> joined;
  std::vector<Share> twice;
  twice.push_back(copy_of(shares[0]));
  twice.push_back(copy_of(shares[0]));
  EXPECT_FALSE(join_shares(twice, joined).ok());
  twice[1].number = 0;
  EXPECT_FALSE(join_shares(twice, joined).ok());
}

}  // namespace
}  // namespace coffer::crypto
