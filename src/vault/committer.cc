// Committer: the loop of the committing thread. Order of one group: audit lines made durable, transaction,
// memory, answers. A crash between two of them leaves the old state, with a record of what was about to
// happen.
#include "vault/committer.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/log.h"
#include "base/secret_stack.h"

namespace coffer::vault {

namespace {

constexpr std::uint64_t kMarkMilliseconds = 1000;   // the high-water mark follows the store within this time
constexpr std::uint64_t kUsageMilliseconds = 1000;  // uses are summed up over this time
// So many lines about uses are written at once: they lie in hidden memory meanwhile, three times.
constexpr std::size_t kUsageLinesMax = 512;
static_assert(kUsageLinesMax <= store::kAuditLinesMax);
constexpr std::uint64_t kUsageRefusedMilliseconds =
    10000;  // so long the log may take none before uses are refused
constexpr auto kUsageInterval = std::chrono::milliseconds(kUsageMilliseconds);

}  // namespace

Committer::Committer(store::Store& store, store::AuditLog& audit_log, HighWater& high_water,
                     UsageSummary& usage, const Clock& clock, std::function<void()> on_fatal)
    : store_(store),
      audit_log_(audit_log),
      high_water_(high_water),
      usage_(usage),
      clock_(clock),
      on_fatal_(std::move(on_fatal)),
      chain_(clock),
      thread_([this] { on_secret_stack([this] { run(); }); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  thread_.join();
}

Status Committer::resume_audit() {
  const store::AuditTail tail = TRY(audit_log_.tail());
  const std::lock_guard lock(mutex_);
  CHECK(!busy_ && waiting_.empty());
  chain_.resume(tail.line_count, tail.line);
  audit_sequence_ = tail.line_count;
  return {};
}

void Committer::open(const CommitRealm& realm) {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !busy_; });
  realm_ = realm;
}

void Committer::close() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return (waiting_.empty() || dead_) && !busy_; });
  if (realm_.manifests == nullptr) return;
  if (!dead_) {
    std::vector<std::string> lines;
    // The last chance of these uses: they may use the administrator's reserve.
    const Status uses = write_all_uses(store::Urgency::administrator);
    if (const auto signed_line = chain_.checkpoint(*realm_.audit_key); signed_line.ok()) {
      lines.push_back(signed_line.value());
    }
    if (!uses.ok() || !append_lines(lines, true, true).ok())
      log_line("chip", "the last audit checkpoint could not be written");
    mark_stale_ = true;
    write_mark(true);
  }
  realm_ = CommitRealm{};
}

void Committer::submit(Submission submission) {
  {
    const std::lock_guard lock(mutex_);
    if (!dead_ && !stopping_ && waiting_.size() < kWaitingMax) {
      const PartitionTag tag =
          submission.changes.empty() ? kSystemPartition : submission.changes.front().entry.partition;
      waiting_.push(tag, {++submitted_, std::move(submission)});
      work_.notify_one();
      return;
    }
  }
  fail(submission, Error{Code::unavailable, "the vault cannot commit at the moment"});
}

Status Committer::submit_and_wait(Submission submission) {
  std::mutex done_mutex;
  std::condition_variable done_signal;
  std::optional<Status> outcome;
  submission.completion = make_completion([&](Status status) {
    const std::lock_guard lock(done_mutex);
    outcome = status;
    done_signal.notify_one();
  });
  submit(std::move(submission));
  std::unique_lock lock(done_mutex);
  done_signal.wait(lock, [&] { return outcome.has_value(); });
  return *outcome;
}

void Committer::record(AuditEvent event) {
  Submission submission;
  submission.events.push_back(std::move(event));
  submit(std::move(submission));
}

void Committer::usage_added() {
  const std::lock_guard lock(mutex_);
  if (usage_pending_) return;
  usage_pending_ = true;
  work_.notify_one();
}

Result<AuditChain::Position> Committer::checkpoint() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return (waiting_.empty() || dead_) && !busy_; });
  if (dead_) return Error{Code::unavailable, "the audit log is gone"};
  if (realm_.audit_key != nullptr) {
    const Status uses = write_all_uses(store::Urgency::ordinary);
    if (!uses.ok() && uses.error().code != Code::disk_full) return uses.error();
    const std::string line = TRY(chain_.checkpoint(*realm_.audit_key));
    TRY(append_lines({line}, true, true));
    audit_sequence_ = chain_.sequence();
  }
  return chain_.position();
}

std::uint64_t Committer::audit_sequence() const {
  const std::lock_guard lock(mutex_);
  return audit_sequence_;
}

bool Committer::wait_for_work(Group& group) {
  std::unique_lock lock(mutex_);
  busy_ = false;
  idle_.notify_all();
  const auto ready = [this] { return stopping_ || !waiting_.empty(); };
  // With nothing left over the thread sleeps until somebody submits: an idle vault costs nothing.
  if (usage_.has_rest() && usage_refused_milliseconds_ == 0) {
    // It is written at once, piece by piece.
  } else if (usage_pending_ || mark_stale_) {
    work_.wait_for(lock, kUsageInterval, ready);
  } else {
    work_.wait(lock, [&] { return ready() || usage_pending_; });
    if (waiting_.empty() && !stopping_) {
      work_.wait_for(lock, kUsageInterval, ready);  // let a second's uses gather
    }
  }
  if (stopping_ && waiting_.empty()) return false;
  const std::size_t count = std::min(waiting_.size(), kGroupMax);
  std::vector<Waiting> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(waiting_.pop());
  // Who is in the group is decided in turns; within it, the audit log keeps the order of arrival.
  std::ranges::sort(chosen, {}, &Waiting::number);
  for (Waiting& each : chosen) group.push_back(std::move(each.submission));
  busy_ = true;
  return true;
}

void Committer::run() {
  for (;;) {
    Group group;
    if (!wait_for_work(group)) return;
    commit_group(group);
    {
      const std::lock_guard lock(mutex_);
      audit_sequence_ = chain_.sequence();
      if (usage_.empty()) usage_pending_ = false;
    }
  }
}

void Committer::fail(Submission& submission, Error error) {
  if (auto completion = std::move(submission.completion)) completion->done(error);
}

void Committer::die() {
  {
    const std::lock_guard lock(mutex_);
    dead_ = true;
  }
  on_fatal_();
}

Status Committer::append_lines(const std::vector<std::string>& lines, bool durable, bool administrators) {
  if (lines.empty()) return {};
  if (!durable) return audit_log_.append_relaxed(lines);
  TRY(audit_log_.append(lines, administrators ? store::Urgency::administrator : store::Urgency::ordinary));
  durable_sequence_ = chain_.sequence();
  return {};
}

// Writes uses that were summed up, as many as one append takes. They stay in the summary when the log has no
// room, and when that lasts, uses that must be recorded are refused.
Status Committer::write_uses(store::Urgency urgency) {
  const AuditChain::Position before = chain_.position();
  const std::vector<AuditEvent> uses = usage_.oldest(kUsageLinesMax);
  std::vector<std::string> lines;
  lines.reserve(uses.size());
  for (const AuditEvent& event : uses) lines.push_back(chain_.line(event));
  const bool is_urgent = urgency == store::Urgency::administrator;
  const Status written = append_lines(lines, is_urgent, is_urgent);
  const std::uint64_t now = clock_.boot_milliseconds();
  if (!written.ok()) {
    chain_.set_position(before);
    if (usage_refused_milliseconds_ == 0) usage_refused_milliseconds_ = std::max<std::uint64_t>(now, 1);
    usage_.refuse(now >= usage_refused_milliseconds_ + kUsageRefusedMilliseconds);
    return written;
  }
  usage_.written(uses.size());
  usage_refused_milliseconds_ = 0;
  usage_.refuse(false);
  return {};
}

Status Committer::write_all_uses(store::Urgency urgency) {
  do {
    TRY(write_uses(urgency));
  } while (usage_.has_rest());
  return {};
}

Status Committer::write_audit(Group& group) {
  const std::uint64_t now = clock_.boot_milliseconds();
  const bool goes_on = usage_.has_rest() && usage_refused_milliseconds_ == 0;
  if (goes_on || now >= usage_written_milliseconds_ + kUsageMilliseconds) {
    usage_written_milliseconds_ = now;
    const Status uses = write_uses(store::Urgency::ordinary);
    if (!uses.ok() && uses.error().code == Code::unavailable) return uses;
  }
  const AuditChain::Position before = chain_.position();
  std::vector<std::string> lines;
  bool durable = false;
  bool administrators = false;
  for (const Submission& submission : group) {
    for (const AuditEvent& event : submission.events) lines.push_back(chain_.line(event));
    durable = durable || submission.completion != nullptr;
    administrators = administrators || submission.is_administrators;
  }
  if (chain_.lines_since_checkpoint() >= kCheckpointLines && realm_.audit_key != nullptr) {
    lines.push_back(TRY(chain_.checkpoint(*realm_.audit_key)));
  }
  const Status written = append_lines(lines, durable, administrators);
  if (!written.ok()) chain_.set_position(before);
  return written;
}

Status Committer::check_room(const Submission& submission) {
  return submission.is_followed ? audit_log_.check_room() : Status{};
}

// Makes every line durable that was appended: the head that is about to be committed names the last one.
Status Committer::make_durable() {
  if (durable_sequence_ == chain_.sequence()) return {};
  TRY(audit_log_.sync());
  durable_sequence_ = chain_.sequence();
  return {};
}

Status Committer::check_changes(const Submission& submission, std::vector<ManifestChange>& staged) {
  const std::size_t before = staged.size();
  for (const RecordChange& change : submission.changes) {
    // The newest state of the record: what this group staged already, else the manifest.
    const auto earlier = std::find_if(staged.rbegin(), staged.rend(), [&change](const ManifestChange& each) {
      return each.entry.id == change.entry.id;
    });
    std::uint64_t version = 0;
    if (earlier != staged.rend()) {
      version = earlier->remove ? 0 : earlier->entry.version;
    } else if (const auto entry = realm_.manifests->find(change.entry.id)) {
      version = entry->version;
    }
    if (version != change.expected_version) {
      staged.resize(before);
      return Error{Code::conflict, "the object was changed by somebody else"};
    }
    ManifestChange next{change.remove, change.entry};
    next.entry.version = change.expected_version + 1;
    staged.push_back(next);
  }
  if (fits(submission, staged)) return {};
  staged.resize(before);
  return Error{Code::limit,
               "the token holds as many objects as its policy permits: destroy some, or have it raised"};
}

// Tells whether the partition holds no more records than it may, with everything that was staged.
bool Committer::fits(const Submission& submission, const std::vector<ManifestChange>& staged) const {
  if (submission.records_max == 0 || submission.changes.empty()) return true;
  const PartitionTag& partition = submission.changes.front().entry.partition;
  std::uint64_t count = realm_.manifests->count(partition);
  for (const ManifestChange& change : staged) {
    if (change.entry.partition != partition) continue;
    if (change.remove) --count;
    if (!change.remove && change.entry.version == 1) ++count;
  }
  return count <= submission.records_max;
}

void Committer::commit_group(Group& group) {
  if (const Status recorded = write_audit(group); !recorded.ok()) {
    for (Submission& submission : group) fail(submission, recorded.error());
    if (recorded.error().code == Code::unavailable) die();
    return;
  }
  commit_records(group);
  write_mark(false);
}

void Committer::commit_records(Group& group) {
  std::vector<ManifestChange> staged;
  store::Transaction transaction;
  std::vector<Submission*> applied;
  for (Submission& submission : group) {
    if (submission.changes.empty()) {
      if (auto completion = std::move(submission.completion)) completion->done({});
      continue;
    }
    if (realm_.manifests == nullptr) {
      fail(submission, Error{Code::locked, "the vault is locked"});
      continue;
    }
    const std::size_t first = staged.size();
    const std::size_t first_write = transaction.writes.size();
    Status status = check_room(submission);
    if (status.ok()) status = check_changes(submission, staged);
    for (std::size_t i = 0; status.ok() && i < submission.changes.size(); ++i) {
      const RecordChange& change = submission.changes[i];
      const ManifestEntry& entry = staged[first + i].entry;
      store::Write write{
          .key = record_store_key(entry.partition, entry.id), .remove = change.remove, .value = {}};
      if (!change.remove) {
        auto sealed = seal_record(change.partition->key,
                                  SealedFor{.realm = realm_.id,
                                            .partition = entry.partition,
                                            .id = entry.id,
                                            .type = entry.object_class,
                                            .version = entry.version},
                                  change.plaintext.reveal());
        if (!sealed.ok()) {
          status = sealed.error();
          break;
        }
        write.value = std::move(sealed).value();
      }
      transaction.writes.push_back(std::move(write));
    }
    if (!status.ok()) {
      staged.resize(first);
      transaction.writes.resize(first_write);
      fail(submission, status.error());
      continue;
    }
    applied.push_back(&submission);
  }
  if (applied.empty()) return;

  if (const Status durable = make_durable(); !durable.ok()) {
    for (Submission* submission : applied) fail(*submission, durable.error());
    if (durable.error().code == Code::unavailable) die();
    return;
  }
  CHECK(durable_sequence_ == chain_.sequence());
  const Status staging = realm_.manifests->stage(staged, chain_.sequence(), chain_.hash(),
                                                 realm_.manifests->head().commits + 1, transaction.writes);
  const auto committed = staging.ok() ? store_.commit(transaction) : Result<store::Revision>(staging.error());
  if (!committed.ok()) {
    record_failure(committed.error(), applied.size());
    for (Submission* submission : applied) fail(*submission, committed.error());
    // Whether it was applied is unknown when the store is gone: only a fresh start from the store can tell.
    if (committed.error().code == Code::unavailable) die();
    return;
  }
  realm_.manifests->publish();
  mark_stale_ = true;
  for (Submission* submission : applied) {
    if (auto completion = std::move(submission->completion)) completion->done({});
  }
}

void Committer::record_failure(Error error, std::size_t count) {
  const AuditChain::Position before = chain_.position();
  const std::vector<std::string> lines{
      chain_.line(AuditEvent{.event = "store.commit", .result = error.code, .count = count})};
  if (!audit_log_.append(lines, store::Urgency::administrator).ok()) chain_.set_position(before);
}

void Committer::write_mark(bool at_once) {
  if (!mark_stale_ || realm_.manifests == nullptr) return;
  const std::uint64_t now = clock_.boot_milliseconds();
  if (!at_once && now < mark_written_milliseconds_ + kMarkMilliseconds) return;
  mark_written_milliseconds_ = now;
  mark_stale_ = false;
  if (!high_water_.raise(realm_.manifests->head().commits).ok()) {
    log_line("chip", "the high-water mark could not be written");
    mark_stale_ = true;
  }
}

}  // namespace coffer::vault
