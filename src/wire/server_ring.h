// ServerRing: the chip's half of a ring. It believes nothing that it finds in the shared memory.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "host/descriptor.h"
#include "host/shared_memory.h"
#include "wire/private_copy.h"
#include "wire/ring.h"
#include "wire/server.h"

namespace coffer::wire {

// FrameSink sends a reply as a frame; the ring's connection is one.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void send_frame(std::uint64_t request_id, Code code, Bytes head, Bytes body) = 0;
};

// ServerRing is safe from many threads at once. It outlives its connection as long as a Reply of it is held.
class ServerRing final : public std::enable_shared_from_this<ServerRing> {
 public:
  // attach maps what the client sent; `frames` takes the replies that do not fit into a slot. Fails with
  // `denied` when the memory is not as ring.h says.
  static Result<std::shared_ptr<ServerRing>> attach(host::Descriptor memory, std::uint64_t bytes,
                                                    std::shared_ptr<ConnectionContext> context,
                                                    std::weak_ptr<FrameSink> frames);
  ServerRing(host::SharedMemory memory, std::shared_ptr<ConnectionContext> context,
             std::weak_ptr<FrameSink> frames);

  // count_waiting tells how many requests wait, has_work whether any does; they cost one read.
  [[nodiscard]] std::size_t count_waiting() const;
  [[nodiscard]] bool has_work() const { return count_waiting() > 0; }
  // take moves at most batch.size() waiting requests into `batch`, their payloads into `copies` (as many),
  // and tells how many. Nothing when another worker is at it.
  std::size_t take(std::span<Incoming> batch, std::span<PrivateCopy> copies,
                   std::uint64_t now_boot_milliseconds);

  // set_chip_sleeps tells the client whether it must ring the bell.
  void set_chip_sleeps(bool sleeps);

  // end tells the client, and RingWatch::heat, that the connection is closed.
  void end();
  [[nodiscard]] bool has_ended() const { return ended_.load(); }

  // idle_turn counts how often in a row the ring was found without work, and gives the count.
  unsigned idle_turn() { return idle_turns_.fetch_add(1, std::memory_order_relaxed); }
  void note_work() { idle_turns_.store(0, std::memory_order_relaxed); }

 private:
  // Sink is the reply of one slot.
  class Sink final : public ReplySink {
   public:
    void deliver(Code code, Bytes payload) override { ring->answer(index, code, payload, {}); }
    void deliver_parts(Code code, Bytes head, Bytes body) override { ring->answer(index, code, head, body); }

    ServerRing* ring = nullptr;  // which it is a part of
    std::size_t index = 0;
    std::atomic<bool> busy = false;  // a request of this slot is with the service
    std::uint64_t request_id = 0;
    Op op{};
  };

  bool take_slot(std::size_t index, Incoming& incoming, PrivateCopy& copy,
                 std::uint64_t now_boot_milliseconds);
  void answer(std::size_t index, Code code, Bytes head, Bytes body);

  host::SharedMemory memory_;
  RingView view_;
  std::shared_ptr<ConnectionContext> context_;  // shared: the service's state, as its contract says
  std::weak_ptr<FrameSink> frames_;
  std::atomic_flag taking_;                 // guards pending_ and next_
  std::atomic<std::uint64_t> pending_ = 0;  // bits taken from the shared memory and not served yet
  unsigned next_ = 0;                       // the slot to look at first, so that none starves
  std::atomic<unsigned> idle_turns_ = 0;
  std::atomic<bool> ended_ = false;
  std::array<Sink, kSlotCount> sinks_;
};

}  // namespace coffer::wire
