// ChannelServer: answers the requests of several channels, one thread a channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/binary.h"
#include "host/descriptor.h"
#include "store/channel.h"

namespace coffer::store {

// Answerer acts on requests. It is called from many threads at once.
class Answerer {
 public:
  virtual ~Answerer() = default;

  // answer acts on a request and appends the payload of its answer. `malformed` means that the request does
  // not decode or is unknown, and ends the channel; every other error is told to the client.
  virtual Status answer(std::uint8_t kind, Bytes request, Buffer& payload) = 0;
};

// answer_with decodes a Request, hands it to `act`, and encodes the answer. For rows of an Answerer's table.
template <typename Request, typename Act>
Status answer_with(Bytes request, Buffer& payload, const Act& act) {
  const auto decoded = TRY(codec::decode<Request>(request));
  const auto answer = TRY(act(decoded));
  codec::encode_into(answer, payload);
  return {};
}

// ChannelServer owns its threads and sockets.
class ChannelServer final {
 public:
  // start answers on `channels` with `answerer`, which must outlive the server. Fails with `limit` for none
  // or more than kChannelsMax channels.
  static Result<std::unique_ptr<ChannelServer>> start(Answerer& answerer,
                                                      std::vector<host::Descriptor> channels);
  // The destructor hangs up and joins the threads; a request being answered is finished first.
  ~ChannelServer();
  ChannelServer(const ChannelServer&) = delete;
  ChannelServer& operator=(const ChannelServer&) = delete;

  // wait returns when every channel has ended. One thread at a time.
  void wait();

 private:
  ChannelServer() = default;

  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::thread> threads_;
};

}  // namespace coffer::store
