// HighWater: nothing in the mark goes back, it is this host's alone, and tries are counted before they are
// made.
#include "record/high_water.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/fixed_clock_testing.h"
#include "codec/binary.h"
#include "record/record_fixture.h"

namespace coffer::record {
namespace {

constexpr Error kFull{Code::disk_full, "no room"};
constexpr Error kGone{Code::unavailable, "gone"};
constexpr Bound kBound{.commits = 10, .binding = 5, .audit_sequence = 20, .audit_hash = {7}};

class HighWaterTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(mark.found(kRealm, kFormat, kBound).ok()); }

  Buffer note() { return file.read_mark().value().value(); }
  // What a start of the chip finds.
  Result<Mark> loaded(std::uint8_t host_first = 0) {
    HighWater fresh(file, counted_key<HostKey>(host_first), clock);
    TRY(fresh.load());
    return fresh.mark();
  }
  Code loaded_code(std::uint8_t host_first = 0) {
    const auto read = loaded(host_first);
    return read.ok() ? Code::ok : read.error().code;
  }
  Bound durable() { return loaded().value().bound; }
  // Puts down a note as another program with this host's key may.
  void put_down(std::uint8_t version, std::string_view associated, Bytes content) {
    const crypto::Nonce nonce{1};
    Buffer sealed{version};
    append(sealed, nonce);
    crypto::seal(mark_key(counted_key<HostKey>()), nonce, as_bytes(associated), content, sealed);
    ASSERT_TRUE(file.write_mark(sealed).ok());
  }
  Code attempt() {
    const Status begun = mark.begin_attempt();
    return begun.ok() ? Code::ok : begun.error().code;
  }

  FixedClock clock;
  store::MemoryMarkFile file;
  HighWater mark{file, counted_key<HostKey>(), clock};
};

TEST_F(HighWaterTest, ReadsBackWhatWasFound) {
  const Mark read = loaded().value();
  EXPECT_EQ(read.realm, kRealm);
  EXPECT_EQ(read.bound, kBound);
  EXPECT_EQ(read.format, kFormat);
  EXPECT_EQ(read.unlock_failures, 0U);
}

TEST_F(HighWaterTest, NoneOfItsCountsGoesBackThoughTheOthersGoOn) {
  const Bound kOlder[] = {
      {.commits = 9, .binding = 6, .audit_sequence = 21, .audit_hash = {7}},
      {.commits = 11, .binding = 4, .audit_sequence = 21, .audit_hash = {7}},
      {.commits = 11, .binding = 6, .audit_sequence = 19, .audit_hash = {7}},
  };
  for (const Bound& older : kOlder) {
    EXPECT_EQ(mark.bind(older).error().code, Code::rollback);
    EXPECT_EQ(mark.mark().bound, kBound);
    EXPECT_EQ(durable(), kBound);
  }
}

TEST_F(HighWaterTest, FollowsEachOfItsCounts) {
  Bound next = kBound;
  for (std::uint64_t* const count : {&next.commits, &next.binding, &next.audit_sequence}) {
    ++*count;
    ASSERT_TRUE(mark.bind(next).ok());
    EXPECT_EQ(durable(), next);
  }
}

TEST_F(HighWaterTest, WritesNothingWhenNothingMoved) {
  const Buffer before = note();
  ASSERT_TRUE(mark.bind(kBound).ok());
  EXPECT_EQ(note(), before);
}

TEST_F(HighWaterTest, GoesBackOnPurposeAloneAndKeepsTheFailures) {
  ASSERT_EQ(attempt(), Code::ok);
  ASSERT_TRUE(mark.reset(kRealm, kFormat, {.commits = 1}).ok());
  EXPECT_EQ(durable(), Bound{.commits = 1});
  EXPECT_EQ(loaded().value().unlock_failures, 1U);
}

TEST_F(HighWaterTest, BindingKeepsTheFailures) {
  ASSERT_EQ(attempt(), Code::ok);
  Bound next = kBound;
  ++next.commits;
  ASSERT_TRUE(mark.bind(next).ok());
  EXPECT_EQ(loaded().value().unlock_failures, 1U);
}

TEST_F(HighWaterTest, AMissingMarkIsARollback) {
  file.remove();
  HighWater fresh(file, counted_key<HostKey>(), clock);
  EXPECT_EQ(fresh.load().error().code, Code::rollback);
  EXPECT_EQ(fresh.presence(), HighWater::Presence::missing);
}

TEST_F(HighWaterTest, TheMarkOfAnotherHostIsCorrupt) { EXPECT_EQ(loaded_code(1), Code::corrupt); }

TEST_F(HighWaterTest, ATruncatedOrLongerMarkIsCorrupt) {
  const Buffer whole = note();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_TRUE(file.write_mark(Bytes(whole).first(length)).ok());
    EXPECT_EQ(loaded_code(), Code::corrupt) << length;
  }
  Buffer longer = whole;
  longer.push_back(0);
  ASSERT_TRUE(file.write_mark(longer).ok());
  EXPECT_EQ(loaded_code(), Code::corrupt);
}

TEST_F(HighWaterTest, ABitThatWasFlippedAnywhereIsRefused) {
  const Buffer whole = note();
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Buffer other = whole;
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_TRUE(file.write_mark(other).ok());
    EXPECT_EQ(loaded_code(), other[0] > whole[0] ? Code::unsupported : Code::corrupt) << bit;
  }
}

TEST_F(HighWaterTest, AMarkThatDoesNotVerifyIsThereAndUnreadable) {
  ASSERT_TRUE(file.write_mark(as_bytes("x")).ok());
  HighWater fresh(file, counted_key<HostKey>(), clock);
  EXPECT_FALSE(fresh.load().ok());
  EXPECT_EQ(fresh.presence(), HighWater::Presence::unreadable);
  EXPECT_EQ(fresh.mark().bound, Bound{});
  ASSERT_TRUE(fresh.reset(kRealm, kFormat, kBound).ok());
  EXPECT_EQ(fresh.presence(), HighWater::Presence::whole);
}

TEST_F(HighWaterTest, TheMarkOfANewerProgramIsNotCalledCorrupt) {
  put_down(4, std::string("coffer mark\x04"), codec::encode(mark.mark()));
  EXPECT_EQ(loaded_code(), Code::unsupported);
}

TEST_F(HighWaterTest, MarksOfOldFormatsAreReadAndStayAsTheyAreUntilTheFormatIsRaised) {
  for (const std::uint8_t format : {std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}}) {
    ASSERT_TRUE(mark.reset(kRealm, format, {.commits = 9}).ok());
    const std::uint8_t version = note()[0];
    EXPECT_EQ(version, format == 2 ? 1 : 2);
    EXPECT_EQ(loaded().value().format, format);
    ASSERT_TRUE(mark.bind({.commits = 10}).ok());
    EXPECT_EQ(note()[0], version);
    EXPECT_EQ(durable().commits, 10U);
    ASSERT_TRUE(mark.raise_format(kFormat, kBound).ok());
    EXPECT_EQ(note()[0], 3);
    EXPECT_EQ(durable(), kBound);
  }
}

TEST_F(HighWaterTest, AMarkWhoseFormatIsNotOfItsVersionIsCorrupt) {
  Mark other = mark.mark();
  other.format = kBoundFormat - 1;
  put_down(3, std::string("coffer mark\x03"), codec::encode(other));
  EXPECT_EQ(loaded_code(), Code::corrupt);
}

TEST_F(HighWaterTest, DelaysGrowFromTheThirdFailureOnToAnHour) {
  const std::uint32_t kExpected[] = {0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600};
  std::uint32_t failures = 0;
  for (const std::uint32_t expected : kExpected) {
    EXPECT_EQ(unlock_delay_seconds(failures), expected) << failures;
    ++failures;
  }
  EXPECT_EQ(unlock_delay_seconds(~std::uint32_t{0}), 3600U);
}

TEST_F(HighWaterTest, ATryWhileADelayRunsIsThrottledAndNotCounted) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(attempt(), Code::ok);
    clock.advance(1000);
  }
  EXPECT_EQ(mark.retry_after_seconds(), 1U);
  EXPECT_EQ(attempt(), Code::throttled);
  clock.advance(999);
  EXPECT_EQ(mark.retry_after_seconds(), 1U);
  EXPECT_EQ(attempt(), Code::throttled);
  EXPECT_EQ(loaded().value().unlock_failures, 4U);
  clock.advance(1);
  EXPECT_EQ(mark.retry_after_seconds(), 0U);
  EXPECT_EQ(attempt(), Code::ok);
}

TEST_F(HighWaterTest, ATryIsDurableBeforeItIsMade) {
  for (std::uint32_t tries = 1; tries <= 5; ++tries) {
    clock.advance(3'600'000);
    ASSERT_EQ(attempt(), Code::ok);
    EXPECT_EQ(loaded().value().unlock_failures, tries);
  }
}

TEST_F(HighWaterTest, ARestartBeginsTheDelayAnew) {
  for (int i = 0; i < 5; ++i) {
    clock.advance(3'600'000);
    ASSERT_EQ(attempt(), Code::ok);
  }
  clock.advance(3'600'000);
  HighWater fresh(file, counted_key<HostKey>(), clock);
  ASSERT_TRUE(fresh.load().ok());
  EXPECT_EQ(fresh.retry_after_seconds(), 4U);
  EXPECT_EQ(fresh.begin_attempt().error().code, Code::throttled);
}

TEST_F(HighWaterTest, TheRightPassphraseEndsCountAndDelay) {
  for (int i = 0; i < 5; ++i) {
    clock.advance(3'600'000);
    ASSERT_EQ(attempt(), Code::ok);
  }
  ASSERT_TRUE(mark.succeeded().ok());
  EXPECT_EQ(mark.retry_after_seconds(), 0U);
  EXPECT_EQ(loaded().value().unlock_failures, 0U);
}

TEST_F(HighWaterTest, ATryThatCannotBeCountedIsRefused) {
  for (const Error& error : {kFull, kGone}) {
    file.fail_write(error);
    EXPECT_EQ(attempt(), error.code);
    EXPECT_EQ(mark.mark().unlock_failures, 0U);
    EXPECT_EQ(loaded().value().unlock_failures, 0U);
  }
  EXPECT_EQ(attempt(), Code::ok);
}

TEST_F(HighWaterTest, WhatCouldNotBeWrittenIsNotBelieved) {
  const Mark before = mark.mark();
  Bound next = kBound;
  ++next.commits;
  for (const Error& error : {kFull, kGone}) {
    const std::function<Status()> kWrites[] = {
        [&] { return mark.bind(next); },
        [&] { return mark.raise_format(kFormat, next); },
        [&] { return mark.reset(RealmId{1}, kFormat, next); },
        [&] { return mark.found(RealmId{1}, kFormat, next); },
    };
    for (const auto& write : kWrites) {
      file.fail_write(error);
      EXPECT_EQ(write().error().code, error.code);
      EXPECT_EQ(codec::encode(mark.mark()), codec::encode(before));
      EXPECT_EQ(codec::encode(loaded().value()), codec::encode(before));
    }
  }
}

TEST_F(HighWaterTest, AMarkFileThatIsGoneIsToldAsSuch) {
  file.break_down(kGone);
  EXPECT_EQ(loaded_code(), Code::unavailable);
  file.recover();
  EXPECT_EQ(loaded_code(), Code::ok);
}

}  // namespace
}  // namespace coffer::record
