// Tests of Unix stream sockets.
#include "host/socket.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstring>

#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::open_descriptor_count;
using testing::TemporaryDirectory;

Deadline soon() { return Deadline::after(std::chrono::seconds(10)); }
Deadline now() { return Deadline::after(std::chrono::milliseconds(0)); }

// Connection is both ends of a connection through a name.
struct Connection {
  explicit Connection(const std::string& path)
      : listener(listen_unix(path, 0600).value()),
        client(connect_unix(path, soon()).value()),
        server(accept_unix(listener).value().value()) {}
  Descriptor listener;
  Descriptor client;
  Descriptor server;
};

// Sends more descriptors than our own function would.
void send_surplus(const Descriptor& socket, std::size_t count) {
  const std::vector<int> numbers(count, STDIN_FILENO);
  std::vector<std::uint8_t> control(CMSG_SPACE(count * sizeof(int)));
  std::uint8_t octet = 1;
  iovec part{&octet, 1};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(header), numbers.data(), count * sizeof(int));
  CHECK(::sendmsg(socket.get(), &message, 0) == 1);
}

TEST(ListenUnix, GivesTheNameExactlyItsMode) {
  const TemporaryDirectory directory;
  const Descriptor listener = listen_unix(directory / "socket", 0666).value();
  struct stat about{};
  ASSERT_EQ(::stat((directory / "socket").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0666U);
}

TEST(ListenUnix, ReplacesASocketThatNobodyAnswersAt) {
  const TemporaryDirectory directory;
  listen_unix(directory / "socket", 0600).value().close();
  const Connection connection(directory / "socket");
  EXPECT_TRUE(connection.server.is_open());
}

TEST(ListenUnix, RefusesASocketThatSomebodyAnswersAt) {
  const TemporaryDirectory directory;
  const Descriptor listener = listen_unix(directory / "socket", 0600).value();
  EXPECT_EQ(listen_unix(directory / "socket", 0600).error().code, Code::exists);
  EXPECT_TRUE(connect_unix(directory / "socket", soon()).ok());
}

TEST(ListenUnix, LeavesAnOrdinaryFileAlone) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_durably(directory / "socket", as_bytes("text")).ok());
  EXPECT_EQ(listen_unix(directory / "socket", 0600).error().code, Code::exists);
  EXPECT_TRUE(file_exists(directory / "socket"));
}

TEST(ListenUnix, ReachesANameLongerThanAnAddress) {
  const TemporaryDirectory directory;
  const std::string deep = directory / std::string(100, 'd') + "/" + std::string(100, 'e');
  ASSERT_TRUE(create_directory(deep).ok());
  const Connection connection(deep + "/socket");
  EXPECT_TRUE(connection.server.is_open());
}

TEST(ListenUnix, RefusesALastPartLongerThanAnAddress) {
  const TemporaryDirectory directory;
  EXPECT_EQ(listen_unix(directory / std::string(120, 's'), 0600).error().code, Code::invalid);
}

TEST(ConnectUnix, TellsThatThereIsNoSocket) {
  const TemporaryDirectory directory;
  EXPECT_EQ(connect_unix(directory / "socket", soon()).error().code, Code::not_found);
}

TEST(ConnectUnix, TellsThatNobodyAnswers) {
  const TemporaryDirectory directory;
  listen_unix(directory / "socket", 0600).value().close();
  EXPECT_EQ(connect_unix(directory / "socket", soon()).error().code, Code::unavailable);
}

TEST(ConnectUnix, GivesUpWhenNobodyAcceptsInTime) {
  const TemporaryDirectory directory;
  const Descriptor listener = listen_unix(directory / "socket", 0600).value();
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  const Descriptor waiting = connect_unix(directory / "socket", soon()).value();
  EXPECT_EQ(connect_unix(directory / "socket", now()).error().code, Code::timed_out);
}

TEST(AcceptUnix, GivesNothingWhenNobodyWaits) {
  const TemporaryDirectory directory;
  const Descriptor listener = listen_unix(directory / "socket", 0600).value();
  EXPECT_FALSE(accept_unix(listener).value().has_value());
}

TEST(PeerOf, NamesTheConnectingProcess) {
  const TemporaryDirectory directory;
  const Connection connection(directory / "socket");
  const Peer peer = peer_of(connection.server).value();
  EXPECT_EQ(peer.uid, ::geteuid());
  EXPECT_EQ(peer.gid, ::getegid());
  EXPECT_EQ(peer.pid, ::getpid());
}

TEST(PeerOf, GivesTheSupplementaryGroups) {
  const TemporaryDirectory directory;
  const Connection connection(directory / "socket");
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  ASSERT_GE(::getgroups(static_cast<int>(groups.size()), groups.data()), 0);
  EXPECT_EQ(peer_of(connection.server).value().groups.size(), groups.size());
  EXPECT_TRUE(peer_of(connection.server).value().is_in_group(::getegid()));
}

TEST(PeerOf, GivesMoreGroupsThanUsual) {
  const TemporaryDirectory directory;
  const int status = testing::run_in_child([&] {
    std::vector<gid_t> groups(200);
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<gid_t>(1000 + i);
    if (::setgroups(groups.size(), groups.data()) != 0) return 42;
    const Connection connection(directory / "socket");
    const Peer peer = peer_of(connection.server).value();
    return peer.groups.size() == groups.size() && peer.is_in_group(1199) && !peer.is_in_group(1200) ? 0 : 1;
  });
  if (testing::exited_with(status, 42)) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(testing::exited_with(status, 0));
}

TEST(ReadExactly, CollectsWhatComesInPieces) {
  const SocketPair pair = make_socket_pair().value();
  ASSERT_TRUE(write_exactly(pair.theirs, as_bytes("abc"), soon()).ok());
  ASSERT_TRUE(write_exactly(pair.theirs, as_bytes("def"), soon()).ok());
  Buffer octets(6);
  ASSERT_TRUE(read_exactly(pair.ours, octets, soon()).ok());
  EXPECT_EQ(as_text(octets), "abcdef");
}

TEST(ReadExactly, GivesUpAtItsDeadline) {
  const SocketPair pair = make_socket_pair().value();
  Buffer octets(1);
  EXPECT_EQ(read_exactly(pair.ours, octets, now()).error().code, Code::timed_out);
}

TEST(ReadExactly, TellsThatThePeerIsGone) {
  SocketPair pair = make_socket_pair().value();
  ASSERT_TRUE(write_exactly(pair.theirs, as_bytes("half"), soon()).ok());
  pair.theirs.close();
  Buffer octets(8);
  EXPECT_EQ(read_exactly(pair.ours, octets, soon()).error().code, Code::unavailable);
}

TEST(WriteExactly, TellsThatThePeerIsGoneAndRaisesNoSignal) {
  SocketPair pair = make_socket_pair().value();
  pair.theirs.close();
  EXPECT_EQ(write_exactly(pair.ours, as_bytes("text"), soon()).error().code, Code::unavailable);
}

TEST(WriteExactly, GivesUpWhenThePeerDoesNotRead) {
  const SocketPair pair = make_socket_pair().value();
  EXPECT_EQ(write_exactly(pair.ours, Buffer(16U << 20U), now()).error().code, Code::timed_out);
}

TEST(Descriptors, TravelWithOctets) {
  const SocketPair pair = make_socket_pair().value();
  const testing::PipeEnds pipe;
  const std::array numbers{pipe.writing.get()};
  ASSERT_TRUE(send_with_descriptors(pair.theirs, as_bytes("take"), numbers, soon()).ok());
  Buffer octets(16);
  const Received received = receive_with_descriptors(pair.ours, octets, 1, soon()).value();
  ASSERT_EQ(received.bytes, 4U);
  ASSERT_EQ(received.descriptors.size(), 1U);
  EXPECT_EQ(::fcntl(received.descriptors[0].get(), F_GETFD), FD_CLOEXEC);
  ASSERT_EQ(::write(received.descriptors[0].get(), "x", 1), 1);
  EXPECT_TRUE(pipe.wait());
}

TEST(Descriptors, AreClosedWhenThereAreMoreThanAsked) {
  const SocketPair pair = make_socket_pair().value();
  send_surplus(pair.theirs, 3);
  const std::size_t before = open_descriptor_count();
  Buffer octets(16);
  EXPECT_EQ(receive_with_descriptors(pair.ours, octets, 2, soon()).error().code, Code::limit);
  EXPECT_EQ(open_descriptor_count(), before);
}

TEST(Descriptors, AreClosedWhenThereAreMoreThanAnybodyMayAsk) {
  const SocketPair pair = make_socket_pair().value();
  send_surplus(pair.theirs, 200);
  const std::size_t before = open_descriptor_count();
  Buffer octets(16);
  EXPECT_EQ(receive_with_descriptors(pair.ours, octets, kDescriptorsMax, soon()).error().code, Code::limit);
  EXPECT_EQ(open_descriptor_count(), before);
}

TEST(Descriptors, AreClosedWhenNoneWasAsked) {
  const SocketPair pair = make_socket_pair().value();
  send_surplus(pair.theirs, 1);
  const std::size_t before = open_descriptor_count();
  Buffer octets(16);
  EXPECT_EQ(receive_with_descriptors(pair.ours, octets, 0, soon()).error().code, Code::limit);
  EXPECT_EQ(open_descriptor_count(), before);
}

TEST(Descriptors, AreNotSentBeyondTheLimit) {
  const SocketPair pair = make_socket_pair().value();
  const std::vector<int> numbers(kDescriptorsMax + 1, STDIN_FILENO);
  EXPECT_EQ(send_with_descriptors(pair.ours, as_bytes("x"), numbers, soon()).error().code, Code::limit);
}

TEST(Receive, GivesZeroOctetsAtTheEnd) {
  SocketPair pair = make_socket_pair().value();
  pair.theirs.close();
  Buffer octets(16);
  EXPECT_EQ(receive_with_descriptors(pair.ours, octets, 0, soon()).value().bytes, 0U);
}

TEST(WaitReadable, NamesTheOnesThatAreReady) {
  const SocketPair first = make_socket_pair().value();
  const SocketPair second = make_socket_pair().value();
  ASSERT_TRUE(write_exactly(second.theirs, as_bytes("x"), soon()).ok());
  const std::array numbers{first.ours.get(), -1, second.ours.get()};
  EXPECT_EQ(wait_readable(numbers, soon()).value(), std::vector<std::size_t>{2});
}

TEST(WaitReadable, GivesUpAtItsDeadline) {
  const SocketPair pair = make_socket_pair().value();
  const std::array numbers{pair.ours.get()};
  EXPECT_EQ(wait_readable(numbers, now()).error().code, Code::timed_out);
}

}  // namespace
}  // namespace coffer::host
