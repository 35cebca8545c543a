// Tests of history: what opens, and what is refused, when store, mark and audit log do not fit each other.
#include "vault/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

// Moment is what lies on the disk at one moment.
struct Moment {
  std::vector<store::Record> store;
  Buffer mark;
  std::vector<std::string> log;
};

// Each of the three is one of these at the next start. `older` is of a second before, `swapped` of another
// vault of this host, `cut` has lost its end: of the log, the last bound line; of store and mark, an octet.
enum class As : std::uint8_t { same, older, cut, swapped, gone };
constexpr As kEach[] = {As::same, As::older, As::cut, As::swapped, As::gone};

std::string name_of(As as) {
  static constexpr const char* kNames[] = {"same", "older", "cut", "swapped", "gone"};
  return kNames[static_cast<std::size_t>(as)];
}

class History : public ::testing::Test {
 protected:
  static void begin(World& world) {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }
  // live lets some seconds pass in which keys are made and used.
  static void live(World& world) {
    for (int i = 0; i < 3; ++i) {
      world.clock.advance(1000);
      const auto pair = world.generate_p256();
      ASSERT_TRUE(pair.ok());
      ASSERT_TRUE(world.sign(pair.reply.private_key.id).ok());
    }
  }
  static Moment moment(World& world) {
    return {.store = world.memory.range({}, {}, store::kPageRecordsMax).value().records,
            .mark = world.mark.read_mark().value().value(),
            .log = world.audit.lines()};
  }
  static void put_store(World& world, const std::vector<store::Record>& records) {
    store::Transaction transaction;
    for (const auto& each : world.memory.range({}, {}, store::kPageRecordsMax).value().records)
      transaction.writes.push_back({.key = each.key, .remove = true});
    for (const auto& each : records) transaction.writes.push_back({.key = each.key, .value = each.value});
    ASSERT_TRUE(transaction.writes.empty() || world.memory.commit(transaction).ok());
  }
  // put makes the disk of `world` what three moments give; a mark cannot be taken away from a MemoryMarkFile,
  // so the vault is given another.
  static wire::VaultState state_after(World& world, const Moment& store, const std::optional<Buffer>& mark,
                                      const std::vector<std::string>& log) {
    world.stop();
    put_store(world, store.store);
    world.audit.put_back(log);
    if (mark.has_value()) {
      EXPECT_TRUE(world.mark.write_mark(*mark).ok());
    } else {
      world.mark.remove();
    }
    if (!world.start().ok()) return wire::VaultState::error;
    return world.state();
  }
  static Moment cut(Moment whole) {
    whole.store.back().value.pop_back();
    whole.mark.pop_back();
    // What a clean end wrote is bound by the mark up to its last line.
    whole.log.pop_back();
    return whole;
  }
};

TEST_F(History, TheTableOfStoreMarkAndLog) {
  World world;
  World other;
  begin(world);
  begin(other);
  live(world);
  live(other);
  other.stop();
  world.stop();
  const Moment older = moment(world);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  live(world);
  world.stop();
  const Moment same = moment(world);
  const Moment shorter = cut(same);
  const Moment swapped = moment(other);
  const Moment gone{};
  const auto pick = [&](As as) -> const Moment& {
    const Moment* const kOf[] = {&same, &older, &shorter, &swapped, &gone};
    return *kOf[static_cast<std::size_t>(as)];
  };
  int served = 0;
  for (const As store : kEach) {
    for (const As mark : kEach) {
      for (const As log : kEach) {
        const std::string row =
            "store " + name_of(store) + ", mark " + name_of(mark) + ", log " + name_of(log);
        const auto state =
            state_after(world, pick(store), mark == As::gone ? std::nullopt : std::optional(pick(mark).mark),
                        pick(log).log);
        const bool is_one_moment = store == mark && mark == log;
        const bool is_whole = is_one_moment && store != As::cut && store != As::gone;
        if (is_whole) {
          EXPECT_EQ(state, wire::VaultState::unlocked) << row;
          ++served;
        } else if (store == As::gone && mark == As::gone) {
          // Nothing is left but, perhaps, an audit log: as after a removal.
          EXPECT_EQ(state, wire::VaultState::uninitialized) << row;
        } else {
          EXPECT_TRUE(state == wire::VaultState::rollback || state == wire::VaultState::error) << row;
        }
      }
    }
  }
  EXPECT_EQ(served, 3);
}

// The rest is about a vault that did not end well: killed, or without power.
class HistoryAfterAKill : public History {
 protected:
  void SetUp() override {
    begin(world);
    live(world);
  }
  // kill leaves what is on the disk, as kill -9 does, and tells what that is.
  Moment kill() {
    const Moment left = moment(world);
    world.stop();
    put_store(world, left.store);
    EXPECT_TRUE(world.mark.write_mark(left.mark).ok());
    world.audit.put_back(left.log);
    return left;
  }
  wire::VaultState start_with(std::vector<std::string> log) {
    world.audit.put_back(std::move(log));
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.owner->call(wire::AuditHead{}).code, Code::ok);  // waits for what the start has to say
    return world.state();
  }
  // try_wrong_pin leaves a line that nothing has bound: it follows the commit that counted the try.
  void try_wrong_pin() {
    const auto count = [this] {
      const auto lines = world.audit.lines();
      return std::ranges::count_if(
          lines, [](const std::string& line) { return line.find("pin-incorrect") != std::string::npos; });
    };
    const auto before = count();
    ASSERT_EQ(world.login(0, "9999"), Code::pin_incorrect);
    while (count() == before) std::this_thread::yield();
  }
  // bind_by_a_key makes a key in a new second and gives the mark that binds it: it is written behind the
  // answer.
  Buffer bind_by_a_key() {
    const Buffer before = moment(world).mark;
    world.clock.advance(1000);
    EXPECT_TRUE(world.generate_p256().ok());
    Buffer bound = moment(world).mark;
    for (; bound == before; bound = moment(world).mark) std::this_thread::yield();
    return bound;
  }
  std::uint64_t cut_lines() {
    for (const std::string& line : world.audit.lines()) {
      const std::size_t at = line.find("\"audit.cut\"");
      if (at == std::string::npos) continue;
      const std::size_t count = line.find("\"count\":");
      return count == std::string::npos ? 1 : std::stoull(line.substr(count + 8));
    }
    return 0;
  }
  void expect_whole_chain() {
    const auto lines = world.audit.lines();
    for (std::size_t i = 1; i < lines.size(); ++i)
      ASSERT_TRUE(record::follows_line(lines[i], crypto::sha256(as_bytes(lines[i - 1])))) << i;
  }

  World world;
};

TEST_F(HistoryAfterAKill, TheMarkMayBeOneBindingBehindAndNoMore) {
  ASSERT_EQ(world.owner->call(wire::AuditHead{}).code, Code::ok);  // binds what living left behind
  const Buffer two_behind = bind_by_a_key();
  const Buffer one_behind = bind_by_a_key();
  ASSERT_TRUE(world.generate_p256().ok());  // of the second that has not ended
  const Moment left = kill();
  ASSERT_EQ(left.mark, one_behind);
  EXPECT_EQ(start_with(left.log), wire::VaultState::unlocked);
  world.stop();
  put_store(world, left.store);
  ASSERT_TRUE(world.mark.write_mark(two_behind).ok());
  EXPECT_EQ(start_with(left.log), wire::VaultState::rollback);
}

TEST_F(HistoryAfterAKill, LinesThatWereNotBoundMayBeMissing) {
  world.clock.advance(1000);
  ASSERT_TRUE(world.generate_p256().ok());
  try_wrong_pin();
  Moment left = kill();
  left.log.pop_back();
  EXPECT_EQ(start_with(left.log), wire::VaultState::unlocked);
  EXPECT_EQ(cut_lines(), 0U);
  expect_whole_chain();
}

TEST_F(HistoryAfterAKill, LinesThatTheHeadNamesMayNot) {
  world.clock.advance(1000);
  ASSERT_TRUE(world.generate_p256().ok());
  ASSERT_TRUE(world.generate_p256().ok());
  Moment left = kill();
  left.log.pop_back();
  EXPECT_EQ(start_with(left.log), wire::VaultState::rollback);
}

TEST_F(HistoryAfterAKill, TornAndForgedEndsAreCutOffAndSaidSo) {
  world.clock.advance(1000);
  ASSERT_TRUE(world.generate_p256().ok());
  try_wrong_pin();
  const Moment left = kill();
  const std::string last = left.log.back();
  const std::string previous = to_hex(crypto::sha256(as_bytes(last)));
  std::string zeros = last;
  std::fill(zeros.begin() + 20, zeros.begin() + 60, '\0');
  const std::string chained =
      R"({"seq":1,"time":"x","event":"key.sign","result":"ok","prev":")" + previous + "\"}";
  const std::string vouched = R"({"seq":1,"event":"login","result":"ok","commits":9999,"prev":")" + previous +
                              R"(","mac":"00112233445566778899aabbccddeeff"})";
  for (const std::vector<std::string>& end :
       {std::vector<std::string>{""}, {"x"}, {zeros}, {chained}, {vouched}, {chained, vouched, last}}) {
    put_store(world, left.store);
    ASSERT_TRUE(world.mark.write_mark(left.mark).ok());
    std::vector<std::string> log = left.log;
    log.insert(log.end(), end.begin(), end.end());
    EXPECT_EQ(start_with(log), wire::VaultState::unlocked) << end.front();
    EXPECT_EQ(cut_lines(), end.size());
    EXPECT_EQ(world.audit.lines()[left.log.size() - 1], last) << "what the chip wrote stays";
    expect_whole_chain();
    world.stop();
  }
  // A line in the middle of what was not bound takes those behind it along.
  put_store(world, left.store);
  ASSERT_TRUE(world.mark.write_mark(left.mark).ok());
  std::vector<std::string> log = left.log;
  log.back()[12] ^= 1;
  EXPECT_EQ(start_with(log), wire::VaultState::unlocked);
  EXPECT_EQ(cut_lines(), 1U);
}

TEST_F(HistoryAfterAKill, AStoreSetBackWithItsMarkIsKnownByTheLinesBehind) {
  const Moment before = moment(world);
  live(world);
  const Moment left = kill();
  put_store(world, before.store);
  ASSERT_TRUE(world.mark.write_mark(before.mark).ok());
  EXPECT_EQ(start_with(left.log), wire::VaultState::rollback);
  // Deliberately, it opens, and the newer store is refused from then on.
  ASSERT_EQ(world.owner->call(wire::AcceptRollback{}).code, Code::ok);
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  world.stop();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::unlocked);
  world.stop();
  put_store(world, left.store);
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
}

TEST_F(HistoryAfterAKill, AStoreThatWasSetBackIsDestroyedAndNotWrittenTo) {
  ASSERT_TRUE(
      world.owner
          ->call(wire::TamperSet{.signal = wire::TamperSignal::rollback, .level = wire::TamperLevel::destroy})
          .ok());
  const Moment before = moment(world);
  live(world);
  world.stop();
  const Moment after = moment(world);
  put_store(world, before.store);
  // Cut off in the middle of the destruction, whatever was written, the store is no newer than it was.
  world.store.fail_commit(1, store::FaultPoint::before_commit, {Code::unavailable, "gone"});
  ASSERT_TRUE(world.start().ok());
  EXPECT_FALSE(world.vault->is_erased());
  world.stop();
  EXPECT_EQ(moment(world).store.size(), before.store.size());
  for (std::size_t i = 0; i < before.store.size(); ++i)
    EXPECT_EQ(moment(world).store[i].value, before.store[i].value) << i;
  ASSERT_TRUE(world.start().ok());
  EXPECT_TRUE(world.vault->is_erased());
  EXPECT_EQ(after.mark, world.mark.read_mark().value().value());
}

TEST_F(HistoryAfterAKill, ALogThatDoesNotAnswerEndsTheChip) {
  world.audit.break_down({Code::unavailable, "no answer in time"});
  EXPECT_EQ(world.owner->call(wire::AuditHead{}).code, Code::unavailable);
  EXPECT_GE(world.fatal_count.load(), 1);
}

TEST_F(HistoryAfterAKill, AMarkOfBeforeTheMigrationDoesNotFitAStoreThatWentOn) {
  world.stop();
  record::HighWater high_water(world.mark, host_key(1), world.clock);
  ASSERT_TRUE(high_water.load().ok());
  const record::Mark now = high_water.mark();
  ASSERT_TRUE(high_water.reset(now.realm, record::kBoundFormat - 1, {.commits = 1}).ok());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.state(), wire::VaultState::rollback);
}

TEST_F(HistoryAfterAKill, UsesAreBoundWithinASecond) {
  const auto pair = world.generate_p256();
  world.clock.advance(1000);
  ASSERT_TRUE(world.sign(pair.reply.private_key.id).ok());
  // The clock has moved: the committer's next second writes the use, and binds it.
  ASSERT_NE(world.login(0, "9999"), Code::ok);
  Moment left = kill();
  while (!left.log.empty() && left.log.back().find("\"key.sign\"") == std::string::npos) left.log.pop_back();
  ASSERT_FALSE(left.log.empty());
  left.log.pop_back();
  EXPECT_EQ(start_with(left.log), wire::VaultState::rollback);
}

TEST_F(HistoryAfterAKill, ALockedVaultBindsItsLinesByTheMark) {
  World locked;
  ASSERT_TRUE(locked.start().ok());
  ASSERT_EQ(locked.initialize("correct horse"), Code::ok);
  ASSERT_EQ(locked.owner->call(wire::Lock{}).code, Code::ok);
  for (int i = 0; i < 3; ++i) {
    locked.clock.advance(2000);
    EXPECT_EQ(locked.owner->call(wire::Unlock{.passphrase = secret("wrong")}).code, Code::denied);
  }
  locked.stop();
  auto log = locked.audit.lines();
  const std::size_t lines = log.size();
  ASSERT_TRUE(locked.start().ok());
  EXPECT_EQ(locked.state(), wire::VaultState::locked);
  locked.clock.advance(100000);
  EXPECT_EQ(locked.owner->call(wire::Unlock{.passphrase = secret("correct horse")}).code, Code::ok);
  locked.stop();
  // The guesses' lines cannot be taken away.
  log.resize(lines - 2);
  locked.audit.put_back(log);
  ASSERT_TRUE(locked.start().ok());
  locked.clock.advance(100000);
  EXPECT_EQ(locked.owner->call(wire::Unlock{.passphrase = secret("correct horse")}).code, Code::rollback);
}

TEST_F(HistoryAfterAKill, TheLastLineOfALockedVaultThatEndsIsBound) {
  World locked;
  ASSERT_TRUE(locked.start().ok());
  ASSERT_EQ(locked.initialize("correct horse"), Code::ok);
  ASSERT_EQ(locked.owner->call(wire::Lock{}).code, Code::ok);
  EXPECT_EQ(locked.owner->call(wire::Unlock{.passphrase = secret("wrong")}).code, Code::denied);
  locked.stop();
  auto log = locked.audit.lines();
  ASSERT_NE(log.back().find("\"vault.unlock\""), std::string::npos) << log.back();
  log.pop_back();
  locked.audit.put_back(log);
  ASSERT_TRUE(locked.start().ok());
  locked.clock.advance(100000);
  EXPECT_EQ(locked.owner->call(wire::Unlock{.passphrase = secret("correct horse")}).code, Code::rollback);
}

TEST_F(HistoryAfterAKill, ALockedVaultThatEndsWritesWhatItHasKept) {
  World locked;
  ASSERT_TRUE(locked.start().ok());
  ASSERT_EQ(locked.initialize("correct horse"), Code::ok);
  ASSERT_EQ(locked.owner->call(wire::Lock{}).code, Code::ok);
  const host::Peer stranger{.uid = kStranger, .gid = kStranger, .pid = 1, .groups = {}};
  EXPECT_EQ(locked.vault->connected(stranger).error().code, Code::denied);
  locked.stop();
  const auto log = locked.audit.lines();
  ASSERT_FALSE(log.empty());
  EXPECT_NE(log.back().find("\"connection.refused\""), std::string::npos) << log.back();
}

TEST_F(HistoryAfterAKill, ARecordOfAnErasureThatTheChipDidNotWriteDestroysNothing) {
  world.stop();
  for (const Buffer& forged : {Buffer{}, Buffer{2}, Buffer(25, 2), Buffer(57, 3)}) {
    ASSERT_TRUE(world.memory.commit({.writes = {{.key = {kErasureKey}, .value = forged}}}).ok());
    ASSERT_TRUE(world.start().ok());
    EXPECT_FALSE(world.vault->is_erased());
    EXPECT_EQ(world.state(), wire::VaultState::unlocked);
    EXPECT_EQ(world.owner->call(wire::TamperShow{})
                  .reply.signals.at(static_cast<std::size_t>(wire::TamperSignal::record))
                  .count,
              1U);
    world.stop();
  }
}

}  // namespace
}  // namespace coffer::vault
