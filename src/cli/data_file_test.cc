// Tests of writing results.
#include "cli/data_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host/file.h"
#include "host/testing.h"

namespace coffer::cli {
namespace {

class WriteNamed : public ::testing::Test {
 protected:
  Arguments arguments;
  Context context;
  Output output{-1};
  Invocation invocation{.arguments = arguments, .context = context, .output = output, .home = "/nowhere"};
  host::testing::TemporaryDirectory directory;
};

TEST_F(WriteNamed, ReplacesAFileAndSetsItsMode) {
  const std::string path = directory / "result";
  ASSERT_TRUE(host::write_file_durably(path, as_bytes("a longer old content")).ok());
  ASSERT_TRUE(write_named(invocation, path, as_bytes("new"), kPublicFile).ok());
  EXPECT_EQ(host::read_file(path, 64).value(), to_buffer(as_bytes("new")));
  struct stat about{};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0644U);
}

TEST_F(WriteNamed, WritesIntoADeviceInsteadOfReplacingIt) {
  ASSERT_TRUE(write_named(invocation, "/dev/null", as_bytes("new"), kPublicFile).ok());
  struct stat about{};
  ASSERT_EQ(::stat("/dev/null", &about), 0);
  EXPECT_TRUE(S_ISCHR(about.st_mode));
}

TEST_F(WriteNamed, PrintsForADash) {
  ASSERT_TRUE(write_named(invocation, "-", as_bytes("new"), kPublicFile).ok());
  EXPECT_EQ(output.gathered(), "new");
}

TEST_F(WriteNamed, RefusesADirectoryThatIsNotThere) {
  EXPECT_FALSE(write_named(invocation, directory / "no/file", as_bytes("new"), kPublicFile).ok());
  ASSERT_TRUE(invocation.failure.has_value());
  EXPECT_NE(invocation.failure->what.find("cannot be written"), std::string::npos);
}

}  // namespace
}  // namespace coffer::cli
