// FrameReader: one growing piece of memory; what is left after a frame moves to the front.
#include "wire/frame_reader.h"

#include <algorithm>
#include <cstring>

#include "base/secret.h"

namespace coffer::wire {

FrameReader::~FrameReader() { wipe({octets_.get(), filled_}); }

// Moves what is left to fresh memory, and wipes the old: a payload may hold a PIN.
void FrameReader::move_to(std::size_t capacity) {
  auto fresh = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  const std::size_t left = filled_ - taken_;
  if (left > 0) std::memcpy(fresh.get(), octets_.get() + taken_, left);
  wipe({octets_.get(), filled_});
  octets_ = std::move(fresh);
  capacity_ = capacity;
  filled_ = left;
  taken_ = 0;
}

MutableBytes FrameReader::room() {
  discard_taken();
  if (capacity_ - filled_ < kReadBytes) move_to(std::max(kReadBytes, filled_ * 2) + kReadBytes);
  return {octets_.get() + filled_, capacity_ - filled_};
}

Result<std::optional<Frame>> FrameReader::next() {
  const MutableBytes rest{octets_.get() + taken_, filled_ - taken_};
  if (rest.size() < FrameHeader::kBytes) return std::optional<Frame>();
  const FrameHeader header = TRY(decode_header(rest, malformed_id_));
  if (rest.size() - FrameHeader::kBytes < header.payload_bytes) return std::optional<Frame>();
  taken_ += FrameHeader::kBytes + header.payload_bytes;
  return std::optional<Frame>(Frame{header, rest.subspan(FrameHeader::kBytes, header.payload_bytes)});
}

std::optional<FrameHeader> FrameReader::awaited() const {
  const Bytes rest{octets_.get() + taken_, filled_ - taken_};
  std::uint64_t id = 0;
  if (rest.size() < FrameHeader::kBytes) return std::nullopt;
  const auto header = decode_header(rest, id);
  return header.ok() ? std::optional(header.value()) : std::nullopt;
}

void FrameReader::discard_taken() {
  if (taken_ == 0) return;
  const std::size_t left = filled_ - taken_;
  if (left == 0) {
    wipe({octets_.get(), filled_});
    octets_.reset();
    capacity_ = 0;
  } else {
    std::memmove(octets_.get(), octets_.get() + taken_, left);
    wipe({octets_.get() + left, filled_ - left});
  }
  filled_ = left;
  taken_ = 0;
}

}  // namespace coffer::wire
