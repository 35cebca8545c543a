// OutputQueue: non-blocking sendmsg(2).
#include "wire/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "base/secret_room.h"
#include "host/secret_arena.h"

namespace coffer::wire {

namespace {

constexpr std::size_t kPartsMax = 8;

// Sends at most kPartsMax parts and tells how many octets the socket took.
Result<std::size_t> send_parts(const host::Descriptor& socket, std::span<const Bytes> parts) {
  std::array<iovec, kPartsMax> vectors{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    vectors[i] = {const_cast<std::uint8_t*>(parts[i].data()),
                  parts[i].size()};  // sendmsg() does not write to it.
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t sent = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
    if (errno != EINTR) return Error{Code::unavailable, "the peer is gone"};
  }
}

}  // namespace

Result<bool> OutputQueue::put(const host::Descriptor& socket, Bytes header, Bytes head, Bytes body,
                              bool hold) {
  const std::array<Bytes, 3> parts{header, head, body};
  const std::size_t bytes = header.size() + head.size() + body.size();
  if (hold && waiting_bytes() + bytes <= kHeldBytesMax && backlog_.take(bytes)) {
    keep(parts, 0, bytes);
    return true;
  }
  TRY(flush(socket));
  const std::size_t sent = waiting_bytes() == 0 ? TRY(send_parts(socket, parts)) : 0;
  const std::size_t rest = bytes - sent;
  if (rest == 0) return true;
  if (waiting_bytes() + rest > kOutputBytesMax)
    return Error{Code::limit, "the peer does not read its replies"};
  // The rest of a reply that is bulk is bulk too, and lies outside where hidden memory is scarce.
  const bool is_bulk = bytes >= host::kBulkBytes && secret_room() == SecretRoom::scarce;
  const std::size_t room = is_bulk ? std::max(rest, host::kBulkBytes) : rest;
  if (backlog_.take(room)) {
    keep(parts, sent, room);
    return true;
  }
  if (sent == 0) return false;
  return Error{Code::limit, "the peer does not read its replies, and room is scarce"};
}

// Keeps what was not sent of a frame in memory that the backlog has counted.
void OutputQueue::keep(std::span<const Bytes> parts, std::size_t sent, std::size_t room) {
  Buffer kept;
  kept.reserve(room);
  for (const Bytes part : parts) {
    const std::size_t gone = std::min(sent, part.size());
    append(kept, part.subspan(gone));
    sent -= gone;
  }
  waiting_bytes_ += kept.size();
  waiting_.push_back(std::move(kept));
}

Status OutputQueue::flush(const host::Descriptor& socket) {
  while (waiting_bytes() > 0) {
    std::array<Bytes, kPartsMax> parts;
    const std::size_t count = std::min(waiting_.size(), kPartsMax);
    for (std::size_t i = 0; i < count; ++i) parts[i] = waiting_[i];
    parts[0] = parts[0].subspan(sent_);
    std::size_t sent = TRY(send_parts(socket, std::span(parts).first(count)));
    if (sent == 0) return {};
    waiting_bytes_ -= sent;
    sent += sent_;
    std::size_t gone = 0;
    for (; gone < waiting_.size() && sent >= waiting_[gone].size(); ++gone) {
      sent -= waiting_[gone].size();
      backlog_.give(waiting_[gone].capacity());
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(gone));
    sent_ = sent;
  }
  return {};
}

void OutputQueue::clear() {
  for (const Buffer& each : waiting_) backlog_.give(each.capacity());
  waiting_ = {};
  waiting_bytes_ = 0;
  sent_ = 0;
}

}  // namespace coffer::wire
