// Tests of finding and starting the vault.
#include "pkcs11/vault_connector.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/format.h"
#include "host/vault_home.h"
#include "pkcs11/vault_start.h"

namespace coffer::pkcs11 {
namespace {

// Makes a directory under the test's own; with a vault in it if asked.
std::string directory(const std::string& name, bool has_vault) {
  std::string pattern = testing::TempDir() + "coffer-" + name + "-XXXXXX";
  const char* made = ::mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr);
  if (has_vault) std::ofstream(pattern + "/host.key") << "key";
  return pattern;
}

// Writes a script that stands for `coffer`.
std::string script(const std::string& body) {
  const std::string path = directory("bin", false) + "/coffer";
  std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
  EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
  return path;
}

TEST(VaultConnector, FindsNoVaultWithoutAnyPlaceForOne) {
  if (host::holds_vault(host::kSystemVaultHome))
    GTEST_SKIP() << "this machine has a vault, which is not asked";
  const char* home = std::getenv("HOME");
  const std::string kept = home == nullptr ? "" : home;
  for (const char* name : {"COFFER_HOME", "XDG_DATA_HOME", "HOME"}) ::unsetenv(name);
  const auto connector = make_vault_connector();
  ::setenv("HOME", kept.c_str(), 1);
  EXPECT_EQ(connector->connect(nullptr, Patience::full).error().code, Code::not_found);
  EXPECT_FALSE(connector->is_coming_back());
}

// ConnectTest is a connector whose vault never answers, and a program that leaves a mark when it is run.
class ConnectTest : public testing::Test {
 protected:
  ConnectTest() {
    ::setenv("COFFER_HOME", home.c_str(), 1);
    ::setenv("COFFER_BIN", script("echo ran > \"$COFFER_HOME/ran\"; exit 4").c_str(), 1);
    ::unsetenv("COFFER_AUTOSTART");
  }
  ~ConnectTest() override {
    ::unsetenv("COFFER_HOME");
    ::unsetenv("COFFER_BIN");
    ::unsetenv("COFFER_AUTOSTART");
  }

  bool starts_vault(Patience patience) {
    EXPECT_FALSE(make_vault_connector()->connect(nullptr, patience).ok());
    return std::ifstream(home + "/ran").good();
  }

  const std::string home = directory("home", true);
};

TEST_F(ConnectTest, StartsAVaultThatDoesNotRun) { EXPECT_TRUE(starts_vault(Patience::full)); }

TEST_F(ConnectTest, StartsNothingWithoutPatience) { EXPECT_FALSE(starts_vault(Patience::none)); }

TEST_F(ConnectTest, StartsNothingWhenTold) {
  ::setenv("COFFER_AUTOSTART", "0", 1);
  EXPECT_FALSE(starts_vault(Patience::full));
}

TEST_F(ConnectTest, StartsNothingWhereThereIsNoVault) {
  ::unlink((home + "/host.key").c_str());
  EXPECT_FALSE(starts_vault(Patience::full));
}

TEST_F(ConnectTest, StartsNoVaultOfANewerFormat) {
  std::ofstream(home + "/format") << kFormat + 1 << '\n';
  EXPECT_FALSE(starts_vault(Patience::full));
  EXPECT_EQ(make_vault_connector()->connect(nullptr, Patience::full).error().code, Code::not_initialized);
}

TEST_F(ConnectTest, NeverStartsTheVaultOfAnotherUser) {
  if (::chown(home.c_str(), ::geteuid() + 1, static_cast<gid_t>(-1)) != 0) GTEST_SKIP() << "needs root";
  EXPECT_FALSE(starts_vault(Patience::full));
}

TEST(VaultStart, RunsTheProgramWithTheHome) {
  const std::string home = directory("home", true);
  VaultStart start;
  EXPECT_TRUE(start.run(script("test \"$1\" = up && echo ran > \"$COFFER_HOME/ran\""), home).ok());
  EXPECT_TRUE(std::ifstream(home + "/ran").good());
}

TEST(VaultStart, TellsThatTheProgramFailed) {
  VaultStart start;
  const Status failed = start.run(script("exit 5"), "/nowhere");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Code::unavailable);
  EXPECT_FALSE(start.run("/nowhere/coffer", "/nowhere").ok());
}

TEST(VaultStart, GivesTheVaultNoneOfTheApplicationsDescriptors) {
  const std::string home = directory("home", true);
  const int inherited = ::dup(1);
  VaultStart start;
  EXPECT_TRUE(start.run(script("test ! -e /proc/self/fd/" + std::to_string(inherited)), home).ok());
  ::close(inherited);
}

TEST(VaultStart, LeavesTheApplicationNoChildToWaitFor) {
  VaultStart start;
  EXPECT_TRUE(start.run(script("exit 0"), "/nowhere").ok());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(FindProgram, ObeysTheChoice) {
  const std::string program = script("exit 0");
  EXPECT_EQ(find_program(program, ""), program);
  EXPECT_EQ(find_program("/nowhere/coffer", "/bin:/usr/bin"), "");
}

}  // namespace
}  // namespace coffer::pkcs11
