// Broker: the server loop of the store-broker process; it answers the chip's requests from a Store.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace coffer::store {

class ChannelServer;

// Broker answers BrokerClient on the other end of its channels, one thread a channel. A request that does not
// decode closes its channel.
class Broker final {
 public:
  // start takes ownership of `channels` (stream sockets) and begins to answer; `store` must outlive the broker.
  // Fails with `limit` for more than kChannelsMax channels, and with `unavailable` when no thread can be made.
  static Result<std::unique_ptr<Broker>> start(Store& store, const std::vector<int>& channels);
  // The destructor hangs up and joins the threads; a request being answered is finished first.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // wait returns when the peer has closed every channel.
  void wait();

 private:
  explicit Broker(std::unique_ptr<ChannelServer> server);
  std::unique_ptr<ChannelServer> server_;
};

}  // namespace coffer::store
