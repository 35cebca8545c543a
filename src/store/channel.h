// Channel: one end of a stream socket between the chip and the store broker or the audit writer.
//
// A frame is: u32 length of what follows, u8 kind, u64 request id, payload; integers are little-endian. An answer
// carries the id of its request and either the same kind, or kFailedKind with a u16 Code as payload.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::store {

// The largest frame is a transaction of kTransactionBytesMax with kWritesMax writes and kComparesMax compares.
inline constexpr std::size_t kFrameBytesMax = 40U << 20U;
inline constexpr std::size_t kChannelsMax = 64;
inline constexpr std::chrono::milliseconds kAnswerTimeMax{10'000};
inline constexpr std::uint8_t kFailedKind = 0;

using Deadline = std::chrono::steady_clock::time_point;

// Frame is one message. `payload` points into the channel's buffer until the next call on the channel.
struct Frame {
  std::uint8_t kind = kFailedKind;
  std::uint64_t request_id = 0;
  Bytes payload;
};

// Channel sends and receives frames. One thread at a time; hang_up alone may come from another thread.
//
// It asks the kernel for nothing but sendmsg, recvmsg, poll, shutdown and close.
class Channel final {
 public:
  // The channel owns `descriptor`.
  explicit Channel(int descriptor) : descriptor_(descriptor) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // send writes one frame. `timed_out` when the deadline passed before its first octet left; `unavailable` when the
  // peer is gone or the frame is stuck half-way, after which the channel is of no use.
  Status send(const Frame& frame, Deadline deadline);

  // receive reads one frame. `timed_out` leaves the channel usable; `unavailable` means that the peer is gone;
  // `malformed` that it does not speak this protocol.
  Result<Frame> receive(Deadline deadline);

  // hang_up ends both directions: a blocked receive returns `unavailable`.
  void hang_up();

 private:
  Status wait_for(short events, Deadline deadline) const;
  Status fill(std::size_t bytes, Deadline deadline);

  const int descriptor_;
  Buffer output_;
  Buffer input_;                  // received octets, the frame handed out last included
  std::size_t input_bytes_ = 0;   // how many octets of input_ were received
  std::size_t frame_bytes_ = 0;   // how many of them the frame handed out last takes
};

}  // namespace coffer::store
