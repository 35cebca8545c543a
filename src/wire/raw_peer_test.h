// RawPeer: a peer that speaks frames by hand, rightly or wrongly.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "host/socket.h"
#include "wire/frame.h"
#include "wire/frame_reader.h"

namespace coffer::wire {

// soon is when a test stops to wait.
inline host::Deadline soon() { return host::Deadline::after(std::chrono::seconds(20)); }

// frame_of writes one frame.
inline Buffer frame_of(std::uint64_t request_id, Op op, Bytes payload, std::uint32_t milliseconds = 0) {
  const auto header = encode_header({.payload_bytes = static_cast<std::uint32_t>(payload.size()),
                                     .kind = static_cast<std::uint16_t>(op),
                                     .request_id = request_id,
                                     .deadline_milliseconds = milliseconds});
  Buffer octets(header.begin(), header.end());
  append(octets, payload);
  return octets;
}

// Answer is a reply as a peer sees it that speaks frames by hand.
struct Answer {
  std::uint64_t request_id = 0;
  std::uint16_t code = 0;
  Buffer payload;
};

// RawPeer sends whatever octets a test wants.
class RawPeer {
 public:
  explicit RawPeer(const std::string& path) : RawPeer(std::move(host::connect_unix(path, soon())).value()) {}
  // The other end of a socket pair: then answer() gives what a client asks.
  explicit RawPeer(host::Descriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] bool send(Bytes octets) { return host::write_exactly(socket_, octets, soon()).ok(); }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  [[nodiscard]] const host::Descriptor& socket() const { return socket_; }

  // answer gives the next reply, or nothing when the server has closed the connection.
  std::optional<Answer> answer() {
    for (;;) {
      const auto frame = reader_.next();
      if (!frame.ok()) return {};
      if (frame.value()) {
        return Answer{frame.value()->header.request_id, frame.value()->header.kind,
                      to_buffer(frame.value()->payload)};
      }
      auto received = host::receive_with_descriptors(socket_, reader_.room(), 0, soon());
      if (!received.ok() || received.value().bytes == 0) return {};
      reader_.received(received.value().bytes);
    }
  }

 private:
  host::Descriptor socket_;
  FrameReader reader_;
};

}  // namespace coffer::wire
