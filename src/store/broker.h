// Broker: the server loop of the store-broker process; it answers the chip's requests from a Store.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "host/descriptor.h"
#include "store/store.h"

namespace coffer::store {

class Answerer;
class ChannelServer;

// Broker answers BrokerClient on the other end of its channels, one thread a channel. A request that does not
// decode closes its channel.
class Broker final {
 public:
  // start begins to answer on `channels` (Unix stream sockets); `store` must outlive the broker. All threads
  // have started when it returns. Fails with `limit` for none or more than kChannelsMax channels.
  static Result<std::unique_ptr<Broker>> start(Store& store, std::vector<host::Descriptor> channels);
  // The destructor hangs up and joins the threads; a request being answered is finished first.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // wait returns when the peer has closed every channel.
  void wait();

 private:
  Broker(std::unique_ptr<Answerer> answerer, std::unique_ptr<ChannelServer> server);

  std::unique_ptr<Answerer> answerer_;
  std::unique_ptr<ChannelServer> server_;  // dies first: its threads use the answerer
};

}  // namespace coffer::store
