// BrokerClient: a Store at the other end of inherited sockets; the chip's end of the store broker.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "store/channel.h"
#include "store/store.h"

namespace coffer::store {

class ChannelPool;

// BrokerClientOptions names the inherited sockets; each is connected to a Broker.
struct BrokerClientOptions {
  host::Descriptor commit_channel;
  std::vector<host::Descriptor> read_channels;  // one for each thread that reads at the same time
  std::chrono::milliseconds answer_time_max = kAnswerTimeMax;
};

// BrokerClient is safe from many threads at once: commits go one after the other over the commit channel,
// reads take any free read channel. It opens nothing; it uses only sendmsg, recvmsg and poll on the sockets.
//
// Every call has a deadline and then fails with `unavailable`; a late answer is dropped. Once the broker has
// hung up, every call fails with `unavailable` at once, for good.
class BrokerClient final : public Store {
 public:
  // create fails with `invalid` without a commit channel or a read channel.
  static Result<std::unique_ptr<BrokerClient>> create(BrokerClientOptions options);
  ~BrokerClient() override;
  BrokerClient(const BrokerClient&) = delete;
  BrokerClient& operator=(const BrokerClient&) = delete;

  Result<Revision> commit(const Transaction& transaction) override;
  Result<std::optional<Record>> get(Bytes key) override;
  Result<Page> range(Bytes prefix, Bytes after, std::size_t count_max) override;
  Result<Revision> revision() override;
  Result<std::vector<Change>> changes(Revision since) override;
  Result<std::unique_ptr<Snapshot>> snapshot() override;

 private:
  BrokerClient(std::unique_ptr<ChannelPool> commits, std::unique_ptr<ChannelPool> reads);

  std::unique_ptr<ChannelPool> commits_;
  std::unique_ptr<ChannelPool> reads_;
};

}  // namespace coffer::store
