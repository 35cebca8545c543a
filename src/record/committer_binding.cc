// Committer: how store, mark and audit log are bound to each other, and the checkpoints that somebody asked
// for.
#include <algorithm>
#include <iterator>

#include "record/committer.h"

namespace coffer::record {

std::uint64_t Committer::commits() const {
  return realm_.manifests != nullptr ? realm_.manifests->head().bound.commits
                                     : high_water_.mark().bound.commits;
}

Bound Committer::bound_of_next_head() const {
  return {.commits = realm_.manifests->head().bound.commits + 1,
          .binding = high_water_.mark().bound.binding + 1,
          .audit_sequence = chain_.sequence(),
          .audit_hash = chain_.hash()};
}

// is_bound tells whether the mark names the newest head and the newest line, or may not.
bool Committer::is_bound() const {
  if (realm_.manifests == nullptr && !may_bind_by_mark_) return true;
  const Bound mark = high_water_.mark().bound;
  return mark.audit_sequence == chain_.sequence() && mark.commits == commits();
}

// Lets the head name the newest line, if something was written since it was made.
Status Committer::bind_store() {
  if (is_bound() || realm_.manifests == nullptr) return {};
  TRY(make_durable());
  if (realm_.manifests->head().bound.audit_sequence == chain_.sequence()) return {};
  store::Transaction transaction;
  TRY(realm_.manifests->stage({}, bound_of_next_head(), transaction.writes));
  return commit_staged(transaction);
}

// Lets the mark name what the head names, and lines behind it.
Status Committer::bind_mark() {
  if (is_bound()) return {};
  TRY(make_durable());
  Bound next = realm_.manifests != nullptr ? realm_.manifests->head().bound : high_water_.mark().bound;
  next.audit_sequence = chain_.sequence();
  next.audit_hash = chain_.hash();
  return high_water_.bind(next);
}

// Writes what was staged last. Nobody takes a record that is newer than its entry for a forged one meanwhile.
Status Committer::commit_staged(const store::Transaction& transaction) {
  const auto committed = store_.commit(transaction);
  if (!committed.ok()) {
    realm_.manifests->withdraw();
    return committed.error();
  }
  realm_.manifests->publish();
  return {};
}

// Between two groups. One checkpoint serves all whose time has come.
void Committer::answer_checkpoints() {
  std::vector<AskedCheckpoint> due;
  bool is_dead = false;
  {
    const std::lock_guard lock(mutex_);
    is_dead = dead_;
    for (auto each = checkpoints_asked_.begin(); each != checkpoints_asked_.end();) {
      if (each->left > 0 && !dead_) {
        ++each;
        continue;
      }
      due.push_back(std::move(*each));
      each = checkpoints_asked_.erase(each);
    }
  }
  if (due.empty()) return;
  const auto position = is_dead ? kLogIsGone : make_checkpoint();
  {
    const std::lock_guard lock(mutex_);
    audit_sequence_ = chain_.sequence();
  }
  for (const AskedCheckpoint& each : due) each.answer(position);
}

Result<AuditChain::Position> Committer::make_checkpoint() {
  const auto make = [this]() -> Status {
    const Status uses = write_all_uses(store::Urgency::ordinary);
    if (!uses.ok() && uses.error().code != Code::disk_full) return uses;
    TRY(append({}, Signed::now, true, store::Urgency::administrator));
    TRY(bind_store());
    return bind_mark();
  };
  if (realm_.audit_key != nullptr) {
    const Status made = make();
    if (!made.ok() && made.error().code == Code::unavailable) die();
    TRY(made);
  }
  return chain_.position();
}

}  // namespace coffer::record
