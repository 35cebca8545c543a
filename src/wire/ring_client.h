// RingClient: the client's half of a ring - takes slots, submits requests, waits for replies.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "host/deadline.h"
#include "host/shared_memory.h"
#include "wire/crowding.h"
#include "wire/request_writer.h"
#include "wire/ring.h"
#include "wire/stream_client.h"

namespace coffer::wire {

// ReplyHandler takes the code and the payload of a reply; the payload is valid only during the call.
using ReplyHandler = std::function<Status(std::uint16_t code, Bytes payload)>;

// RingClient is safe from many threads at once: each request has a slot of its own. It never locks, so it may
// be destroyed in a forked child, which leaves the memory of the parent as it is.
class RingClient final {
 public:
  // create makes the memory. `stream` is the connection of the ring, and outlives it.
  static Result<std::unique_ptr<RingClient>> create(StreamClient& stream);

  // memory is handed to the chip with AttachRing; attach() says that the chip has it.
  [[nodiscard]] const host::SharedMemory& memory() const { return memory_; }
  void attach() { memory_.close_descriptor(); }

  // has_ended tells whether the chip has closed the connection, without asking the kernel.
  [[nodiscard]] bool has_ended() const { return view_.header().ended.load(std::memory_order_relaxed) != 0; }

  // exchange sends a request of at most kPayloadBytesMax and gives the reply to `on_reply`. Waits for a free
  // slot when all are in use. Fails with `timed_out`, and with `unavailable` at most kLookMilliseconds after
  // the chip died.
  Status exchange(Op op, const RequestWriter& request, std::uint32_t milliseconds, host::Deadline deadline,
                  const ReplyHandler& on_reply);

  // kLookMilliseconds is how often a waiting thread looks whether the chip is still there.
  static constexpr int kLookMilliseconds = 100;

 private:
  // Class is the slots of one size, and who waits for one.
  struct alignas(kCacheLineBytes) Class {
    std::uint64_t slots = 0;
    std::atomic<std::uint32_t> given_back = 0;  // counts, as a futex to wait on
    std::atomic<std::uint32_t> waiting = 0;
  };

  RingClient(host::SharedMemory memory, StreamClient& stream);

  Result<std::size_t> take_slot(std::size_t bytes, host::Deadline deadline);
  bool try_take(std::uint64_t slots, std::size_t& index);
  void give_back(std::size_t index);
  void reclaim_abandoned();
  void submit(std::size_t index);
  Status wait(std::size_t index, host::Deadline deadline);
  bool watch(const SlotHeader& slot);
  Status finish(std::size_t index, host::Deadline deadline, const ReplyHandler& on_reply);

  host::SharedMemory memory_;
  RingView view_;
  StreamClient& stream_;

  std::array<Class, 2> classes_;  // small, large
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> free_ = ~std::uint64_t{0};
  std::atomic<std::uint64_t> abandoned_ = 0;  // slots whose thread gave up before the chip was done
  std::atomic<std::uint64_t> next_id_ = 0;
  std::atomic<std::uint32_t> watching_ = 0;  // threads that watch for a reply without sleeping
  Crowding crowding_;
  std::atomic<std::uint32_t> late_ = 0;  // how often, lately, watching was in vain
};

}  // namespace coffer::wire
