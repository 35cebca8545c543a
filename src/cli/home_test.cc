// Tests of where a vault is.
#include <gtest/gtest.h>

#include "cli/cli.h"

namespace coffer::cli {
namespace {

HomeSources everything() {
  return {.option = "/option",
          .coffer_home = "/variable",
          .xdg_data_home = "/xdg",
          .user_home = "/home/ann",
          .is_root = true,
          .system_has_vault = true};
}

TEST(Home, IsWhatTheOptionSays) { EXPECT_EQ(choose_home(everything()), "/option"); }

TEST(Home, IsWhatTheVariableSaysWithoutAnOption) {
  HomeSources sources = everything();
  sources.option.clear();
  EXPECT_EQ(choose_home(sources), "/variable");
}

TEST(Home, IsTheSystemsForRootWhenItHoldsAVault) {
  HomeSources sources = everything();
  sources.option.clear();
  sources.coffer_home.clear();
  EXPECT_EQ(choose_home(sources), "/var/lib/coffer");
}

TEST(Home, IsNotTheSystemsWhenThatHoldsNoVault) {
  HomeSources sources = everything();
  sources.option.clear();
  sources.coffer_home.clear();
  sources.system_has_vault = false;
  EXPECT_EQ(choose_home(sources), "/xdg/coffer");
}

TEST(Home, IsNotTheSystemsForOtherUsers) {
  HomeSources sources = everything();
  sources.option.clear();
  sources.coffer_home.clear();
  sources.is_root = false;
  EXPECT_EQ(choose_home(sources), "/xdg/coffer");
}

TEST(Home, IgnoresARelativeXdgDirectory) {
  EXPECT_EQ(choose_home({.xdg_data_home = "data", .user_home = "/home/ann"}),
            "/home/ann/.local/share/coffer");
}

TEST(Home, IsTheUsersOwnAtLast) {
  EXPECT_EQ(choose_home({.user_home = "/home/ann"}), "/home/ann/.local/share/coffer");
}

TEST(Home, IsAbsoluteWithoutASlashAtItsEnd) {
  const std::string home = vault_home("some/where/");
  EXPECT_TRUE(home.starts_with('/'));
  EXPECT_TRUE(home.ends_with("some/where"));
}

TEST(Home, HoldsTheSocketWhereTheDesignSays) {
  EXPECT_EQ(vault_socket("/h"), "/h/run/chip.sock");
  EXPECT_EQ(vault_guard_lock("/h"), "/h/run/guard.pid");
}

}  // namespace
}  // namespace coffer::cli
