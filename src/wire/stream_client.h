// StreamClient: the client's end of the socket - many requests in flight, replies in any order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/deadline.h"
#include "host/descriptor.h"
#include "host/guest_descriptor.h"
#include "wire/frame_reader.h"
#include "wire/ring.h"

namespace coffer::wire {

// RawReply is a reply as it came: its code and its payload.
struct RawReply {
  std::uint16_t code = 0;
  Buffer payload;
};

// StreamClient has no thread of its own: of the threads that wait for a reply one, the leader, reads the
// socket and hands the others theirs. Safe from many threads at once.
//
// What must hold: while a thread waits for the chip, for a reply or for room to send, some thread reads. The
// chip takes no requests from who does not read its replies.
//
// It lives in a program that may close its socket and give the number to a file of its own. So it looks whose
// the number is before each use; a socket that was lost is a chip that is gone.
class StreamClient final {
 public:
  explicit StreamClient(host::Descriptor socket) : socket_(std::move(socket)) {}

  // exchange sends a frame that begin_frame() started, and waits for its reply. `descriptors` travel with it.
  // A request that carries_secret() is wiped as soon as it is sent.
  // Fails with `unavailable` when the chip is gone and with `timed_out`. When the chip refused the whole
  // connection, that refusal is the reply.
  Result<RawReply> exchange(Buffer& frame, std::span<const int> descriptors, host::Deadline deadline);

  // receive waits for the reply to a request that went through the ring but is answered over the socket.
  Result<RawReply> receive(std::uint64_t request_id, host::Deadline deadline);

  // is_dead tells whether the chip was seen to be gone.
  [[nodiscard]] bool is_dead() const { return dead_.load(std::memory_order_relaxed); }
  // ring_bell wakes the chip for what is in the ring of this connection (wire/ring.h). Nothing else may be
  // sent once there is a ring.
  void ring_bell();
  // look asks the kernel whether the chip is still there, without reading.
  [[nodiscard]] bool look();

 private:
  // Waiter is a thread that waits for one reply; it lives on that thread's stack, and in waiters_.
  struct Waiter {
    std::uint64_t request_id = 0;
    bool done = false;
    bool wants_to_send = false;
    bool is_sent = false;  // it leads, or sleeps until it may, or until it is done
    RawReply reply;
    std::condition_variable changed;
  };
  struct Parked {
    std::uint64_t request_id = 0;
    RawReply reply;
  };

  Status send(Waiter& waiter, Bytes frame, std::span<const int> descriptors, host::Deadline deadline);
  void let_next_send();
  Status send_octets(Waiter& waiter, Bytes frame, host::Deadline deadline);
  Status await_room(Waiter& waiter, host::Deadline deadline);
  Result<RawReply> wait(Waiter& waiter, host::Deadline deadline);
  Status lead(std::unique_lock<std::mutex>& lock, host::Deadline deadline);
  Status read_once(host::Deadline deadline);
  Status hand_out();
  void leave(Waiter& waiter);
  void die();

  host::GuestDescriptor socket_;
  std::atomic<bool> dead_ = false;
  std::atomic<std::uint64_t> next_id_ = 1;

  std::mutex mutex_;  // guards what follows; reader_ belongs to the leader
  bool is_sending_ = false;
  bool has_leader_ = false;
  std::uint64_t reads_ = 0;          // that leaders have ended
  Waiter* awaits_reader_ = nullptr;  // the sender, while it sleeps until a leader has read
  std::vector<Waiter*> waiters_;
  std::deque<Parked> parked_;  // replies of ring requests whose threads have not come yet; at most kSlotCount
  bool refused_ = false;
  RawReply refusal_;

  FrameReader reader_;
};

// begin_frame starts a frame in `frame`: room for the header and `payload_bytes` octets behind it, which it
// returns.
MutableBytes begin_frame(Buffer& frame, std::uint16_t kind, std::size_t payload_bytes,
                         std::uint32_t milliseconds);

}  // namespace coffer::wire
