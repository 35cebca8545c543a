// Store answers: the chip's end of the broker's channel, with somebody else at the other end.
#include <sys/socket.h>

#include <chrono>
#include <utility>
#include <vector>

#include "fuzz.h"
#include "host/descriptor.h"
#include "host/socket.h"
#include "store/broker_client.h"
#include "targets.h"

namespace coffer {

namespace {

constexpr std::chrono::milliseconds kWait{1};

// A pair of sockets: where `ours` ends, `octets` wait, and nothing follows them.
host::SocketPair sockets_with(Bytes octets) {
  auto pair = host::make_socket_pair();
  CHECK(pair.ok());
  // Whatever does not fit into the socket is not sent.
  static_cast<void>(host::write_exactly(pair.value().theirs, octets, host::Deadline::after(kWait)));
  CHECK(::shutdown(pair.value().theirs.get(), SHUT_WR) == 0);
  return std::move(pair).value();
}

}  // namespace

// The first octet is how much of the rest answers the commit; the others answer reads.
Status fuzz_store_answers(Bytes input) {
  fuzzing::Input rest(input);
  store::BrokerClientOptions options;
  options.answer_time_max = kWait;
  const std::size_t commit_bytes = rest.number<std::uint8_t>();
  auto commits = sockets_with(rest.take(commit_bytes));
  auto reads = sockets_with(rest.rest());
  options.commit_channel = std::move(commits.ours);
  options.read_channels.push_back(std::move(reads.ours));
  const auto client = TRY(store::BrokerClient::create(std::move(options)));

  const Buffer key{1};
  const auto record = client->get(key);
  const auto page = client->range(key, {}, 10);
  const auto committed = client->commit({});
  TRY(record);
  TRY(page);
  TRY(committed);
  return {};
}

}  // namespace coffer
