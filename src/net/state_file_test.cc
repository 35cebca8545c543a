// StateFile: the file says how things are, also when it could not be written for a while.
#include "net/state_file.h"

#include <gtest/gtest.h>

#include "host/file.h"
#include "host/testing.h"

namespace coffer::net {
namespace {

std::string text_of(const std::string& path) {
  const auto octets = host::read_file(path, 100);
  return octets.ok() ? std::string(as_text(octets.value())) : "nothing";
}

TEST(StateFile, IsWrittenWhenTheStateChangesOnly) {
  const host::testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/state";
  StateFile file(path);
  file.write("up", as_bytes("up since one"));
  file.write("up", as_bytes("up since two"));
  EXPECT_EQ(text_of(path), "up since one");
  file.write("down", as_bytes("down"));
  EXPECT_EQ(text_of(path), "down");
}

TEST(StateFile, IsTriedAgainAfterItCouldNotBeWritten) {
  const host::testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/run/state";
  StateFile file(path);
  file.write("up", as_bytes("up"));
  EXPECT_EQ(text_of(path), "nothing");
  ASSERT_TRUE(host::create_directory(directory.path() + "/run").ok());
  file.write("up", as_bytes("up"));
  EXPECT_EQ(text_of(path), "up");
}

}  // namespace
}  // namespace coffer::net
