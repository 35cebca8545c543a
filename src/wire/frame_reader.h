// FrameReader: cuts the octets of a stream into frames.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/frame.h"

namespace coffer::wire {

// Frame is one header and its payload, which lies in the reader until discard_taken().
struct Frame {
  FrameHeader header;
  MutableBytes payload;
};

// FrameReader holds what was received and not yet used up: never more than one frame that is being received,
// and whatever came in the same read. Its memory grows with what really came, not with what a header
// promises, and is given back when nothing is left. One thread at a time.
class FrameReader final {
 public:
  // kReadBytes is the least room offered to a read.
  static constexpr std::size_t kReadBytes = 16384;

  FrameReader() = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  ~FrameReader();

  // room is where the next octets go, at least one. It ends the life of frames that were handed out.
  MutableBytes room();
  // received says how many octets were put into room().
  void received(std::size_t bytes) { filled_ += bytes; }

  // next hands out the next whole frame, or nothing when more octets must come first. Fails with `malformed`
  // on a header that is wrong; malformed_id() then tells which request it was, and the stream is of no more
  // use.
  Result<std::optional<Frame>> next();
  [[nodiscard]] std::uint64_t malformed_id() const { return malformed_id_; }
  // holds_part tells whether a frame has begun to come.
  [[nodiscard]] bool holds_part() const { return filled_ > taken_; }
  // awaited is the header of the frame that is being received; nothing while there is none.
  [[nodiscard]] std::optional<FrameHeader> awaited() const;

  // discard_taken wipes and forgets the frames that were handed out.
  void discard_taken();

 private:
  void move_to(std::size_t capacity);

  std::unique_ptr<std::uint8_t[]> octets_;
  std::size_t capacity_ = 0;
  std::size_t taken_ = 0;   // octets in front that were handed out
  std::size_t filled_ = 0;  // octets that were received
  std::uint64_t malformed_id_ = 0;
};

}  // namespace coffer::wire
