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

// Release lets all workers go, however the test ends.
class Release {
 public:
  explicit Release(EchoServer& server) : server_(server) {}
  ~Release() { server_.service().let_go(); }
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;

 private:
  EchoServer& server_;
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

void flood(RawPeer& peer, std::size_t count, Op op = kEcho) {
  Buffer frames;
  for (std::size_t i = 0; i < count; ++i) append(frames, frame_of(2 + i, op, {}));
  ASSERT_TRUE(peer.send(frames));
}

void flood(RawRing& peer, std::size_t count, Op op = kEcho) {
  for (std::size_t i = 0; i < count; ++i) peer.submit(i, op, 1);
}

// Flood is what the peers send that are not quiet, and as whom.
struct Flood {
  Op op = kEcho;
  bool has_many_shares = false;  // each peer one of its own; all of one principal, the quiet one of another
  std::size_t quiet_requests = kQuietRequests;
};

// Lets `flooders` and one quiet peer pile requests up, and gives the order in which they were answered.
template <typename Peer>
std::vector<std::uint64_t> order_of_answers(std::size_t flooders, const Flood& with = {}) {
  EchoServer server(1);
  std::deque<Peer> peers;
  server.service().next_principal = with.has_many_shares ? 1 : 0;
  for (std::size_t i = 0; i < flooders; ++i) {
    const std::size_t share = with.has_many_shares ? kQuiet + 1 + i : kFlood;
    join(peers.emplace_back(server.path()), static_cast<std::uint8_t>(share));
  }
  server.service().next_principal = with.has_many_shares ? 2 : 0;
  Peer quiet(server.path());
  join(quiet, kQuiet);
  {
    const Gate gate(server);
    for (Peer& peer : peers) flood(peer, kFloodRequests, with.op);
    flood(quiet, with.quiet_requests);
  }
  EXPECT_TRUE(server.service().wait_until_served(flooders * kFloodRequests + with.quiet_requests));
  return server.service().served();
}

// Tells how many requests of the flood were answered before the last quiet one.
std::size_t answered_before_the_quiet(const std::vector<std::uint64_t>& order) {
  const auto last = std::find(order.rbegin(), order.rend(), std::uint64_t{kQuiet});
  return static_cast<std::size_t>(order.rend() - last -
                                  std::count(last, order.rend(), std::uint64_t{kQuiet}));
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

// So many quiet requests take several turns, each of which would give the flood one too.
constexpr std::size_t kQuietMany = 40;

TEST(Fairness, AFloodOfCostlyRequestsThroughSocketsPaysForTheTimeItTakes) {
  const auto order = order_of_answers<RawPeer>(kFloodPeers, {.op = kCostly, .quiet_requests = kQuietMany});
  EXPECT_LE(answered_before_the_quiet(order), 2 * kBatchMax) << "one turn, and one that had begun";
}

TEST(Fairness, AFloodOfCostlyRequestsThroughRingsPaysForTheTimeItTakes) {
  const auto order = order_of_answers<RawRing>(kFloodPeers, {.op = kCostly, .quiet_requests = kQuietMany});
  EXPECT_LE(answered_before_the_quiet(order), 2 * kBatchMax);
}

TEST(Fairness, AFloodOfManySharesHasTheTurnsOfOnePrincipal) {
  const Flood with{.has_many_shares = true, .quiet_requests = kQuietMany};
  constexpr std::size_t kTurns = kQuietMany / kBatchMax;
  EXPECT_LE(answered_before_the_quiet(order_of_answers<RawPeer>(kFloodPeers, with)),
            (kTurns + 2) * kBatchMax);
  EXPECT_LE(answered_before_the_quiet(order_of_answers<RawRing>(kFloodPeers, with)),
            (kTurns + 2) * kBatchMax);
}

TEST(Fairness, AHeavyRequestIsAnsweredBehindWhatWasTakenWithIt) {
  EchoServer server(1);
  RawRing heavy(server.path());
  RawRing quiet(server.path());
  join(heavy, kFlood);
  join(quiet, kQuiet);
  {
    const Gate gate(server);
    flood(heavy, kFloodRequests, kHeavy);
    flood(quiet, 1);
  }
  ASSERT_TRUE(server.service().wait_until_served(kFloodRequests + 1));
  // What joining took is charged too, so more than one may go first; not as many as fit into a batch.
  EXPECT_LT(answered_before_the_quiet(server.service().served()), kBatchMax / 2);
}

// One of two workers is held by somebody who asks for more.
template <typename Peer>
void expect_a_free_worker() {
  constexpr unsigned kWorkers = 2;
  EchoServer server(kWorkers);
  server.service().next_principal = 1;
  RawPeer holder(server.path());
  join(holder, kFlood);
  Peer loud(server.path());
  join(loud, kFlood);
  server.service().next_principal = 2;
  Peer quiet(server.path());
  join(quiet, kQuiet);
  ASSERT_TRUE(holder.send(frame_of(1, kHold, {})));
  const Release release(server);
  ASSERT_TRUE(server.service().wait_until_held());
  flood(loud, kFloodRequests);
  flood(quiet, kQuietRequests);
  EXPECT_TRUE(server.service().wait_until_served(kQuietRequests));
  const std::vector<std::uint64_t> only_quiet(kQuietRequests, kQuiet);
  EXPECT_EQ(server.service().served(), only_quiet) << "whoever has one of two workers does not get the other";
  server.service().let_go();
  EXPECT_TRUE(server.service().wait_until_served(kFloodRequests + kQuietRequests));
}

TEST(Fairness, NobodyHasAllTheWorkersThroughSockets) { expect_a_free_worker<RawPeer>(); }

TEST(Fairness, NobodyHasAllTheWorkersThroughRings) { expect_a_free_worker<RawRing>(); }

// Its bells would wake a worker that may not serve it.
TEST(Fairness, WhoeverHasAllItsWorkersRingsNoBells) {
  constexpr unsigned kWorkers = 3;
  constexpr int kRounds = 200;
  EchoServer server(kWorkers);
  server.service().next_principal = 1;
  RawPeer holder(server.path());
  RawPeer other_holder(server.path());
  RawRing loud(server.path());
  join(loud, kFlood);
  server.service().next_principal = 2;
  RawRing quiet(server.path());
  join(quiet, kQuiet);
  ASSERT_TRUE(holder.send(frame_of(1, kHold, {})));
  ASSERT_TRUE(other_holder.send(frame_of(1, kHold, {})));
  const Release release(server);
  ASSERT_TRUE(server.service().wait_until_held(2));
  loud.submit(1, kEcho, 1);  // waits for one of them
  const auto deadline = soon();
  while (loud.view().header().chip_sleeps != 0) ASSERT_GT(deadline.remaining().count(), 0);
  for (int i = 0; i < kRounds; ++i) {
    quiet.submit(0, kEcho, 1);
    ASSERT_EQ(quiet.code_of(0), Code::ok);
    ASSERT_EQ(loud.view().header().chip_sleeps, 0U) << "in round " << i;
  }
  server.service().let_go();
  EXPECT_EQ(loud.code_of(1), Code::ok);
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
