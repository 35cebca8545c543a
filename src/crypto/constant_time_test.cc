// Constant time: what touches a secret neither branches on it nor uses it as an index. Under valgrind the
// secret is poisoned (marked undefined), and a branch on it is an error; elsewhere only the results are
// checked.
#include "crypto/constant_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "crypto/aes.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_MAKE_MEM_UNDEFINED(address, bytes) static_cast<void>(address)
#define VALGRIND_MAKE_MEM_DEFINED(address, bytes) static_cast<void>(address)
#endif

namespace coffer::crypto {
namespace {

using Block = std::array<std::uint8_t, kAesBlockBytes>;

unsigned errors() { return static_cast<unsigned>(VALGRIND_COUNT_ERRORS); }

// kept_of runs data_in_last_block on a poisoned block and clears the verdict, which the caller may see.
std::size_t kept_of(Block block) {
  VALGRIND_MAKE_MEM_UNDEFINED(block.data(), block.size());
  std::size_t kept = data_in_last_block(block);
  VALGRIND_MAKE_MEM_DEFINED(&kept, sizeof(kept));
  return kept;
}

TEST(ConstantTime, MasksAreRight) {
  for (const std::uint32_t a : {0U, 1U, 15U, 16U, 255U, 0x7FFFFFFFU}) {
    EXPECT_EQ(mask_is_zero(a), a == 0 ? ~0U : 0U);
    for (const std::uint32_t b : {0U, 1U, 15U, 16U, 255U, 0x7FFFFFFFU})
      EXPECT_EQ(mask_less(a, b), a < b ? ~0U : 0U);
  }
}

TEST(ConstantTime, PaddingIsReadRight) {
  for (std::size_t kept = 0; kept < kAesBlockBytes; ++kept) {
    Block block{};
    std::fill(block.begin() + static_cast<std::ptrdiff_t>(kept), block.end(),
              static_cast<std::uint8_t>(kAesBlockBytes - kept));
    EXPECT_EQ(kept_of(block), kept);
    if (kept == kAesBlockBytes - 1) continue;
    block[kept] ^= 0x80U;
    EXPECT_EQ(kept_of(block), kAesBlockBytes);
  }
}

TEST(ConstantTime, PaddingOfAShortBlockIsReadRight) {
  for (std::size_t kept = 0; kept < kDes3BlockBytes; ++kept) {
    const auto block = pad_block(Buffer(kept, 0xFF), kDes3BlockBytes);
    EXPECT_EQ(data_in_last_block(Bytes(block).first(kDes3BlockBytes)), kept);
  }
  // Padding of a longer block is none.
  EXPECT_EQ(data_in_last_block(Buffer(kDes3BlockBytes, kDes3BlockBytes + 1)), kDes3BlockBytes);
}

TEST(ConstantTime, PaddingIsReadWithoutABranch) {
  const unsigned before = errors();
  static_cast<void>(kept_of(Block{}));
  EXPECT_EQ(errors(), before);
}

TEST(ConstantTime, TheSecretComparisonHasNoBranch) {
  Block a{};
  Block b{};
  b[3] = 1;
  const unsigned before = errors();
  VALGRIND_MAKE_MEM_UNDEFINED(a.data(), a.size());
  bool equal = equal_secret(a, b);
  VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof(equal));
  EXPECT_FALSE(equal);
  EXPECT_EQ(errors(), before);
}

TEST(ConstantTime, ThePoisonIsNoticed) {
  if (!RUNNING_ON_VALGRIND) GTEST_SKIP() << "only valgrind sees the poison";
  // Printing a number branches and indexes by it.
  std::uint8_t secret = 1;
  const unsigned before = errors();
  VALGRIND_MAKE_MEM_UNDEFINED(&secret, 1);
  const std::string text = std::to_string(secret);
  VALGRIND_MAKE_MEM_DEFINED(&secret, 1);
  EXPECT_FALSE(text.empty());
  EXPECT_GT(errors(), before);
}

}  // namespace
}  // namespace coffer::crypto
