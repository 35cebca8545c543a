// Client: what it does when the chip dies, when the process forks, and when nobody answers.
#include "wire/client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "host/socket.h"
#include "wire/echo_server_test.h"
#include "wire/error_text.h"
#include "wire/raw_peer_test.h"

namespace coffer::wire {
namespace {

std::unique_ptr<Client> connect_to(const std::string& path, bool use_ring) {
  auto client = Client::connect({.socket_path = path, .use_ring = use_ring});
  return client.ok() ? std::move(client).value() : nullptr;
}

// Wrong asks for an echo and expects something else.
struct Wrong : Empty {
  static constexpr Facts kFacts{kEcho,     "echo",      Holds::nothing, Again::never,
                                Later::no, From::here,  Needs::nothing, Right::everybody,
                                "",        Cost::small, Counted::no};
  using Response = HelloReply;
};

class ClientBothWays : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Wire, ClientBothWays, ::testing::Values(false, true),
                         [](const auto& instance) { return instance.param ? "Ring" : "Socket"; });

constexpr std::uint32_t kFarDeadlineMilliseconds = 120'000;

TEST_P(ClientBothWays, NoticesThatTheChipDiedLongBeforeTheDeadline) {
  EchoProcess chip;
  const auto client = connect_to(chip.path(), GetParam());
  ASSERT_NE(client, nullptr);
  std::vector<std::thread> threads;
  std::vector<Code> codes(4, Code::ok);
  std::atomic<unsigned> waiting = 0;
  for (Code& code : codes) {
    threads.emplace_back([&] {
      ++waiting;
      const auto done =
          client->exchange(kNever, {}, kFarDeadlineMilliseconds, [](Bytes) { return Status{}; });
      code = done.error().code;
    });
  }
  while (waiting < codes.size()) std::this_thread::yield();
  ASSERT_TRUE(echo(*client, kEcho, {}));
  chip.kill_now();
  for (std::thread& thread : threads) thread.join();
  // At the deadline the code would be timed_out.
  EXPECT_EQ(codes, std::vector<Code>(4, Code::unavailable));
  EXPECT_FALSE(client->alive());
  EXPECT_EQ(client->exchange(kEcho, {}, 0, [](Bytes) { return Status{}; }).error().code, Code::unavailable);
}

TEST_P(ClientBothWays, AForkedChildConnectsAnewAndLeavesTheParentAlone) {
  EchoProcess chip;
  auto client = connect_to(chip.path(), GetParam());
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(echo(*client, kEcho, {}));
  EXPECT_EQ(client->pid(), ::getpid());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto inherited = client->exchange(kEcho, {}, 0, [](Bytes) { return Status{}; });
    const bool refused = !inherited.ok() && inherited.error().code == Code::unavailable && !client->alive();
    client.reset();
    const auto fresh = connect_to(chip.path(), GetParam());
    const bool works = fresh != nullptr && echo(*fresh, kEcho, to_buffer(as_bytes("child")));
    ::_exit(refused && works ? 0 : 1);
  }
  int result = -1;
  ASSERT_EQ(::waitpid(child, &result, 0), child);
  EXPECT_EQ(result, 0);
  EXPECT_TRUE(client->alive());
  for (unsigned i = 0; i < 100; ++i) EXPECT_TRUE(echo(*client, kEcho, to_buffer(as_bytes("parent"))));
}

// The application's own file at a number that it took from the client, and what it found there afterwards.
struct TakenOver {
  const char* name;
  std::array<int, 2> (*open)();  // the file, and where what is written to it can be seen
};
constexpr TakenOver kTakenOver[] = {
    {"a file",
     [] {
       const int file = ::open("/tmp", O_TMPFILE | O_RDWR, 0600);
       return std::array{file, ::dup(file)};
     }},
    {"a socket",
     [] {
       std::array<int, 2> ends{};
       EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
       return ends;
     }},
    {"an eventfd",
     [] {
       const int events = ::eventfd(0, EFD_NONBLOCK);
       return std::array{events, ::dup(events)};
     }},
};

bool has_octets(int number) {
  struct stat about{};
  EXPECT_EQ(::fstat(number, &about), 0) << "it was closed";
  if (S_ISREG(about.st_mode)) return about.st_size != 0;
  std::array<char, 8> octets{};
  return S_ISSOCK(about.st_mode) ? ::recv(number, octets.data(), octets.size(), MSG_DONTWAIT) > 0
                                 : ::read(number, octets.data(), octets.size()) > 0;
}

// Sockets tells which sockets of this process came after it was made.
class Sockets {
 public:
  [[nodiscard]] std::vector<int> added() const {
    std::vector<int> numbers = all();
    std::erase_if(numbers, [&](int each) { return std::ranges::find(before_, each) != before_.end(); });
    return numbers;
  }

 private:
  static std::vector<int> all() {
    std::vector<int> found;
    for (int number = 0; number < 256; ++number) {
      struct stat about{};
      if (::fstat(number, &about) == 0 && S_ISSOCK(about.st_mode)) found.push_back(number);
    }
    return found;
  }
  const std::vector<int> before_ = all();
};

TEST_P(ClientBothWays, LeavesAloneWhatGotTheNumberOfItsSocket) {
  EchoProcess chip;
  for (const TakenOver& taken : kTakenOver) {
    const Sockets sockets;
    auto client = connect_to(chip.path(), GetParam());
    ASSERT_NE(client, nullptr);
    ASSERT_TRUE(echo(*client, kEcho, {}));
    const std::vector<int> numbers = sockets.added();
    ASSERT_EQ(numbers.size(), 1U) << "one socket is all that a client keeps";
    const auto [theirs, other] = taken.open();
    ASSERT_EQ(::dup2(theirs, numbers.front()), numbers.front());
    // A request that comes before the chip has seen the end may be answered still, from memory.
    const auto deadline = soon();
    while (client->alive() && deadline.remaining().count() > 0) {
      const Status done =
          client->exchange(kEcho, {}, kFarDeadlineMilliseconds, [](Bytes) { return Status{}; });
      EXPECT_TRUE(done.ok() || done.error().code == Code::unavailable) << taken.name;
    }
    EXPECT_FALSE(client->alive()) << taken.name;
    client.reset();
    EXPECT_FALSE(has_octets(numbers.front()) || has_octets(other)) << taken.name << " was written to";
    for (const int number : {theirs, other, numbers.front()}) ::close(number);
  }
}

TEST(Client, KnowsThatTheChipClosedItsRingWithoutAskingTheKernel) {
  EchoProcess chip;
  const Sockets sockets;
  const auto client = connect_to(chip.path(), true);
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(client->has_ring());
  ASSERT_EQ(sockets.added().size(), 1U);
  ::shutdown(sockets.added().front(), SHUT_RDWR);
  const auto deadline = soon();
  while (client->alive() && deadline.remaining().count() > 0) std::this_thread::yield();
  EXPECT_FALSE(client->alive());
  EXPECT_EQ(client->exchange(kEcho, {}, 0, [](Bytes) { return Status{}; }).error().code, Code::unavailable);
}

TEST_P(ClientBothWays, CallEncodesAndDecodes) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  const auto reply = client->call(Hello{});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().version, kProtocolVersion);
}

TEST_P(ClientBothWays, RefusesAReplyThatDoesNotDecode) {
  const EchoServer server;
  const auto client = server.connect(GetParam());
  EXPECT_EQ(client->call(Wrong{}).error().code, Code::malformed);
}

TEST(Client, WaitsForAChipThatHasNoDescriptorLeft) {
  EchoProcess chip(24);
  std::vector<host::Descriptor> sockets;
  for (unsigned i = 0; i < 30; ++i) {
    auto socket = host::connect_unix(chip.path(), host::Deadline::after(std::chrono::seconds(60)));
    ASSERT_TRUE(socket.ok());
    sockets.push_back(std::move(socket).value());
  }
  const double before = chip.processor_seconds();
  const auto refused = Client::connect({.socket_path = chip.path(), .connect_milliseconds = 300});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::timed_out);
  EXPECT_LT(chip.processor_seconds() - before, 0.1);
  sockets.clear();
  const auto client = connect_to(chip.path(), true);
  ASSERT_NE(client, nullptr);
  EXPECT_TRUE(echo(*client, kEcho, {}));
}

TEST(Client, DoesNotFindAChipThatIsNotThere) {
  EXPECT_FALSE(Client::connect({.socket_path = "/tmp/coffer-wire-no-such-directory/chip.sock"}).ok());
}

TEST(Client, GivesUpOnAChipThatDoesNotAnswer) {
  // A server that was made but does not run accepts nothing.
  EchoService service;
  std::string directory = "/tmp/coffer-wire.XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  auto listener = host::listen_unix(directory + "/chip.sock", 0600);
  ASSERT_TRUE(listener.ok());
  const auto client = Client::connect({.socket_path = directory + "/chip.sock", .connect_milliseconds = 50});
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, Code::timed_out);
  std::filesystem::remove_all(directory);
}

TEST(Client, ADoubleOfAClientNeedsOnlyExchange) {
  // FakeClient answers as a test of another folder would.
  class FakeClient final : public Client {
   public:
    [[nodiscard]] const HelloReply& hello() const override { return hello_; }
    [[nodiscard]] int pid() const override { return 0; }
    [[nodiscard]] bool alive() const override { return true; }
    [[nodiscard]] bool has_ring() const override { return false; }
    Status exchange(Op op, Bytes request, std::uint32_t /*milliseconds*/,
                    const std::function<Status(Bytes payload)>& on_reply) override {
      EXPECT_EQ(op, kOp<Hello>);
      EXPECT_TRUE(codec::decode<Hello>(request).ok());
      return on_reply(codec::encode(hello_));
    }
    [[nodiscard]] std::string last_error_text() const override { return {}; }

   private:
    HelloReply hello_{.incarnation = 42};
  };
  FakeClient fake;
  const auto reply = fake.call(Hello{});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().incarnation, 42U);
}

TEST(ErrorText, EveryCodeHasOne) {
  for (std::uint16_t code = 1; code <= static_cast<std::uint16_t>(Code::curve_unsupported); ++code) {
    EXPECT_FALSE(error_text(static_cast<Code>(code)).empty());
    EXPECT_EQ(static_cast<std::uint16_t>(error_from_wire(code).code), code);
  }
  EXPECT_EQ(error_from_wire(0).code, Code::internal);
  EXPECT_EQ(error_from_wire(9999).code, Code::internal);
}

}  // namespace
}  // namespace coffer::wire
