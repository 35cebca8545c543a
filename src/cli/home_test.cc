// Tests of what decides where the command line's vault is.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cli/cli.h"

namespace coffer::cli {
namespace {

TEST(Home, IsAbsoluteWithoutASlashAtItsEnd) {
  const std::string home = vault_home("some/where/").value();
  EXPECT_TRUE(home.starts_with('/'));
  EXPECT_TRUE(home.ends_with("some/where"));
}

TEST(Home, IsOfTheUserDatabaseWithoutTheVariable) {
  const char* home = std::getenv("HOME");
  const std::string kept = home == nullptr ? "" : home;
  for (const char* name : {"COFFER_HOME", "XDG_DATA_HOME", "HOME"}) ::unsetenv(name);
  const std::string found = vault_home("").value();
  ::setenv("HOME", kept.c_str(), 1);
  EXPECT_TRUE(found.starts_with('/'));
  EXPECT_TRUE(found.ends_with("/coffer"));
}

}  // namespace
}  // namespace coffer::cli
