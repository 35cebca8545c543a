// BrokerClient: turns calls into frames to the store broker, and its answers back.
#include "store/broker_client.h"

#include <utility>

#include "store/channel_pool.h"
#include "store/limits.h"
#include "store/messages.h"

namespace coffer::store {
namespace {

constexpr PeerErrors kErrors{
    {Code::unavailable, "the store broker does not answer"},
    {Code::unavailable, "the store broker is gone"},
};

std::vector<host::Descriptor> one(host::Descriptor socket) {
  std::vector<host::Descriptor> sockets;
  sockets.push_back(std::move(socket));
  return sockets;
}

// BrokeredSnapshot reads a snapshot that the broker keeps; over the read channels, like every reading.
class BrokeredSnapshot final : public Snapshot {
 public:
  BrokeredSnapshot(ChannelPool& reads, std::uint64_t number) : reads_(reads), number_(number) {}
  ~BrokeredSnapshot() override {
    // A broker that does not hear it forgets the snapshot with its own end.
    static_cast<void>(reads_.call<EmptyMessage>(StoreRequest::snapshot_end, SnapshotMessage{number_}).ok());
  }
  BrokeredSnapshot(const BrokeredSnapshot&) = delete;
  BrokeredSnapshot& operator=(const BrokeredSnapshot&) = delete;

  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override {
    TRY(check_range(prefix, after, count_max));
    return reads_.call<Page>(
        StoreRequest::snapshot_range,
        SnapshotRangeMessage{number_, {prefix, after, static_cast<std::uint32_t>(count_max)}});
  }

 private:
  ChannelPool& reads_;
  const std::uint64_t number_;
};

}  // namespace

BrokerClient::BrokerClient(std::unique_ptr<ChannelPool> commits, std::unique_ptr<ChannelPool> reads)
    : commits_(std::move(commits)), reads_(std::move(reads)) {}

BrokerClient::~BrokerClient() = default;

Result<std::unique_ptr<BrokerClient>> BrokerClient::create(BrokerClientOptions options) {
  if (!options.commit_channel.is_open() || options.read_channels.empty()) {
    return Error{Code::invalid, "the store needs a channel for commits and one for reads"};
  }
  auto commits =
      std::make_unique<ChannelPool>(one(std::move(options.commit_channel)), options.answer_time_max, kErrors);
  auto reads =
      std::make_unique<ChannelPool>(std::move(options.read_channels), options.answer_time_max, kErrors);
  return std::unique_ptr<BrokerClient>(new BrokerClient(std::move(commits), std::move(reads)));
}

Result<Revision> BrokerClient::commit(const Transaction& transaction) {
  TRY(check_transaction(transaction));
  const auto answer = TRY(commits_->call<RevisionMessage>(StoreRequest::commit, transaction));
  return answer.revision;
}

Result<std::optional<Record>> BrokerClient::get(Bytes key) {
  TRY(check_key(key));
  auto answer = TRY(reads_->call<RecordMessage>(StoreRequest::get, KeyMessage{key}));
  return std::move(answer.record);
}

Result<Page> BrokerClient::range(Bytes prefix, Bytes after, std::size_t count_max) {
  TRY(check_range(prefix, after, count_max));
  const RangeMessage request{prefix, after, static_cast<std::uint32_t>(count_max)};
  return reads_->call<Page>(StoreRequest::range, request);
}

Result<Revision> BrokerClient::revision() {
  const auto answer = TRY(reads_->call<RevisionMessage>(StoreRequest::revision, EmptyMessage{}));
  return answer.revision;
}

Result<std::vector<Change>> BrokerClient::changes(Revision since) {
  auto answer = TRY(reads_->call<ChangesMessage>(StoreRequest::changes, RevisionMessage{since}));
  return std::move(answer.changes);
}

Result<std::unique_ptr<Snapshot>> BrokerClient::snapshot() {
  const auto answer = TRY(reads_->call<SnapshotMessage>(StoreRequest::snapshot, EmptyMessage{}));
  return std::unique_ptr<Snapshot>(std::make_unique<BrokeredSnapshot>(*reads_, answer.number));
}

}  // namespace coffer::store
