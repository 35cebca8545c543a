// Digests against FIPS 180-4 and FIPS 202.
#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

TEST(Digest, GivesTheAnswersOfTheStandards) {
  for (const Vector& vector : read_vectors("digest.vec")) {
    Parameters parameters;
    parameters.mechanism = vector.mechanism();
    Buffer output(kDigestBytesMax);
    const auto bytes = digest(parameters, vector.hex("Message"), output);
    ASSERT_TRUE(bytes.ok()) << vector.title;
    output.resize(bytes.value());
    EXPECT_EQ(output, vector.hex("Digest")) << vector.title;
  }
}

TEST(Digest, InPartsIsTheSame) {
  for (const Vector& vector : read_vectors("digest.vec")) {
    Parameters parameters;
    parameters.mechanism = vector.mechanism();
    auto stream = start_digest(parameters);
    ASSERT_TRUE(stream.ok());
    for (const std::uint8_t octet : vector.hex("Message"))
      ASSERT_TRUE(stream.value()->update({&octet, 1}, {}).ok());
    Buffer output(kDigestBytesMax);
    const auto bytes = stream.value()->finish(output);
    ASSERT_TRUE(bytes.ok());
    output.resize(bytes.value());
    EXPECT_EQ(output, vector.hex("Digest")) << vector.title;
  }
}

TEST(Digest, RefusesAnOutputWithoutRoom) {
  Parameters parameters;
  parameters.mechanism = number_of("sha256");
  Buffer output(31);
  EXPECT_EQ(digest(parameters, {}, output).error().code, Code::invalid);
}

TEST(Digest, RefusesMechanismsThatDoNotDigest) {
  Parameters parameters;
  parameters.mechanism = number_of("hmac-sha256");
  Buffer output(64);
  EXPECT_EQ(digest(parameters, {}, output).error().code, Code::mechanism_invalid);
}

TEST(Digest, AStreamThatEndedIsSpent) {
  Parameters parameters;
  parameters.mechanism = number_of("sha256");
  auto stream = start_digest(parameters);
  ASSERT_TRUE(stream.ok());
  Buffer output(32);
  ASSERT_TRUE(stream.value()->finish(output).ok());
  EXPECT_EQ(stream.value()->finish(output).error().code, Code::operation_unknown);
  EXPECT_EQ(stream.value()->update(output, {}).error().code, Code::operation_unknown);
}

}  // namespace
}  // namespace coffer::crypto
