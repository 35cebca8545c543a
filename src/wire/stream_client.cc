// StreamClient: leader and followers on one socket.
#include "wire/stream_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/secret.h"
#include "host/socket.h"

namespace coffer::wire {

namespace {

constexpr Error kGone{Code::unavailable, "the chip is gone"};
constexpr Error kLate{Code::timed_out, "the chip did not answer in time"};

// The position of request_id in an encoded header: behind payload_bytes, kind and reserved.
constexpr std::size_t kRequestIdOffset = 8;

// The Op in an encoded header: behind payload_bytes.
Op op_of(Bytes frame) { return static_cast<Op>(frame[4] | frame[5] << 8U); }

// Waits on a condition at most until the deadline, and tells whether there is time left.
bool wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                host::Deadline deadline) {
  if (deadline.is_never()) {
    changed.wait(lock);
    return true;
  }
  return changed.wait_for(lock, deadline.remaining()) == std::cv_status::no_timeout;
}

// soon is the next moment to look whose the socket is, or the deadline when that is earlier.
host::Deadline soon(host::Deadline deadline) {
  constexpr std::chrono::milliseconds kSlice{100};
  if (!deadline.is_never() && deadline.remaining() < kSlice) return deadline;
  return host::Deadline::after(kSlice);
}

bool has_passed(host::Deadline deadline) { return !deadline.is_never() && deadline.remaining().count() == 0; }

}  // namespace

MutableBytes begin_frame(Buffer& frame, std::uint16_t kind, std::size_t payload_bytes,
                         std::uint32_t milliseconds) {
  CHECK(payload_bytes <= kPayloadBytesMax);
  frame.resize(FrameHeader::kBytes + payload_bytes);
  const auto header = encode_header({.payload_bytes = static_cast<std::uint32_t>(payload_bytes),
                                     .kind = kind,
                                     .reserved = 0,
                                     .request_id = 0,
                                     .deadline_milliseconds = milliseconds});
  std::copy(header.begin(), header.end(), frame.begin());
  return MutableBytes(frame).subspan(FrameHeader::kBytes);
}

Result<RawReply> StreamClient::exchange(Buffer& frame, std::span<const int> descriptors,
                                        host::Deadline deadline) {
  if (is_dead()) return kGone;
  Waiter waiter;
  waiter.request_id = next_id_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < sizeof(waiter.request_id); ++i) {
    frame[kRequestIdOffset + i] = static_cast<std::uint8_t>(waiter.request_id >> (8U * i));
  }
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back(&waiter);
  }
  const Status sent = send(waiter, frame, descriptors, deadline);
  if (carries_secret(op_of(frame))) wipe(frame);
  if (!sent.ok() && sent.error().code == Code::timed_out) {
    const std::lock_guard lock(mutex_);
    leave(waiter);
    return sent.error();
  }
  // A chip that refused us may have closed before it read the request: its refusal waits to be read.
  return wait(waiter, deadline);
}

Result<RawReply> StreamClient::receive(std::uint64_t request_id, host::Deadline deadline) {
  Waiter waiter;
  waiter.request_id = request_id;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(parked_.begin(), parked_.end(),
                                    [&](const Parked& parked) { return parked.request_id == request_id; });
    if (found != parked_.end()) {
      RawReply reply = std::move(found->reply);
      parked_.erase(found);
      return reply;
    }
    waiters_.push_back(&waiter);
  }
  return wait(waiter, deadline);
}

void StreamClient::ring_bell() {
  const auto bell = encode_header({.kind = kBellKind});
  // A frame as short as this one goes out whole or not at all. A full socket (EAGAIN) means that the chip has
  // bells enough to hear.
  const bool has_rung = socket_.is_ours() && (::send(socket_.descriptor().get(), bell.data(), bell.size(),
                                                     MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
                                              errno == EAGAIN);
  if (!has_rung) die();
}

bool StreamClient::look() {
  if (is_dead()) return false;
  pollfd entry{socket_.descriptor().get(), POLLRDHUP, 0};
  if (!socket_.is_ours() ||
      (::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0)) {
    die();
    return false;
  }
  return true;
}

// Sends a frame when no other thread is sending one. There is no condition for all senders together:
// destroying one that others wait on would hang a forked child.
Status StreamClient::send(Waiter& waiter, Bytes frame, std::span<const int> descriptors,
                          host::Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    waiter.wants_to_send = true;
    bool in_time = true;
    while (is_sending_ && in_time) in_time = wait_until(waiter.changed, lock, deadline);
    waiter.wants_to_send = false;
    if (is_sending_) return kLate;
    is_sending_ = true;
  }
  Status sent = kGone;
  if (descriptors.empty()) {
    sent = send_octets(waiter, frame, deadline);
  } else if (socket_.is_ours()) {
    // Descriptors go with the second request of a connection, when its socket has room.
    sent = host::send_with_descriptors(socket_.descriptor(), frame, descriptors, deadline);
  }
  const std::lock_guard lock(mutex_);
  is_sending_ = false;
  let_next_send();
  return sent;
}

// Wakes the thread that has waited longest to send. Called with the lock.
void StreamClient::let_next_send() {
  const auto next = std::find_if(waiters_.begin(), waiters_.end(),
                                 [](const Waiter* waiter) { return waiter->wants_to_send; });
  if (next != waiters_.end()) (*next)->changed.notify_one();
}

// Sends a whole frame. When the deadline passes in the middle of one, the stream is broken for everybody.
Status StreamClient::send_octets(Waiter& waiter, Bytes frame, host::Deadline deadline) {
  const std::size_t frame_bytes = frame.size();
  while (!frame.empty()) {
    if (!socket_.is_ours()) return kGone;
    const ssize_t sent =
        ::send(socket_.descriptor().get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      frame = frame.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return kGone;
    const Status awaited = await_room(waiter, deadline);
    if (awaited.ok()) continue;
    if (awaited.error().code == Code::timed_out && frame.size() != frame_bytes) die();
    return awaited.error();
  }
  return {};
}

// Waits until the socket may take more octets, or is broken. Replies that come meanwhile are read here unless
// there is a leader: it may leave when no other thread waits for a reply.
Status StreamClient::await_room(Waiter& waiter, host::Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (refused_ || is_dead()) return kGone;
    const std::uint64_t reads_before = reads_;
    lock.unlock();
    if (!socket_.is_ours()) return kGone;
    pollfd entry{socket_.descriptor().get(), POLLIN | POLLOUT, 0};
    const int ready = ::poll(&entry, 1, soon(deadline).poll_milliseconds());
    if (ready == 0 && has_passed(deadline)) return kLate;
    if (ready > 0 && entry.revents != POLLIN) return {};
    lock.lock();
    if (ready <= 0 || reads_ != reads_before) continue;
    if (has_leader_) {
      // It reads what was seen here, soon.
      awaits_reader_ = &waiter;
      bool in_time = true;
      while (has_leader_ && reads_ == reads_before && in_time) {
        in_time = wait_until(waiter.changed, lock, deadline);
      }
      awaits_reader_ = nullptr;
      if (!in_time) return kLate;
      continue;
    }
    const Status led = lead(lock, deadline);
    if (!led.ok()) return led.error();
  }
}

Result<RawReply> StreamClient::wait(Waiter& waiter, host::Deadline deadline) {
  std::unique_lock lock(mutex_);
  waiter.is_sent = true;
  bool in_time = true;
  while (!waiter.done && !refused_ && !is_dead() && in_time) {
    if (has_leader_) {
      in_time = wait_until(waiter.changed, lock, deadline);
      continue;
    }
    const Status led = lead(lock, deadline);
    in_time = led.ok() || led.error().code != Code::timed_out;
  }
  leave(waiter);
  if (waiter.done) return std::move(waiter.reply);
  if (refused_) return RawReply{refusal_.code, refusal_.payload};
  if (is_dead()) return kGone;
  return kLate;
}

// Reads once as the leader, and hands out what has come. Only `timed_out` leaves the stream alive. Whoever
// has led calls lead() again, or leave(), or looks for a leader in wait().
Status StreamClient::lead(std::unique_lock<std::mutex>& lock, host::Deadline deadline) {
  has_leader_ = true;
  lock.unlock();
  Status done = read_once(deadline);
  lock.lock();
  has_leader_ = false;
  ++reads_;
  if (awaits_reader_ != nullptr) awaits_reader_->changed.notify_one();
  if (done.ok()) done = hand_out();
  if (!done.ok() && done.error().code != Code::timed_out) die();
  return done;
}

// Reads what is there, or waits for it; and looks now and then whose the socket is, for a thread that sleeps
// on one keeps it open that nobody else has. Called by the leader without the lock.
Status StreamClient::read_once(host::Deadline deadline) {
  for (;;) {
    if (!socket_.is_ours()) return kGone;
    const auto received = host::receive_with_descriptors(socket_.descriptor(), reader_.room(), 0,
                                                         host::Deadline::after(std::chrono::milliseconds(0)));
    if (received.ok() && received.value().bytes == 0) return kGone;
    if (received.ok()) {
      reader_.received(received.value().bytes);
      return {};
    }
    if (received.error().code != Code::timed_out || has_passed(deadline)) return received.error();
    pollfd entry{socket_.descriptor().get(), POLLIN, 0};
    ::poll(&entry, 1, soon(deadline).poll_milliseconds());
  }
}

// Gives each frame that is complete to the thread that waits for it. Called with the lock.
Status StreamClient::hand_out() {
  for (;;) {
    const auto frame = TRY(reader_.next());
    if (!frame) return {};
    RawReply reply{frame->header.kind, to_buffer(frame->payload)};
    const std::uint64_t id = frame->header.request_id;
    if (id == 0) {
      refused_ = true;
      refusal_ = std::move(reply);
      for (Waiter* const waiter : waiters_) waiter->changed.notify_one();
      continue;
    }
    const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                    [id](const Waiter* waiter) { return waiter->request_id == id; });
    if (found != waiters_.end()) {
      (*found)->reply = std::move(reply);
      (*found)->done = true;
      (*found)->changed.notify_one();
    } else if ((id & kRingRequestBit) != 0) {
      if (parked_.size() == kSlotCount) parked_.pop_front();
      parked_.push_back({id, std::move(reply)});
    }
    // Any other reply came too late for a thread that has given up.
  }
}

// Ends a wait, and asks another thread that waits for its reply to lead if nobody does; one that still sends
// would not hear it, and sees for itself. Called with the lock.
void StreamClient::leave(Waiter& waiter) {
  std::erase(waiters_, &waiter);
  if (!is_sending_) let_next_send();
  if (has_leader_) return;
  const auto heir = std::find_if(waiters_.begin(), waiters_.end(),
                                 [](const Waiter* other) { return !other->done && other->is_sent; });
  if (heir != waiters_.end()) (*heir)->changed.notify_one();
}

// Every thread finds out at its next look; those that sleep on a condition are led there one by one by
// leave().
void StreamClient::die() { dead_.store(true, std::memory_order_relaxed); }

}  // namespace coffer::wire
