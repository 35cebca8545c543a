// StreamClient: some thread reads whatever the others wait for. The chip is played by hand.
#include "wire/stream_client.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <utility>

#include "host/socket.h"
#include "wire/echo_server_test.h"
#include "wire/raw_peer_test.h"

namespace coffer::wire {
namespace {

// More than a socket takes.
constexpr std::size_t kLargeBytes = std::size_t{4} << 20U;
// Of a request that nobody waits for: its thread gave up.
constexpr std::uint64_t kForgottenId = 1'000'000;
constexpr Op kOkay{};
constexpr Op kDenied{static_cast<std::uint16_t>(Code::denied)};

// PlayedChip is a client, and its chip in the hands of the test.
class PlayedChip : public ::testing::Test {
 protected:
  // ask gives the code of the reply, or of the failure.
  Code ask(std::size_t payload_bytes) {
    Buffer frame;
    begin_frame(frame, static_cast<std::uint16_t>(kEcho), payload_bytes, 0);
    const auto reply = client_.exchange(frame, {}, soon());
    return reply.ok() ? static_cast<Code>(reply.value().code) : reply.error().code;
  }

  // answer reads a request and sends a reply to it.
  void answer() {
    const auto asked = chip_.answer();
    ASSERT_TRUE(asked.has_value());
    ASSERT_TRUE(reply(asked->request_id));
  }

  bool reply(std::uint64_t request_id, Op code = kOkay, std::size_t payload_bytes = 0) {
    return chip_.send(frame_of(request_id, code, Buffer(payload_bytes)));
  }

  // wait_for_request waits until a request begins to come.
  bool wait_for_request() {
    const std::array<int, 1> sockets{chip_.socket().get()};
    return host::wait_readable(sockets, soon()).ok();
  }

  host::SocketPair pair_ = host::make_socket_pair().value();
  StreamClient client_{std::move(pair_.ours)};
  RawPeer chip_{std::move(pair_.theirs)};
};

TEST_F(PlayedChip, TakesARequestAfterAReplyForOneWhoGaveUp) {
  Code code{};
  std::thread sender([&] { code = ask(kLargeBytes); });
  EXPECT_TRUE(wait_for_request());
  EXPECT_TRUE(reply(kForgottenId, kOkay, kLargeBytes));
  answer();
  sender.join();
  EXPECT_EQ(code, Code::ok);
}

TEST_F(PlayedChip, IsReadByTheSenderWhenTheLeaderHasLeft) {
  Code code{};
  std::thread leader([&] { EXPECT_EQ(ask(0), Code::ok); });
  const auto first = chip_.answer();
  EXPECT_TRUE(first.has_value());
  std::thread sender([&] { code = ask(kLargeBytes); });
  EXPECT_TRUE(wait_for_request());
  EXPECT_TRUE(reply(first->request_id));
  leader.join();
  EXPECT_TRUE(reply(kForgottenId, kOkay, kLargeBytes));
  answer();
  sender.join();
  EXPECT_EQ(code, Code::ok);
}

TEST_F(PlayedChip, IsReadByTheLeaderWhileAnotherThreadSends) {
  Code code{};
  std::thread leader([&] { EXPECT_EQ(ask(0), Code::ok); });
  const auto first = chip_.answer();
  EXPECT_TRUE(first.has_value());
  std::thread sender([&] { code = ask(kLargeBytes); });
  EXPECT_TRUE(wait_for_request());
  for (unsigned i = 0; i < 1000; ++i) EXPECT_TRUE(reply(kForgottenId, kOkay, 1000));
  answer();
  sender.join();
  EXPECT_EQ(code, Code::ok);
  EXPECT_TRUE(reply(first->request_id));
  leader.join();
}

TEST_F(PlayedChip, RefusesTheConnectionOfASender) {
  Code code{};
  std::thread sender([&] { code = ask(kLargeBytes); });
  EXPECT_TRUE(wait_for_request());
  EXPECT_TRUE(reply(0, kDenied));
  sender.join();
  EXPECT_EQ(code, Code::denied);
}

}  // namespace
}  // namespace coffer::wire
