// Tunnel: between the sockets of channels and the session.
#include "net/tunnel.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/secret.h"
#include "codec/binary.h"

namespace coffer::net {

namespace {

constexpr int kReadsAtOnce = 8;
constexpr std::size_t kReadBytes = 64U << 10U;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

std::uint64_t now_milliseconds() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

Tunnel::~Tunnel() {
  detach();
  for (auto& [number, channel] : channels_) loop_.forget(channel.watch);
}

Status Tunnel::attach(std::unique_ptr<TlsStream> stream, RecordReader reader, std::uint64_t peer_received) {
  detach();
  TRY(session_.resume(peer_received));
  reader_ = std::move(reader);
  stream_watch_ = TRY(loop_.watch(stream->socket(), kReadable, [this] { serve_stream(); }));
  stream_ = std::move(stream);
  heard_at_ = now_milliseconds();
  asked_at_ = heard_at_;
  serve_stream();
  return {};
}

void Tunnel::detach() {
  if (stream_ == nullptr) return;
  loop_.forget(stream_watch_);
  stream_.reset();
  lost_at_ = now_milliseconds();
}

Status Tunnel::add(host::Descriptor socket) {
  if (channels_.size() >= kChannelsMax) return Error{Code::limit, "the tunnel has too many connections"};
  const std::uint32_t number = next_channel_++;
  session_.send(RecordKind::open, number, {});
  Channel& channel = channels_[number];
  channel.socket = std::move(socket);
  refresh(number, channel);
  flush();
  return {};
}

void Tunnel::tick() {
  if (!is_attached()) return;
  const std::uint64_t now = now_milliseconds();
  if (now - heard_at_ > kSilenceMilliseconds) return detach();
  if (now - heard_at_ > kPingMilliseconds && now - asked_at_ > kPingMilliseconds) {
    session_.send_plain(RecordKind::ping, {});
    asked_at_ = now;
  }
  session_.acknowledge_if_due(true);
  flush();
}

void Tunnel::serve_stream() {
  if (!read_stream().ok()) return detach();
  flush();
}

Status Tunnel::read_stream() {
  for (int i = 0; i < kReadsAtOnce; ++i) {
    while (const auto record = TRY(reader_.next())) TRY(take_record(*record));
    std::array<std::uint8_t, kReadBytes> room;
    const std::size_t bytes = TRY(stream_->read(room));
    if (bytes == 0) return {};
    heard_at_ = now_milliseconds();
    reader_.received(Bytes(room).first(bytes));
  }
  while (const auto record = TRY(reader_.next())) TRY(take_record(*record));
  return {};
}

Status Tunnel::take_record(const Record& record) {
  if (!TRY(session_.accept(record))) {
    if (was_full_ && session_.has_room()) refresh_all();
    return {};
  }
  const std::uint32_t number = record.header.channel;
  const auto place = channels_.find(number);
  if (record.header.kind == RecordKind::open) {
    if (!open_local_ || place != channels_.end()) return Error{Code::malformed, "a channel opens twice"};
    auto local = channels_.size() < kChannelsMax
                     ? open_local_()
                     : Result<host::Descriptor>(Error{Code::limit, "too many channels"});
    if (!local.ok()) {
      session_.send(RecordKind::close, number, {});
      return {};
    }
    Channel& channel = channels_[number];
    channel.socket = std::move(local).value();
    refresh(number, channel);
    return {};
  }
  // A channel that one side has closed may still hear of the other.
  if (place == channels_.end()) return {};
  Channel& channel = place->second;
  switch (record.header.kind) {
    case RecordKind::data: return take_data(number, channel, record.payload);
    case RecordKind::credit: {
      const std::uint64_t more = TRY(codec::decode<CountRecord>(record.payload)).count;
      if (more > kCreditBytes - std::min(channel.credit, kCreditBytes)) {
        return Error{Code::malformed, "a channel has too much credit"};
      }
      channel.credit += more;
      refresh(number, channel);
      return {};
    }
    default: break;
  }
  channel.is_ending = true;
  if (channel.outgoing_taken == channel.outgoing.size()) drop(number, false);
  return {};
}

Status Tunnel::take_data(std::uint32_t number, Channel& channel, Bytes octets) {
  if (octets.size() > channel.expected) return Error{Code::malformed, "a channel sends more than it may"};
  channel.expected -= octets.size();
  append(channel.outgoing, octets);
  if (!write_local(channel)) {
    drop(number, true);
    return {};
  }
  if (channel.owed >= kCreditBytes / 2) {
    session_.send(RecordKind::credit, number, codec::encode(CountRecord{channel.owed}));
    channel.expected += channel.owed;
    channel.owed = 0;
  }
  refresh(number, channel);
  return {};
}

void Tunnel::serve_channel(std::uint32_t number) {
  const auto place = channels_.find(number);
  if (place == channels_.end()) return;
  Channel& channel = place->second;
  const bool lives = write_local(channel) && (channel.is_ending || read_local(number, channel));
  const bool is_done = channel.is_ending && channel.outgoing_taken == channel.outgoing.size();
  if (!lives || is_done) {
    drop(number, !channel.is_ending);
  } else {
    if (channel.owed >= kCreditBytes / 2) {
      session_.send(RecordKind::credit, number, codec::encode(CountRecord{channel.owed}));
      channel.expected += channel.owed;
      channel.owed = 0;
    }
    refresh(number, channel);
  }
  flush();
}

bool Tunnel::write_local(Channel& channel) {
  while (channel.outgoing_taken < channel.outgoing.size()) {
    const Bytes rest = Bytes(channel.outgoing).subspan(channel.outgoing_taken);
    const ssize_t count = ::send(channel.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return would_block();
    channel.outgoing_taken += static_cast<std::size_t>(count);
    channel.owed += static_cast<std::size_t>(count);
  }
  // Requests carry PINs: nothing of them stays here longer than needed.
  wipe(channel.outgoing);
  channel.outgoing.clear();
  if (channel.outgoing.capacity() > kIdleBytesMax) channel.outgoing = Buffer();
  channel.outgoing_taken = 0;
  return true;
}

// Tells false when the local side has closed.
bool Tunnel::read_local(std::uint32_t number, Channel& channel) {
  std::array<std::uint8_t, kRecordPayloadBytesMax> room;
  for (int i = 0; i < kReadsAtOnce && channel.credit > 0 && session_.has_room(); ++i) {
    const std::size_t most = std::min(room.size(), channel.credit);
    const ssize_t count = ::recv(channel.socket.get(), room.data(), most, MSG_DONTWAIT);
    if (count == 0) return false;
    if (count < 0) return would_block();
    const auto bytes = static_cast<std::size_t>(count);
    channel.credit -= bytes;
    session_.send(RecordKind::data, number, Bytes(room).first(bytes));
    if (bytes < most) return true;
  }
  return true;
}

void Tunnel::drop(std::uint32_t number, bool tells) {
  const auto place = channels_.find(number);
  loop_.forget(place->second.watch);
  channels_.erase(place);
  if (tells) session_.send(RecordKind::close, number, {});
}

// Waits for what this channel can do now. A socket that nothing is wanted of is not watched at all: its end
// would be told again and again.
void Tunnel::refresh(std::uint32_t number, Channel& channel) {
  const bool may_read = channel.credit > 0 && session_.has_room() && !channel.is_ending;
  if (!session_.has_room()) was_full_ = true;
  const bool writes = channel.outgoing_taken < channel.outgoing.size();
  const std::uint32_t wanted = (may_read ? kReadable : 0U) | (writes ? kWritable : 0U);
  if (wanted == channel.wanted) return;
  channel.wanted = wanted;
  if (wanted == 0) {
    loop_.forget(channel.watch);
    channel.watch = 0;
  } else if (channel.watch != 0) {
    loop_.change(channel.watch, wanted);
  } else {
    auto watch = loop_.watch(channel.socket, wanted, [this, number] { serve_channel(number); });
    if (watch.ok()) channel.watch = watch.value();
  }
}

void Tunnel::refresh_all() {
  was_full_ = false;
  for (auto& [number, channel] : channels_) refresh(number, channel);
}

void Tunnel::flush() {
  if (!is_attached()) return;
  session_.acknowledge_if_due(false);
  while (!session_.output().empty()) {
    const auto written = stream_->write(session_.output());
    if (!written.ok()) return detach();
    if (written.value() == 0) break;
    session_.sent(written.value());
  }
  loop_.change(stream_watch_, session_.output().empty() ? kReadable : kReadable | kWritable);
}

}  // namespace coffer::net
