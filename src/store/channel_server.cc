// ChannelServer: a thread a channel, from request to answer.
#include "store/channel_server.h"

#include <functional>
#include <utility>

#include "base/log.h"
#include "host/deadline.h"
#include "store/messages.h"

namespace coffer::store {
namespace {

// answer_one serves one request. Any error ends the channel.
Status answer_one(Channel& channel, Answerer& answerer) {
  const Frame request = TRY(channel.receive(host::Deadline::never()));
  const Status done =
      answerer.answer(request.kind, request.payload, channel.begin(request.kind, request.request_id));
  if (!done.ok()) {
    if (done.error().code == Code::malformed) return done;
    const FailureMessage failure{static_cast<std::uint16_t>(done.error().code)};
    codec::encode_into(failure, channel.begin(kFailedKind, request.request_id));
  }
  return channel.send(host::Deadline::never());
}

void answer_all(Channel& channel, Answerer& answerer) {
  Status status;
  while (status.ok()) status = answer_one(channel, answerer);
  if (status.error().code == Code::malformed) log_line("store", status.error().text);
  channel.hang_up();
}

}  // namespace

Result<std::unique_ptr<ChannelServer>> ChannelServer::start(Answerer& answerer,
                                                            std::vector<host::Descriptor> channels) {
  if (channels.empty() || channels.size() > kChannelsMax) {
    return Error{Code::limit, "a server needs one channel at least and kChannelsMax at most"};
  }
  std::unique_ptr<ChannelServer> server(new ChannelServer());
  for (host::Descriptor& socket : channels) {
    server->channels_.push_back(std::make_unique<Channel>(std::move(socket)));
  }
  for (const auto& channel : server->channels_) {
    server->threads_.emplace_back(answer_all, std::ref(*channel), std::ref(answerer));
  }
  return server;
}

ChannelServer::~ChannelServer() {
  for (const auto& channel : channels_) channel->hang_up();
  wait();
}

void ChannelServer::wait() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace coffer::store
