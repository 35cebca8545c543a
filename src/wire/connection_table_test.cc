// ConnectionTable: the last places are for who has none, and who says no Hello has an end.
#include "wire/connection_table.h"

#include <gtest/gtest.h>

#include "host/socket.h"
#include "wire/echo_server_test.h"

namespace coffer::wire {
namespace {

constexpr Owner kServer{.uid = 1000, .pid = 7};  // a process that connects without end
constexpr Owner kTool{.uid = 1000, .pid = 8};    // another one of the same user

TEST(ConnectionTable, KeepsTheLastPlacesOfAUserForProcessesThatHaveNone) {
  ConnectionTable table;
  while (table.reserve(kServer).ok()) {
  }
  EXPECT_TRUE(table.reserve(kTool).ok());
  EXPECT_FALSE(table.reserve(kTool).ok()) << "it has one now";
  for (pid_t pid = 100; pid < 100 + static_cast<pid_t>(kPlacesForNewcomers) - 1; ++pid) {
    EXPECT_TRUE(table.reserve({.uid = kServer.uid, .pid = pid}).ok()) << pid;
  }
  EXPECT_FALSE(table.reserve({.uid = kServer.uid, .pid = 99}).ok()) << "the last place is taken";
  table.release(kTool);
  EXPECT_TRUE(table.reserve(kTool).ok());
}

TEST(ConnectionTable, KeepsTheLastPlacesForUsersWhoHaveNone) {
  ConnectionTable table;
  for (uid_t uid = 0; uid < kConnectionsMax / (kConnectionsPerUserMax - kPlacesForNewcomers) + 1; ++uid) {
    while (table.reserve({.uid = uid, .pid = 7}).ok()) {
    }
  }
  EXPECT_TRUE(table.reserve({.uid = 5000, .pid = 7}).ok());
  EXPECT_FALSE(table.reserve({.uid = 5000, .pid = 8}).ok()) << "this user has one now";
}

TEST(ConnectionTable, CutsOffThoseWhoseTimeToSayHelloIsOver) {
  EchoService service;
  EventSet events = std::move(EventSet::create()).value();
  ConnectionTable table;
  std::vector<host::Descriptor> peers;
  std::vector<std::shared_ptr<EchoContext>> contexts;
  for (std::uint64_t until = 100; until <= 300; until += 100) {
    auto pair = host::make_socket_pair();
    ASSERT_TRUE(pair.ok());
    contexts.push_back(std::make_shared<EchoContext>());
    auto budget = table.reserve(kServer);
    ASSERT_TRUE(budget.ok());
    table.add(std::make_shared<Connection>(table.next_id(), kServer, std::move(budget).value(),
                                           std::move(pair.value().ours), contexts.back(), events, service),
              until);
    peers.push_back(std::move(pair.value().theirs));
  }
  contexts[0]->set_introduced();
  EXPECT_EQ(table.silent_until(), 100U);
  table.cut_silent(200);
  EXPECT_EQ(table.silent_until(), 300U) << "the first has said it, the second is cut off";
  const auto is_cut = [](const host::Descriptor& peer) {
    std::array<std::uint8_t, 1> octet{};
    const auto read = host::read_exactly(peer, octet, host::Deadline::after(std::chrono::milliseconds(0)));
    return !read.ok() && read.error().code != Code::timed_out;
  };
  EXPECT_FALSE(is_cut(peers[0]));
  EXPECT_TRUE(is_cut(peers[1]));
  EXPECT_FALSE(is_cut(peers[2]));
  table.close_all();
}

}  // namespace
}  // namespace coffer::wire
