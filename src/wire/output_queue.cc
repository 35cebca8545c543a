// OutputQueue: non-blocking sendmsg(2).
#include "wire/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace coffer::wire {

namespace {

// Sends the parts and tells how many octets the socket took.
Result<std::size_t> send_parts(const host::Descriptor& socket, std::array<Bytes, 3> parts) {
  std::array<iovec, 3> vectors{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    vectors[i] = {const_cast<std::uint8_t*>(parts[i].data()),
                  parts[i].size()};  // sendmsg() does not write to it.
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  for (;;) {
    const ssize_t sent = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
    if (errno != EINTR) return Error{Code::unavailable, "the peer is gone"};
  }
}

}  // namespace

Status OutputQueue::put(const host::Descriptor& socket, Bytes header, Bytes head, Bytes body, bool keep) {
  std::size_t sent = 0;
  if (!keep && waiting_bytes() == 0) sent = TRY(send_parts(socket, {header, head, body}));
  if (waiting_bytes() + header.size() + head.size() + body.size() - sent > kOutputBytesMax) {
    return Error{Code::limit, "the peer does not read its replies"};
  }
  for (const Bytes part : {header, head, body}) {
    const std::size_t gone = std::min(sent, part.size());
    append(waiting_, part.subspan(gone));
    sent -= gone;
  }
  return {};
}

Status OutputQueue::flush(const host::Descriptor& socket) {
  while (waiting_bytes() > 0) {
    const std::size_t sent = TRY(send_parts(socket, {Bytes(waiting_).subspan(sent_), {}, {}}));
    sent_ += sent;
    if (sent == 0) return {};
  }
  clear();
  return {};
}

void OutputQueue::clear() {
  constexpr std::size_t kKeptBytes = 16384;
  waiting_.clear();
  sent_ = 0;
  if (waiting_.capacity() > kKeptBytes) waiting_ = Buffer();
}

}  // namespace coffer::wire
