// Committer: the loop of the committing thread. Order of one group: what is refused is found out, audit lines
// of the rest made durable, transaction, memory, answers. A crash between two of them leaves the old state,
// with a record of what was about to happen.
#include "record/committer.h"

#include <algorithm>
#include <future>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/log.h"
#include "base/secret_stack.h"

namespace coffer::record {

namespace {

constexpr Error kCannotCommit{Code::unavailable, "the vault cannot commit at the moment"};
constexpr Error kChangedByAnother{Code::conflict, "the object was changed by somebody else"};

// Whose it is: the user in its first line.
Who user_of(const Submission& submission) {
  return submission.events.empty() ? Who() : submission.events.front().who;
}

// How much of a transaction a submission takes.
std::size_t parts_of(const Submission& submission) {
  return submission.changes.size() + submission.events.size();
}
std::size_t bytes_of(const Submission& submission) {
  std::size_t bytes = 0;
  for (const RecordChange& change : submission.changes) bytes += change.plaintext.size();
  return bytes;
}
// Each record is written with its bucket, and a checkpoint goes with the lines.
static_assert(2 * kGroupPartsMax < store::kWritesMax && kGroupPartsMax < store::kAuditLinesMax);

// Uses are summed up over this time, then written; and store, mark and log are bound to each other.
constexpr std::uint64_t kBindMilliseconds = 1000;
// So many lines about uses are written at once: they lie in hidden memory meanwhile, three times.
constexpr std::size_t kUsageLinesMax = 512;
static_assert(kUsageLinesMax <= store::kAuditLinesMax);
// So long that may fail before uses are refused.
constexpr std::uint64_t kBehindMilliseconds = 10000;
constexpr auto kBindInterval = std::chrono::milliseconds(kBindMilliseconds);

}  // namespace

Committer::Committer(store::Store& store, store::AuditLog& audit_log, HighWater& high_water,
                     UsageSummary& usage, const Clock& clock, LogKey log_key, std::function<void()> on_fatal)
    : store_(store),
      audit_log_(audit_log),
      high_water_(high_water),
      usage_(usage),
      clock_(clock),
      on_fatal_(std::move(on_fatal)),
      chain_(clock, std::move(log_key)),
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
  chain_.resume(tail);
  audit_sequence_ = tail.line_count;
  durable_sequence_ = 0;  // nobody knows what of it is
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
  if (!dead_) {
    // The last chance of these uses: they may use the administrator's reserve. The checkpoint comes behind
    // the last commit, so that it knows of it; a locked vault makes neither.
    const auto finish = [this]() -> Status {
      TRY(write_all_uses(store::Urgency::administrator));
      TRY(bind_store());
      if (realm_.manifests != nullptr) TRY(append({}, Signed::now, true, store::Urgency::administrator));
      return bind_mark();
    };
    const Status finished = finish();
    if (!finished.ok()) log_line("chip", "the vault's last audit lines could not be written or bound");
    audit_sequence_ = chain_.sequence();
    end_if_gone(finished);
  }
  realm_ = CommitRealm{};
}

void Committer::bind_by_mark(bool may_bind) {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !busy_; });
  may_bind_by_mark_ = may_bind;
}

Committer::Lane Committer::lane_of(const Submission& submission) {
  if (!submission.changes.empty()) return {submission.changes.front().entry.partition, {}};
  return {kSystemPartition, submission.is_administrators ? Who() : user_of(submission)};
}

bool Committer::has_room_for(const Submission& submission) const {
  const auto user = user_of(submission);
  if (submission.is_administrators || !user)
    return waiting_.size() < kWaitingMax + kWaitingOfAdministratorsMax;
  const auto own = waiting_of_.find(user);
  if (own == waiting_of_.end()) return true;
  return waiting_.size() < kWaitingMax && own->second.count < kWaitingOfUserMax &&
         own->second.bytes + bytes_of(submission) <= kWaitingOfUserBytesMax;
}

void Committer::submit(Submission submission) {
  Error refusal = kCannotCommit;
  {
    const std::lock_guard lock(mutex_);
    if (!dead_ && !stopping_) {
      if (has_room_for(submission)) {
        if (const auto user = user_of(submission)) {
          Share& own = waiting_of_[user];
          ++own.count;
          own.bytes += bytes_of(submission);
        }
        const Lane lane = lane_of(submission);
        waiting_.push(lane, {++submitted_, std::move(submission)});
        work_.notify_one();
        return;
      }
      refusal = {Code::limit, "too much waits to be written: try again in a moment"};
    }
  }
  fail(submission, refusal);
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

void Committer::checkpoint(Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    if (!dead_ && !stopping_) {
      checkpoints_asked_.push_back({submitted_, waiting_.size(), std::move(answer)});
      work_.notify_one();
      return;
    }
  }
  answer(kLogIsGone);
}

Result<AuditChain::Position> Committer::checkpoint_and_wait() {
  std::promise<Result<AuditChain::Position>> position;
  checkpoint([&position](const Result<AuditChain::Position>& at) { position.set_value(at); });
  return position.get_future().get();
}

std::uint64_t Committer::audit_sequence() const {
  const std::lock_guard lock(mutex_);
  return audit_sequence_;
}

bool Committer::wait_for_work(Group& group) {
  std::unique_lock lock(mutex_);
  busy_ = false;
  idle_.notify_all();
  const auto ready = [this] { return stopping_ || !waiting_.empty() || !checkpoints_asked_.empty(); };
  // With nothing left over the thread sleeps until somebody submits: an idle vault costs nothing.
  const auto pending = [this] { return !dead_ && (usage_pending_ || binding_pending_); };
  if (!dead_ && usage_.has_rest() && behind_milliseconds_ == 0) {
    // It is written at once, piece by piece.
  } else if (pending()) {
    work_.wait_for(lock, kBindInterval, ready);
  } else {
    work_.wait(lock, [&] { return ready() || pending(); });
    if (!ready()) work_.wait_for(lock, kBindInterval, ready);  // let a second's uses gather
  }
  if (stopping_ && waiting_.empty() && checkpoints_asked_.empty()) return false;
  std::vector<Waiting> chosen;
  std::size_t parts = 0;
  std::size_t bytes = 0;
  while (!waiting_.empty() && chosen.size() < kGroupMax) {
    const Submission& next = waiting_.next().submission;
    parts += parts_of(next);
    bytes += bytes_of(next);
    if (!chosen.empty() && (parts > kGroupPartsMax || bytes > kGroupBytesMax)) break;
    chosen.push_back(waiting_.pop());
    for (AskedCheckpoint& each : checkpoints_asked_) {
      if (chosen.back().number <= each.until) --each.left;
    }
    const auto user = user_of(chosen.back().submission);
    if (const auto own = waiting_of_.find(user); own != waiting_of_.end()) {
      own->second.bytes -= bytes_of(chosen.back().submission);
      if (--own->second.count == 0) waiting_of_.erase(own);
    }
  }
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
    answer_checkpoints();
    {
      const std::lock_guard lock(mutex_);
      audit_sequence_ = chain_.sequence();
      usage_pending_ = !usage_.empty();
      binding_pending_ = !is_bound();
    }
  }
}

// What happened is not forgotten because nobody waits for it: then it is summed up.
void Committer::fail(Submission& submission, Error error) {
  if (submission.fate) submission.fate->has_failed = true;
  if (auto completion = std::move(submission.completion)) return completion->done(error);
  if (!submission.changes.empty()) return;
  for (const AuditEvent& event : submission.events) usage_.keep(event);
}

void Committer::die() {
  const std::lock_guard lock(mutex_);
  end();
}

// The mutex is held.
void Committer::end() {
  dead_ = true;
  on_fatal_();
}

// After `unavailable` nobody knows what was written. The mutex is held.
void Committer::end_if_gone(const Status& status) {
  if (!status.ok() && status.error().code == Code::unavailable) end();
}

// The one place where the chain grows: it stays where it was when the log did not take the lines. Lines that
// nobody waits for are relaxed: the next binding makes them durable.
Status Committer::append(std::span<const AuditEvent> events, Signed with, bool durable,
                         store::Urgency urgency) {
  const AuditChain::Position before = chain_.position();
  const auto append = [&]() -> Status {
    std::vector<std::string> lines = chain_.lines(events, commits());
    const bool is_due = with == Signed::now || chain_.lines_since_checkpoint() >= kCheckpointLines;
    if (is_due && realm_.audit_key != nullptr)
      lines.push_back(TRY(chain_.checkpoint(*realm_.audit_key, commits())));
    if (lines.empty()) return {};
    if (!durable && urgency == store::Urgency::ordinary) return audit_log_.append_relaxed(lines);
    TRY(audit_log_.append(lines, urgency));
    durable_sequence_ = chain_.sequence();
    return {};
  };
  const Status taken = append();
  if (!taken.ok()) chain_.set_position(before);
  return taken;
}

// Writes uses that were summed up, as many as one append takes. They stay in the summary when the log has no
// room.
Status Committer::write_uses(store::Urgency urgency) {
  const std::vector<AuditEvent> uses = usage_.oldest(kUsageLinesMax);
  TRY(append(uses, Signed::when_due, false, urgency));
  usage_.written(uses.size());
  return {};
}

// First those that the log did not take before, then those that gathered since.
Status Committer::write_all_uses(store::Urgency urgency) {
  while (usage_.has_rest()) TRY(write_uses(urgency));
  do {
    TRY(write_uses(urgency));
  } while (usage_.has_rest());
  return {};
}

// Writes what the group has to say. Where there is room for the administrator's lines alone, the others are
// taken out of the group, and of the rest is asked anew what it comes to.
Status Committer::write_events(Group& group, Plan& made) {
  const Status written = append_events(made, store::Urgency::ordinary);
  if (written.ok() || written.error().code != Code::disk_full) return written;
  std::erase_if(group, [&](Submission& submission) {
    if (submission.events.empty() || submission.is_administrators) return false;
    fail(submission, written.error());
    return true;
  });
  made = plan(group, store::Urgency::administrator);
  return append_events(made, store::Urgency::administrator);
}

Status Committer::append_events(const Plan& made, store::Urgency urgency) {
  std::vector<AuditEvent> events;
  bool durable = false;
  for (const Submission* submission : made.accepted) {
    events.insert(events.end(), submission->events.begin(), submission->events.end());
    durable = durable || submission->completion != nullptr;
  }
  return append(events, Signed::when_due, durable, urgency);
}

Status Committer::check_room(const Submission& submission, bool is_reserve_used) {
  if (!submission.is_followed) return {};
  if (is_reserve_used) return Error{Code::disk_full, "the audit log has no room for what must follow"};
  return audit_log_.check_room();
}

// Makes every line durable that was appended: the head that is about to be committed names the last one.
Status Committer::make_durable() {
  if (durable_sequence_ == chain_.sequence()) return {};
  TRY(audit_log_.sync());
  durable_sequence_ = chain_.sequence();
  return {};
}

Status Committer::check_changes(const Submission& submission, std::vector<ManifestChange>& staged) const {
  if (submission.builds_on && submission.builds_on->has_failed) return kChangedByAnother;
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
      return kChangedByAnother;
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
  // On top of what nobody knows nothing is written.
  if (dead_) {
    for (Submission& submission : group) fail(submission, kCannotCommit);
    return;
  }
  const std::uint64_t now = clock_.boot_milliseconds();
  const bool is_due = now >= bound_milliseconds_ + kBindMilliseconds;
  Status kept;  // the uses of the last second
  if (is_due || (usage_.has_rest() && behind_milliseconds_ == 0)) kept = write_uses(store::Urgency::ordinary);
  const bool is_gone = !kept.ok() && kept.error().code == Code::unavailable;
  Plan made = plan(group, store::Urgency::ordinary);
  if (const Status written = is_gone ? kept : write_events(group, made); !written.ok()) {
    for (Submission& submission : group) fail(submission, written.error());
    if (written.error().code == Code::unavailable) return die();
    made = {};
  }
  tell_refused(made, commit_plan(made));
  if (!kept.ok()) keeps_up(false, now);
  if (!is_due || dead_) return;
  bound_milliseconds_ = now;
  Status bound = bind_store();
  if (bound.ok()) bound = bind_mark();
  if (!bound.ok() && bound.error().code == Code::unavailable) return die();
  if (kept.ok()) keeps_up(bound.ok(), now);
}

// Uses that are not kept or not bound for long are refused: they could be lost.
void Committer::keeps_up(bool does, std::uint64_t now) {
  if (does) {
    behind_milliseconds_ = 0;
  } else if (behind_milliseconds_ == 0) {
    behind_milliseconds_ = std::max<std::uint64_t>(now, 1);
    log_line("chip", "audit log, store and mark could not be bound: is a disk full?");
  }
  usage_.refuse(!does && now >= behind_milliseconds_ + kBehindMilliseconds);
}

// Who is refused has failed for those who build on it, though it is told later.
Committer::Plan Committer::plan(Group& group, store::Urgency urgency) {
  const bool is_reserve_used =
      urgency == store::Urgency::administrator &&
      std::ranges::any_of(group, [](const Submission& each) { return !each.events.empty(); });
  Plan made;
  for (Submission& submission : group) {
    Status status;
    if (!submission.changes.empty()) {
      const std::size_t first = made.staged.size();
      if (realm_.manifests == nullptr) status = Error{Code::locked, "the vault is locked"};
      if (status.ok()) status = check_room(submission, is_reserve_used);
      if (status.ok()) status = check_changes(submission, made.staged);
      if (status.ok()) status = seal(submission, std::span(made.staged).subspan(first), made.writes);
      if (!status.ok()) {
        made.staged.resize(first);
        made.writes.resize(first);
      }
    }
    if (status.ok()) {
      made.accepted.push_back(&submission);
    } else {
      if (submission.fate) submission.fate->has_failed = true;
      made.refused.push_back({&submission, status.error()});
    }
  }
  return made;
}

// Appends one write for each change of a submission.
Status Committer::seal(const Submission& submission, std::span<const ManifestChange> staged,
                       std::vector<store::Write>& writes) const {
  for (std::size_t i = 0; i < submission.changes.size(); ++i) {
    const RecordChange& change = submission.changes[i];
    const ManifestEntry& entry = staged[i].entry;
    store::Write write{
        .key = record_store_key(entry.partition, entry.id), .remove = change.remove, .value = {}};
    if (!change.remove) {
      write.value = TRY(seal_record(change.partition->key,
                                    SealedFor{.realm = realm_.id,
                                              .partition = entry.partition,
                                              .id = entry.id,
                                              .type = entry.object_class,
                                              .version = entry.version},
                                    change.plaintext.reveal()));
    }
    writes.push_back(std::move(write));
  }
  return {};
}

Status Committer::commit_plan(Plan& made) {
  std::erase_if(made.accepted, [](Submission* submission) {
    if (!submission->changes.empty()) return false;
    if (auto completion = std::move(submission->completion)) completion->done({});
    return true;
  });
  if (made.accepted.empty()) return {};
  Status committed = write_records(made.staged, made.writes);
  const bool is_too_large = !committed.ok() && committed.error().code == Code::limit;
  if (is_too_large && made.accepted.size() > 1) return commit_one_by_one(made);
  if (!committed.ok()) {
    const Status recorded = record_failure(committed.error(), made.accepted.size());
    for (Submission* submission : made.accepted) tell_failed(*submission, committed.error());
    // Whether it was applied is unknown when the store is gone: only a fresh start from the store can tell.
    const bool is_log_gone = !recorded.ok() && recorded.error().code == Code::unavailable;
    if (is_log_gone || committed.error().code == Code::unavailable) die();
    return committed;
  }
  for (Submission* submission : made.accepted) {
    if (auto completion = std::move(submission->completion)) completion->done({});
  }
  return {};
}

// What the store does not take together it may take one by one. It gives the last failure.
Status Committer::commit_one_by_one(Plan& made) {
  Status last;
  std::size_t first = 0;
  for (Submission* submission : made.accepted) {
    Plan alone{.accepted = {submission}, .refused = {}, .staged = {}, .writes = {}};
    const std::size_t end = first + submission->changes.size();
    for (; first < end; ++first) alone.writes.push_back(std::move(made.writes[first]));
    // Those before it may have failed.
    Status status = dead_ ? Status(kCannotCommit) : check_changes(*submission, alone.staged);
    if (status.ok()) {
      status = commit_plan(alone);
    } else {
      tell_failed(*submission, status.error());
    }
    if (!status.ok()) last = status;
  }
  return last;
}

// Writes one transaction, and takes it into memory.
Status Committer::write_records(const std::vector<ManifestChange>& changes,
                                std::vector<store::Write> writes) {
  TRY(make_durable());
  CHECK(durable_sequence_ == chain_.sequence());
  store::Transaction transaction{.compares = {}, .writes = std::move(writes)};
  TRY(realm_.manifests->stage(changes, bound_of_next_head(), transaction.writes));
  return commit_staged(transaction);
}

// Its lines are written, and say that it was done: others say what came of it.
void Committer::tell_failed(Submission& submission, Error error) {
  for (AuditEvent event : submission.events) {
    event.result = error.code;
    usage_.keep(event);
  }
  fail(submission, error);
}

// Who was refused because of what others changed is told when that is durable. When it is not, the refusal
// counts if it stands all the same.
void Committer::tell_refused(const Plan& made, const Status& committed) {
  for (const Plan::Refused& each : made.refused) {
    std::vector<ManifestChange> none;
    const bool stands =
        committed.ok() || realm_.manifests == nullptr || !check_changes(*each.submission, none).ok();
    fail(*each.submission, stands ? each.error : committed.error());
  }
}

Status Committer::record_failure(Error error, std::size_t count) {
  const AuditEvent event{.event = "store.commit", .result = error.code, .count = count};
  return append({&event, 1}, Signed::when_due, true, store::Urgency::administrator);
}

}  // namespace coffer::record
