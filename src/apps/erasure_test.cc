// Erasure: what is left of a destroyed vault, of this format or an earlier one.
#include "apps/erasure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "host/file.h"
#include "host/testing.h"
#include "host/vault_home.h"

namespace coffer::apps {
namespace {

using host::testing::TemporaryDirectory;

constexpr auto kOfThisFormat = {"store/store.db",      "store/store.db-wal",     "store/store.db-shm",
                                "store/store.db.lock", "store/store.db-journal", "audit/mark",
                                "audit/mark.new"};
constexpr auto kOfFormat3 = {"store.db",         "store.db-wal", "store.db-shm", "store.db.lock",
                             "store.db-journal", "mark",         "mark.new"};

class EraseHome : public testing::Test {
 protected:
  EraseHome() {
    for (const char* const directory : {"store", "audit"})
      EXPECT_TRUE(host::create_directory(home / directory).ok());
    for (const char* const name : {"host.key", "config", "format", "log", "audit/audit-000001.log"})
      put(name);
  }
  void put(const std::string& name) const {
    EXPECT_TRUE(host::write_file_durably(home / name, as_bytes("32 octets of a key or of a record")).ok());
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& directory = "") const {
    return host::list_directory(home / directory).value();
  }
  void expect_only_the_log_is_left() const {
    EXPECT_EQ(names(), (std::vector<std::string>{"audit", "erased", "format", "log"}));
    EXPECT_EQ(names("audit"), (std::vector<std::string>{"audit-000001.log"}));
    EXPECT_FALSE(is_erasing(home.path()));
  }

  TemporaryDirectory home;
};

TEST_F(EraseHome, LeavesTheAuditLogOnly) {
  for (const char* const name : kOfThisFormat) put(name);
  ASSERT_TRUE(erase_home(home.path()).ok());
  expect_only_the_log_is_left();
}

TEST_F(EraseHome, FindsWhatAnEarlierFormatHas) {
  ASSERT_EQ(::rmdir((home / "store").c_str()), 0);
  for (const char* const name : kOfFormat3) put(name);
  ASSERT_TRUE(erase_home(home.path()).ok());
  expect_only_the_log_is_left();
}

TEST_F(EraseHome, GoesOnWhereItWasCutOff) {
  for (const char* const name : kOfThisFormat) put(name);
  ASSERT_TRUE(host::write_file_durably(host::vault_erasing(home.path()), {}).ok());
  ASSERT_TRUE(host::remove_file(host::vault_host_key(home.path())).ok());
  ASSERT_TRUE(host::remove_file(host::vault_store(home.path())).ok());
  ASSERT_TRUE(is_erasing(home.path()));
  ASSERT_TRUE(erase_home(home.path()).ok());
  expect_only_the_log_is_left();
}

TEST_F(EraseHome, OverwritesTheKeyWhereItLies) {
  ASSERT_EQ(::link(host::vault_host_key(home.path()).c_str(), (home / "another name").c_str()), 0);
  ASSERT_TRUE(erase_home(home.path()).ok());
  const Buffer left = host::read_file(home / "another name", 100).value();
  ASSERT_GE(left.size(), 32U);
  EXPECT_EQ(Buffer(left.begin(), left.begin() + 32), Buffer(32, 0));
}

}  // namespace
}  // namespace coffer::apps
