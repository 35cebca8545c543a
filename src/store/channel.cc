// Channel: frames over a stream socket.
#include "store/channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "codec/binary.h"
#include "host/socket.h"

namespace coffer::store {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kInputBytesMin = 64U << 10U;
// A buffer that one large frame made bigger than this is given back afterwards.
constexpr std::size_t kBufferBytesKept = 1U << 20U;

// The part of a frame's head behind the length.
struct FrameHead {
  std::uint8_t kind = kFailedKind;
  std::uint64_t request_id = 0;

  static constexpr std::size_t kBytes = 9;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    return visit(in.request_id);
  }
};

struct FrameLength {
  std::uint32_t bytes = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.bytes); }
};

}  // namespace

Buffer& Channel::begin(std::uint8_t kind, std::uint64_t request_id) {
  if (output_.capacity() > kBufferBytesKept) output_ = Buffer();
  output_.assign(kLengthBytes, 0);
  codec::encode_into(FrameHead{kind, request_id}, output_);
  return output_;
}

Status Channel::send(host::Deadline deadline) {
  const std::size_t bytes = output_.size() - kLengthBytes;
  CHECK(bytes >= FrameHead::kBytes && bytes <= kFrameBytesMax);
  const Buffer length = codec::encode(FrameLength{static_cast<std::uint32_t>(bytes)});
  std::ranges::copy(length, output_.begin());
  return host::write_exactly(socket_, output_, deadline);
}

Result<Frame> Channel::receive(host::Deadline deadline) {
  drop_last_frame();
  TRY(fill(kLengthBytes, deadline));
  const auto length = TRY(codec::decode<FrameLength>(Bytes(input_).first(kLengthBytes)));
  if (length.bytes < FrameHead::kBytes || length.bytes > kFrameBytesMax) {
    return Error{Code::malformed, "a frame has an impossible length"};
  }
  TRY(fill(kLengthBytes + length.bytes, deadline));
  const Bytes frame = Bytes(input_).subspan(kLengthBytes, length.bytes);
  const auto head = TRY(codec::decode<FrameHead>(frame.first(FrameHead::kBytes)));
  frame_bytes_ = kLengthBytes + length.bytes;
  return Frame{head.kind, head.request_id, frame.subspan(FrameHead::kBytes)};
}

void Channel::hang_up() { ::shutdown(socket_.get(), SHUT_RDWR); }

void Channel::drop_last_frame() {
  if (frame_bytes_ == 0) return;
  std::memmove(input_.data(), input_.data() + frame_bytes_, input_bytes_ - frame_bytes_);
  input_bytes_ -= frame_bytes_;
  frame_bytes_ = 0;
  if (input_bytes_ == 0 && input_.size() > kBufferBytesKept) input_ = Buffer();
}

// fill waits until `bytes` octets have been received. What came before a timeout is kept.
Status Channel::fill(std::size_t bytes, host::Deadline deadline) {
  if (input_.size() < bytes) input_.resize(std::max(bytes, kInputBytesMin));
  while (input_bytes_ < bytes) {
    const MutableBytes room = MutableBytes(input_).subspan(input_bytes_);
    const host::Received received = TRY(host::receive_with_descriptors(socket_, room, 0, deadline));
    if (received.bytes == 0) return Error{Code::unavailable, "the other end hung up"};
    input_bytes_ += received.bytes;
  }
  return {};
}

}  // namespace coffer::store
