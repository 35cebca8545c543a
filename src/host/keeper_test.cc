// Tests of keepers: nobody, somebody who is seen as nobody's process, and a lock that lies elsewhere.
#include "host/keeper.h"

#include <gtest/gtest.h>

#include "host/file.h"
#include "host/testing.h"
#include "host/vault_home.h"

namespace coffer::host {
namespace {

using testing::TemporaryDirectory;

TEST(FindKeeper, FindsNobodyWhereNothingIs) {
  const TemporaryDirectory home;
  EXPECT_FALSE(find_keeper(home / "nothing").value().has_value());
  EXPECT_FALSE(find_keeper(home.path()).value().has_value());
}

TEST(FindKeeper, FindsNobodyBehindALockThatIsFree) {
  const TemporaryDirectory home;
  ASSERT_TRUE(create_directory(vault_run(home.path())).ok());
  {
    const LockFile lock = LockFile::acquire(vault_guard_lock(home.path())).value();
  }
  EXPECT_FALSE(find_keeper(home.path()).value().has_value());
}

TEST(FindKeeper, TakesNoOtherProcessForTheGuard) {
  const TemporaryDirectory home;
  ASSERT_TRUE(create_directory(vault_run(home.path())).ok());
  // The number in it is that of this process, which is no guard.
  const LockFile lock = LockFile::acquire(vault_guard_lock(home.path())).value();
  const auto keeper = find_keeper(home.path()).value();
  ASSERT_TRUE(keeper.has_value());
  EXPECT_FALSE(keeper->is_known());
}

TEST(FindKeeper, FindsWhoHoldsTheStoreWhenRunIsGone) {
  const TemporaryDirectory home;
  ASSERT_TRUE(create_directory(vault_store_directory(home.path())).ok());
  const LockFile lock = LockFile::acquire(vault_store_lock(home.path())).value();
  const auto keeper = find_keeper(home.path()).value();
  ASSERT_TRUE(keeper.has_value());
  EXPECT_FALSE(keeper->is_known());
}

}  // namespace
}  // namespace coffer::host
