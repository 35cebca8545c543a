// Backlog: what a user may make the chip keep, and that connections go on where it may not.
#include "wire/backlog.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "base/secret_room.h"
#include "codec/binary.h"
#include "host/secret_arena.h"
#include "wire/echo_server_test.h"
#include "wire/raw_peer_test.h"

namespace coffer::wire {
namespace {

constexpr std::size_t kReserve = std::size_t{1} << 20U;
constexpr std::size_t kScarce = kReserve / 2 - 1;
std::atomic<std::size_t> left = 0;

// Room makes the hidden memory end. Made before any server and gone after it.
class Room {
 public:
  explicit Room(std::size_t bytes) {
    left = bytes;
    use_secret_limit({.bytes_left = [] { return left.load(); }, .reserve_bytes = kReserve});
  }
  ~Room() { use_secret_limit({}); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
};

std::shared_ptr<std::atomic<std::size_t>> nothing() { return std::make_shared<std::atomic<std::size_t>>(0); }

Buffer number(std::uint32_t value) {
  Buffer octets;
  codec::BinaryWriter writer(octets);
  EXPECT_TRUE(writer(value).ok());
  return octets;
}

bool is_refusal(const std::optional<Answer>& answer) {
  return answer && answer->code == static_cast<std::uint16_t>(kNoRoom.code);
}

TEST(Backlog, CountsWhatIsTakenAndGivenBack) {
  const auto all = nothing();
  Backlog backlog(all);
  ASSERT_TRUE(backlog.take(1000));
  ASSERT_TRUE(backlog.exchange(1000, 300));
  EXPECT_EQ(*all, 300U);
  backlog.give(300);
  EXPECT_EQ(*all, 0U);
}

TEST(Backlog, HasAnEndForAUserAndForAll) {
  const auto all = nothing();
  std::vector<std::unique_ptr<Backlog>> users;
  for (std::size_t i = 0; i < kBacklogBytesMax / kBacklogOfUserBytesMax; ++i) {
    users.push_back(std::make_unique<Backlog>(all));
    ASSERT_TRUE(users.back()->take(kBacklogOfUserBytesMax));
    EXPECT_FALSE(users.back()->take(1));
  }
  Backlog other(all);
  EXPECT_FALSE(other.take(1));
  EXPECT_EQ(*all, kBacklogBytesMax);
  users.front()->give(1);
  EXPECT_TRUE(other.take(1));
}

TEST(Backlog, IsSmallWhereHiddenMemoryIsScarceButForBulk) {
  const Room scarce(kScarce);
  Backlog backlog(nothing());
  ASSERT_TRUE(backlog.take(kBacklogOfUserBytesScarce - 1000));
  EXPECT_FALSE(backlog.take(1001));
  EXPECT_TRUE(backlog.take(host::kBulkBytes));
  EXPECT_TRUE(backlog.take(1000));
}

TEST(Backlog, LeavesTheLastQuarterOfTheReserve) {
  const Room last(kReserve / 4 + 999);
  Backlog backlog(nothing());
  EXPECT_FALSE(backlog.take(1000));
  EXPECT_TRUE(backlog.take(999));
}

TEST(ScarceRoom, AConnectionWhoseRequestComesInPiecesIsServed) {
  const Room scarce(kScarce);
  EchoServer server;
  RawPeer peer(server.path());
  const Buffer request = frame_of(1, kEcho, Buffer(60'000, 7));
  ASSERT_TRUE(peer.send(Bytes(request).first(40'000)));
  const auto other = server.connect(false);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(echo(*other, kSlow, {}));
  ASSERT_TRUE(peer.send(Bytes(request).subspan(40'000)));
  const auto answer = peer.answer();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->payload, Buffer(60'000, 7));
}

TEST(ScarceRoom, OneRequestIsRefusedAndTheConnectionGoesOn) {
  const Room none(0);
  EchoServer server;
  RawPeer peer(server.path());
  const Buffer request = frame_of(1, kEcho, Buffer(60'000, 7));
  ASSERT_TRUE(peer.send(Bytes(request).first(40'000)));
  const auto refused = peer.answer();
  ASSERT_TRUE(is_refusal(refused));
  EXPECT_EQ(refused->request_id, 1U);
  ASSERT_TRUE(peer.send(Bytes(request).subspan(40'000)));
  ASSERT_TRUE(peer.send(frame_of(2, kEcho, number(5))));
  const auto served = peer.answer();
  ASSERT_TRUE(served.has_value());
  EXPECT_EQ(served->request_id, 2U);
  EXPECT_EQ(served->payload, number(5));
}

TEST(ScarceRoom, ARequestThatMayHoldASecretIsRefusedAndTheConnectionGoesOn) {
  const Room scarce(kScarce);
  EchoServer server;
  RawPeer peer(server.path());
  ASSERT_TRUE(peer.send(frame_of(1, kOp<CreateObject>, Buffer(300'000))));
  EXPECT_TRUE(is_refusal(peer.answer()));
  ASSERT_TRUE(peer.send(frame_of(2, kEcho, number(5))));
  EXPECT_EQ(peer.answer()->payload, number(5));
}

TEST(ScarceRoom, WhatLiesBehindABatchIsKeptOrRefused) {
  constexpr std::uint64_t kRequests = 200;
  const Room none(0);
  EchoServer server;
  RawPeer peer(server.path());
  Buffer stream;
  for (std::uint64_t id = 1; id <= kRequests; ++id) append(stream, frame_of(id, kEcho, Buffer(100)));
  ASSERT_TRUE(peer.send(stream));
  for (std::uint64_t id = 1; id <= kRequests; ++id) ASSERT_TRUE(peer.answer().has_value()) << id;
  ASSERT_TRUE(peer.send(frame_of(kRequests + 1, kEcho, number(5))));
  EXPECT_EQ(peer.answer()->payload, number(5));
}

// How many replies the socket of a peer may hold that reads none.
std::size_t replies_in_socket(const RawPeer& peer, std::size_t reply_bytes) {
  int socket_bytes = 0;
  socklen_t size = sizeof(socket_bytes);
  EXPECT_EQ(::getsockopt(peer.socket().get(), SOL_SOCKET, SO_SNDBUF, &socket_bytes, &size), 0);
  return static_cast<std::size_t>(socket_bytes) / reply_bytes + 1;
}

TEST(ScarceRoom, UnreadRepliesOfOneUserTakeNoMoreThanItsShare) {
  constexpr std::size_t kPeers = 30;
  constexpr std::uint32_t kReplyBytes = 60'000;
  const Room scarce(kScarce);
  EchoServer server;
  std::vector<std::unique_ptr<RawPeer>> peers;
  Buffer stream;
  for (std::uint64_t id = 1; id <= kBatchMax; ++id)
    append(stream, frame_of(id, kStretch, number(kReplyBytes)));
  for (std::size_t i = 0; i < kPeers; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.path()));
    ASSERT_TRUE(peers.back()->send(stream));
  }
  ASSERT_TRUE(server.service().wait_until_answered(kPeers * kBatchMax));
  const std::size_t in_sockets = kPeers * replies_in_socket(*peers.front(), kReplyBytes);
  std::size_t whole = 0;
  for (const auto& peer : peers) {
    for (std::size_t i = 0; i < kBatchMax; ++i) {
      const auto answer = peer->answer();
      if (!answer) break;
      if (answer->code == 0) ++whole;
    }
  }
  EXPECT_LE(whole, in_sockets + kBacklogOfUserBytesScarce / kReplyBytes + 1);
}

TEST(Server, ReadsNothingFromAPeerThatReadsNothing) {
  constexpr std::size_t kRequests = 64;
  constexpr std::uint32_t kReplyBytes = 300'000;
  EchoServer server;
  RawPeer peer(server.path());
  Buffer stream;
  for (std::uint64_t id = 1; id <= kRequests; ++id)
    append(stream, frame_of(id, kStretch, number(kReplyBytes)));
  ASSERT_TRUE(peer.send(stream));
  ASSERT_TRUE(server.service().wait_until_answered(kBatchMax));
  constexpr std::size_t kOthers = 100;
  const auto other = server.connect(false);  // says hello, which is a request too
  for (std::size_t i = 0; i + 1 < kOthers; ++i) ASSERT_TRUE(echo(*other, kSlow, {}));
  EXPECT_LE(server.service().request_count, kBatchMax + kOthers);
  for (std::size_t i = 0; i < kRequests; ++i) {
    const auto answer = peer.answer();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->payload.size(), kReplyBytes);
  }
}

TEST(Server, KeepsNoMoreUnreadRepliesThanAUserMayHave) {
  constexpr std::size_t kPeers = 20;
  constexpr std::uint32_t kReplyBytes = 1U << 20U;
  EchoServer server;
  std::vector<std::unique_ptr<RawPeer>> peers;
  Buffer stream;
  for (std::uint64_t id = 1; id <= kBatchMax; ++id)
    append(stream, frame_of(id, kStretch, number(kReplyBytes)));
  for (std::size_t i = 0; i < kPeers; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.path()));
    ASSERT_TRUE(peers.back()->send(stream));
  }
  ASSERT_TRUE(server.service().wait_until_answered(kPeers * kBatchMax));
  std::size_t whole = 0;
  for (const auto& peer : peers) {
    for (std::size_t i = 0; i < kBatchMax; ++i) {
      const auto answer = peer->answer();
      if (!answer) break;
      if (answer->code == 0) ++whole;
    }
  }
  // What the sockets hold comes on top.
  EXPECT_LE(whole, kBacklogOfUserBytesMax / kReplyBytes + kPeers);
}

}  // namespace
}  // namespace coffer::wire
