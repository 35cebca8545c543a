// FrameReader: frames come out whole, whatever the pieces they arrive in.
#include "wire/frame_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "wire/use_messages.h"

namespace coffer::wire {
namespace {

Buffer frame(std::uint64_t request_id, std::size_t payload_bytes) {
  const auto header = encode_header({.payload_bytes = static_cast<std::uint32_t>(payload_bytes),
                                     .kind = static_cast<std::uint16_t>(kOp<DigestRequest>),
                                     .request_id = request_id});
  Buffer octets(header.begin(), header.end());
  octets.resize(octets.size() + payload_bytes, static_cast<std::uint8_t>(request_id));
  return octets;
}

// Gives all octets to the reader, at most `piece` at a time, and collects the request ids of what comes out.
std::vector<std::uint64_t> ids_of(Bytes octets, std::size_t piece) {
  FrameReader reader;
  std::vector<std::uint64_t> ids;
  while (!octets.empty()) {
    const MutableBytes room = reader.room();
    const std::size_t count = std::min({piece, room.size(), octets.size()});
    std::copy_n(octets.begin(), count, room.begin());
    reader.received(count);
    octets = octets.subspan(count);
    for (;;) {
      const auto next = reader.next();
      EXPECT_TRUE(next.ok());
      if (!next.value()) break;
      EXPECT_TRUE(std::ranges::all_of(next.value()->payload, [&](std::uint8_t octet) {
        return octet == static_cast<std::uint8_t>(next.value()->header.request_id);
      }));
      ids.push_back(next.value()->header.request_id);
    }
  }
  return ids;
}

TEST(FrameReader, CutsAStreamInPiecesOfAnySize) {
  Buffer stream;
  for (std::uint64_t id = 1; id <= 5; ++id) append(stream, frame(id, id * 7));
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EXPECT_EQ(ids_of(stream, piece), (std::vector<std::uint64_t>{1, 2, 3, 4, 5})) << piece;
  }
}

TEST(FrameReader, TakesTheLongestFrameThatIsAllowed) {
  EXPECT_EQ(ids_of(frame(9, kPayloadBytesMax), 1000000), std::vector<std::uint64_t>{9});
}

TEST(FrameReader, MemoryGrowsWithWhatCameNotWithWhatWasPromised) {
  FrameReader reader;
  const Buffer start = frame(1, kPayloadBytesMax);
  std::copy_n(start.begin(), FrameHeader::kBytes, reader.room().begin());
  reader.received(FrameHeader::kBytes);
  ASSERT_TRUE(reader.next().ok());
  EXPECT_LE(reader.room().size(), 4 * FrameReader::kReadBytes);
}

TEST(FrameReader, RefusesAFrameThatIsTooLongAndTellsWhichRequest) {
  FrameReader reader;
  const auto header = encode_header({.payload_bytes = kPayloadBytesMax + 1, .request_id = 77});
  std::ranges::copy(header, reader.room().begin());
  reader.received(header.size());
  EXPECT_EQ(reader.next().error().code, Code::malformed);
  EXPECT_EQ(reader.malformed_id(), 77U);
}

TEST(FrameReader, RefusesAReservedFieldThatIsNotZero) {
  FrameReader reader;
  const auto header = encode_header({.reserved = 1, .request_id = 78});
  std::ranges::copy(header, reader.room().begin());
  reader.received(header.size());
  EXPECT_EQ(reader.next().error().code, Code::malformed);
  EXPECT_EQ(reader.malformed_id(), 78U);
}

// Puts octets where the reader wants them.
void give(FrameReader& reader, Bytes octets) {
  const MutableBytes room = reader.room();
  ASSERT_GE(room.size(), octets.size());
  std::ranges::copy(octets, room.begin());
  reader.received(octets.size());
}

class LentReader : public ::testing::Test {
 protected:
  std::shared_ptr<std::atomic<std::size_t>> counted = std::make_shared<std::atomic<std::size_t>>(0);
  Backlog backlog{counted};
  FrameReader reader{backlog};
  Buffer inbox = Buffer(4096);
};

TEST_F(LentReader, KeepsNothingOfWhatCameWholeAndLeavesNothingInTheInbox) {
  reader.lend(inbox);
  give(reader, frame(3, 100));
  EXPECT_TRUE(reader.next().value().has_value());
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, 0U);
  EXPECT_EQ(inbox, Buffer(4096));
}

TEST_F(LentReader, KeepsNothingAfterAReadThatBroughtNothing) {
  reader.lend(inbox);
  EXPECT_EQ(reader.room().data(), inbox.data());
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, 0U);
}

TEST_F(LentReader, KeepsThePartThatCameAndGoesOnWithAnotherInbox) {
  const Buffer whole = frame(3, 100);
  reader.lend(inbox);
  give(reader, Bytes(whole).first(50));
  EXPECT_FALSE(reader.next().value().has_value());
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, 50U);
  EXPECT_EQ(inbox, Buffer(4096));
  Buffer other(4096);
  reader.lend(other);
  give(reader, Bytes(whole).subspan(50));
  const auto done = reader.next();
  ASSERT_TRUE(done.value().has_value());
  EXPECT_EQ(to_buffer(done.value()->payload), Buffer(100, 3));
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, 0U);
}

TEST_F(LentReader, OutgrowsTheInbox) {
  const Buffer whole = frame(3, 10'000);
  reader.lend(inbox);
  Bytes rest = whole;
  while (!rest.empty()) {
    const MutableBytes room = reader.room();
    const std::size_t count = std::min(room.size(), rest.size());
    std::copy_n(rest.begin(), count, room.begin());
    reader.received(count);
    rest = rest.subspan(count);
    ASSERT_TRUE(reader.next().ok());
  }
  EXPECT_EQ(*counted, whole.size());
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, 0U);
}

TEST_F(LentReader, SkipsAFrameAndFindsTheNext) {
  Buffer stream = frame(3, 5'000);
  append(stream, frame(4, 10));
  reader.lend(inbox);
  give(reader, Bytes(stream).first(100));
  ASSERT_TRUE(reader.next().ok());
  reader.skip();
  EXPECT_FALSE(reader.awaited().has_value());
  for (Bytes rest = Bytes(stream).subspan(100); !rest.empty();) {
    const Bytes piece = rest.first(std::min<std::size_t>(rest.size(), 700));
    give(reader, piece);
    rest = rest.subspan(piece.size());
    const auto next = reader.next();
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(next.value().has_value(), rest.empty());
    if (next.value()) {
      EXPECT_EQ(next.value()->header.request_id, 4U);
    }
  }
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, 0U);
}

TEST_F(LentReader, KeepsNothingWhereTheBacklogHasNoRoom) {
  ASSERT_TRUE(backlog.take(kBacklogOfUserBytesMax));
  const Buffer whole = frame(3, 100);
  reader.lend(inbox);
  give(reader, Bytes(whole).first(50));
  ASSERT_TRUE(reader.next().ok());
  EXPECT_FALSE(reader.settle());
  reader.skip();
  ASSERT_TRUE(reader.settle());
  EXPECT_EQ(*counted, kBacklogOfUserBytesMax);
  backlog.give(kBacklogOfUserBytesMax);
}

TEST(FrameHeader, IsTwentyOctetsLittleEndian) {
  const auto octets = encode_header({.payload_bytes = 0x01020304,
                                     .kind = 0x0506,
                                     .reserved = 0,
                                     .request_id = 0x1112131415161718,
                                     .deadline_milliseconds = 0x21222324});
  EXPECT_EQ(to_hex(octets), "0403020106050000181716151413121124232221");
}

}  // namespace
}  // namespace coffer::wire
