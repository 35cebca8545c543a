// Connection: frames in, replies out.
#include "wire/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/secret_room.h"
#include "codec/binary.h"
#include "host/errno_error.h"
#include "host/socket.h"
#include "wire/messages.h"

namespace coffer::wire {

namespace {

constexpr std::uint32_t kSocketEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;
// So many reads in a row that bring no whole request; then it is somebody else's turn.
constexpr int kReadsAtOnceMax = 16;
constexpr std::uint32_t kOwned = 1U << 26U;  // in happened_; epoll does not use this bit
static_assert((kOwned & (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLET)) == 0);

}  // namespace

Connection::Connection(std::uint64_t id, const Owner& owner, std::shared_ptr<Budget> budget,
                       host::Descriptor socket, std::shared_ptr<ConnectionContext> context, EventSet& events,
                       Service& service)
    : id_(id),
      owner_(owner),
      budget_(std::move(budget)),
      socket_(std::move(socket)),
      context_(std::move(context)),
      events_(events),
      service_(service) {}

Status Connection::start() {
  if (context_) context_->set_line(weak_from_this());
  return events_.add(socket_, kSocketEvents, Source::socket, id_);
}

void Connection::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    output_.clear();
    events_.remove(socket_);
    if (ring_) ring_->end();
    ::shutdown(socket_.get(), SHUT_RDWR);
  }
  leave();
}

bool Connection::enter() {
  std::uint32_t uses = uses_.load(std::memory_order_relaxed);
  while (uses != 0) {
    if (uses_.compare_exchange_weak(uses, uses + 1, std::memory_order_acquire)) return true;
  }
  return false;
}

void Connection::leave() {
  if (uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) service_.disconnected(context_);
}

bool Connection::begin_events(std::uint32_t flags) {
  return (happened_.fetch_or(flags | kOwned, std::memory_order_acq_rel) & kOwned) == 0;
}

bool Connection::hear_bells() {
  constexpr std::size_t kBellsAtOnceMax = 2 * kSlotCount;
  const auto bell = encode_header({.kind = kBellKind});
  if (ring() == nullptr || !reader_.is_between_frames()) return false;
  std::array<std::uint8_t, kBellsAtOnceMax * FrameHeader::kBytes> heard{};
  // Whatever else happened stays for the turn.
  std::uint32_t expected = kOwned | EPOLLIN;
  if (!happened_.compare_exchange_strong(expected, kOwned, std::memory_order_acq_rel)) return false;
  drained_ = false;
  const ssize_t bytes = ::recv(socket_.get(), heard.data(), heard.size(), MSG_PEEK | MSG_DONTWAIT);
  if (bytes < 0 || static_cast<std::size_t>(bytes) == heard.size()) return false;
  std::size_t rest = static_cast<std::size_t>(bytes);
  for (std::size_t place = 0; rest >= bell.size(); place += bell.size(), rest -= bell.size()) {
    if (!std::equal(bell.begin(), bell.end(), heard.begin() + static_cast<std::ptrdiff_t>(place)))
      return false;
  }
  if (bytes == 0 || rest != 0) return false;
  return ::recv(socket_.get(), heard.data(), static_cast<std::size_t>(bytes), MSG_DONTWAIT) == bytes &&
         end_events();
}

bool Connection::has_events() const { return happened_.load(std::memory_order_acquire) != kOwned; }

std::uint32_t Connection::take_events() {
  const std::uint32_t flags = happened_.exchange(kOwned, std::memory_order_acq_rel) & ~kOwned;
  drained_ = false;
  if ((flags & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ending_ = true;
  return flags;
}

bool Connection::end_events() {
  std::uint32_t expected = kOwned;
  return happened_.compare_exchange_strong(expected, 0, std::memory_order_acq_rel);
}

std::size_t Connection::take(std::span<Incoming> batch, MutableBytes inbox,
                             std::uint64_t now_boot_milliseconds, bool& ended) {
  reader_.lend(inbox);
  const auto taken =
      read_frames(batch.first(std::min(batch.size(), room_for_requests())), now_boot_milliseconds);
  if (taken.ok()) return taken.value();
  ended = true;
  return 0;
}

// Keeps what came of the next requests, or refuses it.
void Connection::settle() {
  while (!reader_.settle()) {
    const auto frame = reader_.next();
    if (frame.ok() && frame.value()) {
      refuse(frame.value()->header.request_id);
    } else if (reader_.awaited()) {
      refuse_awaited();
    } else {
      reader_.forget();
      const std::lock_guard lock(mutex_);
      cut();
    }
  }
}

// Tells how many more requests this connection may have in flight now: none while its peer does not read.
std::size_t Connection::room_for_requests() {
  const std::lock_guard lock(mutex_);
  const std::size_t in_flight = sinks_.size() - free_sinks_.size();
  const std::size_t in_flight_max = secret_room() == SecretRoom::scarce ? kBatchMax : kRequestsInFlightMax;
  paused_ = in_flight >= in_flight_max || output_.waiting_bytes() > 0;
  return paused_ ? 0 : in_flight_max - in_flight;
}

Result<std::size_t> Connection::read_frames(std::span<Incoming> batch, std::uint64_t now_boot_milliseconds) {
  std::size_t count = 0;
  int reads_left = kReadsAtOnceMax;
  has_more_ = false;
  while (count < batch.size()) {
    const auto frame = reader_.next();
    if (!frame.ok()) {
      const Error error = frame.error();
      send_frame(reader_.malformed_id(), error.code, as_bytes(error.text), {});
      return error;
    }
    if (!frame.value()) {
      const auto awaited = reader_.awaited();
      if (awaited && lacks_room(static_cast<Op>(awaited->kind), awaited->payload_bytes)) refuse_awaited();
      if (count > 0 || drained_) break;
      has_more_ = reads_left-- == 0;
      if (has_more_ || !TRY(receive())) break;
      continue;
    }
    const FrameHeader& header = frame.value()->header;
    if (static_cast<Op>(header.kind) == kOp<AttachRing>) {
      attach_ring(*frame.value());
      continue;
    }
    // That it came was enough (Worker::serve_event).
    if (header.kind == kBellKind && ring() != nullptr) continue;
    if (lacks_room(static_cast<Op>(header.kind), header.payload_bytes)) {
      refuse(header.request_id);
      continue;
    }
    Incoming& incoming = batch[count++];
    incoming.op = static_cast<Op>(header.kind);
    incoming.payload = frame.value()->payload;
    incoming.context = context_;
    incoming.deadline_boot_milliseconds =
        now_boot_milliseconds +
        (header.deadline_milliseconds == 0 ? kDeadlineMillisecondsDefault : header.deadline_milliseconds);
    incoming.reply = reply_to(header);
    if (service_.is_heavy(incoming.op)) break;
  }
  return count;
}

// Answers the request that is being received, and drops what is still to come of it: it may hold a secret
// among so much else that it would not be hidden, or would be kept while there is no room. The connection
// goes on.
void Connection::refuse_awaited() {
  refuse(reader_.awaited()->request_id);
  reader_.skip();
}

void Connection::refuse(std::uint64_t request_id) {
  send_frame(request_id, kNoRoom.code, as_bytes(kNoRoom.text), {});
}

// Reads what is there. Tells false when that was nothing.
Result<bool> Connection::receive() {
  constexpr std::size_t kDescriptorsAtOnceMax = 1;
  const MutableBytes room = reader_.room();
  if (room.empty()) {
    if (!reader_.awaited()) return kNoRoom;
    refuse_awaited();
    return true;
  }
  auto received = host::receive_with_descriptors(socket_, room, kDescriptorsAtOnceMax,
                                                 host::Deadline::after(std::chrono::milliseconds(0)));
  if (!received.ok() && received.error().code == Code::timed_out) {
    drained_ = true;
    return false;
  }
  if (!received.ok()) return received.error();
  if (received.value().bytes == 0) return Error{Code::unavailable, "the peer closed the connection"};
  reader_.received(received.value().bytes);
  // A short read has emptied the socket, unless the end of the stream waits behind it, which is told only
  // once.
  drained_ = received.value().bytes < room.size() && !ending_;
  if (!received.value().descriptors.empty()) descriptors_ = std::move(received.value().descriptors);
  return true;
}

// Maps the memory that came with a frame.
void Connection::attach_ring(const Frame& frame) {
  const Status attached = try_attach_ring(frame);
  descriptors_.clear();
  if (attached.ok()) return;
  const Error error = attached.error();
  send_frame(frame.header.request_id, error.code, as_bytes(error.text), {});
}

Status Connection::try_attach_ring(const Frame& frame) {
  const auto request = TRY(codec::decode<AttachRing>(frame.payload));
  if (ring() != nullptr) return Error{Code::exists, "the connection has a ring already"};
  if (secret_room() == SecretRoom::scarce) return kNoRoom;
  if (descriptors_.size() != 1) return Error{Code::invalid, "a ring needs one descriptor"};
  auto ring =
      TRY(ServerRing::attach(std::move(descriptors_.front()), request.bytes, context_, weak_from_this()));
  const std::lock_guard lock(mutex_);
  if (output_.waiting_bytes() > 0)
    return Error{Code::conflict, "a ring is attached before other replies wait"};
  ring_ = std::move(ring);
  ring_view_.store(ring_.get(), std::memory_order_release);
  put(frame.header.request_id, Code::ok, {}, {});
  return {};
}

Reply Connection::reply_to(const FrameHeader& header) {
  const std::lock_guard lock(mutex_);
  if (free_sinks_.empty()) {
    sinks_.push_back(std::make_unique<Sink>(*this));
    free_sinks_.push_back(sinks_.back().get());
  }
  Sink* const sink = free_sinks_.back();
  free_sinks_.pop_back();
  sink->request_id = header.request_id;
  sink->op = static_cast<Op>(header.kind);
  return Reply(std::shared_ptr<ReplySink>(shared_from_this(), sink));
}

void Connection::answer(Sink& sink, Code code, Bytes head, Bytes body) {
  const std::lock_guard lock(mutex_);
  if (lacks_room_for_reply(sink.op, head.size() + body.size())) {
    put(sink.request_id, kNoRoom.code, as_bytes(kNoRoom.text), {});
  } else {
    put(sink.request_id, code, head, body);
  }
  free_sinks_.push_back(&sink);
  if (paused_ && !closed_) ask_for_attention(true);
  paused_ = false;
}

void Connection::send_frame(std::uint64_t request_id, Code code, Bytes head, Bytes body) {
  const std::lock_guard lock(mutex_);
  put(request_id, code, head, body);
}

// Puts a frame on its way, or in its place that there is no room for it. Called with the lock.
void Connection::put(std::uint64_t request_id, Code code, Bytes head, Bytes body) {
  if (closed_ || cut_) return;
  if (head.size() + body.size() > kPayloadBytesMax) {
    code = Code::internal;
    head = as_bytes("the reply is too long");
    body = {};
  }
  auto done = try_put(request_id, code, head, body);
  if (done.ok() && !done.value()) done = try_put(request_id, kNoRoom.code, as_bytes(kNoRoom.text), {});
  if (!done.ok() || !done.value()) {
    cut();
    return;
  }
  if (output_.waiting_bytes() > 0 && !held_) ask_for_attention(true);
}

Result<bool> Connection::try_put(std::uint64_t request_id, Code code, Bytes head, Bytes body) {
  const auto header = encode_header({.payload_bytes = static_cast<std::uint32_t>(head.size() + body.size()),
                                     .kind = static_cast<std::uint16_t>(code),
                                     .request_id = request_id});
  return output_.put(socket_, header, head, body, held_);
}

// Gives the connection up. The owner of the reading side finds the end of the stream, and closes. Called with
// the lock.
void Connection::cut() {
  cut_ = true;
  output_.clear();
  ::shutdown(socket_.get(), SHUT_RDWR);
}

void Connection::cut_off() {
  const std::lock_guard lock(mutex_);
  if (!closed_ && !cut_) cut();
}

void Connection::hold_output() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

Status Connection::flush() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  if (closed_ || cut_) return Error{Code::unavailable, "the connection is closed"};
  TRY(output_.flush(socket_));
  ask_for_attention(output_.waiting_bytes() > 0);
  return {};
}

// Makes an event come as soon as the socket takes more octets, which is at once unless the peer is slow.
// Called with the lock.
void Connection::ask_for_attention(bool wanted) {
  if (!wanted && !wants_attention_) return;
  wants_attention_ = wanted;
  events_.change(socket_, wanted ? kSocketEvents | EPOLLOUT : kSocketEvents, Source::socket, id_);
}

}  // namespace coffer::wire
