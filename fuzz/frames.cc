// Frames: what a peer writes to the chip's socket - headers, and the payload of every request.
#include "wire/frame.h"

#include <algorithm>

#include "decode_any.h"
#include "fuzz.h"
#include "targets.h"
#include "wire/frame_reader.h"
#include "wire/message_list.h"

namespace coffer {

namespace {

// Fails with `unsupported` for an op that is not in the list.
template <typename... Request>
Status round_trip_any(wire::MessageList<Request...> /*list*/, wire::Op op, Bytes payload) {
  Status status = Error{Code::unsupported, "no such request"};
  static_cast<void>(
      ((wire::kOp<Request> == op && (status = fuzzing::round_trip<Request>(payload), true)) || ...));
  return status;
}

Status take_frames(wire::FrameReader& reader) {
  for (;;) {
    const auto frame = TRY(reader.next());
    if (!frame) return {};
    CHECK(frame->payload.size() == frame->header.payload_bytes);
    const auto op = static_cast<wire::Op>(frame->header.kind);
    const Status decoded = fuzzing::decode_any(op, frame->payload);
    CHECK(round_trip_any(wire::AllMessages(), op, frame->payload).ok() == decoded.ok());
    TRY(decoded);
  }
}

}  // namespace

Status fuzz_frames(Bytes input) {
  wire::FrameReader reader;
  // The first octet says in what portions the others arrive.
  if (input.empty()) return {};
  const std::size_t portion = input[0] == 0 ? input.size() : input[0];
  input = input.subspan(1);
  while (!input.empty()) {
    const MutableBytes room = reader.room();
    CHECK(!room.empty());
    const Bytes part = input.first(std::min({portion, room.size(), input.size()}));
    std::ranges::copy(part, room.begin());
    reader.received(part.size());
    input = input.subspan(part.size());
    TRY(take_frames(reader));
    reader.discard_taken();
  }
  return {};
}

}  // namespace coffer
