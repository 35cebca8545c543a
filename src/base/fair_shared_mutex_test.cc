// FairSharedMutex: nobody overtakes who wants it alone.
#include "base/fair_shared_mutex.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace coffer {
namespace {

TEST(FairSharedMutex, IsSharedUntilSomebodyWantsItAlone) {
  FairSharedMutex mutex;
  mutex.lock_shared();
  EXPECT_TRUE(mutex.try_lock_shared());
  mutex.unlock_shared();
  std::string order;
  std::thread alone([&] {
    mutex.lock();
    order += "alone ";
    mutex.unlock();
  });
  while (!mutex.is_wanted()) std::this_thread::yield();
  EXPECT_FALSE(mutex.try_lock_shared());
  std::thread later([&] {
    mutex.lock_shared();
    order += "later";
    mutex.unlock_shared();
  });
  mutex.unlock_shared();
  alone.join();
  later.join();
  EXPECT_EQ(order, "alone later");
  EXPECT_TRUE(mutex.try_lock_shared());
  mutex.unlock_shared();
}

}  // namespace
}  // namespace coffer
