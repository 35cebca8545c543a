// Committer: whatever step of a group fails, and whenever the power goes, the old state or the new one is
// there; what was answered is there, and its line before it.
#include <gtest/gtest.h>

#include "record/committer_fixture.h"

namespace coffer::record {
namespace {

constexpr Error kErrors[] = {
    {Code::disk_full, "a test"}, {Code::unavailable, "a test"}, {Code::conflict, "a test"},
    {Code::limit, "a test"},     {Code::invalid, "a test"},     {Code::corrupt, "a test"},
    {Code::internal, "a test"},
};
constexpr Error kGone{Code::unavailable, "a test"};
constexpr Error kFull{Code::disk_full, "a test"};

const ObjectId kId = object_id(7);
const ObjectId kOther = object_id(300);

// Step is a place where a group can fail.
struct Step {
  const char* name;
  void (*fail)(Chest& chest, Error error);
  bool is_told = true;      // a mark that is not written is nobody's refusal
  bool is_applied = false;  // although it failed
  bool unavailable_alone = false;
};
const Step kSteps[] = {
    {"append", [](Chest& chest, Error error) { chest.log.fail_append(error); }},
    {.name = "append, taken",
     .fail = [](Chest& chest, Error error) { chest.log.fail_append(error, true); },
     .unavailable_alone = true},
    {"sync",
     [](Chest& chest, Error error) {
       const std::size_t before = chest.log.inner.lines().size();
       chest.committer->record({.event = "relaxed"});
       chest.log.wait_for_lines(before + 1);
       chest.settle();
       chest.log.fail_sync(error);
     }},
    {"commit",
     [](Chest& chest, Error error) { chest.store.fail_commit(1, store::FaultPoint::before_commit, error); }},
    {.name = "commit, applied",
     .fail = [](Chest& chest,
                Error error) { chest.store.fail_commit(1, store::FaultPoint::after_commit, error); },
     .is_applied = true,
     .unavailable_alone = true},
    {.name = "mark",
     .fail =
         [](Chest& chest, Error error) {
           chest.mark_file.fail_write(error);
           chest.clock.advance(1000);
         },
     .is_told = false,
     .is_applied = true},
};

// Changes a record while a step fails, and looks at what a crash leaves.
void expect_one_state(const Step& step, const Error& error) {
  SCOPED_TRACE(testing::Message() << step.name << ", code " << static_cast<int>(error.code));
  Chest chest;
  ASSERT_EQ(chest.commit(Chest::with_line(Chest::put(kId, 0, "old"), "first")), Code::ok);
  chest.settle();
  step.fail(chest, error);
  // What a sync must make durable is there already: a line of its own would do that.
  Submission change = Chest::put(kId, 1, "new");
  const bool has_line = std::string_view(step.name) != "sync";
  if (has_line) change = Chest::with_line(std::move(change), "second");
  const Code told = chest.commit(std::move(change));
  EXPECT_EQ(told, step.is_told ? error.code : Code::ok);
  chest.settle();
  EXPECT_EQ(chest.fatal_count, error.code == Code::unavailable ? 1 : 0);
  EXPECT_EQ(chest.manifests.find(kId)->version, told == Code::ok ? 2U : 1U) << "in memory";
  const Chest::Left left = chest.crash(kId);
  EXPECT_EQ(left.version, step.is_applied ? 2U : 1U);
  EXPECT_EQ(left.text, step.is_applied ? "new" : "old");
  EXPECT_EQ(Chest::count(left.lines, "first"), 1U);
  if (step.is_applied && has_line) {
    EXPECT_EQ(Chest::count(left.lines, "second"), 1U);
  }
}

TEST(CommitterFaultTest, AStepThatFailsLeavesTheOldStateOrTheNewOneAndTellsWhich) {
  for (const Step& step : kSteps) {
    for (const Error& error : kErrors) {
      if (step.unavailable_alone && error.code != Code::unavailable) continue;
      expect_one_state(step, error);
    }
  }
}

TEST(CommitterFaultTest, WhatDidNotEndTheChipCanBeTriedAgain) {
  for (const Step& step : kSteps) {
    for (const Error& error : kErrors) {
      if (error.code == Code::unavailable || step.unavailable_alone || !step.is_told) continue;
      SCOPED_TRACE(testing::Message() << step.name << ", code " << static_cast<int>(error.code));
      Chest chest;
      ASSERT_EQ(chest.commit(Chest::put(kId, 0, "old")), Code::ok);
      chest.settle();
      step.fail(chest, error);
      chest.commit(Chest::with_line(Chest::put(kId, 1, "lost"), "second"));
      chest.settle();
      chest.commit(Chest::put(kOther, 0, "other"));
      const std::uint64_t version = chest.manifests.find(kId)->version;
      EXPECT_EQ(chest.commit(Chest::put(kId, version, "new")), Code::ok);
      EXPECT_EQ(chest.crash(kId).text, "new");
    }
  }
}

TEST(CommitterFaultTest, AGroupOfSeveralIsWrittenWholeOrNotAtAll) {
  for (const auto point : {store::FaultPoint::before_commit, store::FaultPoint::after_commit}) {
    Chest chest;
    chest.hold();
    const auto one = chest.send(Chest::with_line(Chest::put(kId, 0, "one"), "group"));
    const auto two = chest.send(Chest::with_line(Chest::put(kOther, 0, "two"), "group"));
    chest.store.fail_commit(2, point, kGone);
    chest.let_go();
    EXPECT_EQ(one->code, Code::unavailable);
    EXPECT_EQ(two->code, Code::unavailable);
    const Chest::Left left = chest.crash(kId);
    EXPECT_EQ(left.text, point == store::FaultPoint::after_commit ? "one" : "");
    EXPECT_EQ(chest.crash(kOther).text, point == store::FaultPoint::after_commit ? "two" : "");
    EXPECT_EQ(Chest::count(left.lines, "group"), 2U);
  }
}

// Whatever ended it: who waits behind is refused, and nothing is written on top of what nobody knows.
TEST(CommitterFaultTest, NothingIsWrittenOnceStoreLogOrMarkIsGone) {
  for (const Step& step : kSteps) {
    if (std::string_view(step.name) == "sync") continue;
    SCOPED_TRACE(step.name);
    Chest chest;
    ASSERT_EQ(chest.commit(Chest::put(kId, 0, "old")), Code::ok);
    chest.settle();
    step.fail(chest, kGone);
    chest.commit(Chest::with_line(Chest::put(kId, 1, "new"), "second"));
    chest.settle();
    ASSERT_EQ(chest.fatal_count, 1);
    EXPECT_EQ(chest.commit(Chest::put(kOther, 0, "later")), Code::unavailable);
    EXPECT_FALSE(chest.crash(kOther).version.has_value());
  }
}

TEST(CommitterFaultTest, WhatWaitsBehindACommitThatEndedTheChipIsRefused) {
  for (const auto point : {store::FaultPoint::before_commit, store::FaultPoint::after_commit}) {
    Chest chest;
    chest.hold();
    std::vector<std::shared_ptr<Chest::Answer>> behind;
    const std::size_t count = kGroupMax + 2;  // more than one group
    chest.store.fail_commit(2, point, kGone);
    for (std::size_t i = 0; i < count; ++i) {
      const ObjectId id = object_id(static_cast<std::uint16_t>(i));
      behind.push_back(chest.send(Chest::with_line(Chest::put(id, 0, "behind"), "behind")));
    }
    const auto line = chest.send(Chest::with_line({}, "line"));
    chest.let_go();
    for (const auto& each : behind) EXPECT_EQ(each->code, Code::unavailable);
    EXPECT_EQ(chest.fatal_count, 1);
    EXPECT_EQ(chest.store.commit_count(), 2U);
    const Chest::Left left = chest.crash(object_id(static_cast<std::uint16_t>(count - 1)));
    EXPECT_FALSE(left.version.has_value());
    EXPECT_EQ(line->code, Code::ok);  // it had its turn in the first group, and needs no commit
    EXPECT_EQ(Chest::count(left.lines, "behind"), kGroupMax - 1);
  }
}

TEST(CommitterFaultTest, CloseEndsTheChipOnlyWhenSomethingIsGone) {
  for (const Error& error : kErrors) {
    SCOPED_TRACE(static_cast<int>(error.code));
    Chest chest;
    ASSERT_EQ(chest.commit(Chest::put(kId, 0, "old")), Code::ok);
    chest.settle();
    chest.log.fail_append(error);
    chest.committer->close();
    EXPECT_EQ(chest.fatal_count, error.code == Code::unavailable ? 1 : 0);
    EXPECT_EQ(chest.crash(kId).text, "old");
  }
}

TEST(CommitterFaultTest, ACheckpointThatFailsIsToldAndTheChainGoesOnWithoutIt) {
  Chest chest;
  ASSERT_EQ(chest.commit(Chest::with_line({}, "first")), Code::ok);
  chest.settle();
  chest.log.fail_append(kFull);
  // The uses' append comes first and may be refused; the checkpoint itself has the administrator's room.
  chest.usage.keep(UsageSummary::Key{.event = "key.use"});
  EXPECT_TRUE(chest.committer->checkpoint_and_wait().ok());
  chest.log.inner.fill_disk(true);
  EXPECT_EQ(chest.committer->checkpoint_and_wait().error().code, Code::disk_full);
  chest.log.inner.recover();
  const auto position = chest.committer->checkpoint_and_wait();
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(position.value().sequence, chest.log.inner.lines().size());
  chest.crash(kId);
}

TEST(CommitterFaultTest, AFullLogTakesTheLinesOfAdministratorsAlone) {
  Chest chest;
  chest.log.inner.fill_disk();
  EXPECT_EQ(chest.commit(Chest::with_line(Chest::put(kId, 0, "a user's"), "user")), Code::disk_full);
  Submission administrators = Chest::with_line(Chest::put(kOther, 0, "an administrator's"), "administrator");
  administrators.is_administrators = true;
  EXPECT_EQ(chest.commit(std::move(administrators)), Code::ok);
  const Chest::Left left = chest.crash(kOther);
  EXPECT_EQ(left.text, "an administrator's");
  EXPECT_EQ(Chest::count(left.lines, "user"), 0U);
  EXPECT_FALSE(chest.crash(kId).version.has_value());
}

}  // namespace
}  // namespace coffer::record
