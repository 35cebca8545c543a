// Tests of Listening: who rests is left alone until he resumes, and what waits is taken then.
#include "net/listening.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "host/socket.h"

namespace coffer::net {
namespace {

class ListeningTest : public ::testing::Test {
 protected:
  ListeningTest() {
    EXPECT_TRUE(listening.start(*loop, listener, [this] { ++calls; }).ok());
  }
  ~ListeningTest() override { ::unlink(path.c_str()); }

  int calls_of(int turns) {
    calls = 0;
    for (int i = 0; i < turns; ++i) loop->turn(0);
    return calls;
  }

  const std::string path = ::testing::TempDir() + "listening-" + std::to_string(::getpid());
  host::Descriptor listener = host::listen_unix(path, 0600).value();
  std::unique_ptr<Loop> loop = Loop::create().value();
  Listening listening;
  int calls = 0;
};

TEST_F(ListeningTest, TellsOfConnectionsUntilItRests) {
  EXPECT_EQ(calls_of(3), 0);
  const auto peer = host::connect_unix(path, host::Deadline::after(std::chrono::seconds(5)));
  ASSERT_TRUE(peer.ok());
  EXPECT_EQ(calls_of(3), 3);
  listening.rest();
  EXPECT_EQ(calls_of(3), 0);
  listening.resume();
  EXPECT_EQ(calls_of(3), 3);
}

TEST_F(ListeningTest, RestsForWantOfDescriptorsAndEndsForAllElse) {
  const auto peer = host::connect_unix(path, host::Deadline::after(std::chrono::seconds(5)));
  ASSERT_TRUE(peer.ok());
  EXPECT_TRUE(listening.failed({Code::limit, "too many open files"}).ok());
  EXPECT_EQ(calls_of(3), 0);
  EXPECT_EQ(listening.failed({Code::invalid, "the socket does not listen"}).error().code, Code::invalid);
}

}  // namespace
}  // namespace coffer::net
