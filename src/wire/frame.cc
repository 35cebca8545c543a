// Frame: encoding and checking of the header in front of every payload.
#include "wire/frame.h"

#include "base/check.h"
#include "codec/binary.h"
#include "wire/field_writer.h"

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

}  // namespace coffer::wire
