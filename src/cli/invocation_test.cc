// Invocation: which exit code a command ends with.
#include "cli/invocation.h"

#include <gtest/gtest.h>

namespace coffer::cli {
namespace {

class Conclude : public ::testing::Test {
 protected:
  Arguments arguments;
  Context context;
  Output output{-1};
  Invocation invocation{.arguments = arguments, .context = context, .output = output, .home = "/nowhere"};
};

TEST_F(Conclude, GivesTheExitCodeOfTheFailure) {
  const Error failed = invocation.fail(Code::not_initialized, "there is no vault");
  EXPECT_EQ(invocation.conclude(failed), kExitNotInitialized);
  EXPECT_EQ(invocation.conclude(invocation.usage("what is this")), kExitUsage);
}

TEST_F(Conclude, ForgetsAFailureThatWasMadeGood) {
  const Error failed = invocation.fail(Code::unavailable, "it does not answer");
  EXPECT_FALSE(Status(failed).ok());
  EXPECT_EQ(invocation.conclude({}), kExitOk);
}

TEST_F(Conclude, GivesTheExitCodeThatAWorkingCommandChose) {
  invocation.exit_with(kExitNotRunning);
  EXPECT_EQ(invocation.conclude({}), kExitNotRunning);
}

}  // namespace
}  // namespace coffer::cli
