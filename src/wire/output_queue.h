// OutputQueue: what a connection still has to send to a peer that does not read fast enough.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "wire/limits.h"

namespace coffer::wire {

// kOutputBytesMax is how much may wait for a slow reader; past it the connection is cut.
inline constexpr std::size_t kOutputBytesMax = 4 * kPayloadBytesMax;
// kOutputBytesPause is how much may wait before the server stops to read further requests.
inline constexpr std::size_t kOutputBytesPause = kPayloadBytesMax;

// OutputQueue sends at once what the socket takes, and keeps the rest. The connection's lock guards it.
class OutputQueue final {
 public:
  // put sends or keeps the parts, in order; with `keep` it only keeps them. Fails with `limit` when too much
  // waits, and with `unavailable` when the peer is gone.
  Status put(const host::Descriptor& socket, Bytes header, Bytes head, Bytes body, bool keep);
  // flush sends what waits, as far as the socket takes it.
  Status flush(const host::Descriptor& socket);
  void clear();

  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_.size() - sent_; }

 private:
  Buffer waiting_;
  std::size_t sent_ = 0;  // octets of waiting_ that are gone already
};

}  // namespace coffer::wire
