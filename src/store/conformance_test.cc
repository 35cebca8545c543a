// What every Store must do; each back end instantiates these tests in its own file.
#include "store/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace coffer::store {

// A file that includes no back end has nothing to instantiate.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string value_of(Store& store, std::string_view key) {
  const auto record = store.get(as_bytes(key));
  if (!record.ok()) return "error";
  if (!record.value().has_value()) return "absent";
  return std::string(as_text(record.value()->value));
}

std::vector<std::string> keys_of(const Page& page) {
  std::vector<std::string> keys;
  for (const Record& record : page.records) keys.emplace_back(as_text(record.key));
  return keys;
}

Page page_of(Store& store, std::string_view prefix, std::string_view after, std::size_t count_max) {
  auto page = store.range(as_bytes(prefix), as_bytes(after), count_max);
  EXPECT_TRUE(page.ok());
  return page.ok() ? std::move(page).value() : Page();
}

void commit(Store& store, std::vector<Write> writes) {
  EXPECT_TRUE(store.commit({{}, std::move(writes)}).ok());
}

Code commit_code(Store& store, const Transaction& transaction) {
  const auto revision = store.commit(transaction);
  return revision.ok() ? Code::ok : revision.error().code;
}

TEST_P(StoreConformance, BeginsEmptyAtRevisionZero) {
  EXPECT_EQ(store().revision().value(), 0U);
  EXPECT_THAT(page_of(store(), "", "", 10).records, IsEmpty());
}

TEST_P(StoreConformance, CommitGrowsTheRevisionByOne) {
  EXPECT_EQ(store().commit({{}, {put("a", "1")}}).value(), 1U);
  EXPECT_EQ(store().commit({{}, {put("b", "1"), put("c", "1")}}).value(), 2U);
  EXPECT_EQ(store().revision().value(), 2U);
}

TEST_P(StoreConformance, GetGivesTheValueAndTheRevisionThatWroteIt) {
  commit(store(), {put("a", "first")});
  commit(store(), {put("b", "second")});
  const auto record = store().get(as_bytes("a"));
  ASSERT_TRUE(record.ok() && record.value().has_value());
  EXPECT_EQ(as_text(record.value()->key), "a");
  EXPECT_EQ(as_text(record.value()->value), "first");
  EXPECT_EQ(record.value()->revision, 1U);
}

TEST_P(StoreConformance, GetOfAnAbsentKeyIsNothing) { EXPECT_EQ(value_of(store(), "a"), "absent"); }

TEST_P(StoreConformance, OverwritingChangesTheRevisionOfTheRecord) {
  commit(store(), {put("a", "old")});
  commit(store(), {put("a", "new")});
  EXPECT_EQ(value_of(store(), "a"), "new");
  EXPECT_EQ(store().get(as_bytes("a")).value()->revision, 2U);
}

TEST_P(StoreConformance, TransactionWritesAllItsKeysAtOneRevision) {
  commit(store(), {put("a", "1"), put("b", "2")});
  EXPECT_EQ(store().get(as_bytes("a")).value()->revision, 1U);
  EXPECT_EQ(store().get(as_bytes("b")).value()->revision, 1U);
}

TEST_P(StoreConformance, FailedCompareWritesNothing) {
  commit(store(), {put("a", "1")});
  const Transaction stale{{expect("a", 1), expect("b", 7)}, {put("a", "2"), put("c", "2")}};
  EXPECT_EQ(commit_code(store(), stale), Code::conflict);
  EXPECT_EQ(value_of(store(), "a"), "1");
  EXPECT_EQ(value_of(store(), "c"), "absent");
  EXPECT_EQ(store().revision().value(), 1U);
}

TEST_P(StoreConformance, CompareWithZeroDemandsAbsence) {
  EXPECT_EQ(commit_code(store(), {{expect("a", 0)}, {put("a", "1")}}), Code::ok);
  EXPECT_EQ(commit_code(store(), {{expect("a", 0)}, {put("a", "2")}}), Code::conflict);
}

TEST_P(StoreConformance, CompareHoldsAtTheRevisionOfTheRecordOnly) {
  commit(store(), {put("a", "1")});
  commit(store(), {put("b", "1")});
  EXPECT_EQ(commit_code(store(), {{expect("a", 2)}, {put("a", "2")}}), Code::conflict);
  EXPECT_EQ(commit_code(store(), {{expect("a", 1)}, {put("a", "2")}}), Code::ok);
}

TEST_P(StoreConformance, CompareOfADeletedKeyIsAsOfAnAbsentOne) {
  commit(store(), {put("a", "1")});
  commit(store(), {removal("a")});
  EXPECT_EQ(commit_code(store(), {{expect("a", 1)}, {put("a", "2")}}), Code::conflict);
  EXPECT_EQ(commit_code(store(), {{expect("a", 0)}, {put("a", "2")}}), Code::ok);
}

TEST_P(StoreConformance, DeletedKeyIsGone) {
  commit(store(), {put("a", "1"), put("b", "1")});
  commit(store(), {removal("a"), removal("never there")});
  EXPECT_EQ(value_of(store(), "a"), "absent");
  EXPECT_THAT(keys_of(page_of(store(), "", "", 10)), ElementsAre("b"));
}

TEST_P(StoreConformance, LaterOfTwoWritesToOneKeyWins) {
  commit(store(), {put("a", "1"), put("a", "2"), put("b", "1"), removal("b")});
  EXPECT_EQ(value_of(store(), "a"), "2");
  EXPECT_EQ(value_of(store(), "b"), "absent");
}

TEST_P(StoreConformance, KeepsEmptyAndLargestValues) {
  Write largest{buffer("large"), false, Buffer(kValueBytesMax, 0x5a)};
  commit(store(), {put("empty", ""), largest});
  EXPECT_EQ(value_of(store(), "empty"), "");
  EXPECT_EQ(store().get(as_bytes("large")).value()->value, largest.value);
}

TEST_P(StoreConformance, KeepsBinaryKeysApartAndInOrder) {
  commit(store(),
         {put("\xff"s, "1"), put("\0"s, "2"), put("\0\0"s, "3"), put("\xff\xff"s, "4"), put("a\0b"s, "5")});
  EXPECT_EQ(value_of(store(), "\0"s), "2");
  EXPECT_EQ(value_of(store(), "\0\0"s), "3");
  EXPECT_THAT(keys_of(page_of(store(), "", "", 10)),
              ElementsAre("\0"s, "\0\0"s, "a\0b"s, "\xff"s, "\xff\xff"s));
}

TEST_P(StoreConformance, RangeGivesOnlyKeysWithThePrefix) {
  commit(store(), {put("a", "1"), put("b", "1"), put("b/1", "1"), put("b/2", "1"), put("c", "1")});
  EXPECT_THAT(keys_of(page_of(store(), "b/", "", 10)), ElementsAre("b/1", "b/2"));
  EXPECT_THAT(keys_of(page_of(store(), "b", "", 10)), ElementsAre("b", "b/1", "b/2"));
}

TEST_P(StoreConformance, RangeOfAPrefixOfLargestOctetsHasAnEnd) {
  commit(store(), {put("\xfe", "1"), put("\xff", "1"), put("\xff\xff", "1"), put("\xff\xff\x01", "1"),
                   put("a\xff", "1"), put("b", "1")});
  EXPECT_THAT(keys_of(page_of(store(), "\xff", "", 10)), ElementsAre("\xff", "\xff\xff", "\xff\xff\x01"));
  EXPECT_THAT(keys_of(page_of(store(), "a\xff", "", 10)), ElementsAre("a\xff"));
}

TEST_P(StoreConformance, RangeFindsTheLargestKeyOfAll) {
  const std::string largest(kKeyBytesMax, '\xff');
  commit(store(), {put(largest, "1")});
  EXPECT_THAT(keys_of(page_of(store(), "", "", 10)), ElementsAre(largest));
  EXPECT_THAT(page_of(store(), "", largest, 10).records, IsEmpty());
}

TEST_P(StoreConformance, PagesFollowEachOtherWithoutGapOrRepeat) {
  commit(store(), {put("a", "1"), put("b", "2"), put("b\0"s, "3"), put("c", "4")});
  const Page first = page_of(store(), "", "", 2);
  EXPECT_THAT(keys_of(first), ElementsAre("a", "b"));
  EXPECT_TRUE(first.more);
  const Page second = page_of(store(), "", "b", 2);
  EXPECT_THAT(keys_of(second), ElementsAre("b\0"s, "c"));
  EXPECT_FALSE(second.more);
}

TEST_P(StoreConformance, RangeCarriesValuesAndRevisions) {
  commit(store(), {put("a", "1")});
  commit(store(), {put("b", "2")});
  const Page page = page_of(store(), "", "", 10);
  ASSERT_THAT(page.records, SizeIs(2));
  EXPECT_EQ(as_text(page.records[1].value), "2");
  EXPECT_EQ(page.records[1].revision, 2U);
}

TEST_P(StoreConformance, AfterBeforeThePrefixBeginsAtThePrefix) {
  commit(store(), {put("a", "1"), put("b1", "1"), put("b2", "1")});
  EXPECT_THAT(keys_of(page_of(store(), "b", "a", 10)), ElementsAre("b1", "b2"));
  EXPECT_THAT(page_of(store(), "b", "c", 10).records, IsEmpty());
}

TEST_P(StoreConformance, PageEndsEarlyWhenItsValuesAreLarge) {
  const std::string megabyte(std::size_t{1} << 20U, 'v');
  commit(store(), {put("a", megabyte), put("b", megabyte), put("c", megabyte), put("d", megabyte),
                   put("e", megabyte)});
  const Page page = page_of(store(), "", "", 100);
  EXPECT_THAT(keys_of(page), ElementsAre("a", "b", "c", "d"));
  EXPECT_TRUE(page.more);
}

TEST_P(StoreConformance, RefusesAnEmptyKey) {
  EXPECT_EQ(commit_code(store(), {{}, {put("", "1")}}), Code::invalid);
  EXPECT_EQ(commit_code(store(), {{expect("", 0)}, {}}), Code::invalid);
  EXPECT_EQ(store().get({}).error().code, Code::invalid);
}

TEST_P(StoreConformance, RefusesALongKey) {
  const std::string key(kKeyBytesMax + 1, 'k');
  EXPECT_EQ(commit_code(store(), {{}, {put(key, "1")}}), Code::limit);
  EXPECT_EQ(commit_code(store(), {{expect(key, 0)}, {}}), Code::limit);
  EXPECT_EQ(store().get(as_bytes(key)).error().code, Code::limit);
  EXPECT_EQ(store().range(as_bytes(key), {}, 1).error().code, Code::limit);
  EXPECT_EQ(store().range({}, as_bytes(key), 1).error().code, Code::limit);
}

TEST_P(StoreConformance, RefusesALongValue) {
  const std::string value(kValueBytesMax + 1, 'v');
  EXPECT_EQ(commit_code(store(), {{}, {put("a", value)}}), Code::limit);
}

TEST_P(StoreConformance, RefusesTooLargeATransaction) {
  EXPECT_EQ(commit_code(store(), many_writes(kWritesMax + 1, 0)), Code::limit);
  EXPECT_EQ(commit_code(store(), many_writes(kTransactionBytesMax / kValueBytesMax, kValueBytesMax)),
            Code::limit);
  EXPECT_EQ(commit_code(store(), {std::vector<Compare>(kComparesMax + 1, expect("a", 0)), {}}), Code::limit);
  EXPECT_EQ(store().revision().value(), 0U);
}

TEST_P(StoreConformance, TakesTheLargestTransaction) {
  EXPECT_EQ(commit_code(store(), many_writes(kWritesMax, 1024)), Code::ok);
  EXPECT_THAT(page_of(store(), "many-1016", "", 1000).records, SizeIs(384));
}

TEST_P(StoreConformance, RefusesAnImpossiblePage) {
  EXPECT_EQ(store().range({}, {}, 0).error().code, Code::invalid);
  EXPECT_EQ(store().range({}, {}, kPageRecordsMax + 1).error().code, Code::limit);
}

TEST_P(StoreConformance, ChangesListsWritesInOrder) {
  commit(store(), {put("before", "1")});
  commit(store(), {put("b", "1"), put("a", "1")});
  commit(store(), {removal("b")});
  const auto changes = store().changes(1);
  ASSERT_TRUE(changes.ok());
  ASSERT_THAT(changes.value(), SizeIs(3));
  EXPECT_EQ(as_text(changes.value()[0].key), "b");
  EXPECT_EQ(changes.value()[0].revision, 2U);
  EXPECT_EQ(as_text(changes.value()[1].key), "a");
  EXPECT_EQ(as_text(changes.value()[2].key), "b");
  EXPECT_TRUE(changes.value()[2].removed);
  EXPECT_EQ(changes.value()[2].revision, 3U);
}

TEST_P(StoreConformance, ChangesSinceTheBeginningListsAll) {
  EXPECT_THAT(store().changes(0).value(), IsEmpty());
  commit(store(), {put("a", "1")});
  EXPECT_THAT(store().changes(0).value(), SizeIs(1));
}

TEST_P(StoreConformance, ChangesSinceTheNewestRevisionIsEmpty) {
  commit(store(), {put("a", "1")});
  EXPECT_THAT(store().changes(1).value(), IsEmpty());
}

TEST_P(StoreConformance, ChangesSinceTheFutureTellsToReadAnew) {
  commit(store(), {put("a", "1")});
  EXPECT_EQ(store().changes(2).error().code, Code::limit);
}

TEST_P(StoreConformance, ChangesPastTheHistoryTellsToReadAnew) {
  const Transaction writes = many_writes(kWritesMax, 0);
  for (std::size_t i = 0; i <= kHistoryWrites / kWritesMax; ++i)
    EXPECT_EQ(commit_code(store(), writes), Code::ok);
  EXPECT_EQ(store().changes(0).error().code, Code::limit);
  EXPECT_THAT(store().changes(1).value(), SizeIs(kHistoryWrites));
}

// Adds one to a counter by compare and commit, until it works.
void add_one(Store& store) {
  for (Code code = Code::conflict; code == Code::conflict;) {
    const auto record = store.get(as_bytes("counter")).value();
    const std::string before = record.has_value() ? std::string(as_text(record->value)) : "0";
    const Transaction step{{expect("counter", record.has_value() ? record->revision : 0)},
                           {put("counter", std::to_string(std::stoi(before) + 1))}};
    code = commit_code(store, step);
  }
}

TEST_P(StoreConformance, SnapshotKeepsTheMomentWhileCommitsGoOn) {
  ASSERT_TRUE(store().commit({{}, {put("a", "old"), put("b", "gone soon")}}).ok());
  auto snapshot = store().snapshot();
  ASSERT_TRUE(snapshot.ok());
  ASSERT_TRUE(store().commit({{}, {put("a", "new"), removal("b"), put("c", "later")}}).ok());
  const auto page = snapshot.value()->range({}, {}, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page.value().records.size(), 2U);
  EXPECT_EQ(as_text(page.value().records[0].value), "old");
  EXPECT_EQ(as_text(page.value().records[1].value), "gone soon");
  EXPECT_EQ(value_of(store(), "a"), "new");
}

TEST_P(StoreConformance, SnapshotGivesPagesLikeTheStore) {
  ASSERT_TRUE(store().commit(many_writes(5, 10)).ok());
  auto snapshot = store().snapshot();
  ASSERT_TRUE(snapshot.ok());
  const auto first = snapshot.value()->range(buffer("many"), {}, 3);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first.value().more);
  const auto rest = snapshot.value()->range(buffer("many"), first.value().records.back().key, 3);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest.value().records.size(), 2U);
  EXPECT_FALSE(rest.value().more);
}

TEST_P(StoreConformance, ThreadsThatCompareAndCommitLoseNoUpdate) {
  constexpr int kThreads = 4;
  constexpr int kSteps = 25;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      for (int step = 0; step < kSteps; ++step) add_one(store());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value_of(store(), "counter"), "100");
}

TEST_P(StoreConformance, ReadersNeverSeeHalfATransactionOrAnOldOne) {
  std::atomic<int> committed{0};
  std::atomic<int> wrong_count{0};
  commit(store(), {put("x", "0"), put("y", "0")});
  std::thread reader([&] {
    while (committed.load() < 100) {
      const int known = committed.load();
      const Page page = page_of(store(), "", "", 10);
      const bool whole = page.records[0].value == page.records[1].value;
      const bool fresh = std::stoi(std::string(as_text(page.records[0].value))) >= known;
      if (!whole || !fresh) ++wrong_count;
    }
  });
  for (int i = 1; i <= 100; ++i) {
    commit(store(), {put("x", std::to_string(i)), put("y", std::to_string(i))});
    committed.store(i);
  }
  reader.join();
  EXPECT_EQ(wrong_count.load(), 0);
}

}  // namespace
}  // namespace coffer::store
