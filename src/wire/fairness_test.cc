// Fairness: whose requests a server answers first when some flood it. Its only worker is held up while
// requests pile up, so that the order is the server's choice alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "wire/echo_server_test.h"
#include "wire/raw_ring_test.h"

namespace coffer::wire {
namespace {

constexpr std::uint8_t kFlood = 1;
constexpr std::uint8_t kQuiet = 2;
constexpr std::size_t kFloodPeers = 8;
constexpr std::size_t kFloodRequests = 50;  // of each peer
constexpr std::size_t kQuietRequests = 4;

// Gate holds the server's worker up while it lives.
class Gate {
 public:
  explicit Gate(EchoServer& server) : server_(server), peer_(server.path()) {
    EXPECT_TRUE(peer_.send(frame_of(1, kHold, {})));
    EXPECT_TRUE(server_.service().wait_until_held());
  }
  ~Gate() { server_.service().let_go(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

 private:
  EchoServer& server_;
  RawPeer peer_;
};

void join(RawPeer& peer, std::uint8_t share) {
  ASSERT_TRUE(peer.send(frame_of(1, kJoin, Bytes(&share, 1))));
  ASSERT_TRUE(peer.answer().has_value());
}

void join(RawRing& peer, std::uint8_t share) {
  peer.view().room(0)[0] = share;
  peer.submit(0, kJoin, 1);
  ASSERT_EQ(peer.code_of(0), Code::ok);
}

void flood(RawPeer& peer, std::size_t count) {
  Buffer frames;
  for (std::size_t i = 0; i < count; ++i) append(frames, frame_of(2 + i, kEcho, {}));
  ASSERT_TRUE(peer.send(frames));
}

void flood(RawRing& peer, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) peer.submit(i, kEcho, 1);
}

// Lets `flooders` and one quiet peer pile requests up, and gives the order in which they were answered.
template <typename Peer>
std::vector<std::uint64_t> order_of_answers(std::size_t flooders) {
  EchoServer server(1);
  std::deque<Peer> peers;
  for (std::size_t i = 0; i < flooders; ++i) join(peers.emplace_back(server.path()), kFlood);
  Peer quiet(server.path());
  join(quiet, kQuiet);
  {
    const Gate gate(server);
    for (Peer& peer : peers) flood(peer, kFloodRequests);
    flood(quiet, kQuietRequests);
  }
  EXPECT_TRUE(server.service().wait_until_served(flooders * kFloodRequests + kQuietRequests));
  return server.service().served();
}

// Tells how many requests of the flood were answered before the last quiet one.
std::size_t answered_before_the_quiet(const std::vector<std::uint64_t>& order) {
  const auto last = std::find(order.rbegin(), order.rend(), std::uint64_t{kQuiet});
  return static_cast<std::size_t>(std::count(last, order.rend(), std::uint64_t{kFlood}));
}

TEST(Fairness, AFloodThroughSocketsDoesNotKeepAQuietShareWaiting) {
  const auto order = order_of_answers<RawPeer>(kFloodPeers);
  EXPECT_EQ(order.size(), kFloodPeers * kFloodRequests + kQuietRequests);
  EXPECT_LE(answered_before_the_quiet(order), 2 * kBatchMax) << "one turn, and one that had begun";
}

TEST(Fairness, AFloodThroughRingsDoesNotKeepAQuietShareWaiting) {
  const auto order = order_of_answers<RawRing>(kFloodPeers);
  EXPECT_EQ(order.size(), kFloodPeers * kFloodRequests + kQuietRequests);
  EXPECT_LE(answered_before_the_quiet(order), 2 * kBatchMax);
}

TEST(Fairness, ConnectionsOfOneShareTakeTurnsToo) {
  EchoServer server(1);
  RawRing loud(server.path());
  RawRing other(server.path());
  join(loud, kFlood);
  join(other, kFlood);
  {
    const Gate gate(server);
    flood(loud, kFloodRequests);
    flood(other, 1);
  }
  EXPECT_EQ(other.code_of(0), Code::ok);
  EXPECT_TRUE(server.service().wait_until_served(kFloodRequests + 1));
}

TEST(Fairness, AConnectionMayChangeItsShare) {
  EchoServer server(1);
  std::deque<RawRing> peers;
  for (std::size_t i = 0; i < kFloodPeers; ++i)
    join(peers.emplace_back(server.path()), static_cast<std::uint8_t>(3 + i));
  RawRing quiet(server.path());
  join(quiet, kQuiet);
  for (RawRing& peer : peers) join(peer, kFlood);
  {
    const Gate gate(server);
    for (RawRing& peer : peers) flood(peer, kFloodRequests);
    flood(quiet, kQuietRequests);
  }
  ASSERT_TRUE(server.service().wait_until_served(kFloodPeers * kFloodRequests + kQuietRequests));
  EXPECT_LE(answered_before_the_quiet(server.service().served()), 3 * kBatchMax);
}

}  // namespace
}  // namespace coffer::wire
