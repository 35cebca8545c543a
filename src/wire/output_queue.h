// OutputQueue: what a connection still has to send to a peer that does not read fast enough.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "wire/backlog.h"
#include "wire/limits.h"

namespace coffer::wire {

// kOutputBytesMax is how much may wait for a slow reader; past it the connection is cut.
inline constexpr std::size_t kOutputBytesMax = 4 * kPayloadBytesMax;
// kHeldBytesMax is how much is kept to be sent together.
inline constexpr std::size_t kHeldBytesMax = 16384;

// OutputQueue sends at once what the socket takes, and keeps the rest. The connection's lock guards it.
class OutputQueue final {
 public:
  // What is kept counts in the backlog, which must outlive the queue.
  explicit OutputQueue(Backlog& backlog) : backlog_(backlog) {}
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;
  ~OutputQueue() { clear(); }

  // put sends or keeps the parts, in order; with `hold` it keeps them if they are short. False when the
  // backlog has no room for them and nothing was sent. Fails with `limit` when there is none for the rest of
  // what was sent, or too much waits, and with `unavailable` when the peer is gone.
  Result<bool> put(const host::Descriptor& socket, Bytes header, Bytes head, Bytes body, bool hold);
  // flush sends what waits, as far as the socket takes it.
  Status flush(const host::Descriptor& socket);
  void clear();

  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  void keep(std::span<const Bytes> parts, std::size_t sent, std::size_t room);

  Backlog& backlog_;
  std::vector<Buffer> waiting_;  // a frame, or the rest of one, each
  std::size_t sent_ = 0;         // octets of the first that are gone already
  std::size_t waiting_bytes_ = 0;
};

}  // namespace coffer::wire
