// Chest: a committer on a store, a log and a mark that tests can have fail, and what a crash leaves of them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fixed_clock_testing.h"
#include "record/committer.h"
#include "record/record_fixture.h"
#include "store/faulty_store.h"
#include "store/mark_file.h"
#include "store/memory_audit_log.h"
#include "store/memory_store.h"

namespace coffer::record {

// FaultyLog passes calls on to a MemoryAuditLog; its next append or sync fails when it was told so.
class FaultyLog final : public store::AuditLog {
 public:
  // fail_append makes the next append fail, after it has taken the lines when `is_taken` is set.
  void fail_append(Error error, bool is_taken = false) {
    const std::lock_guard lock(mutex_);
    append_ = error;
    is_taken_ = is_taken;
  }
  void fail_sync(Error error) {
    const std::lock_guard lock(mutex_);
    sync_ = error;
  }

  // wait_for_lines returns when the log has so many.
  void wait_for_lines(std::size_t count) {
    std::unique_lock lock(mutex_);
    taken_.wait(lock, [&] { return inner.lines().size() >= count; });
  }

  Status append(std::span<const std::string> lines, store::Urgency urgency) override {
    return add([&] { return inner.append(lines, urgency); });
  }
  Status append_relaxed(std::span<const std::string> lines) override {
    return add([&] { return inner.append_relaxed(lines); });
  }
  Status sync() override {
    const std::lock_guard lock(mutex_);
    if (sync_) return *std::exchange(sync_, std::nullopt);
    return inner.sync();
  }
  Status check_room() override { return inner.check_room(); }
  Result<store::AuditTail> tail() override { return inner.tail(); }
  Result<store::AuditPage> read(std::uint64_t first) override { return inner.read(first); }
  Status cut(std::uint64_t line_count) override { return inner.cut(line_count); }

  store::MemoryAuditLog inner;

 private:
  Status add(auto append) {
    const std::lock_guard lock(mutex_);
    taken_.notify_all();
    if (!append_) return append();
    const Error error = *std::exchange(append_, std::nullopt);
    if (is_taken_) TRY(append());
    return error;
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable taken_;
  std::optional<Error> append_;
  std::optional<Error> sync_;
  bool is_taken_ = false;
};

inline Code code_of(const Status& status) { return status.ok() ? Code::ok : status.error().code; }

// Chest is a new vault's records, opened.
class Chest {
 public:
  Chest() {
    std::vector<store::Write> writes;
    EXPECT_TRUE(high_water.found(kRealm, kFormat, {}).ok());
    EXPECT_TRUE(manifests.found(writes).ok());
    EXPECT_TRUE(memory.commit({.compares = {}, .writes = std::move(writes)}).ok());
    manifests.publish();
    EXPECT_TRUE(committer->resume_audit().ok());
    open();
  }
  ~Chest() { store.hold_commits(false); }
  Chest(const Chest&) = delete;
  Chest& operator=(const Chest&) = delete;

  void open() { committer->open({.manifests = &manifests, .id = kRealm, .audit_key = &audit_key}); }
  // settle waits until nothing is being committed. The first group of all is bound at once, and with it the
  // clock's second ends: later ones are not, until a test moves it.
  void settle() { committer->bind_by_mark(false); }

  // put is a record to write at `id` over that of version `expected`; erase takes it away.
  static Submission put(const ObjectId& id, std::uint64_t expected, std::string_view text,
                        const PartitionTag& tag = kPartition) {
    auto partition = std::make_shared<Partition>();
    partition->tag = tag;
    partition->key = counted_key<PartitionKey>();
    Submission submission;
    submission.changes.push_back({.entry = {.id = id, .partition = tag, .object_class = 3},
                                  .expected_version = expected,
                                  .partition = std::move(partition),
                                  .plaintext = SecretBytes::copy_of(as_bytes(text))});
    return submission;
  }
  static Submission erase(const ObjectId& id, std::uint64_t expected) {
    Submission submission = put(id, expected, "");
    submission.changes.front().remove = true;
    return submission;
  }
  static Submission with_line(Submission submission, std::string_view event, Who who = {}) {
    submission.events.push_back({.event = event, .who = std::move(who)});
    return submission;
  }
  Code commit(Submission submission) { return code_of(committer->submit_and_wait(std::move(submission))); }

  // Answer is what a submission that nobody waited for came to; `order` counts the answers.
  struct Answer {
    std::optional<Code> code;
    std::size_t order = 0;
  };
  std::shared_ptr<Answer> send(Submission submission) {
    auto answer = std::make_shared<Answer>();
    submission.completion = make_completion([this, answer](Status status) {
      answer->code = code_of(status);
      answer->order = ++answers;
    });
    committer->submit(std::move(submission));
    return answer;
  }
  // hold makes the commit of one record wait, so that what is sent meanwhile waits together. let_go returns
  // when all was answered.
  void hold() {
    store.hold_commits(true);
    held = send(put(object_id(9000, 99), 0, "held"));
    store.wait_until_held();
  }
  void let_go() {
    store.hold_commits(false);
    drain();
  }
  // drain is the last of the committer: nothing is bound any more, as in a crash.
  void drain() { committer.reset(); }

  // Left is what a crash leaves, loaded anew and found to be one state.
  struct Left {
    std::optional<std::uint64_t> version;
    std::string text;
    Bound head;
    Mark mark;
    std::vector<std::string> lines;
  };
  Left crash(const ObjectId& id) {
    store.hold_commits(false);
    drain();
    log.inner.lose_power();
    Left left{.lines = log.inner.lines()};
    Manifests fresh(counted_key<DomainKey>(), kRealm);
    HighWater water(mark_file, counted_key<HostKey>(), clock);
    const Status loaded = fresh.load(memory);
    EXPECT_TRUE(loaded.ok()) << loaded.error().text;
    EXPECT_TRUE(water.load().ok());
    left.head = fresh.head().bound;
    left.mark = water.mark();
    crypto::Digest32 hash{};
    std::vector<crypto::Digest32> hashes{hash};
    for (const std::string& line : left.lines) {
      EXPECT_TRUE(follows_line(line, hash)) << line;
      hash = crypto::sha256(as_bytes(line));
      hashes.push_back(hash);
    }
    for (const Bound& bound : {left.head, left.mark.bound}) {
      EXPECT_LT(bound.audit_sequence, hashes.size()) << "names a line that is not durable";
      if (bound.audit_sequence < hashes.size()) {
        EXPECT_EQ(bound.audit_hash, hashes[bound.audit_sequence]);
      }
    }
    EXPECT_LE(left.mark.bound.commits, left.head.commits);
    EXPECT_LE(left.mark.bound.binding, left.head.binding);
    read(fresh, id, left);
    return left;
  }
  // How many lines tell of an event.
  static std::size_t count(const std::vector<std::string>& lines, std::string_view event) {
    const std::string start = R"("event":")" + std::string(event) + '"';
    std::size_t found = 0;
    for (const std::string& line : lines) found += line.find(start) != std::string::npos ? 1U : 0U;
    return found;
  }

  FixedClock clock;
  store::MemoryStore memory;
  store::FaultyStore store{memory};
  FaultyLog log;
  store::MemoryMarkFile mark_file;
  HighWater high_water{mark_file, counted_key<HostKey>(), clock};
  UsageSummary usage;
  Manifests manifests{counted_key<DomainKey>(), kRealm};
  const crypto::PrivateKey audit_key =
      crypto::PrivateKey::from_scalar(crypto::Curve::ed25519, counted_key<LogKey>(9).reveal()).value();
  std::atomic<int> fatal_count = 0;
  std::size_t answers = 0;  // of what was sent; the committer's thread counts
  std::shared_ptr<Answer> held;
  std::unique_ptr<Committer> committer = std::make_unique<Committer>(
      store, log, high_water, usage, clock, counted_key<LogKey>(), [this] { ++fatal_count; });

 private:
  // Every record that the manifest names opens as that version; and what it does not name is not there.
  void read(const Manifests& fresh, const ObjectId& id, Left& left) {
    const auto record = memory.get(record_store_key(kPartition, id)).value();
    const auto entry = fresh.find(id);
    EXPECT_EQ(record.has_value(), entry.has_value());
    if (!entry || !record) return;
    left.version = entry->version;
    const auto opened = open_record(counted_key<PartitionKey>(),
                                    {.realm = kRealm,
                                     .partition = entry->partition,
                                     .id = id,
                                     .type = entry->object_class,
                                     .version = entry->version},
                                    record->value);
    EXPECT_TRUE(opened.ok()) << "record and manifest are of two states";
    if (opened.ok()) left.text = as_text(opened.value().reveal());
  }
};

}  // namespace coffer::record
