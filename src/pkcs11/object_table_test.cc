// Tests of object handles: stable, never given twice, read without a lock.
#include "pkcs11/object_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace coffer::pkcs11 {
namespace {

wire::ObjectSummary summary_of(std::uint32_t number) {
  wire::ObjectSummary summary;
  summary.id[0] = static_cast<std::uint8_t>(number);
  summary.id[1] = static_cast<std::uint8_t>(number >> 8U);
  summary.id[2] = static_cast<std::uint8_t>(number >> 16U);
  summary.object_class = CKO_PRIVATE_KEY;
  summary.key_type = number;
  summary.is_private = true;
  summary.uses = CKF_SIGN;
  summary.bits = number;
  return summary;
}

TEST(ObjectTable, GivesAnObjectTheSameHandleEachTime) {
  ObjectTable table;
  const CK_OBJECT_HANDLE first = table.handle_of(0, summary_of(1));
  EXPECT_EQ(first, 1U);
  EXPECT_NE(table.handle_of(0, summary_of(2)), first);
  EXPECT_NE(table.handle_of(1, summary_of(1)), first);
  EXPECT_EQ(table.handle_of(0, summary_of(1)), first);
}

TEST(ObjectTable, RemembersEveryFieldOfTheSummary) {
  ObjectTable table;
  wire::ObjectSummary summary = summary_of(77);
  summary.is_token = true;
  summary.always_authenticate = true;
  const auto found = table.find(table.handle_of(9, summary));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->slot, 9U);
  EXPECT_EQ(found->summary.id, summary.id);
  EXPECT_EQ(found->summary.object_class, CKO_PRIVATE_KEY);
  EXPECT_EQ(found->summary.key_type, 77U);
  EXPECT_EQ(found->summary.bits, 77U);
  EXPECT_EQ(found->summary.uses, CKF_SIGN);
  EXPECT_TRUE(found->summary.is_token);
  EXPECT_TRUE(found->summary.is_private);
  EXPECT_TRUE(found->summary.always_authenticate);
}

TEST(ObjectTable, NoticesThatTheUsesOfAnObjectChanged) {
  ObjectTable table;
  wire::ObjectSummary summary = summary_of(1);
  const CK_OBJECT_HANDLE handle = table.handle_of(0, summary);
  summary.uses = CKF_DECRYPT;
  table.handle_of(0, summary);
  EXPECT_EQ(table.find(handle)->summary.uses, CKF_DECRYPT);
}

TEST(ObjectTable, NeverGivesAHandleTwice) {
  ObjectTable table;
  const CK_OBJECT_HANDLE first = table.handle_of(0, summary_of(1));
  table.forget(first);
  const CK_OBJECT_HANDLE second = table.handle_of(0, summary_of(1));
  EXPECT_NE(second, first);
  EXPECT_FALSE(table.find(first).has_value());
  EXPECT_TRUE(table.find(second).has_value());
}

TEST(ObjectTable, RefusesHandlesThatItNeverGave) {
  ObjectTable table;
  table.handle_of(0, summary_of(1));
  EXPECT_FALSE(table.find(CK_INVALID_HANDLE).has_value());
  EXPECT_FALSE(table.find(2).has_value());
  EXPECT_FALSE(table.find(~0UL).has_value());
  EXPECT_FALSE(table.find(1UL << kHandleIndexBits).has_value());
  table.forget(~0UL);
}

TEST(ObjectTable, ForgetsASlotOnly) {
  ObjectTable table;
  const CK_OBJECT_HANDLE here = table.handle_of(0, summary_of(1));
  const CK_OBJECT_HANDLE there = table.handle_of(1, summary_of(1));
  table.forget_slot(0);
  EXPECT_FALSE(table.find(here).has_value());
  EXPECT_TRUE(table.find(there).has_value());
}

TEST(ObjectTable, ReadersNeverSeeHalfAnObject) {
  ObjectTable table;
  std::atomic<bool> ended = false;
  std::atomic<int> mixed = 0;
  std::thread reader([&] {
    while (!ended) {
      for (CK_OBJECT_HANDLE generation = 0; generation < 64; ++generation) {
        const auto found = table.find(make_handle(0, generation));
        if (found && found->summary.key_type != found->summary.bits) ++mixed;
      }
    }
  });
  for (std::uint32_t number = 0; number < 20000; ++number)
    table.forget(table.handle_of(0, summary_of(number)));
  ended = true;
  reader.join();
  EXPECT_EQ(mixed, 0);
}

TEST(ObjectTable, RepairsItselfWhenAForkCaughtItChanging) {
  ObjectTable table;
  const CK_OBJECT_HANDLE first = table.handle_of(0, summary_of(1));
  table.after_fork();
  EXPECT_EQ(table.handle_of(0, summary_of(1)), first);
}

}  // namespace
}  // namespace coffer::pkcs11
