// Session: numbered records that come exactly once and in order, however often the connection below is lost.
//
// It knows no sockets: octets to send come out of take_output(), records that were received go into accept().
// What was sent is kept until the other side acknowledges it; after a new connection the two sides tell each
// other what they have, and the rest is sent again. So a request that was under way when the network broke is
// executed once, and its reply arrives.
#pragma once

#include <cstdint>
#include <deque>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_room.h"
#include "net/record.h"

namespace coffer::net {

// kUnacknowledgedBytesMax is how much a session keeps; then it takes no more from its channels.
inline constexpr std::size_t kUnacknowledgedBytesMax = 8U << 20U;
inline constexpr std::size_t kUnacknowledgedBytesLow = 64U << 10U;
// kCreditBytes is how much of a channel may be under way. The receiver renews it as it hands octets on.
inline constexpr std::size_t kCreditBytes = 256U << 10U;

// Session is used by one thread.
class Session final {
 public:
  // send queues a numbered record.
  void send(RecordKind kind, std::uint32_t channel, Bytes payload);
  // send_plain queues one that is lost with the connection.
  void send_plain(RecordKind kind, Bytes payload);
  // has_room tells whether channels may send more: little while hidden memory is low, so that what waits for
  // the other side stays hidden.
  [[nodiscard]] bool has_room() const {
    const bool is_plenty = secret_room() == SecretRoom::plenty;
    return kept_bytes_ < (is_plenty ? kUnacknowledgedBytesMax : kUnacknowledgedBytesLow);
  }

  // accept looks at a record that came. It answers acknowledgements and pings itself and tells true when the
  // record is for the channels. Fails with `malformed` when the other side does not play by the rules.
  Result<bool> accept(const Record& record);

  // acknowledge_if_due queues an acknowledgement when enough has come, or whatever has when `at_once`.
  void acknowledge_if_due(bool at_once);

  // received is how many numbered records have come; resume starts on a new connection, of whose other side
  // `peer_received` have come. Fails with `malformed` when that cannot be.
  [[nodiscard]] std::uint64_t received() const { return received_; }
  Status resume(std::uint64_t peer_received);

  // output is what is to be sent; sent() says how much of it was.
  [[nodiscard]] Bytes output() const { return Bytes(output_).subspan(output_taken_); }
  void sent(std::size_t bytes);

 private:
  void acknowledged(std::uint64_t count);

  std::deque<Buffer> kept_;  // numbered records that were not acknowledged, oldest first
  std::size_t kept_bytes_ = 0;
  std::uint64_t first_kept_ = 0;  // number of kept_.front()
  std::uint64_t received_ = 0;
  std::uint64_t acknowledged_ = 0;  // what the other side was told
  std::size_t unacknowledged_bytes_ = 0;
  Buffer output_;
  std::size_t output_taken_ = 0;
};

}  // namespace coffer::net
