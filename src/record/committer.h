// Committer: the one thread that changes the store. It gathers what waits into one transaction (group
// commit): audit lines first, then records, manifests and head, then the answers. While anything happens it
// binds store, mark and audit log to each other every second (vault/history.h).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fair_queue.h"
#include "base/result.h"
#include "record/audit.h"
#include "record/high_water.h"
#include "record/manifest.h"
#include "record/usage_summary.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace coffer::record {

// One transaction has at most so many submissions, records and audit lines, and octets to be sealed: far
// less than the store takes, whatever one user asks for. A submission that is larger goes alone.
inline constexpr std::size_t kGroupMax = 256;
inline constexpr std::size_t kGroupPartsMax = 4000;
inline constexpr std::size_t kGroupBytesMax = std::size_t{4} << 20U;
// Submissions in the queue; then Code::limit. Of them so many of one user, and beyond them one of each user
// who has none there, and so many of administrators, or without a line for the audit log (counts of PINs).
inline constexpr std::size_t kWaitingMax = 16384;
inline constexpr std::size_t kWaitingOfUserMax = 4096;
// The records that a user's waiting changes write: each lies in hidden memory several times meanwhile.
inline constexpr std::size_t kWaitingOfUserBytesMax = std::size_t{16} << 20U;
inline constexpr std::size_t kWaitingOfAdministratorsMax = 1024;

// Partition is a partition's name and key. Shared: the token and every record being sealed need it at once.
struct Partition {
  PartitionTag tag{};
  PartitionKey key;
};

// RecordChange is one record to write or remove.
struct RecordChange {
  bool remove = false;
  ManifestEntry entry;                 // its version is set by the committer
  std::uint64_t expected_version = 0;  // 0: the record must be new; else Code::conflict if it moved on
  std::shared_ptr<const Partition> partition;
  SecretBytes plaintext;
};

// Completion is told how a submission ended, on the committer's thread. On success change i has the version
// expected_version + 1.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void done(Status status) = 0;
};

// make_completion wraps a callable that takes a Status; it may own what cannot be copied.
template <typename Callable>
std::unique_ptr<Completion> make_completion(Callable callable) {
  class Wrapped final : public Completion {
   public:
    explicit Wrapped(Callable inner) : callable_(std::move(inner)) {}
    void done(Status status) override { callable_(status); }

   private:
    Callable callable_;
  };
  return std::make_unique<Wrapped>(std::move(callable));
}

// Submission is applied whole or not at all.
// Fate tells whether a submission has failed. Shared with those that build on what it changes.
struct Fate {
  std::atomic<bool> has_failed = false;
};

struct Submission {
  std::vector<RecordChange> changes;
  std::vector<AuditEvent> events;
  std::uint64_t records_max = 0;   // of the partition of the changes, afterwards; 0: any. Code::limit
  bool is_administrators = false;  // its audit records may use the reserve when the disk is full
  // Another must follow, with a record: refused (Code::disk_full) when that would have no room.
  bool is_followed = false;
  std::unique_ptr<Completion> completion;
  // A version alone does not say that a record holds what a change was made from: who builds on a change that
  // is still under way names its fate, and fails with it (Code::conflict).
  std::shared_ptr<Fate> fate{};
  std::shared_ptr<const Fate> builds_on{};
};

// Realm is what the committer needs of an unlocked vault.
struct CommitRealm {
  Manifests* manifests = nullptr;
  RealmId id{};
  const crypto::PrivateKey* audit_key = nullptr;
};

inline constexpr Error kLogIsGone{Code::unavailable, "the audit log is gone"};

// Committer owns its thread. submit() is safe from many threads.
class Committer {
 public:
  // `on_fatal` is called when the store or the audit log is gone for good: nobody knows any more what is
  // durable, so the chip must end and start anew from what the store holds.
  Committer(store::Store& store, store::AuditLog& audit_log, HighWater& high_water, UsageSummary& usage,
            const Clock& clock, LogKey log_key, std::function<void()> on_fatal);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // resume_audit reads where the audit log ends. Call once, before the first submission.
  Status resume_audit();

  // open waits until nothing is being committed, and lets submissions change records of `realm`; close()
  // waits until all are done, signs a checkpoint, writes the high-water mark, and forgets the realm. Between
  // close and open only events can be submitted.
  void open(const CommitRealm& realm);
  void close();
  // bind_by_mark says whether the mark alone may name lines while no realm is open: that of a vault that
  // waits for its passphrase, and whose log was found right.
  void bind_by_mark(bool may_bind);

  void submit(Submission submission);
  // submit_and_wait blocks until it is done.
  Status submit_and_wait(Submission submission);
  // record submits events alone and does not wait.
  void record(AuditEvent event);
  // usage_added tells that the summary is no longer empty, so that it is written within a second.
  void usage_added();

  // checkpoint signs the chain once all is done that was submitted before, however much comes behind, binds
  // it, and tells its head on the committer's thread. checkpoint_and_wait blocks until then.
  using Answer = std::function<void(Result<AuditChain::Position>)>;
  void checkpoint(Answer answer);
  Result<AuditChain::Position> checkpoint_and_wait();
  [[nodiscard]] std::uint64_t audit_sequence() const;

 private:
  using Group = std::vector<Submission>;
  // Waiting is a submission with its place in the order of all.
  struct Waiting {
    std::uint64_t number = 0;
    Submission submission;
  };

  // Plan is what a group comes to: what is written, and who is refused.
  struct Plan {
    struct Refused {
      Submission* submission;
      Error error;
    };
    std::vector<Submission*> accepted;
    std::vector<Refused> refused;
    // Of the changes of all that were accepted, in order.
    std::vector<ManifestChange> staged;
    std::vector<store::Write> writes;
  };

  void run();
  bool wait_for_work(Group& group);
  void commit_group(Group& group);
  // plan asks what a group comes to, when its lines go where `urgency` says.
  Plan plan(Group& group, store::Urgency urgency);
  Status seal(const Submission& submission, std::span<const ManifestChange> staged,
              std::vector<store::Write>& writes) const;
  Status write_events(Group& group, Plan& made);
  Status append_events(const Plan& made, store::Urgency urgency);
  Status write_uses(store::Urgency urgency);
  Status write_all_uses(store::Urgency urgency);
  Status check_room(const Submission& submission, bool is_reserve_used);
  Status make_durable();
  // Signed says when a checkpoint goes with the lines.
  enum class Signed : std::uint8_t { when_due, now };
  Status append(std::span<const AuditEvent> events, Signed with, bool durable, store::Urgency urgency);
  [[nodiscard]] bool fits(const Submission& submission, const std::vector<ManifestChange>& staged) const;
  Status check_changes(const Submission& submission, std::vector<ManifestChange>& staged) const;
  Status commit_plan(Plan& made);
  Status commit_one_by_one(Plan& made);
  Status write_records(const std::vector<ManifestChange>& changes, std::vector<store::Write> writes);
  Status commit_staged(const store::Transaction& transaction);
  void answer_checkpoints();
  Result<AuditChain::Position> make_checkpoint();
  void tell_failed(Submission& submission, Error error);
  void tell_refused(const Plan& made, const Status& committed);
  Status record_failure(Error error, std::size_t count);
  [[nodiscard]] std::uint64_t commits() const;
  [[nodiscard]] Bound bound_of_next_head() const;
  [[nodiscard]] bool is_bound() const;
  Status bind_store();
  Status bind_mark();
  void keeps_up(bool does, std::uint64_t now);
  void fail(Submission& submission, Error error);
  void die();
  void end();
  void end_if_gone(const Status& status);

  store::Store& store_;
  store::AuditLog& audit_log_;
  HighWater& high_water_;
  UsageSummary& usage_;
  const Clock& clock_;
  const std::function<void()> on_fatal_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable work_;
  std::condition_variable idle_;
  // Changes wait with those of their partition, lines by themselves with those of their user: who commits
  // much does not make the others wait.
  using Lane = std::pair<PartitionTag, Who>;
  static Lane lane_of(const Submission& submission);
  [[nodiscard]] bool has_room_for(const Submission& submission) const;
  FairQueue<Lane, Waiting> waiting_;
  struct Share {
    std::size_t count = 0;
    std::size_t bytes = 0;
  };
  std::map<Who, Share> waiting_of_;  // nobody counts not
  std::uint64_t submitted_ = 0;
  // AskedCheckpoint waits for `left` of the submissions up to number `until`.
  struct AskedCheckpoint {
    std::uint64_t until;
    std::size_t left;
    Answer answer;
  };
  std::vector<AskedCheckpoint> checkpoints_asked_;
  bool busy_ = false;
  bool usage_pending_ = false;
  bool binding_pending_ = false;
  bool stopping_ = false;
  bool dead_ = false;
  CommitRealm realm_;
  bool may_bind_by_mark_ = false;
  std::uint64_t audit_sequence_ = 0;

  // Only the committer's thread, and close() while it is idle, touch these.
  AuditChain chain_;
  std::uint64_t bound_milliseconds_ = 0;   // when the last second ended
  std::uint64_t behind_milliseconds_ = 0;  // since then uses are not written, or not bound; 0: they are
  std::uint64_t durable_sequence_ = 0;     // lines up to this one survive a power cut

  std::thread thread_;
};

}  // namespace coffer::record
