// RawRing: a peer that fills its ring by hand, rightly or wrongly.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "codec/binary.h"
#include "host/shared_memory.h"
#include "wire/messages.h"
#include "wire/raw_peer_test.h"
#include "wire/ring.h"

namespace coffer::wire {

inline constexpr std::uint32_t kSubmitted = static_cast<std::uint32_t>(SlotState::submitted);
inline constexpr std::uint32_t kDone = static_cast<std::uint32_t>(SlotState::done);

// RawRing has a ring and does with it what it likes.
class RawRing {
 public:
  explicit RawRing(const std::string& path)
      : peer_(path),
        memory_(std::move(host::SharedMemory::create(kRingBytes)).value()),
        view_(memory_.octets()) {
    view_.header().magic = kRingMagic;
    view_.header().version = kRingVersion;
    view_.header().slot_count = kSlotCount;
    Buffer request;
    codec::encode_into(AttachRing{.bytes = kRingBytes}, request);
    const std::array<int, 1> descriptors{memory_.descriptor().get()};
    EXPECT_TRUE(host::send_with_descriptors(peer_.socket(), frame_of(1, kOp<AttachRing>, request),
                                            descriptors, soon())
                    .ok());
    const auto answer = peer_.answer();
    EXPECT_TRUE(answer.has_value() && answer->code == 0);
  }

  [[nodiscard]] RingView& view() { return view_; }
  [[nodiscard]] RawPeer& peer() { return peer_; }
  [[nodiscard]] MutableBytes octets() { return memory_.octets(); }

  void ring_bell() { ASSERT_TRUE(peer_.send(encode_header({.kind = kBellKind}))); }

  // submit puts a request into a slot, with whatever length.
  void submit(std::size_t index, Op op, std::uint32_t payload_bytes) {
    SlotHeader& slot = view_.slot(index);
    slot.op = static_cast<std::uint16_t>(op);
    slot.payload_bytes = payload_bytes;
    slot.place = 0;
    slot.state = kSubmitted;
    view_.header().submitted.fetch_or(std::uint64_t{1} << index);
    ring_bell();
  }

  // code_of waits until the slot is done and gives the code; nothing when that takes too long.
  std::optional<Code> code_of(std::size_t index) {
    const auto deadline = soon();
    while (view_.slot(index).state != kDone) {
      if (deadline.remaining().count() == 0) return {};
      std::this_thread::yield();
    }
    return static_cast<Code>(view_.slot(index).code.load());
  }

 private:
  RawPeer peer_;
  host::SharedMemory memory_;
  RingView view_;
};

}  // namespace coffer::wire
