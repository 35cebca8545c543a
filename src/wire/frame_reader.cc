// FrameReader: one piece of memory, lent or its own; what is left after a frame moves to the front.
#include "wire/frame_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/secret.h"
#include "base/secret_room.h"
#include "host/secret_arena.h"

namespace coffer::wire {

namespace {

// The beginning of a header is not worth counting.
constexpr std::size_t kUncountedBytesMax = FrameHeader::kBytes;

}  // namespace

FrameReader::~FrameReader() { release(); }

// Forgets everything, wiped: a payload may hold a PIN.
void FrameReader::release() {
  wipe({octets_, filled_});
  own_.reset();
  if (counted_ != 0) backlog_->give(std::exchange(counted_, 0));
  octets_ = nullptr;
  capacity_ = 0;
  filled_ = 0;
  taken_ = 0;
}

// Moves what is left to fresh memory of its own. False when the backlog has no room.
bool FrameReader::move_to(std::size_t capacity) {
  const std::size_t counted = backlog_ == nullptr || capacity <= kUncountedBytesMax ? 0 : capacity;
  if (backlog_ != nullptr && !backlog_->exchange(counted_, counted)) return false;
  counted_ = counted;
  auto fresh = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  const std::size_t kept = left();
  if (kept > 0) std::memcpy(fresh.get(), octets_ + taken_, kept);
  wipe({octets_, filled_});
  own_ = std::move(fresh);
  octets_ = own_.get();
  capacity_ = capacity;
  filled_ = kept;
  taken_ = 0;
  return true;
}

void FrameReader::lend(MutableBytes inbox) {
  inbox_ = inbox;
  const std::size_t kept = left();
  if (kept > inbox.size() / 2) return;  // it is not worth a copy
  if (kept > 0) std::memcpy(inbox.data(), octets_ + taken_, kept);
  release();
  octets_ = inbox.data();
  capacity_ = inbox.size();
  filled_ = kept;
}

bool FrameReader::settle() {
  if (left() == 0) {
    release();
  } else if (is_lent() && !move_to(left())) {
    return false;
  }
  inbox_ = {};
  return true;
}

MutableBytes FrameReader::room() {
  discard_taken();
  if (capacity_ == 0 && !inbox_.empty()) {
    octets_ = inbox_.data();
    capacity_ = inbox_.size();
  }
  if (filled_ == capacity_ && !move_to(next_capacity())) return {};
  return {octets_ + filled_, capacity_ - filled_};
}

// Never more than the frame that is awaited. Where hidden memory is scarce, one that will be bulk is so from
// its beginning, and lies outside.
std::size_t FrameReader::next_capacity() const {
  const std::size_t grown = 2 * std::max(filled_, kReadBytes);
  const auto header = awaited();
  const std::size_t frame_bytes = header ? FrameHeader::kBytes + header->payload_bytes : 0;
  if (frame_bytes <= filled_) return grown;
  const bool is_bulk = frame_bytes >= host::kBulkBytes && secret_room() == SecretRoom::scarce;
  return std::min(frame_bytes, is_bulk ? std::max(grown, host::kBulkBytes) : grown);
}

Result<std::optional<Frame>> FrameReader::next() {
  const std::size_t unwanted = std::min(skipped_, left());
  taken_ += unwanted;
  skipped_ -= unwanted;
  const MutableBytes rest{octets_ + taken_, left()};
  if (rest.size() < FrameHeader::kBytes) return std::optional<Frame>();
  const FrameHeader header = TRY(decode_header(rest, malformed_id_));
  if (rest.size() - FrameHeader::kBytes < header.payload_bytes) return std::optional<Frame>();
  taken_ += FrameHeader::kBytes + header.payload_bytes;
  return std::optional<Frame>(Frame{header, rest.subspan(FrameHeader::kBytes, header.payload_bytes)});
}

std::optional<FrameHeader> FrameReader::awaited() const {
  const Bytes rest{octets_ + taken_, left()};
  std::uint64_t id = 0;
  if (skipped_ > 0 || rest.size() < FrameHeader::kBytes) return std::nullopt;
  const auto header = decode_header(rest, id);
  return header.ok() ? std::optional(header.value()) : std::nullopt;
}

void FrameReader::skip() {
  const auto header = awaited();
  if (!header) return;
  skipped_ = FrameHeader::kBytes + header->payload_bytes - left();
  taken_ = filled_;
}

void FrameReader::discard_taken() {
  if (taken_ == 0) return;
  const std::size_t kept = left();
  if (kept == 0 && !is_lent()) return release();
  std::memmove(octets_, octets_ + taken_, kept);
  wipe({octets_ + kept, filled_ - kept});
  filled_ = kept;
  taken_ = 0;
}

}  // namespace coffer::wire
