// Broker: the table of requests that the store broker answers.
#include "store/broker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "store/channel_server.h"
#include "store/messages.h"

namespace coffer::store {
namespace {

// KeptSnapshot is a snapshot that a client opened; its mutex is held while it is read.
struct KeptSnapshot {
  std::mutex mutex;
  std::unique_ptr<Snapshot> snapshot;
};

// Served is what the answers are made of.
struct Served {
  explicit Served(Store& store_in) : store(store_in) {}

  Store& store;
  std::mutex mutex;  // guards all below
  // Shared with a reading that is under way when the snapshot ends.
  std::map<std::uint64_t, std::shared_ptr<KeptSnapshot>> snapshots;
  std::uint64_t next_snapshot = 1;
};

Status answer_commit(Served& served, Bytes request, Buffer& payload) {
  return answer_with<Transaction>(request, payload, [&](const Transaction& in) -> Result<RevisionMessage> {
    return RevisionMessage{TRY(served.store.commit(in))};
  });
}

Status answer_get(Served& served, Bytes request, Buffer& payload) {
  return answer_with<KeyMessage>(request, payload, [&](const KeyMessage& in) -> Result<RecordMessage> {
    return RecordMessage{TRY(served.store.get(in.key))};
  });
}

Status answer_range(Served& served, Bytes request, Buffer& payload) {
  return answer_with<RangeMessage>(request, payload, [&](const RangeMessage& in) {
    return served.store.range(in.prefix, in.after, in.count_max);
  });
}

Status answer_revision(Served& served, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) -> Result<RevisionMessage> {
    return RevisionMessage{TRY(served.store.revision())};
  });
}

Status answer_changes(Served& served, Bytes request, Buffer& payload) {
  return answer_with<RevisionMessage>(request, payload,
                                      [&](const RevisionMessage& in) -> Result<ChangesMessage> {
                                        return ChangesMessage{TRY(served.store.changes(in.revision))};
                                      });
}

Status answer_snapshot(Served& served, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) -> Result<SnapshotMessage> {
    const std::lock_guard lock(served.mutex);
    if (served.snapshots.size() >= kSnapshotsMax) {
      return Error{Code::limit, "too many snapshots of the store are open"};
    }
    auto kept = std::make_shared<KeptSnapshot>();
    kept->snapshot = TRY(served.store.snapshot());
    served.snapshots[served.next_snapshot] = std::move(kept);
    return SnapshotMessage{served.next_snapshot++};
  });
}

Status answer_snapshot_range(Served& served, Bytes request, Buffer& payload) {
  return answer_with<SnapshotRangeMessage>(
      request, payload, [&](const SnapshotRangeMessage& in) -> Result<Page> {
        std::shared_ptr<KeptSnapshot> kept;
        {
          const std::lock_guard lock(served.mutex);
          const auto place = served.snapshots.find(in.number);
          if (place == served.snapshots.end()) return Error{Code::not_found, "there is no such snapshot"};
          kept = place->second;
        }
        const std::lock_guard lock(kept->mutex);
        return kept->snapshot->range(in.range.prefix, in.range.after, in.range.count_max);
      });
}

Status answer_snapshot_end(Served& served, Bytes request, Buffer& payload) {
  return answer_with<SnapshotMessage>(request, payload,
                                      [&](const SnapshotMessage& in) -> Result<EmptyMessage> {
                                        const std::lock_guard lock(served.mutex);
                                        served.snapshots.erase(in.number);
                                        return EmptyMessage{};
                                      });
}

struct Row {
  StoreRequest kind;
  Status (*answer)(Served& served, Bytes request, Buffer& payload);
};

constexpr auto kRows = std::to_array<Row>({
    {StoreRequest::commit, answer_commit},
    {StoreRequest::get, answer_get},
    {StoreRequest::range, answer_range},
    {StoreRequest::revision, answer_revision},
    {StoreRequest::changes, answer_changes},
    {StoreRequest::snapshot, answer_snapshot},
    {StoreRequest::snapshot_range, answer_snapshot_range},
    {StoreRequest::snapshot_end, answer_snapshot_end},
});

class StoreAnswerer final : public Answerer {
 public:
  explicit StoreAnswerer(Store& store) : served_(store) {}

  Status answer(std::uint8_t kind, Bytes request, Buffer& payload) override {
    const auto* row = std::ranges::find(kRows, static_cast<StoreRequest>(kind), &Row::kind);
    if (row == kRows.end()) return Error{Code::malformed, "the store broker does not know this request"};
    return row->answer(served_, request, payload);
  }

 private:
  Served served_;
};

}  // namespace

Broker::Broker(std::unique_ptr<Answerer> answerer, std::unique_ptr<ChannelServer> server)
    : answerer_(std::move(answerer)), server_(std::move(server)) {}

Broker::~Broker() = default;

Result<std::unique_ptr<Broker>> Broker::start(Store& store, std::vector<host::Descriptor> channels) {
  std::unique_ptr<Answerer> answerer = std::make_unique<StoreAnswerer>(store);
  auto server = TRY(ChannelServer::start(*answerer, std::move(channels)));
  return std::unique_ptr<Broker>(new Broker(std::move(answerer), std::move(server)));
}

void Broker::wait() { server_->wait(); }

}  // namespace coffer::store
