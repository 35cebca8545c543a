// Broker and BrokerClient: conformance, refusals octet by octet, silence and death of either end.
#include "store/broker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "codec/binary.h"
#include "host/socket.h"
#include "store/broker_client.h"
#include "store/channel.h"
#include "store/conformance.h"
#include "store/faulty_store.h"
#include "store/memory_store.h"
#include "store/messages.h"
#include "store/scratch_directory.h"
#include "store/sqlite_store.h"

namespace coffer::store {
namespace {

using std::chrono::milliseconds;

// Wire is the sockets between a broker and its client; the first is for commits.
struct Wire {
  std::vector<host::Descriptor> broker;
  BrokerClientOptions client;
};

Wire make_wire(std::size_t read_channels) {
  Wire wire;
  for (std::size_t i = 0; i <= read_channels; ++i) {
    host::SocketPair pair = host::make_socket_pair().value();
    wire.broker.push_back(std::move(pair.theirs));
    if (i == 0) {
      wire.client.commit_channel = std::move(pair.ours);
    } else {
      wire.client.read_channels.push_back(std::move(pair.ours));
    }
  }
  return wire;
}

class BrokeredSqlite final : public StoreUnderTest {
 public:
  BrokeredSqlite() : inner_(SqliteStore::create(directory_.file("store.db")).value()) {
    Wire wire = make_wire(2);
    broker_ = Broker::start(*inner_, std::move(wire.broker)).value();
    client_ = BrokerClient::create(std::move(wire.client)).value();
  }
  Store& store() override { return *client_; }

 private:
  ScratchDirectory directory_;
  std::unique_ptr<SqliteStore> inner_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<BrokerClient> client_;
};

std::unique_ptr<StoreUnderTest> make_brokered() { return std::make_unique<BrokeredSqlite>(); }

INSTANTIATE_TEST_SUITE_P(BrokeredSqlite, StoreConformance, testing::Values(&make_brokered));

// A broker over a memory store that can be told to fail.
class BrokerTest : public testing::Test {
 protected:
  BrokerTest() {
    Wire wire = make_wire(2);
    broker_ = Broker::start(faulty_, std::move(wire.broker)).value();
    client_ = BrokerClient::create(std::move(wire.client)).value();
  }

  MemoryStore memory_;
  FaultyStore faulty_{memory_};
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<BrokerClient> client_;
};

TEST_F(BrokerTest, TellsTheClientWhyACommitFailed) {
  faulty_.fail_commit(1, FaultPoint::before_commit, {Code::disk_full, "full"});
  EXPECT_EQ(client_->commit({{}, {put("a", "1")}}).error().code, Code::disk_full);
  EXPECT_TRUE(client_->commit({{}, {put("a", "1")}}).ok());
}

TEST_F(BrokerTest, HidesACodeThatNoStoreHas) {
  faulty_.break_down({Code::pin_locked, "nonsense"});
  EXPECT_EQ(client_->revision().error().code, Code::internal);
}

TEST_F(BrokerTest, EveryCallFailsForGoodWhenTheBrokerIsGone) {
  ASSERT_TRUE(client_->commit({{}, {put("a", "1")}}).ok());
  broker_.reset();
  EXPECT_EQ(client_->get(as_bytes("a")).error().code, Code::unavailable);
  EXPECT_EQ(client_->commit({{}, {put("a", "2")}}).error().code, Code::unavailable);
  EXPECT_EQ(client_->revision().error().code, Code::unavailable);
  EXPECT_EQ(client_->range({}, {}, 1).error().code, Code::unavailable);
  EXPECT_EQ(client_->changes(0).error().code, Code::unavailable);
}

TEST_F(BrokerTest, WaitEndsWhenTheClientHangsUp) {
  client_.reset();
  broker_->wait();
}

TEST_F(BrokerTest, ManyThreadsShareFewChannels) {
  ASSERT_TRUE(client_->commit({{}, {put("a", "1")}}).ok());
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) answers += client_->get(as_bytes("a")).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers.load(), 1600);
}

TEST(Broker, RefusesNoChannelAndTooMany) {
  MemoryStore store;
  EXPECT_EQ(Broker::start(store, {}).error().code, Code::limit);
  EXPECT_EQ(Broker::start(store, std::vector<host::Descriptor>(kChannelsMax + 1)).error().code, Code::limit);
}

TEST(BrokerClient, NeedsAChannelForEachUse) {
  EXPECT_EQ(BrokerClient::create({}).error().code, Code::invalid);
}

// RawBroker serves one socket against a memory store; the test writes octets and frames to the other end.
class RawBroker : public testing::Test {
 protected:
  RawBroker() {
    host::SocketPair pair = host::make_socket_pair().value();
    socket_ = pair.ours.duplicate().value();
    channel_ = std::make_unique<Channel>(std::move(pair.ours));
    std::vector<host::Descriptor> theirs;
    theirs.push_back(std::move(pair.theirs));
    broker_ = Broker::start(store_, std::move(theirs)).value();
  }

  [[nodiscard]] Code code_after_sending(Bytes octets) {
    EXPECT_TRUE(host::write_exactly(socket_, octets, soon()).ok());
    const auto answer = channel_->receive(soon());
    return answer.ok() ? Code::ok : answer.error().code;
  }
  static host::Deadline soon() { return host::Deadline::after(milliseconds(60000)); }

  MemoryStore store_;
  host::Descriptor socket_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Broker> broker_;
};

// A frame of a revision request with id 1, from docs/formats.md.
const Buffer kRevisionRequest{9, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0};

TEST_F(RawBroker, AnswersARequestOctetForOctet) {
  ASSERT_TRUE(host::write_exactly(socket_, kRevisionRequest, soon()).ok());
  Buffer answer(21);
  ASSERT_TRUE(host::read_exactly(socket_, answer, soon()).ok());
  EXPECT_EQ(to_hex(answer),
            "11000000"
            "04"
            "0100000000000000"
            "0000000000000000");
}

TEST_F(RawBroker, HangsUpOnAnUnknownRequest) {
  Buffer request = kRevisionRequest;
  request[4] = 99;
  EXPECT_EQ(code_after_sending(request), Code::unavailable);
}

TEST_F(RawBroker, HangsUpOnAnImpossibleLength) {
  EXPECT_EQ(code_after_sending(Buffer{8, 0, 0, 0}), Code::unavailable);
}

TEST_F(RawBroker, HangsUpOnATooLongFrame) {
  EXPECT_EQ(code_after_sending(Buffer{0xff, 0xff, 0xff, 0xff}), Code::unavailable);
}

TEST_F(RawBroker, HangsUpOnTrailingOctets) {
  Buffer request = kRevisionRequest;
  request[0] = 10;
  request.push_back(0);
  EXPECT_EQ(code_after_sending(request), Code::unavailable);
}

// SilentBroker is a client whose broker is the test itself.
class SilentBroker : public testing::Test {
 protected:
  SilentBroker() {
    Wire wire = make_wire(1);
    // Short enough to be waited for, and long enough for an answer on a machine that has much else to do.
    wire.client.answer_time_max = milliseconds(2000);
    commits_ = std::make_unique<Channel>(std::move(wire.broker[0]));
    reads_ = std::make_unique<Channel>(std::move(wire.broker[1]));
    client_ = BrokerClient::create(std::move(wire.client)).value();
  }

  // Takes one request and answers it with a revision.
  static void answer(Channel& channel, Revision revision, std::uint64_t id_error = 0) {
    const auto request = channel.receive(soon());
    ASSERT_TRUE(request.ok());
    codec::encode_into(RevisionMessage{revision},
                       channel.begin(request.value().kind, request.value().request_id + id_error));
    ASSERT_TRUE(channel.send(soon()).ok());
  }
  static host::Deadline soon() { return host::Deadline::after(milliseconds(60000)); }

  std::unique_ptr<Channel> commits_;
  std::unique_ptr<Channel> reads_;
  std::unique_ptr<BrokerClient> client_;
};

TEST_F(SilentBroker, CallFailsWhenItsDeadlinePasses) {
  const auto revision = client_->revision();
  EXPECT_EQ(revision.error().code, Code::unavailable);
  EXPECT_EQ(revision.error().text, "the store broker does not answer");
}

TEST_F(SilentBroker, LateAnswerIsNotTakenForTheNextOne) {
  EXPECT_FALSE(client_->revision().ok());
  answer(*reads_, 1);
  std::thread broker([this] { answer(*reads_, 2); });
  EXPECT_EQ(client_->revision().value(), 2U);
  broker.join();
}

TEST_F(SilentBroker, NothingIsSentWhileAnAnswerIsOwed) {
  EXPECT_FALSE(client_->revision().ok());
  EXPECT_FALSE(client_->revision().ok());
  ASSERT_TRUE(reads_->receive(soon()).ok());
  EXPECT_EQ(reads_->receive(host::Deadline::after(milliseconds(1))).error().code, Code::timed_out);
}

TEST_F(SilentBroker, AnswerToAnotherRequestEndsTheConversation) {
  std::thread broker([this] { answer(*reads_, 1, 7); });
  EXPECT_EQ(client_->revision().error().text, "the store broker is gone");
  broker.join();
  EXPECT_EQ(client_->revision().error().text, "the store broker is gone");
}

}  // namespace
}  // namespace coffer::store
