// Frame: the envelope of every request and reply (docs/formats.md, "Wire").
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/facts.h"
#include "wire/limits.h"

namespace coffer::wire {

// lacks_room tells whether a request may hold a secret among so much else that it would not be hidden, since
// the room is scarce (base/secret_room.h); then it is answered with kNoRoom and not looked at.
bool lacks_room(Op op, std::size_t payload_bytes);
// lacks_room_for_reply tells the same of a reply. Those that are bulk hold attributes, or name objects that
// were found.
bool lacks_room_for_reply(Op op, std::size_t payload_bytes);
inline constexpr Error kNoRoom{
    Code::limit, "the vault's hidden memory is full: send less at once, or raise RLIMIT_MEMLOCK"};

// FrameHeader stands in front of every payload. In a request `kind` is the Op; in a reply it is the Code, and
// the payload of a failure is the literal text of the error.
struct FrameHeader {
  static constexpr std::size_t kBytes = 20;

  std::uint32_t payload_bytes = 0;
  std::uint16_t kind = 0;
  std::uint16_t reserved = 0;               // 0
  std::uint64_t request_id = 0;             // chosen by the client; the reply carries it back
  std::uint32_t deadline_milliseconds = 0;  // request: the time it may take (0: the default); reply: 0

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.payload_bytes));
    TRY(visit(in.kind));
    TRY(visit(in.reserved));
    TRY(visit(in.request_id));
    return visit(in.deadline_milliseconds);
  }
};

// encode_header gives the octets of a header.
std::array<std::uint8_t, FrameHeader::kBytes> encode_header(const FrameHeader& header);

// decode_header reads a header from the first kBytes of `octets`, which must be there. Fails with `malformed`
// when the payload is longer than kPayloadBytesMax or the reserved field is not zero; `request_id` of the
// header is then still in `request_id`, so that the failure can be answered.
Result<FrameHeader> decode_header(Bytes octets, std::uint64_t& request_id);

}  // namespace coffer::wire
