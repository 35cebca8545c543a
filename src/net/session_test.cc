// Session: records come once and in order, whatever happens to the connection below.
#include "net/session.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace coffer::net {
namespace {

// Side is one end with what it has been given.
struct Side {
  Session session;
  RecordReader reader;
  std::vector<std::string> data;

  // take moves at most `bytes` octets of the other side's output here.
  Status take(Session& from, std::size_t bytes) {
    const Buffer octets = to_buffer(from.output().first(std::min(bytes, from.output().size())));
    from.sent(octets.size());
    reader.received(octets);
    while (const auto record = TRY(reader.next())) {
      if (TRY(session.accept(*record))) data.emplace_back(as_text(record->payload));
    }
    return {};
  }
};

constexpr std::size_t kEverything = ~std::size_t{0};

TEST(Session, DeliversInOrder) {
  Side a, b;
  for (const std::string_view text : {"one", "two", "three"})
    a.session.send(RecordKind::data, 1, as_bytes(text));
  ASSERT_TRUE(b.take(a.session, kEverything).ok());
  EXPECT_EQ(b.data, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(Session, SendsAgainWhatALostConnectionSwallowedAndNothingElse) {
  for (std::size_t cut = 0; cut < 80; ++cut) {
    Side a, b;
    for (const std::string_view text : {"one", "two", "three"})
      a.session.send(RecordKind::data, 1, as_bytes(text));
    ASSERT_TRUE(b.take(a.session, cut).ok());
    b.reader = RecordReader();
    ASSERT_TRUE(a.session.resume(b.session.received()).ok());
    a.session.send(RecordKind::data, 1, as_bytes("four"));
    ASSERT_TRUE(b.take(a.session, kEverything).ok());
    EXPECT_EQ(b.data, (std::vector<std::string>{"one", "two", "three", "four"})) << cut;
  }
}

TEST(Session, ForgetsWhatWasAcknowledged) {
  Side a, b;
  const Buffer large(kRecordPayloadBytesMax);
  while (a.session.has_room()) a.session.send(RecordKind::data, 1, large);
  ASSERT_TRUE(b.take(a.session, kEverything).ok());
  b.session.acknowledge_if_due(true);
  ASSERT_TRUE(a.take(b.session, kEverything).ok());
  EXPECT_TRUE(a.session.has_room());
}

TEST(Session, RefusesAnAcknowledgementOfWhatWasNeverSent) {
  Side a, b;
  b.session.send_plain(RecordKind::acknowledge, Buffer{1, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_FALSE(a.take(b.session, kEverything).ok());
}

TEST(Session, RefusesToGoOnBehindWhatWasSent) {
  Session session;
  session.send(RecordKind::data, 1, as_bytes("one"));
  EXPECT_FALSE(session.resume(2).ok());
}

TEST(Session, AnswersAPing) {
  Side a, b;
  a.session.send_plain(RecordKind::ping, {});
  ASSERT_TRUE(b.take(a.session, kEverything).ok());
  EXPECT_EQ(b.session.output().size(), RecordHeader::kBytes);
}

TEST(RecordReader, RefusesARecordThatIsTooLong) {
  RecordReader reader;
  reader.received(Buffer{0xff, 0xff, 0xff, 0x7f, 10, 0, 0, 0, 0});
  EXPECT_FALSE(reader.next().ok());
}

}  // namespace
}  // namespace coffer::net
