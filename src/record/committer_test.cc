// Committer: who is accepted, how groups are put together, and how lines, checkpoints and bindings follow.
#include <gtest/gtest.h>

#include <algorithm>

#include "record/committer_fixture.h"

namespace coffer::record {
namespace {

const ObjectId kId = object_id(7);
constexpr Error kFull{Code::disk_full, "a test"};

Who user(std::uint8_t number) { return Who(wire::Principal{.id = {number}, .name = std::to_string(number)}); }

class CommitterTest : public testing::Test {
 protected:
  std::optional<std::uint64_t> version() {
    const auto entry = chest.manifests.find(kId);
    return entry ? std::optional(entry->version) : std::nullopt;
  }

  Chest chest;
};

TEST_F(CommitterTest, AChangeIsComparedWithTheStoredVersion) {
  EXPECT_EQ(chest.commit(Chest::put(kId, 1, "too new")), Code::conflict);
  EXPECT_EQ(chest.commit(Chest::erase(kId, 1)), Code::conflict);
  EXPECT_EQ(chest.commit(Chest::put(kId, 0, "first")), Code::ok);
  EXPECT_EQ(chest.commit(Chest::put(kId, 0, "again")), Code::conflict);
  EXPECT_EQ(chest.commit(Chest::put(kId, 1, "second")), Code::ok);
  EXPECT_EQ(chest.commit(Chest::erase(kId, 1)), Code::conflict);
  EXPECT_EQ(version(), 2U);
  EXPECT_EQ(chest.commit(Chest::erase(kId, 2)), Code::ok);
  EXPECT_EQ(version(), std::nullopt);
}

TEST_F(CommitterTest, AChangeIsComparedWithWhatItsGroupStagedBefore) {
  chest.hold();
  const auto made = chest.send(Chest::put(kId, 0, "made"));
  const auto twice = chest.send(Chest::put(kId, 0, "twice"));
  const auto changed = chest.send(Chest::put(kId, 1, "changed"));
  const auto late = chest.send(Chest::put(kId, 1, "late"));
  const auto gone = chest.send(Chest::erase(kId, 2));
  const auto after = chest.send(Chest::put(kId, 2, "after"));
  const auto anew = chest.send(Chest::put(kId, 0, "anew"));
  chest.let_go();
  EXPECT_EQ(made->code, Code::ok);
  EXPECT_EQ(twice->code, Code::conflict);
  EXPECT_EQ(changed->code, Code::ok);
  EXPECT_EQ(late->code, Code::conflict);
  EXPECT_EQ(gone->code, Code::ok);
  EXPECT_EQ(after->code, Code::conflict);
  EXPECT_EQ(anew->code, Code::ok);
  EXPECT_EQ(chest.store.commit_count(), 2U);
  EXPECT_EQ(chest.crash(kId).text, "anew");
}

TEST_F(CommitterTest, ASubmissionOfWhichOneChangeIsRefusedChangesNothing) {
  Submission both = Chest::with_line(Chest::put(object_id(8), 0, "whole"), "both");
  both.changes.push_back(std::move(Chest::put(kId, 5, "refused").changes.front()));
  EXPECT_EQ(chest.commit(std::move(both)), Code::conflict);
  const Chest::Left left = chest.crash(object_id(8));
  EXPECT_FALSE(left.version.has_value());
  EXPECT_EQ(Chest::count(left.lines, "both"), 0U);
}

TEST_F(CommitterTest, AConflictWithWhatWasNotWrittenIsNone) {
  chest.hold();
  const auto first = chest.send(Chest::put(kId, 0, "first"));
  const auto second = chest.send(Chest::put(kId, 0, "second"));
  chest.store.fail_commit(2, store::FaultPoint::before_commit, kFull);
  chest.let_go();
  EXPECT_EQ(first->code, Code::disk_full);
  EXPECT_EQ(second->code, Code::disk_full);
}

TEST_F(CommitterTest, WhoBuildsOnWhatFailedFailsWithIt) {
  const auto fate = std::make_shared<Fate>();
  chest.hold();
  Submission refused = Chest::put(kId, 5, "refused");
  refused.fate = fate;
  Submission built = Chest::put(object_id(8), 0, "built on it");
  built.builds_on = fate;
  const auto first = chest.send(std::move(refused));
  const auto second = chest.send(std::move(built));
  chest.let_go();
  EXPECT_EQ(first->code, Code::conflict);
  EXPECT_EQ(second->code, Code::conflict);
  EXPECT_TRUE(fate->has_failed);
}

TEST_F(CommitterTest, APartitionHoldsNoMoreRecordsThanItMay) {
  const auto within = [](const ObjectId& id, std::uint64_t expected, std::uint64_t records_max) {
    Submission submission = Chest::put(id, expected, "one of few");
    submission.records_max = records_max;
    return submission;
  };
  chest.hold();  // which is one of them
  const auto second = chest.send(within(object_id(1), 0, 2));
  const auto third = chest.send(within(object_id(2), 0, 2));
  const auto changed = chest.send(within(object_id(1), 1, 2));
  const auto gone = chest.send(Chest::erase(object_id(1), 2));
  const auto fourth = chest.send(within(object_id(3), 0, 2));
  chest.let_go();
  EXPECT_EQ(second->code, Code::ok);
  EXPECT_EQ(third->code, Code::limit);
  EXPECT_EQ(changed->code, Code::ok);
  EXPECT_EQ(gone->code, Code::ok);
  EXPECT_EQ(fourth->code, Code::ok);
}

// What one group takes: so many commits for so many submissions that wait together.
struct Bounded {
  const char* name;
  std::size_t submissions;
  std::size_t bytes;
  std::size_t lines;
  std::size_t commits;
};
constexpr Bounded kBounds[] = {
    {"as many as a group takes", kGroupMax, 1, 0, 1},
    {"one more", kGroupMax + 1, 1, 0, 2},
    {"four of a quarter of the octets each", 4, kGroupBytesMax / 5, 0, 1},
    {"nine of a fifth", 9, kGroupBytesMax / 5, 0, 2},
    {"nine of a quarter of the parts", 9, 1, kGroupPartsMax / 4 - 1, 3},
    {"two larger than a group", 2, 1, kGroupPartsMax + 50, 2},
};

TEST(CommitterBoundsTest, AGroupTakesNoMoreThanItsBoundsAndWhoIsLargerGoesAlone) {
  for (const Bounded& bounded : kBounds) {
    SCOPED_TRACE(bounded.name);
    Chest chest;
    chest.hold();
    std::vector<std::shared_ptr<Chest::Answer>> all;
    for (std::size_t i = 0; i < bounded.submissions; ++i) {
      Submission one =
          Chest::put(object_id(static_cast<std::uint16_t>(i)), 0, std::string(bounded.bytes, 'x'));
      one.events.resize(bounded.lines, AuditEvent{.event = "line"});
      all.push_back(chest.send(std::move(one)));
    }
    chest.let_go();
    for (const auto& each : all) EXPECT_EQ(each->code, Code::ok);
    EXPECT_EQ(chest.store.commit_count(), 1 + bounded.commits);
  }
}

TEST_F(CommitterTest, WhoSendsMuchDoesNotKeepOthersOutOfTheNextGroup) {
  chest.hold();
  for (std::size_t i = 0; i < 2 * kGroupMax; ++i) {
    chest.send(Chest::put(object_id(static_cast<std::uint16_t>(i)), 0, "much"));
  }
  const auto other = chest.send(Chest::put(object_id(9001), 0, "little", PartitionTag{2}));
  const auto line = chest.send(Chest::with_line({}, "line", user(1)));
  chest.let_go();
  EXPECT_EQ(other->code, Code::ok);
  EXPECT_LE(other->order, kGroupMax + 1);  // and the one that was held
  EXPECT_LE(line->order, kGroupMax + 1);
}

TEST_F(CommitterTest, TheQueueHasRoomForEveryUserAndForAdministrators) {
  chest.hold();
  for (std::size_t i = 0; i < kWaitingOfUserMax; ++i) chest.send(Chest::with_line({}, "much", user(1)));
  const auto much = chest.send(Chest::with_line({}, "too much", user(1)));
  const auto other = chest.send(Chest::with_line({}, "other", user(2)));
  Submission asked = Chest::with_line({}, "administrator", user(1));
  asked.is_administrators = true;
  const auto administrator = chest.send(std::move(asked));
  EXPECT_EQ(much->code, Code::limit);
  chest.let_go();
  EXPECT_EQ(other->code, Code::ok);
  EXPECT_EQ(administrator->code, Code::ok);
}

TEST_F(CommitterTest, WhatAUsersWaitingChangesHoldIsBounded) {
  const std::string piece(kWaitingOfUserBytesMax / 20, 'x');
  chest.hold();
  const auto send = [&](std::uint16_t bucket, std::uint8_t who) {
    return chest.send(Chest::with_line(Chest::put(object_id(bucket), 0, piece), "large", user(who)));
  };
  for (std::uint16_t i = 0; i < 20; ++i) send(i, 1);
  const auto much = send(20, 1);
  const auto other = send(21, 2);
  EXPECT_EQ(much->code, Code::limit);
  chest.let_go();
  EXPECT_EQ(other->code, Code::ok);
}

TEST_F(CommitterTest, ALineIsThereBeforeItsChange) {
  chest.store.hold_commits(true);
  const auto answer = chest.send(Chest::with_line(Chest::put(kId, 0, "record"), "before"));
  chest.store.wait_until_held();
  EXPECT_EQ(Chest::count(chest.log.inner.lines(), "before"), 1U);
  EXPECT_EQ(chest.log.inner.durable_count(), chest.log.inner.lines().size());
  EXPECT_EQ(version(), std::nullopt);
  chest.let_go();
  EXPECT_EQ(answer->code, Code::ok);
}

TEST_F(CommitterTest, CloseSignsTheChainAndLetsStoreAndMarkNameItsLines) {
  ASSERT_EQ(chest.commit(Chest::with_line(Chest::put(kId, 0, "record"), "first")), Code::ok);
  chest.usage.keep(UsageSummary::Key{.event = "key.use"});
  chest.committer->close();
  EXPECT_EQ(chest.committer->audit_sequence(), chest.log.inner.lines().size());
  const Chest::Left left = chest.crash(kId);
  EXPECT_EQ(Chest::count(left.lines, "key.use"), 1U);
  EXPECT_NE(left.lines.back().find(R"("event":"audit.checkpoint")"), std::string::npos);
  EXPECT_EQ(left.mark.bound.audit_sequence, left.lines.size());
  EXPECT_EQ(left.mark.bound.commits, left.head.commits);
}

TEST_F(CommitterTest, AfterCloseLinesAloneAreTakenUntilItIsOpenedAgain) {
  chest.committer->close();
  EXPECT_EQ(chest.commit(Chest::put(kId, 0, "locked out")), Code::locked);
  EXPECT_EQ(chest.commit(Chest::with_line({}, "line")), Code::ok);
  chest.open();
  EXPECT_EQ(chest.commit(Chest::put(kId, 0, "record")), Code::ok);
}

TEST_F(CommitterTest, CloseWithAFullDiskForgetsTheRealmAllTheSame) {
  ASSERT_EQ(chest.commit(Chest::put(kId, 0, "record")), Code::ok);
  chest.log.inner.fill_disk(true);
  chest.committer->close();
  EXPECT_EQ(chest.fatal_count, 0);
  EXPECT_EQ(chest.commit(Chest::put(kId, 1, "locked out")), Code::locked);
  EXPECT_EQ(chest.crash(kId).text, "record");
}

TEST_F(CommitterTest, ACheckpointIsMadeBehindAllThatWasSubmittedBefore) {
  chest.hold();
  for (int i = 0; i < 3; ++i) chest.send(Chest::with_line({}, "before"));
  std::optional<AuditChain::Position> at;
  chest.committer->checkpoint([&](const Result<AuditChain::Position>& position) { at = position.value(); });
  chest.let_go();
  ASSERT_TRUE(at.has_value());
  const auto lines = chest.log.inner.lines();
  EXPECT_EQ(at->sequence, lines.size());
  EXPECT_EQ(at->hash, crypto::sha256(as_bytes(lines.back())));
  EXPECT_EQ(Chest::count(lines, "before"), 3U);
  EXPECT_NE(lines.back().find("audit.checkpoint"), std::string::npos);
  EXPECT_EQ(chest.crash(kId).mark.bound.audit_sequence, lines.size());
}

TEST_F(CommitterTest, TheChainIsSignedOnItsOwnAfterManyLines) {
  Submission many;
  many.events.resize(kCheckpointLines, AuditEvent{.event = "line"});
  ASSERT_EQ(chest.commit(std::move(many)), Code::ok);
  EXPECT_EQ(Chest::count(chest.log.inner.lines(), "audit.checkpoint"), 1U);
  ASSERT_EQ(chest.commit(Chest::with_line({}, "line")), Code::ok);
  EXPECT_EQ(Chest::count(chest.log.inner.lines(), "audit.checkpoint"), 1U);
}

TEST_F(CommitterTest, WithoutARealmACheckpointSignsNothing) {
  chest.committer->close();
  const auto before = chest.log.inner.lines();
  EXPECT_EQ(chest.committer->checkpoint_and_wait().value().sequence, before.size());
  EXPECT_EQ(chest.log.inner.lines(), before);
}

TEST_F(CommitterTest, WhatComesNextGoesOnBehindTheLastLine) {
  ASSERT_EQ(chest.commit(Chest::with_line(Chest::put(kId, 0, "record"), "first")), Code::ok);
  chest.drain();
  chest.committer = std::make_unique<Committer>(chest.store, chest.log, chest.high_water, chest.usage,
                                                chest.clock, counted_key<LogKey>(), [] {});
  ASSERT_TRUE(chest.committer->resume_audit().ok());
  EXPECT_EQ(chest.committer->audit_sequence(), chest.log.inner.lines().size());
  chest.open();
  EXPECT_EQ(chest.commit(Chest::with_line(Chest::put(kId, 1, "again"), "second")), Code::ok);
  EXPECT_EQ(chest.crash(kId).text, "again");  // which looks at the whole chain
}

TEST_F(CommitterTest, TheMarkNamesLinesOfALockedVaultOnlyWhenItMay) {
  chest.committer->close();
  for (const bool may_bind : {false, true}) {
    const std::uint64_t before = chest.high_water.mark().bound.audit_sequence;
    chest.committer->bind_by_mark(may_bind);
    chest.clock.advance(1000);
    ASSERT_EQ(chest.commit(Chest::with_line({}, "line")), Code::ok);
    chest.committer->bind_by_mark(may_bind);  // which waits until the group has ended
    const std::uint64_t after = chest.high_water.mark().bound.audit_sequence;
    EXPECT_EQ(after, may_bind ? chest.log.inner.lines().size() : before);
  }
}

}  // namespace
}  // namespace coffer::record
