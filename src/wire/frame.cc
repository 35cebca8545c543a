// Frame: encoding and checking of the header in front of every payload.
#include "wire/frame.h"

#include "base/check.h"
#include "base/secret_room.h"
#include "codec/binary.h"
#include "host/secret_arena.h"
#include "wire/field_writer.h"
#include "wire/object_messages.h"

namespace coffer::wire {

std::array<std::uint8_t, FrameHeader::kBytes> encode_header(const FrameHeader& header) {
  std::array<std::uint8_t, FrameHeader::kBytes> octets{};
  CHECK(write_fields(header, octets) == octets.size());
  return octets;
}

Result<FrameHeader> decode_header(Bytes octets, std::uint64_t& request_id) {
  CHECK(octets.size() >= FrameHeader::kBytes);
  const auto header = TRY(codec::decode<FrameHeader>(octets.first(FrameHeader::kBytes)));
  request_id = header.request_id;
  if (header.reserved != 0) return Error{Code::malformed, "a reserved field of a frame is not zero"};
  if (header.payload_bytes > kPayloadBytesMax)
    return Error{Code::malformed, "a frame is longer than its limit"};
  return header;
}

bool lacks_room(Op op, std::size_t payload_bytes) {
  constexpr std::size_t kSmallBytes = 16384;  // one read; the reserve is for those
  constexpr std::size_t kCopies = 4;          // received, taken apart, kept, answered
  return payload_bytes > kSmallBytes && carries_secret(op) && !has_secret_room(kCopies * payload_bytes);
}

bool lacks_room_for_reply(Op op, std::size_t payload_bytes) {
  const bool may_hold_secret = carries_secret(op) && op != kOp<Find>;
  return may_hold_secret && payload_bytes >= host::kBulkBytes && !has_secret_room(payload_bytes);
}

}  // namespace coffer::wire
