// Tests of who may answer for a vault.
#include "host/vault_owner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/socket.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

constexpr uid_t kAnother = 65533;

class VaultOwner : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, who can give files away";
    ASSERT_TRUE(create_directory(shared).ok());
    ASSERT_TRUE(create_directory(home).ok());
  }
  void give_away(const std::string& path) const { ASSERT_EQ(::lchown(path.c_str(), kAnother, kAnother), 0); }
  void open_to_all() const { ASSERT_EQ(::chmod(shared.c_str(), 01777), 0); }

  testing::TemporaryDirectory directory;
  const std::string shared = directory / "shared";
  const std::string home = shared + "/vault";
};

TEST_F(VaultOwner, IsTheOwnerOfTheDirectory) {
  EXPECT_EQ(vault_owner(home).value(), 0U);
  give_away(home);
  EXPECT_EQ(vault_owner(home).value(), kAnother);
  EXPECT_EQ(vault_owner(directory / "none").error().code, Code::not_found);
}

TEST_F(VaultOwner, IsNobodyWhereEverybodyMayMakeAVault) {
  open_to_all();
  EXPECT_TRUE(vault_owner(home).ok()) << "one's own, and root's, are";
  give_away(home);
  EXPECT_EQ(vault_owner(home).error().code, Code::corrupt);
}

TEST_F(VaultOwner, IsNobodyBelowSuchADirectoryEither) {
  open_to_all();
  const std::string below = home + "/below";
  ASSERT_TRUE(create_directory(below).ok());
  give_away(home);
  EXPECT_EQ(vault_owner(below).error().code, Code::corrupt);
}

TEST_F(VaultOwner, IsNobodyBehindALinkThatEverybodyMayMake) {
  open_to_all();
  const std::string link = shared + "/link";
  ASSERT_EQ(::symlink(directory.path().c_str(), link.c_str()), 0);
  EXPECT_TRUE(vault_owner(link).ok());
  give_away(link);
  EXPECT_EQ(vault_owner(link).error().code, Code::corrupt);
  const std::string into = directory / "into";
  ASSERT_EQ(::symlink(home.c_str(), into.c_str()), 0);
  EXPECT_TRUE(vault_owner(into).ok());
  give_away(home);
  EXPECT_EQ(vault_owner(into).error().code, Code::corrupt);
}

TEST(CheckAnswers, KnowsWhoListens) {
  testing::TemporaryDirectory directory;
  const std::string path = directory / "socket";
  const auto listener = listen_unix(path, 0600);
  ASSERT_TRUE(listener.ok());
  const auto socket = connect_unix(path, Deadline::after(std::chrono::seconds(5)));
  ASSERT_TRUE(socket.ok());
  EXPECT_TRUE(check_answers(socket.value(), ::geteuid()).ok());
  EXPECT_EQ(check_answers(socket.value(), ::geteuid() + 1).error().code, Code::corrupt);
}

}  // namespace
}  // namespace coffer::host
