// MemoryStore and FaultyStore.
#include "store/memory_store.h"

#include <gtest/gtest.h>

#include "store/conformance.h"
#include "store/faulty_store.h"

namespace coffer::store {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  MemoryStore store_;
};

std::unique_ptr<StoreUnderTest> make_memory() { return std::make_unique<MemoryUnderTest>(); }

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(&make_memory));

TEST(MemoryStore, ForgetsHistoryPastItsLimit) {
  MemoryStore store(2);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.commit({{}, {put("a", "1")}}).ok());
  EXPECT_EQ(store.changes(0).error().code, Code::limit);
  EXPECT_EQ(store.changes(1).value().size(), 2U);
}

TEST(MemoryStore, CopyStaysAsItWas) {
  MemoryStore store;
  ASSERT_TRUE(store.commit({{}, {put("a", "old")}}).ok());
  const auto backup = store.copy();
  ASSERT_TRUE(store.commit({{}, {put("a", "new")}}).ok());
  EXPECT_EQ(as_text(backup->get(as_bytes("a")).value()->value), "old");
  EXPECT_EQ(backup->revision().value(), 1U);
}

TEST(FaultyStore, FailsTheChosenCommitBeforeItIsApplied) {
  MemoryStore inner;
  FaultyStore store(inner);
  store.fail_commit(2, FaultPoint::before_commit, {Code::disk_full, "full"});
  EXPECT_TRUE(store.commit({{}, {put("a", "1")}}).ok());
  EXPECT_EQ(store.commit({{}, {put("b", "1")}}).error().code, Code::disk_full);
  EXPECT_FALSE(inner.get(as_bytes("b")).value().has_value());
  EXPECT_TRUE(store.commit({{}, {put("b", "1")}}).ok());
}

TEST(FaultyStore, FailsTheChosenCommitAfterItIsApplied) {
  MemoryStore inner;
  FaultyStore store(inner);
  store.fail_commit(1, FaultPoint::after_commit, {Code::unavailable, "gone"});
  EXPECT_EQ(store.commit({{}, {put("a", "1")}}).error().code, Code::unavailable);
  EXPECT_TRUE(inner.get(as_bytes("a")).value().has_value());
}

TEST(FaultyStore, RefusesEverythingWhenBrokenUntilItRecovers) {
  MemoryStore inner;
  FaultyStore store(inner);
  store.break_down({Code::unavailable, "gone"});
  EXPECT_FALSE(store.commit({{}, {put("a", "1")}}).ok());
  EXPECT_FALSE(store.get(as_bytes("a")).ok());
  EXPECT_FALSE(store.range({}, {}, 1).ok());
  EXPECT_FALSE(store.revision().ok());
  EXPECT_FALSE(store.changes(0).ok());
  store.recover();
  EXPECT_TRUE(store.commit({{}, {put("a", "1")}}).ok());
}

}  // namespace
}  // namespace coffer::store
