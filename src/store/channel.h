// Channel: one end of a stream socket between the chip and the store broker or the audit writer.
//
// A frame is: u32 length of what follows, u8 kind, u64 request id, payload; integers are little-endian. An
// answer carries the id of its request and either the same kind, or kFailedKind with a Failure as payload.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "host/deadline.h"
#include "host/descriptor.h"

namespace coffer::store {

// The largest frame is a transaction of kTransactionBytesMax with kWritesMax writes and kComparesMax
// compares.
inline constexpr std::size_t kFrameBytesMax = 40U << 20U;
// Channels that one server answers.
inline constexpr std::size_t kChannelsMax = 64;
// How long a client waits for an answer unless it is told otherwise.
inline constexpr std::chrono::milliseconds kAnswerTimeMax{10'000};
inline constexpr std::uint8_t kFailedKind = 0;

// Frame is one message as it was received. `payload` is valid until the next receive on the channel.
struct Frame {
  std::uint8_t kind = kFailedKind;
  std::uint64_t request_id = 0;
  Bytes payload;
};

// Channel sends and receives frames. One thread at a time; hang_up alone may come from another thread.
class Channel final {
 public:
  explicit Channel(host::Descriptor socket) : socket_(std::move(socket)) {}

  // begin starts the frame to be sent next; the caller appends the payload to what it returns.
  Buffer& begin(std::uint8_t kind, std::uint64_t request_id);

  // send sends the frame that was begun. After a failure (`unavailable`, `timed_out`) the channel is of no
  // use.
  Status send(host::Deadline deadline);

  // receive reads one frame. After `timed_out` it may be called again; `unavailable` means that the peer is
  // gone, `malformed` that it does not speak this protocol.
  Result<Frame> receive(host::Deadline deadline);

  // hang_up ends both directions: a receive that waits fails with `unavailable`.
  void hang_up();

 private:
  void drop_last_frame();
  Status fill(std::size_t bytes, host::Deadline deadline);

  const host::Descriptor socket_;
  Buffer output_;
  Buffer input_;                 // what was received, the frame handed out last included
  std::size_t input_bytes_ = 0;  // how many octets of input_ were received
  std::size_t frame_bytes_ = 0;  // how many of them belong to the frame handed out last
};

}  // namespace coffer::store
