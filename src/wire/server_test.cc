// Server: requests of many clients come back answered, and no peer can do harm to another or to the server.
#include "wire/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "codec/binary.h"
#include "host/shared_memory.h"
#include "host/socket.h"
#include "wire/connection_table.h"
#include "wire/echo_server_test.h"
#include "wire/output_queue.h"
#include "wire/raw_peer_test.h"
#include "wire/ring.h"

namespace coffer::wire {
namespace {

Buffer pattern(std::size_t bytes, unsigned seed) {
  Buffer octets(bytes);
  for (std::size_t i = 0; i < bytes; ++i) octets[i] = static_cast<std::uint8_t>(i * 31 + seed);
  return octets;
}

// Runs `body` in so many threads at once.
void in_threads(unsigned count, const std::function<void(unsigned)>& body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

// The tests that hold for both ways to the chip.
class ServerBothWays : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Wire, ServerBothWays, ::testing::Values(false, true),
                         [](const auto& instance) { return instance.param ? "Ring" : "Socket"; });

TEST_P(ServerBothWays, EchoesAPayload) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  EXPECT_TRUE(echo(*client, kEcho, pattern(1000, 1)));
}

TEST_P(ServerBothWays, EchoesEverySizeFromNothingToTheLimit) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kSmallPayloadBytes - 1, kSmallPayloadBytes,
                                  kSmallPayloadBytes + 1, std::size_t{1000000}, kPayloadBytesMax}) {
    EXPECT_TRUE(echo(*client, kEcho, pattern(bytes, 2))) << bytes;
  }
}

TEST_P(ServerBothWays, RefusesARequestPastTheLimitBeforeItIsSent) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  const auto done = client->exchange(kEcho, Buffer(kPayloadBytesMax + 1), 0, [](Bytes) { return Status{}; });
  EXPECT_EQ(done.error().code, Code::limit);
  EXPECT_TRUE(client->alive());
}

TEST_P(ServerBothWays, CarriesAReplyThatIsMuchLongerThanItsRequest) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  in_threads(4, [&](unsigned seed) {
    for (unsigned i = 0; i < 10; ++i) {
      const std::uint32_t bytes = 200000 + seed * 1000 + i;
      Buffer request;
      codec::BinaryWriter writer(request);
      ASSERT_TRUE(writer(bytes).ok());
      const auto done = client->exchange(kStretch, request, 0, [&](Bytes reply) {
        EXPECT_EQ(reply.size(), bytes);
        return Status{};
      });
      EXPECT_TRUE(done.ok());
    }
  });
}

TEST_P(ServerBothWays, TurnsAReplyPastTheLimitIntoAnError) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  Buffer request;
  codec::BinaryWriter writer(request);
  ASSERT_TRUE(writer(static_cast<std::uint32_t>(kPayloadBytesMax + 1)).ok());
  const auto done = client->exchange(kStretch, request, 0, [](Bytes) { return Status{}; });
  EXPECT_EQ(done.error().code, Code::internal);
}

TEST_P(ServerBothWays, SixteenThreadsGetTheirOwnAnswers) {
  EchoServer server;
  const auto client = server.connect(GetParam());
  std::atomic<unsigned> wrong = 0;
  in_threads(16, [&](unsigned seed) {
    for (unsigned i = 0; i < 500; ++i) {
      const Op op = std::array{kEcho, kLate, kEcho, kSlow}[(seed + i) % 4];
      if (!echo(*client, op, pattern(i % 700, seed * 1000 + i))) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0U);
}

TEST_P(ServerBothWays, MoreThreadsThanSlotsAreServed) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  std::atomic<unsigned> wrong = 0;
  in_threads(kSlotCount + 20, [&](unsigned seed) {
    for (unsigned i = 0; i < 20; ++i) {
      if (!echo(*client, kLate, pattern(i % 3 == 0 ? 40000 : 40, seed))) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0U);
}

TEST_P(ServerBothWays, SeveralClientsAreServedTogether) {
  EchoServer server;
  std::atomic<unsigned> wrong = 0;
  in_threads(8, [&](unsigned seed) {
    const auto client = server.connect(GetParam());
    for (unsigned i = 0; i < 300; ++i) {
      if (!echo(*client, i % 10 == 0 ? kSlow : kEcho, pattern(100, seed + i))) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(server.service().wait_until_disconnected());
  EXPECT_EQ(server.service().misplaced_count, 0);
}

TEST_P(ServerBothWays, GivesTheCodeAndTheTextOfAFailure) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  const auto done = client->exchange(kFail, {}, 0, [](Bytes) { return Status{}; });
  EXPECT_EQ(done.error().code, Code::conflict);
  EXPECT_EQ(client->last_error_text(), kFailText);
}

TEST_P(ServerBothWays, AnswersARequestThatTheServiceDropped) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  EXPECT_EQ(client->exchange(kDrop, {}, 0, [](Bytes) { return Status{}; }).error().code, Code::internal);
}

TEST_P(ServerBothWays, PassesAnUnknownNumberToTheService) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  EXPECT_EQ(client->exchange(Op{60000}, {}, 0, [](Bytes) { return Status{}; }).error().code,
            Code::unsupported);
  EXPECT_TRUE(echo(*client, kEcho, pattern(10, 1)));
}

TEST_P(ServerBothWays, GivesUpAtTheDeadlineAndGoesOn) {
  EchoServer server;
  const auto client = server.connect(GetParam());
  const auto done = client->exchange(kNever, pattern(10, 1), 50, [](Bytes) { return Status{}; });
  EXPECT_EQ(done.error().code, Code::timed_out);
  server.service().release_kept();
  for (unsigned i = 0; i < 200; ++i) EXPECT_TRUE(echo(*client, kEcho, pattern(100, i)));
}

TEST_P(ServerBothWays, GivesUpAtTheDeadlineWhenEverySlotIsTaken) {
  EchoServer server;
  const auto client = server.connect(GetParam());
  in_threads(kSlotCount + 5, [&](unsigned seed) {
    const auto done = client->exchange(kNever, pattern(10, seed), 200, [](Bytes) { return Status{}; });
    EXPECT_EQ(done.error().code, Code::timed_out);
  });
  server.service().release_kept();
  EXPECT_TRUE(echo(*client, kEcho, pattern(100, 1)));
}

TEST_P(ServerBothWays, TellsTheServiceWhoThePeerIs) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  std::uint32_t uid = 0;
  const auto done = client->exchange(kWho, {}, 0, [&](Bytes reply) {
    codec::BinaryReader reader(reply);
    return reader(uid);
  });
  EXPECT_TRUE(done.ok());
  EXPECT_EQ(uid, ::getuid());
}

TEST_P(ServerBothWays, ALateAnswerOutlivesItsConnection) {
  EchoServer server;
  {
    const auto client = server.connect(GetParam());
    const auto done = client->exchange(kNever, pattern(10, 1), 20, [](Bytes) { return Status{}; });
    EXPECT_EQ(done.error().code, Code::timed_out);
  }
  EXPECT_TRUE(server.service().wait_until_disconnected());
  EXPECT_EQ(server.service().kept_count(), 1U);
  server.service().release_kept();
  EXPECT_TRUE(echo(*server.connect(GetParam()), kEcho, pattern(10, 1)));
}

TEST_P(ServerBothWays, OneWorkerAloneServesRingsSocketsAndNewConnections) {
  EchoServer server(1);
  std::atomic<unsigned> wrong = 0;
  const auto busy = server.connect(GetParam());
  in_threads(4, [&](unsigned seed) {
    for (unsigned i = 0; i < 100; ++i) {
      if (!echo(*busy, kSlow, pattern(10, seed))) ++wrong;
      if (i % 10 == 0 && !echo(*server.connect(!GetParam()), kEcho, pattern(10, seed))) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0U);
}

TEST_P(ServerBothWays, AClientThatAsksRarelyIsServedToo) {
  EchoServer server;
  const auto client = server.connect(GetParam());
  std::mutex mutex;
  std::condition_variable never;
  for (unsigned i = 0; i < 20; ++i) {
    // Long enough for every ring to get cold and every worker to sleep.
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::milliseconds(20));
    EXPECT_TRUE(echo(*client, kEcho, pattern(10, i)));
  }
}

// The processor time that this process uses in half a second.
double seconds_used_in_half_a_second() {
  const auto used = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  const double before = used();
  never.wait_for(lock, std::chrono::milliseconds(500));
  return used() - before;
}

TEST(Server, UsesNoProcessorTimeWhenIdle) {
  EchoServer server(4);
  const auto over_ring = server.connect(true);
  const auto over_socket = server.connect(false);
  for (unsigned i = 0; i < 100; ++i) {
    ASSERT_TRUE(echo(*over_ring, i % 5 == 0 ? kSlow : kEcho, pattern(10, i)));
    ASSERT_TRUE(echo(*over_socket, kEcho, pattern(10, i)));
  }
  // It comes to rest, on a busy machine later than on an idle one.
  double used = seconds_used_in_half_a_second();
  for (int i = 0; i < 60 && used >= 0.02; ++i) used = seconds_used_in_half_a_second();
  EXPECT_LT(used, 0.02);
}

TEST(Server, StopsWhileRequestsAreRunning) {
  for (unsigned round = 0; round < 20; ++round) {
    EchoServer server;
    const auto client = server.connect(round % 2 == 0);
    std::thread asks([&] {
      while (echo(*client, kSlow, pattern(10, 1))) {
      }
    });
    server.server().stop();
    asks.join();
    EXPECT_FALSE(client->alive());
  }
}

TEST(Server, MayBeDestroyedWithoutHavingRun) {
  EchoService service;
  ServerOptions options;
  auto pair = host::make_socket_pair();
  ASSERT_TRUE(pair.ok());
  options.listener = std::move(pair.value().ours);
  EXPECT_TRUE(Server::create(std::move(options), service).ok());
}

TEST(Server, AnswersItsControlWhenAWorkerIsFree) {
  const auto control = host::make_socket_pair().value();
  EchoServer server(1, &control.theirs);
  std::array<std::uint8_t, 1> octet{'?'};
  ASSERT_TRUE(host::write_exactly(control.ours, octet, host::Deadline::never()).ok());
  ASSERT_TRUE(host::read_exactly(control.ours, octet, host::Deadline::after(std::chrono::seconds(30))).ok());
  EXPECT_EQ(octet[0], '?');

  RawPeer peer(server.path());
  ASSERT_TRUE(peer.send(frame_of(1, kHold, {})));
  ASSERT_TRUE(server.service().wait_until_held());
  ASSERT_TRUE(host::write_exactly(control.ours, octet, host::Deadline::never()).ok());
  EXPECT_EQ(host::read_exactly(control.ours, octet, host::Deadline::after(std::chrono::milliseconds(300)))
                .error()
                .code,
            Code::timed_out);
  server.service().let_go();
  EXPECT_TRUE(host::read_exactly(control.ours, octet, host::Deadline::after(std::chrono::seconds(30))).ok());
}

TEST(Server, TellsARefusedPeerWhy) {
  EchoServer server;
  server.service().refuses = true;
  for (unsigned i = 0; i < 50; ++i) {
    const auto client = Client::connect({.socket_path = server.path()});
    ASSERT_FALSE(client.ok());
    EXPECT_EQ(client.error().code, Code::denied);
  }
  server.service().refuses = false;
  EXPECT_EQ(server.server().connection_count(), 0U);
  EXPECT_TRUE(echo(*server.connect(true), kEcho, pattern(10, 1)));
}

TEST(Server, CountsConnections) {
  EchoServer server;
  {
    const auto one = server.connect(true);
    const auto two = server.connect(false);
    EXPECT_EQ(server.server().connection_count(), 2U);
  }
  EXPECT_TRUE(server.service().wait_until_disconnected());
  EXPECT_EQ(server.server().connection_count(), 0U);
}

TEST(Server, AnswersManyRequestsThatCameInOneWrite) {
  EchoServer server;
  RawPeer peer(server.path());
  Buffer stream;
  std::set<std::uint64_t> expected;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    append(stream, frame_of(id, id % 3 == 0 ? kLate : kEcho, pattern(50, static_cast<unsigned>(id))));
    expected.insert(id);
  }
  ASSERT_TRUE(peer.send(stream));
  for (unsigned i = 0; i < 100; ++i) {
    const auto answer = peer.answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->payload, pattern(50, static_cast<unsigned>(answer->request_id)));
    expected.erase(answer->request_id);
  }
  EXPECT_TRUE(expected.empty());
  EXPECT_LT(server.service().batch_count, 101U);
}

TEST(Server, AnswersWhatCameBeforeThePeerStoppedSending) {
  EchoServer server;
  RawPeer peer(server.path());
  ASSERT_TRUE(peer.send(frame_of(1, kEcho, pattern(50, 1))));
  peer.end_sending();
  const auto answer = peer.answer();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->request_id, 1U);
  EXPECT_FALSE(peer.answer().has_value());
}

TEST(Server, WaitsForTheRestOfEveryTruncatedFrame) {
  EchoServer server;
  const Buffer frame = frame_of(7, kEcho, pattern(30, 1));
  for (std::size_t bytes = 1; bytes < frame.size(); ++bytes) {
    RawPeer peer(server.path());
    ASSERT_TRUE(peer.send(Bytes(frame).first(bytes)));
    ASSERT_TRUE(peer.send(Bytes(frame).subspan(bytes)));
    const auto answer = peer.answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->request_id, 7U);
  }
}

TEST(Server, ForgetsAPeerThatGoesInTheMiddleOfAFrame) {
  EchoServer server;
  const Buffer frame = frame_of(7, kEcho, pattern(30, 1));
  for (std::size_t bytes = 1; bytes < frame.size(); ++bytes) {
    RawPeer peer(server.path());
    ASSERT_TRUE(peer.send(Bytes(frame).first(bytes)));
    peer.end_sending();
    EXPECT_FALSE(peer.answer().has_value());
  }
  EXPECT_TRUE(server.service().wait_until_disconnected());
}

TEST(Server, AnswersAMalformedHeaderAndCloses) {
  EchoServer server;
  for (const FrameHeader& header :
       {FrameHeader{.payload_bytes = kPayloadBytesMax + 1, .kind = 1000, .request_id = 5},
        FrameHeader{.payload_bytes = 0xffffffff, .kind = 1000, .request_id = 5},
        FrameHeader{.payload_bytes = 0, .kind = 1000, .reserved = 1, .request_id = 5}}) {
    RawPeer peer(server.path());
    ASSERT_TRUE(peer.send(encode_header(header)));
    const auto answer = peer.answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->request_id, 5U);
    EXPECT_EQ(answer->code, static_cast<std::uint16_t>(Code::malformed));
    EXPECT_FALSE(peer.answer().has_value());
  }
}

TEST(Server, StopsReadingFromAPeerWithTooManyRequestsInFlight) {
  EchoServer server;
  RawPeer peer(server.path());
  Buffer stream;
  for (std::uint64_t id = 1; id <= kRequestsInFlightMax + 50; ++id) append(stream, frame_of(id, kNever, {}));
  ASSERT_TRUE(peer.send(stream));
  // Somebody else's answer comes after the server had time for all of them.
  const auto other = server.connect(true);
  for (unsigned i = 0; i < 1000 && server.service().kept_count() < kRequestsInFlightMax; ++i) {
    ASSERT_TRUE(echo(*other, kSlow, {}));
  }
  for (unsigned i = 0; i < 100; ++i) ASSERT_TRUE(echo(*other, kSlow, {}));
  EXPECT_EQ(server.service().kept_count(), kRequestsInFlightMax);
  server.service().release_kept();
  for (std::size_t i = 0; i < kRequestsInFlightMax; ++i) ASSERT_TRUE(peer.answer().has_value());
  for (unsigned i = 0; i < 1000 && server.service().kept_count() < 50; ++i)
    ASSERT_TRUE(echo(*other, kSlow, {}));
  EXPECT_EQ(server.service().kept_count(), 50U);
}

TEST(Server, AReaderThatIsSlowGetsEverythingInTheEnd) {
  EchoServer server;
  RawPeer peer(server.path());
  constexpr unsigned kRequests = 40;
  std::thread sends([&] {
    for (unsigned id = 1; id <= kRequests; ++id) {
      EXPECT_TRUE(peer.send(frame_of(id, kEcho, pattern(1000000, id))));
    }
  });
  for (unsigned i = 0; i < kRequests; ++i) {
    const auto answer = peer.answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->payload, pattern(1000000, static_cast<unsigned>(answer->request_id)));
  }
  sends.join();
}

TEST(Server, CutsAPeerThatNeverReads) {
  EchoServer server;
  RawPeer peer(server.path());
  Buffer request;
  codec::BinaryWriter writer(request);
  ASSERT_TRUE(writer(static_cast<std::uint32_t>(kPayloadBytesMax)).ok());
  Buffer stream;
  for (std::uint64_t id = 1; id <= 8; ++id) append(stream, frame_of(id, kStretch, request));
  ASSERT_TRUE(peer.send(stream));
  EXPECT_TRUE(server.service().wait_until_disconnected());
  EXPECT_TRUE(echo(*server.connect(true), kEcho, pattern(10, 1)));
}

TEST(Server, RefusesTheConnectionPastTheLimitOfAUser) {
  EchoServer server;
  std::vector<host::Descriptor> sockets;
  const std::size_t of_a_process = kConnectionsPerUserMax - kPlacesForNewcomers;
  for (std::size_t i = 0; i < of_a_process; ++i) {
    auto socket = host::connect_unix(server.path(), soon());
    ASSERT_TRUE(socket.ok());
    sockets.push_back(std::move(socket).value());
  }
  // Several workers admit them, in any order.
  ASSERT_TRUE(server.service().wait_until_connected(static_cast<int>(of_a_process)));
  const auto refused = Client::connect({.socket_path = server.path()});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::limit);
  sockets.clear();
  EXPECT_TRUE(server.service().wait_until_disconnected());
  EXPECT_TRUE(echo(*server.connect(true), kEcho, pattern(10, 1)));
}

TEST(Server, CutsOffWhoSaysNoHello) {
  EchoServer server;
  server.service().waits_for_hello = true;
  RawPeer silent(server.path());
  RawPeer polite(server.path());
  ASSERT_TRUE(polite.send(frame_of(1, kOp<Hello>, {})));
  ASSERT_TRUE(polite.answer().has_value());
  EXPECT_FALSE(silent.answer().has_value());
  ASSERT_TRUE(polite.send(frame_of(2, kEcho, {})));
  EXPECT_TRUE(polite.answer().has_value());
}

TEST(Server, RefusesARingThatIsNotAsItShouldBe) {
  EchoServer server;
  Buffer request;
  codec::encode_into(AttachRing{.bytes = kRingBytes}, request);
  const Buffer frame = frame_of(3, kOp<AttachRing>, request);
  {
    RawPeer without_descriptor(server.path());
    ASSERT_TRUE(without_descriptor.send(frame));
    EXPECT_EQ(without_descriptor.answer()->code, static_cast<std::uint16_t>(Code::invalid));
  }
  const auto small = host::SharedMemory::create(4096);
  const auto empty = host::SharedMemory::create(kRingBytes);
  ASSERT_TRUE(small.ok() && empty.ok());
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  for (const int wrong : {small.value().descriptor().get(), empty.value().descriptor().get(), pipe[0]}) {
    RawPeer peer(server.path());
    const std::array<int, 1> descriptors{wrong};
    ASSERT_TRUE(host::send_with_descriptors(peer.socket(), frame, descriptors, soon()).ok());
    EXPECT_EQ(peer.answer()->code, static_cast<std::uint16_t>(Code::denied));
    ASSERT_TRUE(peer.send(frame_of(4, kEcho, {})));
    EXPECT_EQ(peer.answer()->code, 0);
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(Server, ClosesDescriptorsThatNobodyAskedFor) {
  EchoServer server;
  RawPeer peer(server.path());
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const std::array<int, 3> descriptors{pipe[1], pipe[1], pipe[1]};
  ASSERT_TRUE(host::send_with_descriptors(peer.socket(), frame_of(1, kEcho, {}), descriptors, soon()).ok());
  EXPECT_FALSE(peer.answer().has_value());
  EXPECT_TRUE(server.service().wait_until_disconnected());
  ::close(pipe[1]);
  char octet = 0;
  EXPECT_EQ(::read(pipe[0], &octet, 1), 0);  // Nobody holds the other end any more.
  ::close(pipe[0]);
}

TEST(ConnectionContext, OneThatWasEndedBeforeItHasALineIsCutOffThen) {
  struct CutLine final : Line {
    void cut_off() override { ++cuts; }
    int cuts = 0;
  };
  const auto line = std::make_shared<CutLine>();
  ConnectionContext context;
  context.end();
  context.set_line(line);
  EXPECT_EQ(line->cuts, 1);
  ConnectionContext other;
  other.set_line(line);
  EXPECT_EQ(line->cuts, 1);
  other.end();
  EXPECT_EQ(line->cuts, 2);
}

}  // namespace
}  // namespace coffer::wire
