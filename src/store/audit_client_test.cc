// AuditClient against an AuditServer over memory.
#include "store/audit_client.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/socket.h"
#include "store/audit_server.h"
#include "store/mark_file.h"
#include "store/memory_audit_log.h"

namespace coffer::store {
namespace {

using Lines = std::vector<std::string>;

// An audit writer over memory, and its client.
class AuditWire : public testing::Test {
 protected:
  AuditWire() {
    host::SocketPair pair = host::make_socket_pair().value();
    std::vector<host::Descriptor> ours;
    std::vector<host::Descriptor> theirs;
    ours.push_back(std::move(pair.ours));
    theirs.push_back(std::move(pair.theirs));
    server_ = AuditServer::start(log_, mark_, std::move(theirs)).value();
    client_ = AuditClient::create(std::move(ours)).value();
  }

  MemoryAuditLog log_;
  MemoryMarkFile mark_;
  std::unique_ptr<AuditServer> server_;
  std::unique_ptr<AuditClient> client_;
};

TEST_F(AuditWire, AppendedLinesAreDurable) {
  ASSERT_TRUE(client_->append(Lines{"one", "two"}).ok());
  EXPECT_EQ(log_.lines(), (Lines{"one", "two"}));
  EXPECT_EQ(log_.durable_count(), 2U);
}

TEST_F(AuditWire, RelaxedLinesAreDurableWithTheNextSync) {
  ASSERT_TRUE(client_->append_relaxed(Lines{"one"}).ok());
  EXPECT_EQ(log_.durable_count(), 0U);
  ASSERT_TRUE(client_->sync().ok());
  EXPECT_EQ(log_.durable_count(), 1U);
}

TEST_F(AuditWire, TailTellsTheLastLineAndTheCount) {
  ASSERT_TRUE(client_->append(Lines{"one", "two"}).ok());
  const AuditTail tail = client_->tail().value();
  EXPECT_EQ(tail.line, "two");
  EXPECT_EQ(tail.line_count, 2U);
}

TEST_F(AuditWire, UrgencyTravels) {
  log_.fill_disk();
  EXPECT_EQ(client_->append(Lines{"ordinary"}).error().code, Code::disk_full);
  EXPECT_TRUE(client_->append(Lines{"administrator"}, Urgency::administrator).ok());
}

TEST_F(AuditWire, LargestAppendFitsIntoAFrame) {
  EXPECT_TRUE(client_->append(Lines(kAuditLinesMax, std::string(kAuditLineBytesMax, 'x'))).ok());
  EXPECT_EQ(log_.lines().size(), kAuditLinesMax);
}

TEST_F(AuditWire, RefusesLinesThatWouldBreakTheFormat) {
  EXPECT_EQ(client_->append(Lines{"two\nlines"}).error().code, Code::invalid);
  EXPECT_EQ(client_->append_relaxed(Lines{""}).error().code, Code::invalid);
  EXPECT_TRUE(client_->append(Lines{"fine"}).ok());
}

TEST_F(AuditWire, MarkIsAbsentUntilItIsWritten) {
  EXPECT_FALSE(client_->read_mark().value().has_value());
  ASSERT_TRUE(client_->write_mark(as_bytes("sealed")).ok());
  EXPECT_EQ(as_text(*client_->read_mark().value()), "sealed");
}

TEST_F(AuditWire, EmptyMarkIsNotAnAbsentOne) {
  ASSERT_TRUE(client_->write_mark({}).ok());
  EXPECT_TRUE(client_->read_mark().value().has_value());
}

TEST_F(AuditWire, RefusesALongMark) {
  EXPECT_EQ(client_->write_mark(Buffer(kMarkBytesMax + 1)).error().code, Code::limit);
  EXPECT_TRUE(client_->write_mark(Buffer(kMarkBytesMax)).ok());
}

TEST_F(AuditWire, BrokenMarkIsTold) {
  mark_.break_down({Code::unavailable, "gone"});
  EXPECT_EQ(client_->read_mark().error().code, Code::unavailable);
  EXPECT_EQ(client_->write_mark({}).error().code, Code::unavailable);
}

TEST_F(AuditWire, EveryCallFailsForGoodWhenTheWriterIsGone) {
  server_.reset();
  EXPECT_EQ(client_->append(Lines{"one"}).error().code, Code::unavailable);
  EXPECT_EQ(client_->append_relaxed(Lines{"one"}).error().text, "the audit writer is gone");
  EXPECT_EQ(client_->sync().error().code, Code::unavailable);
  EXPECT_EQ(client_->tail().error().code, Code::unavailable);
  EXPECT_EQ(client_->read_mark().error().code, Code::unavailable);
  EXPECT_EQ(client_->write_mark({}).error().code, Code::unavailable);
}

TEST_F(AuditWire, WaitEndsWhenTheClientHangsUp) {
  client_.reset();
  server_->wait();
}

TEST(AuditClient, NeedsAChannel) { EXPECT_EQ(AuditClient::create({}).error().code, Code::invalid); }

}  // namespace
}  // namespace coffer::store
