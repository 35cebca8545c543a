// MemoryStore: a Store in memory, for tests and simulation.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace coffer::store {

// MemoryStore keeps everything in an ordered map. Nothing is durable. Safe from many threads at once.
class MemoryStore final : public Store {
 public:
  // `history_revisions` is how far changes() reaches back.
  explicit MemoryStore(std::size_t history_revisions = kHistoryRevisions);

  // copy returns a store with the same content and no history, as restoring a backup would.
  [[nodiscard]] std::unique_ptr<MemoryStore> copy() const;

  Result<Revision> commit(const Transaction& transaction) override;
  Result<std::optional<Record>> get(Bytes key) override;
  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override;
  Result<Revision> revision() override;
  Result<std::vector<Change>> changes(Revision since) override;
  Result<std::unique_ptr<Snapshot>> snapshot() override;

 private:
  struct Entry {
    Buffer value;
    Revision revision = 0;
  };

  [[nodiscard]] Revision revision_of(const Buffer& key) const;
  void remember(const Transaction& transaction);

  mutable std::mutex mutex_;  // guards all below
  std::map<Buffer, Entry> entries_;
  Revision revision_ = 0;
  std::deque<std::vector<Change>> history_;  // one element a revision, oldest first
  std::size_t history_writes_ = 0;
  const std::size_t history_revisions_;
};

}  // namespace coffer::store
