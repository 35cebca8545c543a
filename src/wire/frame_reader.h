// FrameReader: cuts the octets of a stream into frames.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/backlog.h"
#include "wire/frame.h"

namespace coffer::wire {

// Frame is one header and its payload, which lies in the reader until room(), discard_taken() or settle().
struct Frame {
  FrameHeader header;
  MutableBytes payload;
};

// FrameReader holds what was received and not yet used up: never more than one frame that is being received,
// and whatever came in the same read. Its memory grows with what really came, not with what a header
// promises, and is given back when nothing is left. One thread at a time.
class FrameReader final {
 public:
  // kReadBytes is the least room for the beginning of a frame.
  static constexpr std::size_t kReadBytes = 16384;

  FrameReader() = default;
  // With a backlog, which must outlive the reader, its own memory counts there.
  explicit FrameReader(Backlog& backlog) : backlog_(&backlog) {}
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  ~FrameReader();

  // lend gives the reader an inbox until settle(): what comes whole needs no other memory.
  void lend(MutableBytes inbox);
  // settle gives the inbox back, wiped, and keeps what is left in memory of the reader's own; frames that
  // were handed out are over. False when the backlog has no room for that: then nothing has happened.
  [[nodiscard]] bool settle();

  // room is where the next octets go, at least one; none when the backlog has no room. It ends the life of
  // frames that were handed out.
  MutableBytes room();
  // received says how many octets were put into room().
  void received(std::size_t bytes) { filled_ += bytes; }

  // next hands out the next whole frame, or nothing when more octets must come first. Fails with `malformed`
  // on a header that is wrong; malformed_id() then tells which request it was, and the stream is of no more
  // use.
  Result<std::optional<Frame>> next();
  [[nodiscard]] std::uint64_t malformed_id() const { return malformed_id_; }
  // awaited is the header of the frame that is being received; nothing while there is none.
  [[nodiscard]] std::optional<FrameHeader> awaited() const;
  // is_between_frames tells whether the next octet begins a frame, and none is kept.
  [[nodiscard]] bool is_between_frames() const { return left() == 0 && skipped_ == 0; }
  // skip gives that frame up: what came of it is forgotten, and so is what is still to come.
  void skip();
  // forget drops all that was received.
  void forget() { taken_ = filled_; }

  // discard_taken wipes and forgets the frames that were handed out.
  void discard_taken();

 private:
  [[nodiscard]] bool is_lent() const { return octets_ == inbox_.data() && octets_ != nullptr; }
  [[nodiscard]] std::size_t left() const { return filled_ - taken_; }
  [[nodiscard]] std::size_t next_capacity() const;
  [[nodiscard]] bool move_to(std::size_t capacity);
  void release();

  Backlog* backlog_ = nullptr;
  MutableBytes inbox_;
  std::unique_ptr<std::uint8_t[]> own_;
  std::uint8_t* octets_ = nullptr;  // own_ or inbox_
  std::size_t capacity_ = 0;
  std::size_t taken_ = 0;    // octets in front that were handed out
  std::size_t filled_ = 0;   // octets that were received
  std::size_t counted_ = 0;  // of own_, in the backlog
  std::size_t skipped_ = 0;  // octets to come that nobody wants
  std::uint64_t malformed_id_ = 0;
};

}  // namespace coffer::wire
