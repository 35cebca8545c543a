// PrivateCopy: a copy is the peer's octets, and a secret never lies where bulk may.
#include "wire/private_copy.h"

#include <gtest/gtest.h>

#include "host/secret_arena.h"

namespace coffer::wire {
namespace {

using Holds = PrivateCopy::Holds;

TEST(PrivateCopy, UsesItsMemoryAgain) {
  PrivateCopy copy;
  const Buffer text(1000, 7);
  const auto* const place = copy.take(text, Holds::data).data();
  EXPECT_EQ(copy.take(text, Holds::secret).data(), place);
  EXPECT_EQ(to_buffer(copy.take(text, Holds::data)), text);
}

TEST(PrivateCopy, TakesNoSecretIntoMemoryThatWasLargeEnoughForBulk) {
  PrivateCopy copy;
  const auto* const large = copy.take(Buffer(host::kBulkBytes), Holds::data).data();
  const Bytes secret = copy.take(Buffer(20, 7), Holds::secret);
  EXPECT_NE(secret.data(), large);
  EXPECT_EQ(to_buffer(secret), Buffer(20, 7));
}

}  // namespace
}  // namespace coffer::wire
