// Tests of where a vault is.
#include "host/vault_home.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "host/file.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

// VaultHome has a system's home with a vault in it, and one without.
class VaultHome : public ::testing::Test {
 protected:
  VaultHome() {
    for (const std::string& home : {system, empty}) EXPECT_TRUE(create_directory(home).ok());
    EXPECT_TRUE(write_file_durably(vault_host_key(system), as_bytes("key")).ok());
  }
  [[nodiscard]] VaultHomeSources everything() const {
    return {.option = "/option",
            .coffer_home = "/variable",
            .xdg_data_home = "/xdg",
            .user_home = "/home/ann",
            .system_home = system,
            .is_root = true};
  }
  testing::TemporaryDirectory directory;
  const std::string system = directory / "system";
  const std::string empty = directory / "empty";
};

TEST_F(VaultHome, IsWhatTheOptionSays) { EXPECT_EQ(choose_vault_home(everything()), "/option"); }

TEST_F(VaultHome, IsWhatTheVariableSaysWithoutAnOption) {
  VaultHomeSources sources = everything();
  sources.option.clear();
  EXPECT_EQ(choose_vault_home(sources), "/variable");
}

TEST_F(VaultHome, IsTheSystemsForRootWhenThatHoldsAVault) {
  VaultHomeSources sources = everything();
  sources.option.clear();
  sources.coffer_home.clear();
  EXPECT_EQ(choose_vault_home(sources), system);
}

TEST_F(VaultHome, IsNotTheSystemsWhenThatHoldsNoVault) {
  EXPECT_EQ(choose_vault_home({.xdg_data_home = "/xdg", .system_home = empty, .is_root = true}),
            "/xdg/coffer");
  EXPECT_EQ(choose_vault_home({.user_home = "/root", .system_home = empty, .is_root = true}),
            "/root/.local/share/coffer");
}

TEST_F(VaultHome, IsNotTheSystemsForOtherUsersEvenWhenTheyHaveNone) {
  EXPECT_EQ(choose_vault_home({.xdg_data_home = "/xdg", .system_home = system}), "/xdg/coffer");
  EXPECT_EQ(choose_vault_home({.user_home = "/home/ann", .system_home = system}),
            "/home/ann/.local/share/coffer");
}

// XDG Base Directory Specification: "All paths set in these environment variables must be absolute. If an
// implementation encounters a relative path in any of these variables it should consider the path invalid and
// ignore it."
TEST_F(VaultHome, IgnoresARelativeXdgDirectory) {
  EXPECT_EQ(choose_vault_home({.xdg_data_home = "data", .user_home = "/home/ann"}),
            "/home/ann/.local/share/coffer");
}

TEST_F(VaultHome, IsTheUsersOwnAtLast) {
  EXPECT_EQ(choose_vault_home({.user_home = "/home/ann"}), "/home/ann/.local/share/coffer");
}

TEST_F(VaultHome, IsNowhereWithoutAnyPlace) {
  EXPECT_EQ(choose_vault_home({}), "");
  EXPECT_EQ(choose_vault_home({.system_home = empty, .is_root = true}), "");
}

TEST_F(VaultHome, IsAbsoluteWhateverNamesIt) {
  char* working = ::getcwd(nullptr, 0);
  const std::string here = working;
  std::free(working);
  EXPECT_EQ(choose_vault_home({.option = "v"}), here + "/v");
  EXPECT_EQ(choose_vault_home({.coffer_home = "some/where"}), here + "/some/where");
  EXPECT_EQ(choose_vault_home({.user_home = "ann"}), here + "/ann/.local/share/coffer");
}

TEST_F(VaultHome, HasNoSlashAtItsEnd) {
  EXPECT_EQ(choose_vault_home({.option = "/v//"}), "/v");
  EXPECT_EQ(choose_vault_home({.coffer_home = "/v/"}), "/v");
  EXPECT_EQ(choose_vault_home({.option = "/"}), "/");
}

TEST_F(VaultHome, HoldsAVaultWhenItHasAHostKey) {
  EXPECT_TRUE(holds_vault(system));
  EXPECT_FALSE(holds_vault(empty));
  EXPECT_FALSE(holds_vault(""));
}

TEST_F(VaultHome, HasTheSocketAndTheLockInRun) {
  EXPECT_EQ(vault_socket("/h"), "/h/run/chip.sock");
  EXPECT_EQ(vault_guard_lock("/h"), "/h/run/guard.pid");
}

// Links has a directory `real`, and makes links beside it.
class Links : public ::testing::Test {
 protected:
  Links() { EXPECT_TRUE(create_directory(real + "/deep").ok()); }
  void link(const std::string& target, const std::string& name) const {
    ASSERT_EQ(::symlink(target.c_str(), (directory / name).c_str()), 0);
  }
  [[nodiscard]] Code code_of(const std::string& name) const {
    return resolve_vault_home(directory / name).error().code;
  }

  testing::TemporaryDirectory directory;
  const std::string real = directory / "real";
};

TEST_F(Links, AreFollowedWhereverTheyAreInAPath) {
  link("real", "relative");
  link(real, "absolute");
  link("absolute/deep", "chained");
  link("../real", "real/back");
  link(".", "here");
  for (const auto& [path, expected] : std::to_array<std::pair<const char*, const char*>>({
           {"relative", ""},
           {"absolute", ""},
           {"absolute/", ""},
           {"chained", "/deep"},
           {"absolute/back/deep", "/deep"},
           {"here/here/relative/./back//deep", "/deep"},
           // What ".." means is decided behind the link.
           {"chained/../deep", "/deep"},
           {"chained/..", ""},
           {"real/deep/../../relative", ""},
       })) {
    EXPECT_EQ(resolve_vault_home(directory / path).value(), real + expected) << path;
  }
}

TEST_F(Links, LeaveWhatIsNotThereAsItIsNamed) {
  link("real", "link");
  EXPECT_EQ(resolve_vault_home(directory / "link/new/vault").value(), real + "/new/vault");
  EXPECT_EQ(resolve_vault_home(directory / "new/vault").value(), directory / "new/vault");
  EXPECT_EQ(resolve_vault_home("/").value(), "/");
  EXPECT_EQ(resolve_vault_home("/..").value(), "/");
  EXPECT_EQ(resolve_vault_home("no/root").value(), "no/root");
  EXPECT_EQ(resolve_vault_home("").value(), "");
}

TEST_F(Links, AreRefusedWhenTheyLeadNowhere) {
  link("nothing", "dangling");
  link("dangling", "further");
  for (const char* path : {"dangling", "dangling/vault", "further"}) {
    EXPECT_EQ(code_of(path), Code::not_found) << path;
  }
}

TEST_F(Links, AreRefusedWhenTheyGoRoundInACircle) {
  link("self", "self");
  link("two", "one");
  link("one", "two");
  for (const char* path : {"self", "one", "two/vault"}) EXPECT_EQ(code_of(path), Code::invalid) << path;
}

TEST_F(Links, AreRefusedWhenAnybodyMayHaveMadeThem) {
  constexpr uid_t kAnother = 65531;
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes links for others";
  const std::string shared = directory / "shared";
  ASSERT_TRUE(create_directory(shared).ok());
  link(real, "shared/link");
  link("shared/link", "into");
  ASSERT_EQ(::lchown((shared + "/link").c_str(), kAnother, kAnother), 0);
  EXPECT_EQ(resolve_vault_home(directory / "into").value(), real);
  ASSERT_EQ(::chmod(shared.c_str(), 01777), 0);
  EXPECT_EQ(code_of("shared/link"), Code::corrupt);
  EXPECT_EQ(code_of("into"), Code::corrupt) << "also behind one's own link";
  ASSERT_EQ(::lchown((shared + "/link").c_str(), 0, 0), 0);
  EXPECT_EQ(resolve_vault_home(directory / "into").value(), real);
}

}  // namespace
}  // namespace coffer::host
