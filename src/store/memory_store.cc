// MemoryStore: an ordered map with a short history.
#include "store/memory_store.h"

#include <utility>

#include "store/limits.h"

namespace coffer::store {
namespace {

// MemorySnapshot is a copy.
class MemorySnapshot final : public Snapshot {
 public:
  explicit MemorySnapshot(std::unique_ptr<MemoryStore> twin) : twin_(std::move(twin)) {}
  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override {
    return twin_->range(prefix, after, count_max);
  }

 private:
  std::unique_ptr<MemoryStore> twin_;
};

}  // namespace

MemoryStore::MemoryStore(std::size_t history_revisions) : history_revisions_(history_revisions) {}

std::unique_ptr<MemoryStore> MemoryStore::copy() const {
  auto twin = std::make_unique<MemoryStore>(history_revisions_);
  const std::lock_guard lock(mutex_);
  twin->entries_ = entries_;
  twin->revision_ = revision_;
  return twin;
}

Result<Revision> MemoryStore::commit(const Transaction& transaction) {
  TRY(check_transaction(transaction));
  const std::lock_guard lock(mutex_);
  for (const Compare& compare : transaction.compares) {
    if (revision_of(compare.key) != compare.revision) {
      return Error{Code::conflict, "the record was changed by somebody else first"};
    }
  }
  ++revision_;
  for (const Write& write : transaction.writes) {
    if (write.remove) {
      entries_.erase(write.key);
    } else {
      entries_[write.key] = Entry{write.value, revision_};
    }
  }
  remember(transaction);
  return revision_;
}

Result<std::optional<Record>> MemoryStore::get(Bytes key) {
  TRY(check_key(key));
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(to_buffer(key));
  if (found == entries_.end()) return std::optional<Record>();
  return std::optional<Record>(Record{found->first, found->second.value, found->second.revision});
}

Result<Page> MemoryStore::range(Bytes prefix, Bytes after, std::size_t count_max) {
  TRY(check_range(prefix, after, count_max));
  const KeyBounds bounds = range_bounds(prefix, after);
  Page page;
  std::size_t bytes = 0;
  const std::lock_guard lock(mutex_);
  auto entry = entries_.lower_bound(bounds.first);
  for (; entry != entries_.end() && entry->first < bounds.end; ++entry) {
    if (page.records.size() == count_max || bytes >= kPageBytesMax) {
      page.more = true;
      break;
    }
    bytes += entry->second.value.size();
    page.records.push_back(Record{entry->first, entry->second.value, entry->second.revision});
  }
  return page;
}

Result<Revision> MemoryStore::revision() {
  const std::lock_guard lock(mutex_);
  return revision_;
}

Result<std::vector<Change>> MemoryStore::changes(Revision since) {
  const std::lock_guard lock(mutex_);
  if (since > revision_ || revision_ - since > history_.size()) {
    return Error{Code::limit, "the history does not reach back that far"};
  }
  std::vector<Change> changes;
  for (std::size_t i = history_.size() - (revision_ - since); i < history_.size(); ++i) {
    changes.insert(changes.end(), history_[i].begin(), history_[i].end());
  }
  return changes;
}

Result<std::unique_ptr<Snapshot>> MemoryStore::snapshot() {
  return std::unique_ptr<Snapshot>(std::make_unique<MemorySnapshot>(copy()));
}

Revision MemoryStore::revision_of(const Buffer& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? 0 : found->second.revision;
}

void MemoryStore::remember(const Transaction& transaction) {
  std::vector<Change> changes;
  for (const Write& write : transaction.writes) changes.push_back({write.key, write.remove, revision_});
  history_writes_ += changes.size();
  history_.push_back(std::move(changes));
  while (history_.size() > history_revisions_ || history_writes_ > kHistoryWrites) {
    history_writes_ -= history_.front().size();
    history_.pop_front();
  }
}

}  // namespace coffer::store
